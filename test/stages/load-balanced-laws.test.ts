/** Laws that every tier of stage 3 keeps: who reaches whom, what is public, what things are called, what waits for what. */
import { iamPath } from '../../src/aws/ownership.ts';
import type { Graph, Node } from '../../src/core/graph.ts';
import { isRef, type NodeId, refsOf } from '../../src/core/ref.ts';
import type { SecurityGroupRuleSpec } from '../../src/resources/ec2/security-group-rule.ts';
import { normalAccess } from '../../src/resources/elasticache/access-string.ts';
import { normalPolicy, type PolicyDocument } from '../../src/resources/iam/policy.ts';
import { changed, full, LISTENERS, minimal, PLAIN, serverless, tierOf, withBalancer } from './balanced.ts';
import { exampleSpec, factsOf, graphOf, kinds, type StagedTier } from './tiers.ts';

const inside = withBalancer({ listeners: PLAIN, allowPlaintext: true, scheme: 'Internal' });
const throughOne = changed({ network: { create: { natGateways: 'Single' } } });
const TIERS: readonly (readonly [string, StagedTier])[] = [
  ['minimal', minimal],
  ['full', full],
  ['with a serverless cache', serverless],
  ['with redis', changed({ cache: { engine: 'redis' } })],
  ['with one NAT gateway', throughOne],
  ['within the VPC', inside],
];

type Spec = Readonly<Record<string, unknown>>;
const specOf = (graph: Graph, id: NodeId): Spec => (graph.get(id)?.spec ?? {}) as Spec;

const nodesOf = (tier: StagedTier, type: string): readonly Node[] =>
  [...graphOf(tier).values()].filter(({ kind }) => kind.type === type);

const rulesOf = (tier: StagedTier): readonly SecurityGroupRuleSpec[] =>
  nodesOf(tier, 'ec2.security-group-rule').map(({ spec }) => spec as SecurityGroupRuleSpec);

/** The node that a reference names. */
const group = (reference: unknown): string =>
  (isRef(reference) ? reference.$ref.split('/')[1] : String(reference)) ?? '';

/** All that a node stands on, directly or not. */
function below(graph: Graph, id: NodeId): ReadonlySet<NodeId> {
  const found = new Set<NodeId>();
  const visit = (node: NodeId): void => {
    for (const need of graph.get(node)?.needs ?? []) {
      if (!found.has(need)) visit(need);
      found.add(need);
    }
  };
  visit(id);
  return found;
}

describe.each(TIERS)('the firewalls of a tier %s', (_name, tier) => {
  it('have both sides of whatever one group may do with another', () => {
    const rules = rulesOf(tier);
    const between = rules.filter(({ peerGroupId }) => peerGroupId !== undefined);
    expect(between.length).toBeGreaterThanOrEqual(6);
    for (const { groupId, peerGroupId, direction, fromPort, toPort } of between) {
      const other = direction === 'ingress' ? 'egress' : 'ingress';
      const twins = between.filter(
        (twin) =>
          twin.direction === other &&
          twin.fromPort === fromPort &&
          twin.toPort === toPort &&
          group(twin.groupId) === group(peerGroupId) &&
          group(twin.peerGroupId) === group(groupId),
      );
      expect([`${direction} ${fromPort} ${group(groupId)} ${group(peerGroupId)}`, twins.length]).toEqual([
        expect.anything(),
        1,
      ]);
    }
  });

  it('are open to addresses at the load balancer alone, on its listeners’ ports, and let only servers out', () => {
    const toAddresses = rulesOf(tier).filter(({ cidr }) => cidr !== undefined);
    const open = (direction: string) =>
      new Set(
        toAddresses
          .filter((rule) => rule.direction === direction)
          .map((rule) => `${group(rule.groupId)} ${rule.fromPort}`),
      );
    const ports = (tier.spec.loadBalancer?.listeners ?? []).map(({ port }) => `load-balancer ${port}`);
    expect([...open('ingress')].sort()).toEqual([...ports].sort());
    expect([...open('egress')].sort()).toEqual(['app 443', 'app 80']);
  });

  it('open no port for administrators', () => {
    expect(rulesOf(tier).filter(({ fromPort, toPort }) => fromPort <= 22 && toPort >= 22)).toEqual([]);
  });

  it('get back the tags of every way in that somebody took them off, instead of closing it', () => {
    const graph = graphOf(tier);
    for (const node of nodesOf(tier, 'ec2.security-group-rule')) {
      const { direction, groupId } = node.spec as SecurityGroupRuleSpec;
      if (direction !== 'ingress') continue;
      const expected = specOf(graph, `ec2.security-group/${group(groupId)}`).expectedRules as readonly unknown[];
      const ingress = nodesOf(tier, 'ec2.security-group-rule').filter(({ spec }) => {
        const rule = spec as SecurityGroupRuleSpec;
        return rule.direction === 'ingress' && group(rule.groupId) === group(groupId);
      });
      expect([node.id, expected.length]).toEqual([node.id, expect.any(Number)]);
      expect(expected.length).toBeGreaterThanOrEqual(ingress.length);
    }
  });
});

