/** Carrying out one plan: order, side by side, what errors become, and what may never be sent. */
import type { Intent } from '../../src/api/types.ts';
import type { AnyResource, Aws, Identity } from '../../src/aws/driver.ts';
import type { Action } from '../../src/core/action.ts';
import type { Change } from '../../src/core/kind.ts';
import { RETAINED_TAG } from '../../src/core/names.ts';
import { Unknown } from '../../src/core/ref.ts';
import { apply, PassAborted, type Walk } from '../../src/engine/apply.ts';
import { announce } from '../../src/engine/intents.ts';
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
    observe: async function* () {},
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
  earlier: [],
  memory: { restless: new Set(), aftermath: new Map(), attempts: new Map(), wish: '1', deepAt: 0 },
  signal: new AbortController().signal,
  now: NOW,
  graceSeconds: 120,
  ...change,
});

const create = (name: string, kind: AnyResource, change: Partial<Action> = {}): Action =>
  actionOf({ type: 'create', node: `toy.box/${name}`, kind: kind as never, spec: {}, ...change });

/** Applies as a pass does: what brings something up is announced before, unless the test says what is. */
function run(actions: readonly Action[], walk: Walk) {
  const bringing = actions.filter(({ type }) => type === 'create' || type === 'replace');
  const intents = walk.intents.length > 0 ? walk.intents : announce([], bringing, walk);
  return apply(actions, { ...walk, intents });
}

async function only(actions: readonly Action[], walk: Walk) {
  const outcomes = [...(await run(actions, walk)).values()];
  expect(outcomes).toHaveLength(1);
  return outcomes[0];
}

const coded = (name: string): Error => Object.assign(new Error('AWS says no'), { name });

