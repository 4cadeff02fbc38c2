/** The memory of creates. */
import type { Intent } from '../../src/api/types.ts';
import type { Action } from '../../src/core/action.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { NodeId } from '../../src/core/ref.ts';
import type { Recorded } from '../../src/core/snapshot.ts';
import { announce, forgetVain, incarnationOf, isYoung, remember, toAnnounce } from '../../src/engine/intents.ts';
import { actionOf, BOX, ownedOf, snapshotWith } from '../core/samples.ts';

const NODE: NodeId = 'toy.box/main';
const NOW = new Date('2026-11-24T12:00:00Z');
const anonymous = { ...BOX, anonymous: true };
const CREATE_FIRST = { ...BOX, replace: 'createFirst' } as const;
const DELETE_FIRST = { ...BOX, replace: 'deleteFirst' } as const;
const secondsAgo = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();
const intentOf = (change: Partial<Intent> = {}): Intent => ({
  role: NODE,
  incarnation: 1,
  startedAt: secondsAgo(5),
  ...change,
});
const creating = (change: Partial<Action> = {}): Action => actionOf({ type: 'create', kind: anonymous, ...change });

describe('incarnationOf', () => {
  it.each([
    ['nothing on record', undefined, 1],
    ['asked for and never seen', { incarnation: 2 }, 2],
    ['one that stood', { id: 'a', incarnation: 2 }, 3],
  ])('%s', (_name, recorded, expected) => {
    expect(incarnationOf(recorded)).toBe(expected);
  });
});

describe('toAnnounce', () => {
  const base = (phase: 'ready' | 'settling' | 'deleting') =>
    snapshotWith({ live: new Map([['toy.net/main', ownedOf({ id: 'net-1', health: { state: phase, phase } })]]) });
  const onNet = creating({ needs: ['toy.net/main'] });
  const net = (change: Partial<Action>): Action => creating({ node: 'toy.net/main', ...change });

  it.each<[string, Action[], ReturnType<typeof snapshotWith>, number]>([
    ['a create without token or name', [creating()], snapshotWith(), 1],
    ['a create by token or by name', [creating({ kind: BOX })], snapshotWith(), 1],
    ['a create on what serves', [onNet], base('ready'), 1],
    ['a replacement that makes first', [creating({ type: 'replace', kind: CREATE_FIRST })], snapshotWith(), 1],
    ['a replacement that makes room first', [creating({ type: 'replace', kind: DELETE_FIRST })], snapshotWith(), 1],
    ['a create on one that is final at once', [net({ kind: { ...BOX, settle: 0 } }), onNet], snapshotWith(), 2],
    [
      'a create on a change that may be final at once',
      [actionOf({ type: 'update', node: 'toy.net/main', kind: { ...BOX, prompt: true } }), onNet],
      base('ready'),
      1,
    ],
  ])('announces %s', (_name, actions, snapshot, count) => {
    expect(toAnnounce(actions, snapshot)).toHaveLength(count);
  });

  it('announces what stands on the successor of one that is on its way out', () => {
    const old = actionOf({
      type: 'delete',
      node: 'toy.net/main',
      live: ownedOf({ id: 'net-0', node: 'toy.net/main' }),
    });
    expect(toAnnounce([old, onNet], base('ready'))).toEqual([onNet]);
    const current = { ...old, live: ownedOf({ id: 'net-1', node: 'toy.net/main' }) };
    expect(toAnnounce([current, onNet], base('ready'))).toEqual([]);
  });

  it.each<[string, Action[], ReturnType<typeof snapshotWith>]>([
    ['waits', [creating({ waitsFor: 'a second look' })], snapshotWith()],
    ['stands on what is not there', [onNet], snapshotWith()],
    ['stands on what AWS works on', [onNet], base('settling')],
    ['stands on what is on its way out', [onNet], base('deleting')],
    ['stands on what this pass changes', [actionOf({ type: 'update', node: 'toy.net/main' }), onNet], base('ready')],
    ['is no create', [actionOf({ type: 'update', kind: anonymous })], snapshotWith()],
  ])('announces nothing that %s', (_name, actions, snapshot) => {
    expect(toAnnounce(actions, snapshot)).toEqual([]);
  });

  it('does not announce what stands on one that is made now and takes its time', () => {
    expect(toAnnounce([net({}), onNet], snapshotWith()).map(({ node }) => node)).toEqual(['toy.net/main']);
  });
});