describe.each(TIERS)('a tier %s', (_name, tier) => {
  it('names only kinds that are on the list, each standing on kinds before it', () => {
    const rank = new Map(kinds.map(({ type }, index) => [type, index]));
    for (const { id, kind, needs } of graphOf(tier).values()) {
      expect(rank.has(kind.type) ? id : `${id} is of no known kind`).toBe(id);
      for (const need of needs) {
        const base = rank.get(need.slice(0, need.indexOf('/'))) ?? Number.POSITIVE_INFINITY;
        expect(base <= (rank.get(kind.type) ?? -1) ? id : `${id} stands on ${need}, which is built later`).toBe(id);
      }
    }
  });

  it('keeps database, cache and bucket private and encrypted', () => {
    const graph = graphOf(tier);
    expect(specOf(graph, 'rds.instance/primary')).toMatchObject({ publiclyAccessible: false, storageEncrypted: true });
    expect(specOf(graph, 's3.bucket/uploads')).toMatchObject({
      blockPublicAccess: true,
      denyInsecureTransport: true,
      objectOwnership: 'BucketOwnerEnforced',
    });
    for (const { spec } of nodesOf(tier, 'elasticache.replication-group'))
      expect(spec).toMatchObject({ transitEncryption: 'required', atRestEncryption: true });
    const data = ['rds.subnet-group', 'elasticache.subnet-group', 'elasticache.serverless-cache'].flatMap((type) =>
      nodesOf(tier, type).flatMap(({ spec }) => refsOf((spec as { subnetIds: unknown }).subnetIds)),
    );
    expect(data.length).toBeGreaterThanOrEqual(4);
    for (const { $ref } of data) expect($ref).toMatch(/^ec2.subnet\/data-/);
  });

  it('lets nobody into the cache without a password', () => {
    const users = nodesOf(tier, 'elasticache.user').map(({ spec }) => spec as Spec);
    for (const { userName, accessString, secretArn } of users)
      expect([userName, secretArn === null]).toEqual([userName, accessString === 'off']);
    // Otherwise AWS would seem to have something else than what was asked for, for ever.
    for (const { accessString } of users) expect(normalAccess(String(accessString))).toBe(accessString);
    // Without one that is off, redis would let in whoever names no user.
    expect(users.map(({ userName }) => userName).sort()).toEqual(['app', 'default']);
  });

  it('lets servers read their own passwords and use their own bucket, and no other, as policies are compared', () => {
    const policy = specOf(graphOf(tier), 'iam.role/server').inlinePolicy as PolicyDocument;
    expect(normalPolicy(policy)).toEqual(policy);
    const resources = policy.Statement.flatMap(({ Resource }) => Resource ?? []);
    expect(resources).not.toContain('*');
    const bucket = String(specOf(graphOf(tier), 's3.bucket/uploads').name);
    const ofBucket = resources.filter((arn) => arn.includes(':s3:::'));
    const prefix = tier.spec.storage?.uploadsPrefix ?? 'uploads/';
    expect([...ofBucket].sort()).toEqual([`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/${prefix}*`]);
    const secrets = resources.filter((arn) => arn.includes(':secret:'));
    expect(secrets).toHaveLength(2);
    for (const arn of secrets)
      expect(arn).toMatch(/:secret:scaling-tier\/default\/shop\/(db\/master|cache\/app)-\?{6}$/);
  });

  it('has a fleet in every zone, checked by its load balancer, that AWS does not end by force', () => {
    const graph = graphOf(tier);
    const fleet = specOf(graph, 'autoscaling.group/server');
    expect(fleet).toMatchObject({ healthCheckType: 'ELB', deletionProtection: 'prevent-force-deletion' });
    const kind = tier.spec.network.create.natGateways === undefined ? 'public' : 'app';
    const letters = ['a', 'b', 'c'].slice(0, tier.spec.network.create.zoneCount);
    expect(refsOf(fleet.subnetIds).map(({ $ref }) => $ref)).toEqual(letters.map((at) => `ec2.subnet/${kind}-${at}`));
    expect(specOf(graph, 'ec2.launch-template/fleet').publicAddress).toBe(kind === 'public');
    const groups = nodesOf(tier, 'elb.target-group').map(({ id }) => id);
    expect(refsOf(fleet.targetGroupArns).map(({ $ref }) => $ref)).toEqual(groups);
    for (const { spec } of nodesOf(tier, 'elb.target-group'))
      expect((spec as Spec).minimumHealthy).toBe(tier.spec.compute.autoScaling?.minSize ?? 2);
  });

  it('starts no server before what it reads is published', () => {
    const graph = graphOf(tier);
    const published = [...graph.keys()].filter((id) => id.startsWith('ssm.parameter/'));
    expect([...below(graph, 'autoscaling.group/server')]).toEqual(expect.arrayContaining(published));
  });

  it('brings servers to a new template by a refresh at full health alone', () => {
    expect(specOf(graphOf(tier), 'autoscaling.refresh/server')).toMatchObject({ minHealthyPercentage: 100 });
  });
});

