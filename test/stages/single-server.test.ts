/** Stage 1: what its plans say, from nothing to everything, from one wish to another, and to the end. */
import type { TierSpec } from '../../src/api/types.ts';
import type { Owned } from '../../src/core/kind.ts';
import { type NodeId, refsOf } from '../../src/core/ref.ts';
import { isEmpty, renderPlan } from '../../src/core/render.ts';
import { expectGolden } from './golden.ts';
import { converged, ENDS, exampleSpec, factsOf, graphOf, kinds, NOTHING, planOf, type StagedTier } from './tiers.ts';

const USER_DATA = '#!/bin/sh\ndnf install -y nginx\n';

const tierOf = (spec: TierSpec, userData?: string): StagedTier => ({
  spec,
  facts: factsOf(spec, userData === undefined ? {} : { userData }),
});

const minimal = tierOf(exampleSpec('single-server-minimal.yaml'));
const full = tierOf(exampleSpec('single-server-full.yaml'), USER_DATA);

/** The minimal tier with one thing changed. */
const changed = (change: (spec: TierSpec) => Partial<TierSpec>, userData?: string): StagedTier =>
  tierOf({ ...minimal.spec, ...change(minimal.spec) }, userData);

const ended = (deletionPolicy: TierSpec['deletionPolicy']): StagedTier => changed(() => ({ deletionPolicy }));

describe('a new tier', () => {
  it('with nothing but defaults', () => {
    expectGolden('single-server-new-minimal', renderPlan(planOf(minimal, NOTHING)));
  });

  it('with every field set', () => {
    expectGolden('single-server-new-full', renderPlan(planOf(full, NOTHING)));
  });

  it.each([
    ['minimal', minimal],
    ['full', full],
  ])('that stands as asked needs nothing: %s', (_name, tier) => {
    const plan = planOf(tier, converged(tier));
    expect(isEmpty(plan)).toBe(true);
    expect(plan.actions.map(({ type }) => type)).toEqual(plan.actions.map(() => 'none'));
    expect(plan.findings).toEqual([]);
  });
});

describe('a change of a tier that stands', () => {
  const { compute, network } = minimal.spec;
  it.each<[string, StagedTier]>([
    ['instance-type', changed(() => ({ compute: { ...compute, instanceType: 't4g.medium' } }))],
    [
      'data-volume-size',
      changed(() => ({ compute: { ...compute, dataVolume: { ...compute.dataVolume, sizeGiB: 200 } } })),
    ],
    [
      'root-volume-size',
      changed(() => ({ compute: { ...compute, rootVolume: { ...compute.rootVolume, sizeGiB: 40 } } })),
    ],
    [
      'allowed-cidrs',
      changed(() => ({ network: { ...network, allowedCIDRs: ['203.0.113.0/24', '198.51.100.7/32'] } })),
    ],
    ['user-data', changed(() => ({}), USER_DATA)],
    ['zone-count', changed(() => ({ network: { ...network, create: { ...network.create, zoneCount: 3 } } }))],
    ['tags', changed(() => ({ tags: { CostCenter: '4711' } }))],
    [
      'database-port',
      changed(({ database }) => ({ database: { ...database, onInstance: { ...database.onInstance, port: 6432 } } })),
    ],
    ['alarms-off', changed(({ observability }) => ({ observability: { ...observability, alarms: false } }))],
    [
      'image',
      { ...minimal, facts: { ...minimal.facts, image: { ...minimal.facts.image, id: 'ami-0fedcba9876543210' } } },
    ],
  ])('%s', (name, tier) => {
    expectGolden(`single-server-change-${name}`, renderPlan(planOf(tier, converged(minimal))));
  });

  it('never ends or replaces what holds data', () => {
    const wishes = [
      changed(() => ({ compute: { ...compute, instanceType: 'm7g.large' } }), USER_DATA),
      full,
      changed(() => ({ observability: { alarms: false } })),
    ];
    for (const tier of wishes) {
      const ends = planOf(tier, converged(minimal)).actions.filter(
        ({ type, kind }) => kind.stateful && ['delete', 'replace', 'forget'].includes(type),
      );
      expect(ends).toEqual([]);
    }
  });
});

