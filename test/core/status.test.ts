/** The status: bounded whatever comes in, the same for the same world, and silent about what is sensitive. */
import fc from 'fast-check';
import { withDefaults } from '../../src/api/defaults.ts';
import { fitStatus } from '../../src/api/fit.ts';
import { status as schema } from '../../src/api/status.ts';
import type { TierStatus } from '../../src/api/types.ts';
import { type Graph, graphBuilder } from '../../src/core/graph.ts';
import type { Health, Kind, Owned } from '../../src/core/kind.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { plan } from '../../src/core/plan.ts';
import type { Projection } from '../../src/core/projection.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { project, projectObstacle } from '../../src/core/status.ts';
import { recordedOf } from '../../src/core/status-resources.ts';
import type { Tier } from '../../src/core/tier.ts';
import { OWNER, ownedOf, policyOf, snapshotWith } from './samples.ts';

const NOW = new Date('2026-11-24T12:00:00Z');

interface Box {
  readonly value: unknown;
  readonly secret: string;
}

const box: Kind<Box> = {
  type: 'toy.box',
  sensitive: ['secret'],
  cost: () => [{ rate: 'ec2/t4g.small', quantity: 730 }],
};

const tierOf = (status: TierStatus): Tier => ({
  metadata: {
    namespace: 'shop',
    name: 'web',
    uid: 'uid-1',
    generation: 3,
    resourceVersion: '1',
    annotations: {},
    finalizers: [],
  },
  spec: withDefaults({ stage: 'SingleServer', aws: { region: 'us-east-1' } }),
  status,
  references: { problems: [] },
});

interface World {
  readonly values: readonly unknown[];
  readonly observed: readonly unknown[];
  readonly health: Health;
  readonly outcomes?: readonly Outcome[];
  readonly before?: TierStatus;
  readonly now?: Date;
}

function graphOf(values: readonly unknown[]): Graph {
  const g = graphBuilder();
  values.forEach((value, index) => void g.add(box, `n${index}`, { value: value as string, secret: `secret-${index}` }));
  return g.build();
}

function projectionOf({
  values,
  observed,
  health,
  outcomes = [],
  before = { observedGeneration: -1 },
  now = NOW,
}: World): Projection {
  const graph = graphOf(values);
  const live = new Map<NodeId, Owned>(
    observed.map((value, index) => [
      `toy.box/n${index}`,
      ownedOf({ id: `box-${index}`, node: `toy.box/n${index}`, spec: { value, secret: 'other' }, health }),
    ]),
  );
  const snapshot = snapshotWith({ live });
  const recorded = recordedOf(before);
  const policy = policyOf();
  return {
    tier: tierOf(before),
    now,
    facts: {
      owner: OWNER,
      region: 'us-east-1',
      accountID: '123456789012',
      partition: 'aws',
      zones: [],
      image: { id: 'ami-1', rootDeviceName: '/dev/xvda' },
      burstable: true,
    },
    pinned: undefined,
    way: { stage: 'SingleServer' },
    serving: new Set(graph.keys()),
    blueprint: { graph, outputs: { endpoints: { elasticIP: '' }, dataCopies: [] } },
    plan: plan({ desired: graph, reference: graph, snapshot, recorded, policy, kinds: [box as unknown as Kind] }),
    outcomes: new Map(outcomes.map((outcome) => [outcome.node, outcome])),
    snapshot,
    recorded,
    intents: [],
    searching: () => false,
    passive: undefined,
    tagsOf: policy.tagsOf,
    handledRequest: undefined,
  };
}

const stored = (status: TierStatus): TierStatus => JSON.parse(JSON.stringify(status)) as TierStatus;

function expectValid(status: TierStatus): void {
  const judged = schema.safeParse(stored(status));
  expect(judged.success ? '' : judged.error.message).toBe('');
}

const healthy: Health = { state: 'available', phase: 'ready' };

const health = fc.record({
  state: fc.string({ minLength: 1, maxLength: 300 }),
  phase: fc.constantFrom('ready' as const, 'settling' as const, 'failed' as const, 'deleting' as const),
  reason: fc.string({ minLength: 1, maxLength: 3_000 }),
});

const outcome = fc.record({
  node: fc.nat(5).map((index): NodeId => `toy.box/n${index}`),
  action: fc.constantFrom('create' as const, 'update' as const, 'replace' as const),
  result: fc.constantFrom('done' as const, 'settling' as const, 'blocked' as const, 'failed' as const),
  incarnation: fc.integer({ min: 1, max: 9 }),
  reason: fc.string({ maxLength: 2_000 }),
  failure: fc.record({
    class: fc.constantFrom('quota', 'denied', 'unknown', 'loop'),
    code: fc.string({ maxLength: 100 }),
    message: fc.string({ maxLength: 5_000 }),
  }),
});

