/** Stage 2: what its plans say, from nothing to everything, from one wish to another, and to the end. */
import type { RDSSpec, TierSpec } from '../../src/api/types.ts';
import { costOf } from '../../src/core/cost.ts';
import type { Graph } from '../../src/core/graph.ts';
import type { Owned } from '../../src/core/kind.ts';
import { type NodeId, refsOf } from '../../src/core/ref.ts';
import { isEmpty, renderPlan } from '../../src/core/render.ts';
import { normalPolicy, type PolicyDocument } from '../../src/resources/iam/policy.ts';
import { stages } from '../../src/stages/index.ts';
import { memoryOf } from '../../src/stages/parts/database-alarms.ts';
import { expectGolden } from './golden.ts';
import { converged, ENDS, exampleSpec, factsOf, graphOf, kinds, NOTHING, planOf, type StagedTier } from './tiers.ts';

const USER_DATA = '#!/bin/sh\ndnf install -y nginx\n';

const tierOf = (spec: TierSpec, userData?: string): StagedTier => ({
  spec,
  facts: factsOf(spec, userData === undefined ? {} : { userData }),
});

const minimal = tierOf(exampleSpec('separate-database-minimal.yaml'));
const full = tierOf(exampleSpec('separate-database-full.yaml'), USER_DATA);
const single = tierOf(exampleSpec('single-server-minimal.yaml'));

/** The minimal tier with one thing changed. */
const changed = (change: (spec: TierSpec) => Partial<TierSpec>): StagedTier =>
  tierOf({ ...minimal.spec, ...change(minimal.spec) });

const rdsOf = ({ spec }: StagedTier): RDSSpec => {
  if (!spec.database.rds) throw new Error('the tier has no section for RDS');
  return spec.database.rds;
};

/** The minimal tier with one thing of its database changed. */
const withRDS = (change: Partial<RDSSpec>): StagedTier =>
  changed(({ database }) => ({ database: { ...database, rds: { ...rdsOf(minimal), ...change } } }));

const managed = withRDS({
  readReplicas: { count: 0, multiAZ: false },
  credentials: { mode: 'RDSManaged', passwordRotation: 0 },
});

const specOf = (tier: StagedTier, id: NodeId): Readonly<Record<string, unknown>> =>
  (graphOf(tier).get(id)?.spec ?? {}) as Readonly<Record<string, unknown>>;

const idsOf = (graph: Graph, like: RegExp): readonly string[] => [...graph.keys()].filter((id) => like.test(id));

const outputsOf = ({ spec, facts }: StagedTier) => stages[spec.stage](spec, facts).outputs;

describe('a new tier', () => {
  it('with few wishes', () => {
    expectGolden('separate-database-new-minimal', renderPlan(planOf(minimal, NOTHING)));
  });

  it('with every field set', () => {
    expectGolden('separate-database-new-full', renderPlan(planOf(full, NOTHING)));
  });

  it.each([
    ['minimal', minimal],
    ['full', full],
    ['managed by RDS', managed],
    ['without a section for RDS', changed(({ database: { rds: _, ...database } }) => ({ database }))],
  ])('that stands as asked needs nothing: %s', (_name, tier) => {
    const plan = planOf(tier, converged(tier));
    expect(isEmpty(plan)).toBe(true);
    expect(plan.actions.map(({ type }) => type)).toEqual(plan.actions.map(() => 'none'));
    expect(plan.findings).toEqual([]);
  });
});

