/** Reads that lag behind writes, each as far as it likes: nothing is leaked, made twice or lost, whatever dies in between. */
import { type Graph, graphBuilder, type Handle } from '../../src/core/graph.ts';
import type { ToyAttributes, ToyCloud } from './toy-cloud.ts';
import { type ToyShape, toyKind } from './toy-kinds.ts';
import { built, conditionOf, fields, graph, passes, toyOf } from './trio.ts';
import { type World, world } from './world.ts';

const only = (shape: ToyShape): Graph => {
  const g = graphBuilder();
  g.add(toyKind({} as ToyCloud, shape), 'main', { ...fields(), links: [] as readonly string[] });
  return g.build();
};

const alone = (shape: ToyShape, lag: number): World =>
  world({ kinds: (cloud) => [toyKind(cloud, shape)], graph: only(shape), lag });

const NAMINGS = ['token', 'name', 'anonymous'] as const;

/** One of each naming, each on the one before, final at once. */
function chain(): Graph {
  const g = graphBuilder();
  let below: readonly Handle<ToyAttributes>[] = [];
  for (const naming of NAMINGS) {
    const kind = toyKind({} as ToyCloud, { type: `toy.${naming}`, naming, settle: 0 });
    below = [g.add(kind, 'main', { ...fields(), links: below.map((one) => one.ref('toyId')) })];
  }
  return g.build();
}

describe('a create that AWS does not show yet', () => {
  it.each(NAMINGS)('by %s is waited for by the deletion, although the process died right after it', async (naming) => {
    const w = alone({ type: 'toy.box', naming }, 110);
    await w.pass({ crash: { at: 0, when: 'after' } });
    expect(w.cloud.alive()).toHaveLength(1);
    w.cloud.clock += 1;
    w.beginDeletion();
    expect((await w.pass())?.gone).toBe(false);
    expect((await w.settle()).gone).toBe(true);
    w.cloud.clock += 1000;
    expect(w.cloud.alive()).toEqual([]);
  });

  it.each(NAMINGS)('by %s is waited for also when the next try was refused', async (naming) => {
    const w = alone({ type: 'toy.box', naming }, 110);
    await w.pass({ crash: { at: 0, when: 'after' } });
    w.cloud.clock += 1;
    w.cloud.fault = ({ verb }) => (verb === 'create' ? { refuse: 'VpcLimitExceeded' } : undefined);
    await w.pass();
    w.cloud.fault = () => undefined;
    w.beginDeletion();
    expect((await w.settle()).gone).toBe(true);
    w.cloud.clock += 1000;
    expect(w.cloud.alive()).toEqual([]);
  });

  it('costs one record for all creates of a pass', async () => {
    const w = world({
      kinds: (cloud) => NAMINGS.map((naming) => toyKind(cloud, { type: `toy.${naming}`, naming, settle: 0 })),
      graph: chain(),
    });
    await w.pass();
    expect(w.cloud.writes).toHaveLength(3);
    expect(w.statusWrites()).toBe(2);
  });
});

describe('what was seen, and is then hidden by a reading that lags further behind', () => {
  it.each(NAMINGS)('by %s is not made a second time', async (naming) => {
    const w = alone({ type: 'toy.box', naming }, 110);
    w.cloud.behind = () => 0;
    await w.settle();
    w.cloud.clock += 5;
    w.cloud.behind = () => w.cloud.lag;
    w.respec({ tags: { team: 'shop' } });
    await passes(w, 10, 10);
    expect(w.cloud.writes.filter(({ verb }) => verb === 'create')).toHaveLength(1);
    expect(conditionOf(w, 'Stalled')).toBeUndefined();
    w.cloud.behind = () => 0;
    await w.settle();
    expect(w.cloud.alive()).toHaveLength(1);
  });

  it.each(NAMINGS)('by %s does not outlive the tier', async (naming) => {
    const w = alone({ type: 'toy.box', naming }, 110);
    w.cloud.behind = () => 0;
    await w.settle();
    w.cloud.clock += 5;
    w.cloud.behind = () => w.cloud.lag;
    w.beginDeletion();
    expect((await w.settle()).gone).toBe(true);
    w.cloud.clock += 1000;
    expect(w.cloud.alive()).toEqual([]);
  });
});

/** Takes a replacement of the host back when the old one has gone and reads still show it. */
async function takenBack(mode: 'Correct' | 'Report' | 'Off'): Promise<World> {
  const w = await built({ mode });
  w.cloud.lag = 30;
  w.cloud.clock += 200;
  w.want(graph({ host: { shape: 'flat' } }));
  for (let count = 0; count < 20 && isStanding(w); count += 1) await passes(w, 1, 1);
  w.want(graph());
  return w;
}

const isStanding = (w: World): boolean => w.cloud.alive().some(({ type }) => type === 'toy.host');

describe('a replacement that is taken back', () => {
  const MODES = ['Correct', 'Report', 'Off'] as const;

  it.each(MODES)('under %s brings the host back as soon as AWS shows that the old one has gone', async (mode) => {
    const w = await takenBack(mode);
    const began = w.cloud.clock;
    while (!isStanding(w) && w.cloud.clock < began + 300) w.cloud.clock += (await w.pass())?.requeueAfter ?? 1;
    expect(w.cloud.clock).toBeLessThan(began + w.cloud.lag + 10);
    expect(toyOf(w, 'toy.host/main')).toMatchObject({ incarnation: 2, spec: { shape: 'round' } });
    await w.settle();
    expect(w.cloud.violations).toEqual([]);
  });

  it.each(MODES)('under %s brings the host back also when nobody looked for longer than the grace', async (mode) => {
    const w = await takenBack(mode);
    await passes(w, 3, 1);
    expect(isStanding(w)).toBe(false);
    w.cloud.clock += 500;
    await passes(w, 5, 10);
    expect(toyOf(w, 'toy.host/main')).toMatchObject({ incarnation: 2, spec: { shape: 'round' } });
  });

  it('brings the host back also when the process died right after the old one was ended', async () => {
    const w = await built({ mode: 'Off' });
    w.cloud.clock += 200;
    w.want(graph({ host: { shape: 'flat' } }));
    await w.pass({ crash: { at: 0, when: 'after' } });
    expect(isStanding(w)).toBe(false);
    w.want(graph());
    await passes(w, 20, 3);
    expect(toyOf(w, 'toy.host/main')).toMatchObject({ incarnation: 2, spec: { shape: 'round' } });
  });
});