describe('announce', () => {
  const announced = (before: readonly Intent[], actions: readonly Action[], recorded = new Map<NodeId, Recorded>()) =>
    announce(before, actions, { recorded, now: NOW, graceSeconds: 120 });

  it('gives each node the incarnation after the one that stands or stood, and takes the place of an older intent', () => {
    const actions = [
      creating({ node: 'toy.box/a' }),
      creating({ node: 'toy.box/b', live: ownedOf({ id: 'b', incarnation: 4 }) }),
      creating({ node: 'toy.box/c' }),
    ];
    const before = [
      intentOf({ role: 'toy.box/a', startedAt: secondsAgo(500) }),
      intentOf({ role: 'toy.box/other' }),
      intentOf({ role: 'toy.box/old', startedAt: secondsAgo(500) }),
    ];
    const after = announced(before, actions, new Map([['toy.box/c', { id: 'c', incarnation: 2 }]]));
    expect(after).toEqual([
      intentOf({ role: 'toy.box/other' }),
      { role: 'toy.box/a', incarnation: 1, startedAt: NOW.toISOString(), since: NOW.toISOString() },
      { role: 'toy.box/b', incarnation: 5, startedAt: NOW.toISOString(), since: NOW.toISOString() },
      { role: 'toy.box/c', incarnation: 3, startedAt: NOW.toISOString(), since: NOW.toISOString() },
    ]);
  });

  it('dates a create anew each time that it is asked for, and what makes room only once', () => {
    const before = [intentOf({ incarnation: 2 })];
    const live = ownedOf({ id: 'a' });
    expect(announced(before, [creating({ live })])[0]?.startedAt).toBe(NOW.toISOString());
    expect(announced(before, [creating({ live, type: 'replace', kind: DELETE_FIRST })])).toEqual(before);
  });

  it('says since when it is asked for, which a further asking leaves and another life begins anew', () => {
    const [first] = announced([], [creating()]);
    expect(first?.since).toBe(NOW.toISOString());
    const later = new Date(NOW.getTime() + 5000);
    const asking = (intents: readonly Intent[], at: Date) =>
      announce(intents, [creating()], { recorded: new Map(), now: at, graceSeconds: 120 })[0];
    expect(asking(first ? [first] : [], later)).toMatchObject({ startedAt: later.toISOString(), since: first?.since });
    // Its own delete has taken the intent away.
    expect(asking([], later)?.since).toBe(later.toISOString());
    // One of an operator that said nothing of it keeps the token that it had.
    expect(asking([intentOf()], later)).not.toHaveProperty('since');
  });

  it('never holds more than the status can, and drops none that is owed for it', () => {
    const before = Array.from({ length: 98 }, (_, index) => intentOf({ role: `toy.box/old-${index}` }));
    const actions = Array.from({ length: 5 }, (_, index) => creating({ node: `toy.box/new-${index}` }));
    const again = creating({ node: 'toy.box/old-7' });
    const after = announced(before, [...actions, again]);
    expect(after).toHaveLength(100);
    expect(after.map(({ role }) => role)).toEqual(expect.arrayContaining(before.map(({ role }) => role)));
    expect(after.find(({ role }) => role === 'toy.box/old-7')?.startedAt).toBe(NOW.toISOString());
  });
});

describe('remember', () => {
  const outcome = (change: Partial<Outcome>): Outcome => ({
    node: NODE,
    action: 'create',
    result: 'settling',
    incarnation: 1,
    ...change,
  });
  const NEW = intentOf({ startedAt: NOW.toISOString() });
  const OLD = intentOf();

  it.each<[string, Outcome, readonly Intent[], readonly Intent[]]>([
    ['a create that was done, from now on', outcome({ made: true, id: 'a' }), [NEW], [NEW]],
    ['a create whose answer was lost, from now on', outcome({ made: true }), [NEW], [NEW]],
    ['a name that is taken, since it was first asked for', outcome({ made: true, taken: true }), [NEW], [OLD]],
    ['what was asked for before AWS refused', outcome({ result: 'failed' }), [], [OLD]],
    ['what was asked for before it could not be tried', outcome({ result: 'blocked' }), [], [OLD]],
    ['what was asked for before a dependency was too fresh', outcome({}), [], [OLD]],
    ['an old one that makes room', outcome({ action: 'replace', id: 'a', ended: true }), [NEW], [NEW]],
    ['an old one that could not make room', outcome({ action: 'replace' }), [], [OLD]],
    ['nothing of what was deleted', outcome({ action: 'delete', id: 'a' }), [], []],
    ['a delete whose answer was lost', outcome({ action: 'delete' }), [NEW], [NEW]],
    ['the successor of what was deleted', outcome({ action: 'delete', id: 'a', incarnation: 0 }), [NEW], [NEW]],
    ['nothing of what was left in AWS', outcome({ action: 'forget', id: 'a', result: 'done' }), [], []],
    ['what could not be left in AWS', outcome({ action: 'forget', result: 'failed' }), [NEW], [NEW]],
  ])('keeps %s', (_name, one, fresh, known) => {
    const outcomes = new Map([[NODE, one]]);
    expect(remember({ earlier: [], announced: [NEW], outcomes })).toEqual(fresh);
    expect(remember({ earlier: [OLD], announced: [NEW], outcomes })).toEqual(known);
  });

  it('leaves everything as it is in a pass that did nothing', () => {
    const intents = [intentOf({ startedAt: secondsAgo(5000) })];
    expect(remember({ earlier: intents, announced: intents, outcomes: new Map() })).toEqual(intents);
  });
});

describe('forgetVain', () => {
  const keep = (intents: readonly Intent[], holds: boolean) =>
    forgetVain(intents, { holds: () => holds, now: NOW, graceSeconds: 120 });

  it('forgets what nobody wants, sees or knows, once it would have been seen', () => {
    const [young, old] = [intentOf({ startedAt: secondsAgo(20) }), intentOf({ startedAt: secondsAgo(120) })];
    expect(keep([young, old], false)).toEqual({ intents: [young], within: 100 });
    expect(keep([young, old], true)).toEqual({ intents: [young, old], within: Number.POSITIVE_INFINITY });
  });
});

describe('isYoung', () => {
  it.each([
    [0, true],
    [119.9, true],
    [120, false],
    [-5, true],
  ])('%s seconds old: %s', (age, expected) => {
    expect(isYoung(intentOf({ startedAt: secondsAgo(age) }), NOW, 120)).toBe(expected);
  });
});