it('has listeners that send on to TLS only after the one that speaks it', () => {
  expect(below(graphOf(minimal), 'elb.listener/80')).toContain('elb.listener/443');
});

it.each([
  ['one', throughOne],
  ['one for each zone', full],
])('sends no server into a private subnet before it has a way out: NAT gateways, %s', (_name, tier) => {
  const graph = graphOf(tier);
  const ways = [...graph.keys()].filter((id) => /^ec2\.(nat-gateway|route-table\/app)/.test(id));
  expect(ways.length).toBeGreaterThanOrEqual(3);
  // Directly: a table that waits for a gateway stands already, and would keep nobody from being changed.
  for (const id of ['autoscaling.group/server', 'autoscaling.refresh/server'] as const)
    expect(graph.get(id)?.needs).toEqual(expect.arrayContaining(ways));
});

it('counts requests under the names of the load balancer and the target group', () => {
  const { metric } = specOf(graphOf(full), 'autoscaling.policy/requests') as { metric: { resourceLabel: unknown } };
  expect(metric.resourceLabel).toEqual({
    $ref: 'elb.load-balancer/main',
    attr: 'fullName',
    around: ['', { $ref: 'elb.target-group/web', attr: 'fullName', around: ['/', ''] }],
  });
});

it('keeps a serverless cache out of the way of what only nodes have', () => {
  const ids = [...graphOf(serverless).keys()];
  expect(ids.filter((id) => /replication-group|parameter-group\/main|alarm\/cache/.test(id))).toEqual([]);
});

