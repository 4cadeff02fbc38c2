/** The bench's own arithmetic: figures that are wrong here would be believed everywhere. */
import { dissect } from '../../bench/generator/document.ts';
import { busiestSecond, type Entry, sumsOf } from '../../bench/generator/journal.ts';
import { findMarks } from '../../bench/generator/marks.ts';
import type { Recording } from '../../bench/generator/recording.ts';
import { shippedNode } from '../../bench/ground.ts';
import { chart } from '../../bench/growth-chart.ts';
import { longestChain, underWay, within } from '../../bench/measure/creation.ts';
import { pathOf } from '../../bench/measure/path.ts';
import { median, percentile, resultOf } from '../../bench/measure/result.ts';
import { watchDay } from '../../bench/measure/watch-day.ts';
import { sharesOf } from '../../bench/profile.ts';
import { flat, unflat } from '../../bench/report.ts';
import type { Graph } from '../../src/core/graph.ts';

describe('runs', () => {
  test('become their median, with the least and the most', () => {
    const frame = { title: 'a', unit: 's', budget: 2, conditions: { tiers: 10 } };
    const samples = [3, 1, 2].map((value) => ({ value, parts: { twice: value * 2 } }));
    expect(resultOf(frame, samples)).toEqual({
      ...frame,
      value: 2,
      min: 1,
      max: 3,
      conditions: { tiers: 10, runs: 3 },
      parts: { twice: 4 },
    });
  });

  test('of an even number have the middle of the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test('have a percentile that one of them has', () => {
    const figures = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([percentile(figures, 0.5), percentile(figures, 0.99), percentile([7], 0.99)]).toEqual([50, 99, 7]);
  });
});

describe('marks', () => {
  test('know an id of IAM that happens to have no digit', () => {
    const tiers = ['one', 'two'].map((name) => ({
      owner: { cluster: 'bench', namespace: 'shop', name, uid: `uid-${name}` },
    }));
    const recording = { tiers, accountID: '123456789012', region: 'us-east-1' } as unknown as Recording;
    const marks = findMarks(recording, ['one AROAUCGSUPJYQFJOBVENF', 'two AROAUCGSUPJYQFJOBVENG']);
    expect(marks.belongsTo('<RoleId>AROAUCGSUPJYQFJOBVENF</RoleId>')).toBe('first');
  });
});

describe('calls', () => {
  test('side by side are under way for as long as one of them is', () => {
    const calls = [
      [100, 50],
      [0, 10],
      [120, 10],
      [140, 20],
    ].map(([time = 0, milliseconds = 0]) => ({ time, milliseconds }));
    expect(underWay(calls)).toBe(70);
    expect(underWay([])).toBe(0);
  });
});