describe('project', () => {
  it('gives a status that the API server takes, whatever AWS says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        health,
        fc.array(outcome, { maxLength: 4 }),
        (values, observed, state, outcomes) => {
          expectValid(fitStatus(project(projectionOf({ values, observed, health: state, outcomes }))));
        },
      ),
    );
  });

  it('stays within its bounds with hundreds of resources that differ in everything', () => {
    const values = Array.from({ length: 400 }, (_, index) => 'x'.repeat(2_000) + index);
    const status = fitStatus(
      project(projectionOf({ values, observed: values.map(() => 'y'.repeat(3_000)), health: healthy })),
    );
    expectValid(status);
    expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(900_000);
    expect(status.plan?.summary).toBe('+0 ~400 -0');
  });

  it('is the same a second later: there is nothing to write', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 4 }),
        fc.array(fc.jsonValue(), { maxLength: 4 }),
        health,
        (values, observed, state) => {
          const first = stored(project(projectionOf({ values, observed, health: state })));
          const second = stored(
            project(
              projectionOf({ values, observed, health: state, before: first, now: new Date(NOW.getTime() + 1_000) }),
            ),
          );
          const third = stored(
            project(
              projectionOf({
                values,
                observed,
                health: state,
                before: second,
                now: new Date(NOW.getTime() + 90_000_000),
              }),
            ),
          );
          expect(third).toEqual(second);
        },
      ),
    );
  });

  it('gives equal worlds equal plans', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 4 }),
        fc.array(fc.jsonValue(), { maxLength: 4 }),
        (values, observed) => {
          const hash = () =>
            projectionOf({ values: structuredClone(values), observed: structuredClone(observed), health: healthy }).plan
              .hash;
          expect(hash()).toBe(hash());
          expect(hash()).toMatch(/^sha256:[0-9a-f]{64}$/);
        },
      ),
    );
  });

  it('gives plans that would do different things different hashes', () => {
    const hash = (values: readonly unknown[], observed: readonly unknown[]) =>
      projectionOf({ values, observed, health: healthy }).plan.hash;
    const hashes = [hash([1], []), hash([1], [2]), hash([3], [2]), hash([1, 1], [2]), hash([], [])];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('never holds the value of a sensitive field', () => {
    const text = JSON.stringify(project(projectionOf({ values: [1, 2], observed: [1], health: healthy })));
    expect(text).not.toContain('secret-0');
    expect(text).not.toContain('other');
    expect(text).toContain('(sensitive)');
  });

  it('leaves out what AWS does not know yet', () => {
    const status = project(projectionOf({ values: [], observed: [], health: healthy }));
    expect(status.endpoints).toEqual({});
    expect(status.dataProtection).toBeUndefined();
  });

  it('remembers the id of what was just made before AWS shows it, and that of what is gone', () => {
    const made: Outcome = {
      node: 'toy.box/n0',
      action: 'create',
      result: 'settling',
      incarnation: 2,
      made: true,
      id: 'box-9',
    };
    const first = project(projectionOf({ values: [1], observed: [], health: healthy, outcomes: [made] }));
    expect(first.resources).toEqual([
      { role: 'toy.box/n0', type: 'toy.box', id: 'box-9', incarnation: 2, state: 'creating', ready: false },
    ]);
    const second = project(projectionOf({ values: [1], observed: [], health: healthy, before: stored(first) }));
    expect(second.resources).toMatchObject([{ id: 'box-9', incarnation: 2, state: 'missing', ready: false }]);
  });
});

describe('projectObstacle', () => {
  const obstacle = { stalls: [], synced: { reason: 'ReconcileError', message: 'x'.repeat(5_000) } } as const;

  it('keeps what is known and says what is in the way', () => {
    const before = stored(project(projectionOf({ values: [1], observed: [1], health: healthy })));
    const after = projectObstacle(tierOf(before), obstacle, NOW);
    expectValid(after);
    expect({ ...after, conditions: [], message: '', observedGeneration: 0 }).toEqual({
      ...before,
      conditions: [],
      message: '',
      observedGeneration: 0,
    });
    expect(after.conditions?.find(({ type }) => type === 'Synced')).toMatchObject({
      status: 'False',
      reason: 'ReconcileError',
    });
    expect(after.conditions?.find(({ type }) => type === 'Ready')).toEqual(
      before.conditions?.find(({ type }) => type === 'Ready'),
    );
    expect(stored(projectObstacle(tierOf(stored(after)), obstacle, new Date(NOW.getTime() + 60_000)))).toEqual(
      stored(after),
    );
  });

  it('answers an invalid spec and leaves an outage unanswered', () => {
    const before: TierStatus = { observedGeneration: 2 };
    const invalid = { stalls: [{ reason: 'Invalid', message: 'no such type' }], synced: obstacle.synced } as const;
    expect(projectObstacle(tierOf(before), obstacle, NOW).observedGeneration).toBe(2);
    const answered = projectObstacle(tierOf(before), invalid, NOW);
    expect(answered.observedGeneration).toBe(3);
    expect(answered.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'Invalid',
    });
    expect(answered.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'Invalid',
    });
  });
});
