/** The memory of creates. */
import type { Intent } from '../../src/api/types.ts';
import type { Action } from '../../src/core/action.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { announce, incarnationOf, isYoung, remember, toAnnounce } from '../../src/engine/intents.ts';
import { actionOf, BOX, ownedOf, snapshotWith } from '../core/samples.ts';

const NODE: NodeId = 'toy.box/main';
const NOW = new Date('2026-11-24T12:00:00Z');
const anonymous = { ...BOX, anonymous: true };
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

  it('announces what is anonymous and can be made now', () => {
    expect(toAnnounce([creating()], snapshotWith())).toHaveLength(1);
    expect(toAnnounce([onNet], base('ready'))).toHaveLength(1);
    expect(
      toAnnounce([creating({ type: 'replace', kind: { ...anonymous, replace: 'createFirst' } })], snapshotWith()),
    ).toHaveLength(1);
  });

  it.each<[string, Action[], ReturnType<typeof snapshotWith>]>([
    ['has a token or a name', [creating({ kind: BOX })], snapshotWith()],
    ['waits', [creating({ waitsFor: 'a second look' })], snapshotWith()],
    ['stands on what is not there', [onNet], snapshotWith()],
    ['stands on what AWS works on', [onNet], base('settling')],
    ['stands on what is on its way out', [onNet], base('deleting')],
    ['stands on what this pass changes', [actionOf({ type: 'update', node: 'toy.net/main' }), onNet], base('ready')],
    [
      'makes room first',
      [creating({ type: 'replace', kind: { ...anonymous, replace: 'deleteFirst' } })],
      snapshotWith(),
    ],
    ['is no create', [actionOf({ type: 'update', kind: anonymous })], snapshotWith()],
  ])('announces nothing that %s', (_name, actions, snapshot) => {
    expect(toAnnounce(actions, snapshot)).toEqual([]);
  });
});

describe('announce', () => {
  it('gives each node the incarnation after the one that stands or stood, and takes the place of an older intent', () => {
    const actions = [
      creating({ node: 'toy.box/a' }),
      creating({ node: 'toy.box/b', live: ownedOf({ id: 'b', incarnation: 4 }) }),
      creating({ node: 'toy.box/c' }),
    ];
    const before = [intentOf({ role: 'toy.box/a', startedAt: secondsAgo(500) }), intentOf({ role: 'toy.box/other' })];
    const recorded = new Map([['toy.box/c' as NodeId, { id: 'c', incarnation: 2 }]]);
    expect(
      announce(before, actions, { recorded, now: NOW }).map(({ role, incarnation, startedAt }) => [
        role,
        incarnation,
        startedAt,
      ]),
    ).toEqual([
      ['toy.box/other', 1, secondsAgo(5)],
      ['toy.box/a', 1, NOW.toISOString()],
      ['toy.box/b', 5, NOW.toISOString()],
      ['toy.box/c', 3, NOW.toISOString()],
    ]);
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
  const remembered = (
    before: readonly Intent[],
    outcomes: readonly Outcome[],
    live: readonly ReturnType<typeof ownedOf>[] = [],
  ) =>
    remember(before, new Map(outcomes.map((one) => [one.node, one])), {
      snapshot: snapshotWith({ live: new Map(live.map((owned) => [NODE, owned])) }),
      now: NOW,
      graceSeconds: 120,
    });

  it.each<[string, readonly Outcome[], number]>([
    ['a create that was done', [outcome({ made: true, id: 'a' })], 1],
    ['a create whose answer was lost', [outcome({ made: true })], 1],
    ['a name that is taken', [outcome({ made: true, result: 'failed' })], 1],
    ['a create that AWS refused', [outcome({ result: 'failed' })], 0],
    ['a create that was not tried', [outcome({ result: 'blocked' })], 0],
    ['a create that met a dependency too fresh', [outcome({ result: 'settling' })], 0],
    ['an old one that makes room for its successor', [outcome({ action: 'replace', id: 'a' })], 0],
  ])('%s', (_name, outcomes, kept) => {
    expect(remembered([intentOf()], outcomes)).toHaveLength(kept);
    expect(remembered([], outcomes)).toHaveLength(kept);
  });

  it('keeps when it was first asked for', () => {
    expect(remembered([intentOf()], [outcome({ made: true })])[0]?.startedAt).toBe(secondsAgo(5));
  });

  it('forgets what AWS shows, and what AWS does not owe us any more', () => {
    expect(remembered([intentOf()], [], [ownedOf({ id: 'a', incarnation: 1 })])).toEqual([]);
    expect(remembered([intentOf({ incarnation: 2 })], [], [ownedOf({ id: 'a', incarnation: 1 })])).toHaveLength(1);
    expect(remembered([intentOf({ startedAt: secondsAgo(119) })], [])).toHaveLength(1);
    expect(remembered([intentOf({ startedAt: secondsAgo(120) })], [])).toEqual([]);
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