describe('a change of a tier that stands', () => {
  it.each<[string, StagedTier]>([
    ['class', withRDS({ instanceClass: 'db.r7g.large' })],
    ['storage', withRDS({ storageGiB: 100 })],
    ['single-az', withRDS({ multiAZ: false })],
    ['more-replicas', withRDS({ readReplicas: { count: 3, multiAZ: false } })],
    ['no-replica', withRDS({ readReplicas: { count: 0, multiAZ: false } })],
    ['replica-class', withRDS({ readReplicas: { count: 1, multiAZ: true, instanceClass: 'db.r7g.large' } })],
    ['parameters', withRDS({ parameters: { log_min_duration_statement: '500', max_connections: '200' } })],
    ['minor-version', withRDS({ engineVersion: '17.6' })],
    ['major-version', withRDS({ engineVersion: '18' })],
    ['password', withRDS({ credentials: { mode: 'Operator', passwordRotation: 1 } })],
    ['backups', withRDS({ backupRetentionDays: 14, backupWindow: '03:00-04:00' })],
    ['alarms-off', changed(({ observability }) => ({ observability: { ...observability, alarms: false } }))],
    [
      'zone-count',
      changed(({ network }) => ({ network: { ...network, create: { ...network.create, zoneCount: 3 } } })),
    ],
  ])('%s', (name, tier) => {
    expectGolden(`separate-database-change-${name}`, renderPlan(planOf(tier, converged(minimal))));
  });

  it('to a password that RDS manages, and back', () => {
    const before = withRDS({ readReplicas: { count: 0, multiAZ: false } });
    expectGolden('separate-database-change-managed', renderPlan(planOf(managed, converged(before))));
    expectGolden('separate-database-change-unmanaged', renderPlan(planOf(before, converged(managed))));
  });

  it('ends replicas for a password that RDS manages, which it refuses as long as there are some', () => {
    const { snapshot, recorded } = converged(minimal);
    const database = snapshot.live.get('rds.instance/primary');
    if (!database) throw new Error('the tier has no database');
    // RDS calls a database by its identifier.
    const { identifier: id } = database.attributes as { readonly identifier: string };
    const live = new Map(snapshot.live).set('rds.instance/primary', { ...database, id });
    const { actions } = planOf(managed, { snapshot: { ...snapshot, live }, recorded });
    const end = actions.find(({ node }) => node === 'rds.replica/1');
    // First the readers are published anew; what waits for the replicas is not waited for.
    expect([end?.type, end?.waitsFor]).toEqual(['delete', 'iam.role/server']);
    expect(actions.filter(({ type }) => type === 'update').map(({ node }) => node)).toEqual([
      ...['rds.instance/primary', 'iam.role/server', 'ssm.parameter/db/readers', 'ssm.parameter/db/secret-arn'],
    ]);
  });

  it('never ends or replaces what holds data', () => {
    const wishes = [
      withRDS({ instanceClass: 'db.r7g.large', engineVersion: '18', storageGiB: 500 }),
      managed,
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
  it.each(Object.entries(ENDS))('%s', (name, deletionPolicy) => {
    const tier = changed(() => ({ deletionPolicy }));
    expectGolden(`separate-database-end-${name}`, renderPlan(planOf(tier, converged(tier), { deleting: true })));
  });
});

describe('the end of the data', () => {
  const tier = changed(() => ({ deletionPolicy: { default: 'Delete', database: 'Snapshot' } }));
  const DATABASE = 'rds.instance/primary';
  const REPLICA = 'rds.replica/1';
  const COPY = 'rds.snapshot/primary-final';
  const identity = { identifier: 'st-shop-db', resourceId: 'db-1' };
  /** Of all the tier's resources only the database is left, with its replica or its copy. */
  const remains = ({
    replica = false,
    phase,
    recordedAs,
  }: {
    readonly replica?: boolean;
    readonly phase?: 'settling' | 'ready' | 'failed';
    readonly recordedAs?: string;
  }): string => {
    const { snapshot, recorded } = converged(tier);
    const [database, follower] = [snapshot.live.get(DATABASE), snapshot.live.get(REPLICA)];
    if (!database || !follower) throw new Error('the tier has no database or no replica');
    const live = new Map<NodeId, Owned>([[DATABASE, { ...database, attributes: identity }]]);
    if (replica) live.set(REPLICA, follower);
    if (phase) {
      live.set(COPY, {
        ...database,
        node: COPY,
        id: 'st-shop-db-final-1',
        spec: { instanceIdentifier: identity.identifier, resourceId: identity.resourceId },
        attributes: { identifier: 'st-shop-db-final-1' },
        health: { state: { settling: 'creating', ready: 'available', failed: 'failed' }[phase], phase },
      });
    }
    const records = new Map([
      ...recorded,
      ...(recordedAs ? [[COPY, { id: recordedAs, incarnation: 1, ready: true }] as const] : []),
    ]);
    return renderPlan(planOf(tier, { snapshot: { ...snapshot, live }, recorded: records }, { deleting: true }));
  };

  it('goes from a replica to a recorded copy to none of it left, in this order', () => {
    expectGolden(
      'separate-database-end-of-data',
      [
        '# a replica is there still',
        remains({ replica: true }),
        '# no copy yet',
        remains({}),
        '# AWS makes the copy',
        remains({ phase: 'settling', recordedAs: 'st-shop-db-final-1' }),
        '# the copy is complete and not in status',
        remains({ phase: 'ready' }),
        '# the copy is complete and in status',
        remains({ phase: 'ready', recordedAs: 'st-shop-db-final-1' }),
        '# the copy failed',
        remains({ phase: 'failed', recordedAs: 'st-shop-db-final-1' }),
      ].join('\n'),
    );
  });
});

describe('the graph', () => {
  it('names only kinds that are on the list, each standing on kinds before it', () => {
    const rank = new Map(kinds.map(({ type }, index) => [type, index]));
    for (const { id, kind, needs } of [full, managed].flatMap((tier) => [...graphOf(tier).values()])) {
      expect(rank.has(kind.type) ? id : `${id} is of no known kind`).toBe(id);
      for (const need of needs) {
        const below = rank.get(need.slice(0, need.indexOf('/'))) ?? Number.POSITIVE_INFINITY;
        expect(below <= (rank.get(kind.type) ?? -1) ? id : `${id} stands on ${need}, which is built later`).toBe(id);
      }
    }
  });

  it('has every node of the stage before, so that whatever can stay stays', () => {
    expect([...graphOf(minimal).keys()]).toEqual(expect.arrayContaining([...graphOf(single).keys()]));
  });

  it('has the same nodes for the same zones and replicas, whatever else is asked', () => {
    const common = (tier: StagedTier): readonly string[] =>
      [...graphOf(tier).keys()].filter((id) => !/rule|alarm|record-sets|rds.replica/.test(id)).sort();
    expect(common(full)).toEqual(common(minimal));
  });

  it('lets the database be reached from the app servers alone, and reach nobody', () => {
    const graph = graphOf(full);
    expect(idsOf(graph, /rule\/database-/)).toEqual(['ec2.security-group-rule/database-ingress-5432-app']);
    expect(specOf(full, 'ec2.security-group-rule/database-ingress-5432-app')).toEqual({
      groupId: { $ref: 'ec2.security-group/database', attr: 'groupId' },
      direction: 'ingress',
      protocol: 'tcp',
      fromPort: 5432,
      toPort: 5432,
      peerGroupId: { $ref: 'ec2.security-group/app', attr: 'groupId' },
      description: 'app servers',
    });
    expect(specOf(full, 'ec2.security-group/database').expectedRules).toEqual([
      { $ref: 'ec2.security-group/app', attr: 'groupId', around: ['ingress tcp 5432 ', ''] },
    ]);
    expect(idsOf(graph, /rule\/app-egress-5432/)).toEqual(['ec2.security-group-rule/app-egress-5432-database']);
  });

  it.each([minimal, full, managed])('keeps the database private, encrypted and backed up', (tier) => {
    expect(specOf(tier, 'rds.instance/primary')).toMatchObject({
      publiclyAccessible: false,
      storageEncrypted: true,
      copyTagsToSnapshot: true,
      multiAz: true,
      backupRetentionPeriod: 7,
      securityGroupIds: [{ $ref: 'ec2.security-group/database', attr: 'groupId' }],
    });
    const subnets = refsOf(specOf(tier, 'rds.subnet-group/database')).map(({ $ref }) => $ref);
    expect(subnets).toEqual(['ec2.subnet/data-a', 'ec2.subnet/data-b']);
  });

  it('gives another family of parameters another name, in which RDS allows no dots', () => {
    const named = (engine: 'postgres' | 'mysql', engineVersion: string): readonly unknown[] => {
      const tier = changed(({ database }) => ({
        database: { ...database, engine, rds: { ...rdsOf(minimal), engineVersion } },
      }));
      const { name, family } = specOf(tier, 'rds.parameter-group/database');
      return [family, String(name).replace(/^st-shop-[0-9a-f]{8}-/, '')];
    };
    expect(named('postgres', '17')).toEqual(['postgres17', 'postgres17']);
    expect(named('postgres', '18.1')).toEqual(['postgres18', 'postgres18']);
    expect(named('mysql', '8.4.5')).toEqual(['mysql8.4', 'mysql8-4']);
  });

  it("lets one's own engine parameters go before ours", () => {
    const { parameters } = specOf(
      withRDS({ parameters: { log_min_duration_statement: '-1', work_mem: '8192' } }),
      'rds.parameter-group/database',
    );
    expect(parameters).toEqual({ 'rds.force_ssl': '1', log_min_duration_statement: '-1', work_mem: '8192' });
  });

  it.each<[string, Partial<RDSSpec>, number]>([
    ['four times the size', { storageGiB: 100 }, 400],
    ['what is asked', { maxStorageGiB: 60 }, 60],
    ['nothing more', { maxStorageGiB: 0 }, 0],
    ['at most what AWS has', { storageGiB: 20_000 }, 65_536],
    ['nothing more, where AWS has hardly more', { storageGiB: 65_000 }, 0],
  ])('lets the storage grow to %s', (_, change, largest) => {
    expect(specOf(withRDS(change), 'rds.instance/primary').maxAllocatedStorage).toBe(largest);
  });

  it('restarts for a parameter only when changes may be made at once', () => {
    expect(specOf(minimal, 'rds.instance/primary').parameterApplyStatus).toBe('in-sync');
    const later = specOf(withRDS({ applyChanges: 'MaintenanceWindow' }), 'rds.instance/primary');
    expect([later.parameterApplyStatus, later.applyImmediately]).toEqual([undefined, false]);
  });

  it('names no secret so that AWS could mistake its end for its own', () => {
    expect(String(specOf(minimal, 'secretsmanager.secret/database').name)).not.toMatch(/-.{6}$/);
  });

  it('lets the server read the password of its own database and no other, in the form in which policies are compared', () => {
    const policyOf = (tier: StagedTier) => specOf(tier, 'iam.role/server').inlinePolicy as PolicyDocument;
    const secretOf = (tier: StagedTier) =>
      policyOf(tier).Statement.find(({ Action }) => Action?.includes('secretsmanager:GetSecretValue'));
    expect(secretOf(minimal)?.Resource).toBe(
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:scaling-tier/default/shop/db/master-??????',
    );
    expect(secretOf(managed)).toMatchObject({
      Resource: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-*',
      Condition: {
        StringEquals: {
          'secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn': `arn:aws:rds:us-east-1:123456789012:db:${specOf(managed, 'rds.instance/primary').identifier}`,
        },
      },
    });
    for (const tier of [minimal, managed]) expect(normalPolicy(policyOf(tier))).toEqual(policyOf(tier));
  });

  it('does not let the server wait for the database', () => {
    const graph = graphOf(full);
    const below = (id: NodeId): readonly NodeId[] => {
      const needs = graph.get(id)?.needs ?? [];
      return [...needs, ...needs.flatMap(below)];
    };
    expect(below('ec2.address/server').filter((id) => /^(rds|secretsmanager)/.test(id))).toEqual([]);
  });
});

describe('what is published', () => {
  const parameter = (tier: StagedTier, name: string): unknown => specOf(tier, `ssm.parameter/db/${name}`).value;
  const host = (node: NodeId) => ({ $ref: node, attr: 'endpoint' });

  it('says where the database is, and that it is there for the first time', () => {
    expect(parameter(minimal, 'writer')).toEqual(host('rds.instance/primary'));
    expect(parameter(minimal, 'port')).toBe('5432');
    // Begun, and never set back: a move makes it rise.
    expect(graphOf(minimal).get('ssm.parameter/db/epoch')?.spec).toMatchObject({ seed: '1' });
    expect(parameter(minimal, 'epoch')).toBeUndefined();
    expect(parameter(minimal, 'secret-arn')).toEqual({ $ref: 'secretsmanager.secret/database', attr: 'secretArn' });
    expect(parameter(managed, 'secret-arn')).toEqual({ $ref: 'rds.instance/primary', attr: 'masterSecretArn' });
  });

  it('names all replicas as readers, and the writer where there is none', () => {
    expect(refsOf(parameter(managed, 'readers')).map(({ $ref }) => $ref)).toEqual(['rds.instance/primary']);
    const readers = parameter(withRDS({ readReplicas: { count: 3, multiAZ: false } }), 'readers');
    expect(refsOf(readers).map(({ $ref }) => $ref)).toEqual(['rds.replica/1', 'rds.replica/2', 'rds.replica/3']);
  });

  it('has both the volume and the database restorable', () => {
    expect(outputsOf(minimal).dataCopies.map(({ time }) => refsOf(time)[0]?.$ref)).toEqual([
      'ec2.snapshot-schedule/data',
      'rds.instance/primary',
    ]);
  });

  it('offers a connection only where a Secret is asked for', () => {
    expect(outputsOf(minimal).connection).toBeUndefined();
    expect(outputsOf(full).connection?.secretName).toBe('bookshop-database');
    expect(outputsOf(full).connection?.credential).toEqual({
      secretArn: { $ref: 'secretsmanager.secret/database', attr: 'secretArn' },
      versionId: { $ref: 'rds.instance/primary', attr: 'masterSecretVersion' },
    });
  });
});

describe('the alarms of the database', () => {
  it.each([
    ['db.t4g.micro', 1],
    ['db.t4g.medium', 4],
    ['db.m7g.large', 8],
    ['db.r6gd.2xlarge', 64],
    ['db.x2g.16xlarge', 1024],
    ['db.serverless', undefined],
    ['db.q9.large', undefined],
  ])('take %s to have %s GiB of memory', (instanceClass, memory) => {
    expect(memoryOf(instanceClass)).toBe(memory);
  });

  it('watch four fifths of the connections that RDS allows, or of those that were asked for', () => {
    const threshold = (tier: StagedTier) => specOf(tier, 'cloudwatch.alarm/database-connections').threshold;
    // RDS gives a db.t4g.medium about 400 connections, a db.t4g.micro about 80.
    expect(threshold(minimal)).toBeGreaterThan(300);
    expect(threshold(minimal)).toBeLessThan(340);
    expect(threshold(withRDS({ instanceClass: 'db.t4g.micro' }))).toBeLessThan(70);
    expect(threshold(withRDS({ parameters: { max_connections: '200' } }))).toBe(160);
  });

  it('watch each replica, credits only where there are some, and nothing that is not known', () => {
    const names = (tier: StagedTier) =>
      idsOf(graphOf(tier), /alarm\/(database|replica)-/).map((id) => id.slice('cloudwatch.alarm/'.length));
    expect(names(minimal)).toEqual([
      'database-cpu',
      'database-cpu-credits',
      'database-free-storage',
      'database-connections',
      'replica-lag-1',
    ]);
    expect(names(withRDS({ instanceClass: 'db.q9.large', readReplicas: { count: 0, multiAZ: false } }))).toEqual([
      'database-cpu',
      'database-free-storage',
    ]);
  });
});

describe('the monthly bill', () => {
  it('knows every rate of the minimal tier', () => {
    const { missingRates, monthlyEstimate, items = [] } = costOf(graphOf(minimal));
    expect(missingRates).toEqual([]);
    // Two thirds of it are the database with its standby and its replica.
    expect(Number(monthlyEstimate)).toBeGreaterThan(180);
    expect(Number(monthlyEstimate)).toBeLessThan(200);
    expect(items.map(({ role }) => role)).toEqual(
      expect.arrayContaining(['rds.instance/primary', 'rds.replica/1', 'secretsmanager.secret/database']),
    );
  });
});
