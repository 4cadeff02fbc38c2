/** Tiers in a network that the user brought: what they add to it, and that they leave it alone. */
import { withDefaults } from '../../src/api/defaults.ts';
import type { StageName, TierSpecInput } from '../../src/api/types.ts';
import { isEmpty, renderPlan } from '../../src/core/render.ts';
import { expectGolden } from './golden.ts';
import { converged, exampleSpec, factsOf, graphOf, NOTHING, planOf, type StagedTier } from './tiers.ts';

const { network } = exampleSpec('bring-your-own-vpc.yaml');
if (!network.byo) throw new Error('the example brings no network');
const { byo } = network;

const EXAMPLES: Readonly<Record<StageName, string>> = {
  SingleServer: 'single-server-minimal.yaml',
  SeparateDatabase: 'separate-database-minimal.yaml',
  LoadBalanced: 'load-balanced-minimal.yaml',
};
const STAGES = Object.keys(EXAMPLES) as readonly StageName[];

const GROUPS = {
  app: 'sg-0123456789abcdef0',
  database: 'sg-0123456789abcdef1',
  cache: 'sg-0123456789abcdef2',
  loadBalancer: 'sg-0123456789abcdef3',
} as const;

/** The smallest tier of a stage, in the user's network. */
function brought(stage: StageName, securityGroupIDs?: Partial<typeof GROUPS>): StagedTier {
  const spec = withDefaults({
    ...(exampleSpec(EXAMPLES[stage]) as TierSpecInput),
    network: { mode: 'BringYourOwn', byo: { ...byo, ...(securityGroupIDs ? { securityGroupIDs } : {}) } },
  });
  return { spec, facts: factsOf(spec) };
}

/** Those that have an effect in a stage. */
const groupsOf = (stage: StageName): Partial<typeof GROUPS> => {
  const { app, database } = GROUPS;
  return { SingleServer: { app }, SeparateDatabase: { app, database }, LoadBalanced: GROUPS }[stage];
};

const OF_NETWORKS = /^ec2\.(vpc|subnet|internet-gateway|nat-gateway|route-table|vpc-endpoint)\//;

const idsOf = (tier: StagedTier, like: RegExp): readonly string[] =>
  [...graphOf(tier).keys()].filter((id) => like.test(id));

const textOf = (tier: StagedTier, id: string): string => {
  const node = [...graphOf(tier).values()].find((candidate) => candidate.id === id);
  return JSON.stringify(node?.spec);
};

describe.each(STAGES)('a tier of stage %s', (stage) => {
  it('says in its plan what it adds to the user’s network', () => {
    expectGolden(
      `bring-your-own-${EXAMPLES[stage].replace('-minimal.yaml', '')}`,
      renderPlan(planOf(brought(stage), NOTHING)),
    );
  });

  it('makes no part of a network', () => {
    expect(idsOf(brought(stage), OF_NETWORKS)).toEqual([]);
  });

  it('that stands as asked needs nothing', () => {
    const tier = brought(stage);
    expect(isEmpty(planOf(tier, converged(tier)))).toBe(true);
  });

  it('ends without a word about the user’s network', () => {
    const tier = brought(stage, groupsOf(stage));
    const text = renderPlan(planOf(tier, converged(tier), { deleting: true }));
    for (const id of [byo.vpcID, ...byo.publicSubnetIDs, ...Object.values(GROUPS)]) expect(text).not.toContain(id);
    expect(text).not.toMatch(/ec2\.(vpc|subnet|security-group)/);
  });

  it('takes security groups of the user as they are, without a rule of ours', () => {
    expect(idsOf(brought(stage, groupsOf(stage)), /^ec2\.security-group/)).toEqual([]);
    const template = `ec2.launch-template/${stage === 'LoadBalanced' ? 'fleet' : 'server'}`;
    expect(textOf(brought(stage, groupsOf(stage)), template)).toContain(GROUPS.app);
  });
});

it('a lone server and its volume stand in the zone of the first public subnet', () => {
  const tier = brought('SingleServer');
  const [subnetID] = byo.publicSubnetIDs;
  expect(textOf(tier, 'ec2.instance/server')).toContain(`"subnetId":"${subnetID}"`);
  expect(textOf(tier, 'ec2.volume/data')).toContain(`"zoneName":"${tier.facts.zones[0]?.name}"`);
});

it('a fleet stands in the app subnets, its load balancer in the public ones, what holds data in the data subnets', () => {
  const tier = brought('LoadBalanced');
  const list = (ids: readonly string[]) => `"subnetIds":${JSON.stringify(ids)}`;
  expect(textOf(tier, 'autoscaling.group/server')).toContain(list(byo.appSubnetIDs));
  expect(textOf(tier, 'elb.load-balancer/main')).toContain(list(byo.publicSubnetIDs));
  for (const id of ['rds.subnet-group/database', 'elasticache.subnet-group/main'])
    expect(textOf(tier, id)).toContain(list(byo.dataSubnetIDs));
});

it('groups of ours let those of the user in, by id', () => {
  const { database, ...others } = GROUPS;
  const tier = brought('LoadBalanced', others);
  expect(idsOf(tier, /^ec2\.security-group\//)).toEqual(['ec2.security-group/database']);
  expect(idsOf(tier, /^ec2\.security-group-rule\//)).toEqual([
    `ec2.security-group-rule/database-ingress-5432-${GROUPS.app}`,
  ]);
  expect(textOf(tier, `ec2.security-group-rule/database-ingress-5432-${GROUPS.app}`)).toContain(GROUPS.app);
  expect(textOf(tier, 'ec2.security-group/database')).toContain(GROUPS.app);
});
