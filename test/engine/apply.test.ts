/** Carrying out one plan: order, side by side, what errors become, and what may never be sent. */
import type { Intent } from '../../src/api/types.ts';
import type { AnyResource, Aws, Identity } from '../../src/aws/driver.ts';
import type { Action } from '../../src/core/action.ts';
import { RETAINED_TAG } from '../../src/core/names.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { apply, PassAborted, type Walk } from '../../src/engine/apply.ts';
import { actionOf, OWNER, ownedOf, snapshotWith } from '../core/samples.ts';

interface Sent {
  readonly verb: string;
  readonly node: string;
  readonly spec?: object;
  readonly self: Identity;
}

/** A kind that notes what it is told and fails as it is told. */
function noting(change: Partial<AnyResource> = {}) {
  const sent: Sent[] = [];
  const failure: { error?: Error } = {};
  const note = async (verb: string, self: Identity, spec?: object): Promise<void> => {
    sent.push({ verb, node: self.node, self, ...(spec ? { spec } : {}) });
    if (failure.error) throw failure.error;
  };
  const kind: AnyResource = {
    type: 'toy.box',
    observe: async () => [],
    create: async (_aws, self, spec: object) => {
      await note('create', self, spec);
      return { id: `id of ${self.node}`, attributes: { id: `id of ${self.node}` } };
    },
    update: async (_aws, live, spec: object) => note('update', live.self, spec),
    delete: async (_aws, live) => note('delete', live.self),
    ...change,
  };
  return { kind, sent, failure };
}

const NOW = new Date('2026-11-24T12:00:00Z');
const aged = (seconds: number): Intent => ({
  role: 'toy.box/main',
  incarnation: 1,
  startedAt: new Date(NOW.getTime() - seconds * 1000).toISOString(),
});

const walkOf = (kind: AnyResource, change: Partial<Walk> = {}): Walk => ({
  aws: {} as Aws,
  owner: OWNER,
  userTags: {},
  resources: new Map([[kind.type, kind]]),
  snapshot: snapshotWith(),
  recorded: new Map(),
  intents: [],
  memory: { restless: new Set(), attempts: new Map(), generation: 1, deepAt: 0 },
  signal: new AbortController().signal,
  now: NOW,
  graceSeconds: 120,
  ...change,
});

const create = (name: string, kind: AnyResource, change: Partial<Action> = {}): Action =>
  actionOf({ type: 'create', node: `toy.box/${name}`, kind: kind as never, spec: {}, ...change });

async function only(actions: readonly Action[], walk: Walk) {
  const outcomes = [...(await apply(actions, walk)).values()];
  expect(outcomes).toHaveLength(1);
  return outcomes[0];
}

const coded = (name: string): Error => Object.assign(new Error('AWS says no'), { name });