describe('names', () => {
  const LONG = 'a'.repeat(39).concat('b');
  const GROUP = 'g'.repeat(19).concat('h');
  const long = tierOf(
    {
      ...full.spec,
      loadBalancer: {
        listeners: LISTENERS,
        targetGroups: [
          { name: GROUP, isDefault: true },
          { name: GROUP.replace('h', 'i'), port: 4000 },
        ],
      },
      compute: { ...full.spec.compute, autoScaling: undefined as never, desiredInstances: undefined as never },
      cache: { engine: 'redis' },
    },
    { owner: { cluster: 'c'.repeat(63), namespace: 'n'.repeat(63), name: LONG, uid: minimal.facts.owner.uid } },
  );

  /** By kind: the field, AWS's longest, and the form. */
  const FORMS: readonly (readonly [type: string, field: string, most: number, form: RegExp])[] = [
    ['elb.load-balancer', 'name', 32, /^(?!internal-)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/],
    // The kind adds the incarnation.
    ['elb.target-group', 'name', 28, /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/],
    ['autoscaling.group', 'name', 255, /^[^:]+$/],
    ['ec2.launch-template', 'name', 128, /^[A-Za-z0-9()./_-]{3,}$/],
    ['ec2.security-group', 'name', 255, /^(?!sg-)[A-Za-z0-9 ._-]+$/],
    ['elasticache.replication-group', 'identifier', 40, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/],
    ['elasticache.serverless-cache', 'name', 40, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/],
    ['elasticache.user', 'userId', 40, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/],
    ['elasticache.user-group', 'userGroupId', 40, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/],
    ['elasticache.subnet-group', 'name', 255, /^[a-z0-9-]+$/],
    ['elasticache.parameter-group', 'name', 255, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/],
    ['rds.instance', 'identifier', 63, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/],
    ['s3.bucket', 'name', 63, /^[a-z0-9][a-z0-9-]+[a-z0-9]$/],
    ['secretsmanager.secret', 'name', 512, /^[A-Za-z0-9/_+=.@-]+(?<!-.{6})$/],
    ['ssm.parameter', 'name', 1011, /^\/[A-Za-z0-9/_.-]+$/],
    ['cloudwatch.alarm', 'name', 255, /^[\x21-\x7e]+$/],
  ];

  it.each(FORMS)('of %s keep AWS’s limits, for the longest names that users may give', (type, field, most, form) => {
    const tiers =
      type === 'elasticache.serverless-cache' ? [{ ...serverless, facts: long.facts }] : [long, full, minimal];
    const names = tiers.flatMap((tier) =>
      nodesOf(tier, type).flatMap(({ spec }) => {
        const { [field]: name } = spec as Spec;
        return name === undefined ? [] : [String(name)];
      }),
    );
    expect(names).not.toEqual([]);
    for (const name of names) {
      expect(name).toMatch(form);
      expect(name.length).toBeLessThanOrEqual(most);
    }
  });

  it('of the two target groups differ although they begin alike', () => {
    const names = nodesOf(long, 'elb.target-group').map(({ spec }) => (spec as Spec).name);
    expect(names).toHaveLength(2);
    expect(new Set(names).size).toBe(2);
  });

  it('of scaling policies, which carry their owner, keep AWS’s limit of 255', () => {
    for (const { id } of nodesOf(long, 'autoscaling.policy'))
      expect(`${iamPath(long.facts.owner, id)}99`.length).toBeLessThanOrEqual(255);
  });
});

describe('the examples', () => {
  it.each(['load-balanced-minimal', 'load-balanced-internal', 'load-balanced-two-services', 'load-balanced-full'])(
    '%s has a graph of this stage',
    (name) => {
      const spec = exampleSpec(`${name}.yaml`);
      const graph = graphOf({ spec, facts: factsOf(spec, { userData: '#!/bin/sh\n' }) });
      expect(graph.has('autoscaling.group/server')).toBe(true);
    },
  );
});