describe('the end of a tier', () => {
  it.each(Object.entries(ENDS))('%s', (name, policy) => {
    const tier = ended(policy);
    expectGolden(`single-server-end-${name}`, renderPlan(planOf(tier, converged(tier), { deleting: true })));
  });
});

describe('the end of the data', () => {
  const tier = ended({ default: 'Delete', database: 'Snapshot' });
  const VOLUME = 'ec2.volume/data';
  const COPY = 'ec2.snapshot/data-final';
  /** Only the volume is left, and what there is of its copy. */
  const remains = (phase?: 'settling' | 'ready' | 'failed', recordedAs?: string): string => {
    const { snapshot, recorded } = converged(tier);
    const volume = snapshot.live.get(VOLUME);
    if (!volume) throw new Error('the tier has no volume');
    const volumeId = (volume.attributes as { volumeId: string }).volumeId;
    const state = { settling: 'pending', ready: 'completed', failed: 'error' }[phase ?? 'ready'];
    const copy: Owned = {
      ...volume,
      node: COPY,
      id: 'snap-1',
      spec: { volumeId, description: `final copy of ${volumeId}` },
      attributes: { snapshotId: 'snap-1' },
      health: { state, phase: phase ?? 'ready' },
    };
    const live = new Map<NodeId, Owned>([[VOLUME, volume]]);
    if (phase) live.set(COPY, copy);
    const records = new Map([
      ...recorded,
      ...(recordedAs ? [[COPY, { id: recordedAs, incarnation: 1 }] as const] : []),
    ]);
    return renderPlan(planOf(tier, { snapshot: { ...snapshot, live }, recorded: records }, { deleting: true }));
  };

  it('goes from no copy to a recorded copy to none of it left, in this order', () => {
    expectGolden(
      'single-server-end-of-data',
      [
        '# no copy yet',
        remains(),
        '# AWS makes the copy',
        remains('settling', 'snap-1'),
        '# the copy is complete and not in status',
        remains('ready'),
        '# the copy in status is another one',
        remains('ready', 'snap-0'),
        '# the copy is complete and in status',
        remains('ready', 'snap-1'),
        '# the copy failed',
        remains('failed', 'snap-1'),
      ].join('\n'),
    );
  });
});

describe('the graph', () => {
  it('names only kinds that are on the list, each standing on kinds before it', () => {
    const rank = new Map(kinds.map(({ type }, index) => [type, index]));
    for (const { id, kind, needs } of graphOf(full).values()) {
      expect(rank.has(kind.type) ? id : `${id} is of no known kind`).toBe(id);
      for (const need of needs) {
        const below = rank.get(need.slice(0, need.indexOf('/'))) ?? Number.POSITIVE_INFINITY;
        expect(below <= (rank.get(kind.type) ?? -1) ? id : `${id} stands on ${need}, which is built later`).toBe(id);
      }
    }
  });

  it('has the same nodes for the same zones, whatever else is asked', () => {
    const common = (tier: StagedTier): readonly string[] =>
      [...graphOf(tier).keys()].filter((id) => !/rule|alarm|record-sets/.test(id)).sort();
    expect(common(full)).toEqual(common(minimal));
  });

  it('keeps every node when a zone is added', () => {
    const { network } = minimal.spec;
    const wide = changed(() => ({ network: { ...network, create: { ...network.create, zoneCount: 3 } } }));
    expect([...graphOf(wide).keys()]).toEqual(expect.arrayContaining([...graphOf(minimal).keys()]));
  });

  it('opens no port but 80 and 443, and none to the world but as asked', () => {
    const rules = [...graphOf(full).values()]
      .filter(({ kind }) => kind.type === 'ec2.security-group-rule')
      .map(({ spec }) => spec as Record<string, unknown>);
    expect(new Set(rules.map(({ fromPort, toPort }) => `${fromPort}-${toPort}`))).toEqual(
      new Set(['80-80', '443-443']),
    );
    const closed = changed(({ network }) => ({ network: { ...network, allowedCIDRs: [] } }));
    const ingress = [...graphOf(closed).values()].filter(({ id }) => id.includes('-ingress-'));
    expect(ingress).toEqual([]);
  });

  it('holds no secret and only references to attributes that its kinds have', () => {
    for (const { spec } of graphOf(full).values()) {
      for (const { attr } of refsOf(spec)) expect(attr).toMatch(/^[a-z][A-Za-z0-9]*$/);
    }
  });
});