describe('apply', () => {
  it('makes what stands on something after it, with its attributes, in one pass where a create is final', async () => {
    const { kind, sent } = noting({ settle: 0 });
    const b = create('b', kind, { spec: { in: { $ref: 'toy.box/a', attr: 'id' } }, needs: ['toy.box/a'] });
    const outcomes = await apply([create('a', kind), b], walkOf(kind));
    expect(sent.map(({ node, spec }) => [node, spec])).toEqual([
      ['toy.box/a', {}],
      ['toy.box/b', { in: 'id of toy.box/a' }],
    ]);
    expect([...outcomes.values()].map(({ result }) => result)).toEqual(['done', 'done']);
  });

  it('updates what stands on something that is updated too: its difference may only end with the other', async () => {
    const { kind, sent } = noting();
    const [a, b] = [ownedOf({ id: 'a' }), ownedOf({ id: 'b' })];
    const snapshot = snapshotWith({
      live: new Map([
        ['toy.box/a', a],
        ['toy.box/b', b],
      ]),
    });
    const change = [{ path: 'tags.x', from: null, to: 'y', impact: 'online' as const }];
    const below = create('a', kind, { type: 'update', live: a, changes: change });
    const above = create('b', kind, { type: 'update', live: b, changes: change, needs: ['toy.box/a'] });
    const another = create('c', kind, { needs: ['toy.box/a'] });
    const outcomes = await apply([below, above, another], walkOf(kind, { snapshot }));
    expect(sent.map(({ verb, node }) => `${verb} ${node}`)).toEqual(['update toy.box/a', 'update toy.box/b']);
    expect(outcomes.get('toy.box/c')).toMatchObject({ result: 'blocked', reason: 'toy.box/a was just changed' });
  });

  it.each<[string, Partial<Walk>]>([
    ['is not there', {}],
    [
      'is settling',
      {
        snapshot: snapshotWith({
          live: new Map([['toy.box/a', ownedOf({ id: 'a', health: { state: 'pending', phase: 'settling' } })]]),
        }),
      },
    ],
    [
      'is on its way out',
      {
        snapshot: snapshotWith({
          live: new Map([['toy.box/a', ownedOf({ id: 'a', health: { state: 'deleting', phase: 'deleting' } })]]),
        }),
      },
    ],
    [
      'lacks the attribute',
      { snapshot: snapshotWith({ live: new Map([['toy.box/a', ownedOf({ id: 'a', attributes: {} })]]) }) },
    ],
  ])('does not try what stands on something that %s', async (_name, change) => {
    const { kind, sent } = noting();
    const b = create('b', kind, { spec: { in: { $ref: 'toy.box/a', attr: 'id' } }, needs: ['toy.box/a'] });
    expect(await only([b], walkOf(kind, change))).toMatchObject({ result: 'blocked' });
    expect(sent).toEqual([]);
  });

  it('does not try what stands on something that was just made and is not final, or just failed', async () => {
    for (const error of [undefined, coded('VpcLimitExceeded')]) {
      const { kind, sent, failure } = noting();
      if (error) failure.error = error;
      const b = create('b', kind, { needs: ['toy.box/a'] });
      const outcomes = await apply([create('a', kind), b], walkOf(kind));
      expect(outcomes.get('toy.box/b')?.result).toBe('blocked');
      expect(sent).toHaveLength(1);
    }
  });

  it('goes on with the others when one fails', async () => {
    const { kind, sent } = noting();
    const bad = noting({ type: 'toy.bad' });
    bad.failure.error = coded('VpcLimitExceeded');
    const resources = new Map([kind, bad.kind].map((one) => [one.type, one]));
    const actions = [create('a', bad.kind, { node: 'toy.bad/a' }), create('b', kind), create('c', kind)];
    const outcomes = await apply(actions, walkOf(kind, { resources }));
    expect(outcomes.get('toy.bad/a')).toMatchObject({ result: 'failed', failure: { class: 'quota' } });
    expect(sent).toHaveLength(2);
  });

  it('does nothing about what only waits, holds or stands', async () => {
    const { kind, sent } = noting();
    const actions = (['none', 'wait', 'hold'] as const).map((type) => actionOf({ type, kind: kind as never }));
    expect((await apply([...actions, create('a', kind, { waitsFor: 'x' })], walkOf(kind))).size).toBe(0);
    expect(sent).toEqual([]);
  });

  it('makes nothing anonymous without a recorded intent', async () => {
    const { kind, sent } = noting({ anonymous: true });
    expect(await only([create('main', kind)], walkOf(kind))).toMatchObject({ result: 'blocked' });
    expect(sent).toEqual([]);
    await only([create('main', kind)], walkOf(kind, { intents: [{ ...aged(1), incarnation: 3 }] }));
    expect(sent[0]?.self.incarnation).toBe(3);
  });

  it.each<[string, string, object, Partial<Walk>]>([
    ['an answer that was lost may have made it', 'TimeoutError', { result: 'settling', made: true }, {}],
    ['a dependency too fresh did not', 'InvalidSubnetID.NotFound', { result: 'settling', made: false }, {}],
    ['nor did one at work', 'IncorrectState', { result: 'settling', made: false }, {}],
    ['a taken name may be ours', 'EntityAlreadyExists', { result: 'settling', made: true }, {}],
    [
      'a taken name is ours no more after the grace',
      'EntityAlreadyExists',
      { result: 'failed', failure: { class: 'exists' } },
      { intents: [aged(121)] },
    ],
    [
      'a refusal is a failure',
      'UnauthorizedOperation',
      { result: 'failed', made: false, failure: { class: 'denied' } },
      {},
    ],
    [
      'what nobody knows is a failure',
      'SomethingNew',
      { result: 'failed', failure: { class: 'unknown', code: 'SomethingNew' } },
      {},
    ],
  ])('%s', async (_name, code, expected, change) => {
    const { kind, failure } = noting();
    failure.error = coded(code);
    expect(await only([create('main', kind)], walkOf(kind, change))).toMatchObject(expected);
  });

  it.each([
    ['deleteFirst', 'delete', 1],
    ['createFirst', 'create', 2],
  ] as const)('replaces %s by a %s, and knows whether it made something', async (replace, verb, incarnation) => {
    const { kind, sent } = noting({ replace });
    const outcome = await only([create('main', kind, { type: 'replace', live: ownedOf({ id: 'a' }) })], walkOf(kind));
    expect(sent.map((one) => [one.verb, one.self.incarnation])).toEqual([[verb, incarnation]]);
    expect(outcome?.made ?? false).toBe(verb === 'create');
  });

  it('marks what it leaves in AWS, where it can be marked', async () => {
    const tagged = noting();
    await only(
      [actionOf({ type: 'forget', kind: tagged.kind as never, live: ownedOf({ id: 'a' }) })],
      walkOf(tagged.kind),
    );
    expect(tagged.sent.map(({ verb }) => verb)).toEqual(['update']);
    const changes: unknown[] = [];
    const seen = noting({ update: async (...call: readonly unknown[]) => void changes.push(call[3]) });
    await only([actionOf({ type: 'forget', kind: seen.kind as never, live: ownedOf({ id: 'a' }) })], walkOf(seen.kind));
    expect(changes).toEqual([[{ path: `tags.${RETAINED_TAG}`, from: null, to: 'true', impact: 'online' }]]);
    const { tags: _, ...untagged } = ownedOf({ id: 'a' });
    const silent = noting();
    expect(
      await only([actionOf({ type: 'forget', kind: silent.kind as never, live: untagged })], walkOf(silent.kind)),
    ).toMatchObject({ result: 'done' });
    expect(silent.sent).toEqual([]);
  });

  it('ends without a further write when the lease is lost, and nothing of the pass counts', async () => {
    const { kind, sent, failure } = noting();
    failure.error = coded('LeadershipLost');
    await expect(apply([create('a', kind)], walkOf(kind))).rejects.toThrow(PassAborted);
    const controller = new AbortController();
    controller.abort();
    delete failure.error;
    await expect(apply([create('b', kind)], walkOf(kind, { signal: controller.signal }))).rejects.toThrow(PassAborted);
    expect(sent.map(({ node }) => node)).toEqual(['toy.box/a']);
  });

  it('has at most six calls under way', async () => {
    let now = 0;
    let most = 0;
    const { kind } = noting({
      create: async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return { id: 'x', attributes: {} };
      },
    });
    const actions = Array.from({ length: 30 }, (_, index): Action => create(`n${index}`, kind));
    expect((await apply(actions, walkOf(kind))).size).toBe(30);
    expect(most).toBe(6);
  });

  it('sends an update without effect eight times and no more, until it is another one', async () => {
    const { kind, sent } = noting();
    const walk = walkOf(kind);
    const update = (to: string): Action => {
      const changes = [{ path: 'color', from: 'a', to, impact: 'online' } as const];
      return actionOf({
        type: 'update',
        node: 'toy.box/main' as NodeId,
        kind: kind as never,
        spec: {},
        live: ownedOf({ id: 'a' }),
        changes,
      });
    };
    for (let count = 0; count < 12; count += 1) await apply([update('b')], walk);
    expect(sent).toHaveLength(8);
    expect(await only([update('b')], walk)).toMatchObject({
      result: 'failed',
      failure: { class: 'loop', code: 'ReconcileLoop' },
    });
    await apply([update('c')], walk);
    expect(sent).toHaveLength(9);
  });
});