describe('the path of a creation', () => {
  /** The database is the slowest; the group warms until the servers, which stand on it, are there. */
  const needs: Readonly<Record<string, readonly string[]>> = {
    'net/main': [],
    'db/main': ['net/main'],
    'group/web': ['net/main'],
    'fleet/main': ['db/main', 'group/web'],
    'alarm/fleet': ['fleet/main'],
  };
  const graph = new Map(Object.entries(needs).map(([id, list]) => [id, { id, needs: list }])) as unknown as Graph;
  const moments = new Map(
    Object.entries({
      'net/main': [2, 3, 3],
      'db/main': [5, 105, 105],
      'group/web': [5, 6, 141],
      'fleet/main': [109, 110, 125],
      'alarm/fleet': [112, 113, 113],
    }).map(([id, [made = 0, usable = 0, serving = 0]]) => [id as `${string}/${string}`, { made, usable, serving }]),
  );

  test('is walked back from what served last, along what was waited for longest', () => {
    const { steps, waiting } = pathOf(graph, moments, { began: 0, ended: 145 });
    expect(steps).toEqual([
      { node: 'net/main', from: 0, to: 2 },
      { node: 'db/main', from: 3, to: 5 },
      { node: 'fleet/main', from: 105, to: 109 },
      { node: 'group/web', from: 141, to: 145 },
    ]);
    // All of the time is either AWS's or the operator's.
    expect(waiting + steps.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(145);
  });

  test('counts of a call what lies in an edge', () => {
    const calls = [
      { time: 0, milliseconds: 10 },
      { time: 20, milliseconds: 10 },
    ];
    expect(within(calls, 5, 25)).toEqual([
      { time: 5, milliseconds: 5 },
      { time: 20, milliseconds: 5 },
    ]);
    expect(within(calls, 10, 20)).toEqual([]);
  });
});

describe('a report', () => {
  const result = (tiers: number) =>
    resultOf({ title: 'a', unit: 's', budget: 2, conditions: { tiers } }, [{ value: 1 }]);

  test('has a key for each measurement, and one more for each larger size, and is read back as it was', () => {
    const report = { M10: { 10000: result(10_000), 1000: result(1_000) }, M2: { 1000: result(1_000) } };
    expect(Object.keys(flat(report))).toEqual(['M2', 'M10', 'M10@10000']);
    expect(flat(report).M10?.conditions.tiers).toBe(1_000);
    expect(unflat(flat(report))).toEqual(report);
  });
});

describe('the image', () => {
  test('says with which flags and variables Node runs, and the bench takes the same', () => {
    const { flags, env } = shippedNode();
    expect(flags).toContain('--max-semi-space-size=3');
    expect(flags.every((flag) => /^--[a-z\d-]+(=\d+)?$/.test(flag))).toBe(true);
    expect(Number(env.MALLOC_MMAP_THRESHOLD_)).toBeGreaterThan(0);
    expect(() => shippedNode('FROM scratch')).toThrow('ENTRYPOINT');
  });
});

describe('a journal', () => {
  const entry = (change: Partial<Entry>): Entry => ({
    at: 0,
    service: 'ec2',
    operation: 'DescribeVpcs',
    account: '1',
    region: 'us-east-1',
    row: 'ec2/describes',
    write: false,
    outcome: 'ok',
    tiers: [],
    bytes: 1,
    ...change,
  });

  test('knows its busiest second, wherever it begins', () => {
    expect(busiestSecond([0, 900, 950, 1_100, 1_899, 1_900, 3_000])).toBe(4);
    expect(busiestSecond([])).toBe(0);
  });

  test('counts reads, writes and refusals apart, and each account against its own limit', () => {
    const sums = sumsOf([
      entry({}),
      entry({ account: '2' }),
      entry({ write: true, operation: 'CreateTags' }),
      entry({ outcome: 'RequestLimitExceeded', note: 'no' }),
    ]);
    expect(sums).toMatchObject({ reads: 3, writes: 1, bytes: 4, refused: { RequestLimitExceeded: 1 }, notes: ['no'] });
    expect(sums.peaks.map(({ perSecond }) => perSecond)).toEqual([3, 1]);
  });
});

describe('an answer', () => {
  test('in XML is taken apart at its outermost lists only', () => {
    const inner = '<item><id>a</id><tags><item>x</item></tags></item>';
    expect(dissect(`<R><set>${inner}<item/></set><other/><id>r</id></R>`)).toEqual([
      '<R><set>',
      { items: [inner, '<item/>'], separator: '' },
      '</set><other/><id>r</id></R>',
    ]);
  });

  test('in JSON is taken apart at its own lists and put together again as it was', () => {
    const body = '{"A":[{"b":[1,2]},{}],"C":"d","E":[]}';
    const pieces = dissect(body);
    expect(pieces.filter((piece) => typeof piece !== 'string').map(({ items }) => items.length)).toEqual([2, 0]);
    const text = pieces.map((piece) => (typeof piece === 'string' ? piece : piece.items.join(piece.separator)));
    expect(text.join('')).toBe(body);
  });
});

test('a chain is as long as the longest way through its needs', () => {
  const needs: Readonly<Record<string, readonly string[]>> = {
    'a/1': [],
    'b/1': ['a/1'],
    'c/1': [],
    'd/1': ['c/1', 'b/1'],
  };
  const graph = new Map(Object.entries(needs).map(([id, of]) => [id, { id, needs: of }])) as unknown as Graph;
  expect(longestChain(graph)).toBe(2);
  expect(longestChain(new Map())).toBe(0);
});

test('a profile counts a function that calls itself once, and leaves out idleness', () => {
  const frame = (functionName: string) => ({ functionName, url: '', lineNumber: 0, columnNumber: 0 });
  const shares = sharesOf(
    {
      nodes: [
        { id: 1, callFrame: frame('(root)'), children: [2, 4] },
        { id: 2, callFrame: frame('again'), children: [3] },
        { id: 3, callFrame: frame('again') },
        { id: 4, callFrame: frame('(idle)') },
      ],
      samples: [2, 3, 4],
      timeDeltas: [1_000, 2_000, 50_000],
    },
    ({ functionName }) => functionName,
  );
  expect(shares).toEqual([{ name: 'again', self: 3, total: 3 }]);
});

test('a drawing has a dot for each figure, the larger one higher', () => {
  const drawn = chart([
    {
      title: 'calls',
      unit: 'calls',
      points: [
        [10, 5],
        [100, 50],
      ],
    },
  ]);
  const heights = [...drawn.matchAll(/<circle[^>]* cy="([\d.]+)"/g)].map(([, height]) => Number(height));
  expect(heights).toHaveLength(2);
  expect(heights[1]).toBeLessThan(heights[0] ?? 0);
});

test('an hour of watching is disturbed and misses nothing', async () => {
  const day = await watchDay(1, 7);
  expect(day.missed).toBe(0);
  expect(day.changes).toBeGreaterThan(200);
  expect(Object.values(day.disturbances).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
});