describe('apply', () => {
  it('makes what stands on something after it, with its attributes, in one pass where a create is final', async () => {
    const { kind, sent } = noting({ settle: 0 });
    const b = create('b', kind, { spec: { in: { $ref: 'toy.box/a', attr: 'id' } }, needs: ['toy.box/a'] });
    const outcomes = await run([create('a', kind), b], walkOf(kind));
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
    const outcomes = await run([below, above, another], walkOf(kind, { snapshot }));
    expect(sent.map(({ verb, node }) => `${verb} ${node}`)).toEqual(['update toy.box/a', 'update toy.box/b']);
    expect(outcomes.get('toy.box/c')).toMatchObject({ result: 'blocked', reason: 'toy.box/a was just changed' });
  });

  it('does in one pass what stands on a change that is final, and what waits to know what it yields', async () => {
    const { kind, sent } = noting({ prompt: true });
    const answering = {
      ...kind,
      update: async (aws: Aws, live: never, spec: object, changes: readonly Change[]) => {
        await kind.update(aws, live, spec, changes);
        return { id: 'new', told: changes[0]?.to };
      },
    };
    const [a, b] = [ownedOf({ id: 'a' }), ownedOf({ id: 'b' })];
    const live = new Map([
      ['toy.box/a', a],
      ['toy.box/b', b],
    ] as const);
    const change = { path: 'in', from: null, to: 'y', impact: 'online' } as const;
    const ref = { $ref: 'toy.box/a', attr: 'told' } as const;
    const below = create('a', kind, { type: 'update', live: a, changes: [change], impact: 'online' });
    const unknown = { ...change, to: new Unknown('toy.box/a', 'told') };
    const above = create('b', kind, {
      ...{ type: 'update', live: b, changes: [unknown], impact: 'online', waitsFor: 'toy.box/a' },
      ...{ spec: { in: ref }, needs: ['toy.box/a'] },
    });
    const last = create('c', kind, { spec: { in: { $ref: 'toy.box/b', attr: 'told' } }, needs: ['toy.box/b'] });
    const walk = walkOf(kind, { snapshot: snapshotWith({ live }), resources: new Map([[kind.type, answering]]) });
    const outcomes = await run([below, above, last], walk);
    expect(sent.map(({ verb, node, spec }) => [`${verb} ${node}`, spec])).toEqual([
      ['update toy.box/a', {}],
      ['update toy.box/b', { in: 'y' }],
      ['create toy.box/c', { in: 'y' }],
    ]);
    expect([...outcomes.values()].map(({ result }) => result)).toEqual(['settling', 'settling', 'settling']);
  });

  it('leaves alone what stands on a change that waits to know what another yields', async () => {
    const { kind, sent } = noting({ prompt: true });
    const [a, b] = [ownedOf({ id: 'a', health: { state: 'running', phase: 'settling' } }), ownedOf({ id: 'b' })];
    const live = new Map([
      ['toy.box/a', a],
      ['toy.box/b', b],
    ] as const);
    const unknown = { path: 'in', from: null, to: new Unknown('toy.box/a', 'told'), impact: 'online' } as const;
    const above = create('b', kind, {
      ...{ type: 'update', live: b, changes: [unknown], impact: 'online', waitsFor: 'toy.box/a' },
      ...{ spec: { in: { $ref: 'toy.box/a', attr: 'told' } }, needs: ['toy.box/a'] },
    });
    const outcomes = await run(
      [above, create('c', kind, { needs: ['toy.box/b'] })],
      walkOf(kind, { snapshot: snapshotWith({ live }) }),
    );
    expect([...outcomes.values()].map(({ result }) => result)).toEqual(['blocked', 'blocked']);
    expect(sent).toEqual([]);
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
      const outcomes = await run([create('a', kind), b], walkOf(kind));
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
    const outcomes = await run(actions, walkOf(kind, { resources }));
    expect(outcomes.get('toy.bad/a')).toMatchObject({ result: 'failed', failure: { class: 'quota' } });
    expect(sent).toHaveLength(2);
  });

  it('does nothing about what only waits, holds or stands', async () => {
    const { kind, sent } = noting();
    const actions = (['none', 'wait', 'hold'] as const).map((type) => actionOf({ type, kind: kind as never }));
    expect((await run([...actions, create('a', kind, { waitsFor: 'x' })], walkOf(kind))).size).toBe(0);
    expect(sent).toEqual([]);
  });

  it.each([
    ['create', {}],
    ['create', { anonymous: true }],
    ['replace', { replace: 'createFirst' }],
    ['replace', { replace: 'deleteFirst' }],
  ] as const)('sends no %s of %j whose intent is not on record', async (type, change) => {
    const { kind, sent } = noting(change);
    const action = create('main', kind, { type, ...(type === 'replace' ? { live: ownedOf({ id: 'a' }) } : {}) });
    const tried = [...(await apply([action], walkOf(kind))).values()];
    expect(tried).toMatchObject([{ result: 'blocked', reason: 'its intent is not recorded yet' }]);
    const stale = [{ ...aged(1), incarnation: type === 'replace' ? 1 : 0 }];
    expect(await only([action], walkOf(kind, { intents: stale }))).toMatchObject({ result: 'blocked' });
    expect(sent).toEqual([]);
    await only([action], walkOf(kind, { intents: [{ ...aged(1), incarnation: 3 }] }));
    expect(sent).toHaveLength(1);
  });

  it('makes a node in the incarnation that was announced, with the token that belongs to it', async () => {
    const { kind, sent } = noting();
    for (const incarnation of [3, 3, 4])
      await only([create('main', kind)], walkOf(kind, { intents: [{ ...aged(1), incarnation }] }));
    expect(sent.map(({ self }) => self.incarnation)).toEqual([3, 3, 4]);
    expect(sent[1]?.self.token).toBe(sent[0]?.self.token);
    expect(sent[2]?.self.token).not.toBe(sent[0]?.self.token);
  });

  it.each<[string, string, object, Partial<Walk>]>([
    ['an answer that was lost may have made it', 'TimeoutError', { result: 'settling', made: true }, {}],
    ['a dependency too fresh did not', 'InvalidSubnetID.NotFound', { result: 'settling', made: false }, {}],
    ['nor did one at work', 'IncorrectState', { result: 'settling', made: false }, {}],
    ['a taken name may be ours', 'EntityAlreadyExists', { result: 'settling', made: true, taken: true }, {}],
    [
      'a taken name is ours no more after the grace',
      'EntityAlreadyExists',
      { result: 'failed', failure: { class: 'exists' } },
      { intents: [aged(0)], earlier: [aged(121)] },
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
    await expect(run([create('a', kind)], walkOf(kind))).rejects.toThrow(PassAborted);
    const controller = new AbortController();
    controller.abort();
    delete failure.error;
    await expect(run([create('b', kind)], walkOf(kind, { signal: controller.signal }))).rejects.toThrow(PassAborted);
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
    expect((await run(actions, walkOf(kind))).size).toBe(30);
    expect(most).toBe(6);
  });

  it.each<[string, Partial<Action>]>([
    ['update', { type: 'update', changes: [{ path: 'color', from: 'a', to: 'b', impact: 'online' }] }],
    ['replace', { type: 'replace', changes: [{ path: 'color', from: 'a', to: 'b', impact: 'replace' }] }],
    ['delete', { type: 'delete' }],
    ['create', { type: 'create' }],
    ['forget', { type: 'forget' }],
  ])(
    'sends a %s without effect eight times, waits for the grace, and then says that it goes round in a loop',
    async (type, change) => {
      const { kind, sent } = noting();
      const live = type === 'create' ? {} : { live: ownedOf({ id: 'a' }) };
      const action = actionOf({ kind: kind as never, spec: {}, ...live, ...change });
      const walk = walkOf(kind);
      for (let count = 0; count < 12; count += 1) await run([action], walk);
      expect(sent).toHaveLength(8);
      expect(await only([action], walk)).toMatchObject({ result: 'settling' });
      const later = { ...walk, now: new Date(NOW.getTime() + 120_000) };
      expect(await only([action], later)).toMatchObject({
        result: 'failed',
        failure: { class: 'loop', code: 'ReconcileLoop', message: expect.stringContaining('change the spec') },
      });
      expect(sent).toHaveLength(8);
    },
  );

  it('counts changes that take turns as one loop, and another wish as another', async () => {
    const { kind, sent } = noting();
    const walk = walkOf(kind);
    const update = (to: string): Action =>
      actionOf({
        type: 'update',
        kind: kind as never,
        spec: {},
        live: ownedOf({ id: 'a' }),
        changes: [{ path: 'color', from: 'a', to, impact: 'online' }],
      });
    for (let count = 0; count < 40; count += 1) await run([update(count % 2 === 0 ? 'b' : 'c')], walk);
    expect(sent).toHaveLength(16);
    await run([update('d')], walk);
    expect(sent).toHaveLength(17);
  });

  it('says of a refusal that should pass that it lasts, once it lasted for the grace', async () => {
    const { kind, failure } = noting();
    failure.error = coded('DependencyViolation');
    const walk = walkOf(kind);
    const remove = actionOf({ type: 'delete', kind: kind as never, live: ownedOf({ id: 'a' }) });
    const at = (seconds: number): Walk => ({ ...walk, now: new Date(NOW.getTime() + seconds * 1000) });
    expect(await only([remove], at(0))).toMatchObject({ result: 'settling' });
    expect(await only([remove], at(119))).toMatchObject({ result: 'settling' });
    expect(await only([remove], at(120))).toMatchObject({ result: 'failed', failure: { class: 'busy' } });
    delete failure.error;
    await only([remove], at(180));
    failure.error = coded('DependencyViolation');
    expect(await only([remove], at(240))).toMatchObject({ result: 'settling' });
  });
});
