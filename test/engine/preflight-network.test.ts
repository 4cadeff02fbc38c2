/** A network that the user brought: what is read of it, and what is asked of it before the first write. */
import type { TierSpecInput } from '../../src/api/types.ts';
import { account, BYO, describedSubnet, filtered, type Input } from './account.ts';

const network = { mode: 'BringYourOwn', byo: BYO } as const;

const single: TierSpecInput = { stage: 'SingleServer', aws: { region: 'us-east-1' }, network };
const separate: TierSpecInput = { ...single, stage: 'SeparateDatabase' };
const balanced: TierSpecInput = {
  ...single,
  stage: 'LoadBalanced',
  compute: { statelessAcknowledged: true },
  loadBalancer: { allowPlaintext: true, listeners: [{ port: 80, protocol: 'HTTP' }] },
};

/** Answers with every subnet as usual but for what is said of some. */
const subnetsBut = (changes: Readonly<Record<string, Input | null>>) => ({
  DescribeSubnets: (input: Input) => ({
    Subnets: filtered(input, 'subnet-id').flatMap((id) => {
      const change = changes[id];
      return change === null ? [] : [describedSubnet(id, change)];
    }),
  }),
});

const inZone = (letter: 'a' | 'b' | 'c') => ({
  AvailabilityZone: `us-east-1${letter}`,
  AvailabilityZoneId: `use1-az${['a', 'b', 'c'].indexOf(letter) + 1}`,
});

const [PUBLIC_A, PUBLIC_B] = BYO.publicSubnetIDs;
const [APP_A, APP_B] = BYO.appSubnetIDs;
const [DATA_A, DATA_B] = BYO.dataSubnetIDs;

const standing = [{ role: 'ssm.parameter/stage', id: '/stage' }] as never;

describe('the zones of a tier in the user’s network', () => {
  it('are those of its public subnets, in their order', async () => {
    const { gather } = account(subnetsBut({ [PUBLIC_A]: inZone('c'), [APP_A]: inZone('c') }));
    for (const spec of [single, separate, balanced]) {
      const { facts, pinned } = await gather(spec);
      expect(facts.zones.map(({ id }) => id)).toEqual(['use1-az3', 'use1-az2']);
      expect(pinned.zoneNames).toEqual(['us-east-1c', 'us-east-1b']);
    }
  });

  it('are kept, and follow public subnets that are added', async () => {
    const { gather } = account();
    const { pinned } = await gather(single);
    const byo = { ...BYO, publicSubnetIDs: [...BYO.publicSubnetIDs, 'subnet-0000000000000000c'] };
    const more = await gather({ ...single, network: { ...network, byo } }, { facts: pinned, resources: standing });
    expect(more.pinned.zoneIDs).toEqual(['use1-az1', 'use1-az2', 'use1-az3']);
  });

  it('stay when a subnet is gone: that stops no tier that stands', async () => {
    const first = await account().gather(balanced);
    const { gather } = account(subnetsBut({ [PUBLIC_A]: null, [APP_B]: null }));
    const { pinned } = await gather(balanced, { facts: first.pinned, resources: standing });
    expect(pinned).toEqual(first.pinned);
  });
});

describe('subnets of the user are refused before the first write', () => {
  it.each<[string, TierSpecInput, Readonly<Record<string, Input | null>>, string]>([
    [
      'when one does not exist',
      single,
      { [APP_B]: null },
      `spec.network.byo.appSubnetIDs: there is no subnet ${APP_B}; correct the id`,
    ],
    [
      'when one belongs to another VPC',
      single,
      { [DATA_A]: { VpcId: 'vpc-0fedcba9876543210' } },
      `spec.network.byo.dataSubnetIDs: ${DATA_A} belongs to vpc-0fedcba9876543210, not to ${BYO.vpcID}; name a subnet of that VPC`,
    ],
    [
      'while one is not available',
      single,
      { [PUBLIC_A]: { State: 'pending' } },
      `spec.network.byo.publicSubnetIDs: ${PUBLIC_A} is not available; wait or name another`,
    ],
    [
      'when a database would have one zone alone',
      separate,
      { [DATA_B]: inZone('a') },
      'spec.network.byo.dataSubnetIDs: they lie in use1-az1; 2 zones are needed, name one of another',
    ],
    [
      'when a load balancer would have two in one zone',
      { ...balanced, network: { ...network, byo: { ...BYO, publicSubnetIDs: [...BYO.publicSubnetIDs, APP_A] } } },
      {},
      `spec.network.byo.publicSubnetIDs: ${APP_A} is the second in zone use1-az1, a load balancer has one in each; take it out`,
    ],
    [
      'when one is too small for a load balancer',
      balanced,
      { [PUBLIC_B]: { CidrBlock: '10.0.0.0/28' } },
      `spec.network.byo.publicSubnetIDs: ${PUBLIC_B} is a /28, a load balancer needs a /27 or larger; name another`,
    ],
    [
      'when one has too few free addresses for a load balancer',
      balanced,
      { [PUBLIC_B]: { AvailableIpAddressCount: 7 } },
      `spec.network.byo.publicSubnetIDs: ${PUBLIC_B} has 7 free addresses, 8 are needed; make room or name another`,
    ],
    [
      'when they have no room for as many servers as there may be',
      balanced,
      { [APP_A]: { AvailableIpAddressCount: 1 }, [APP_B]: { AvailableIpAddressCount: 2 } },
      'spec.network.byo.appSubnetIDs: together they have 3 free addresses, 4 are needed; make room or add a subnet',
    ],
    [
      'when they have no room for database and cache',
      { ...balanced, database: { rds: { readReplicas: { count: 1 } } } },
      { [DATA_A]: { AvailableIpAddressCount: 2 }, [DATA_B]: { AvailableIpAddressCount: 2 } },
      'spec.network.byo.dataSubnetIDs: together they have 4 free addresses, 5 are needed; make room or add a subnet',
    ],
    [
      'when a load balancer would not reach servers',
      balanced,
      { [APP_B]: inZone('c') },
      `spec.network.byo.appSubnetIDs: ${APP_B} lies in zone use1-az3, where spec.network.byo.publicSubnetIDs has none: the load balancer would not reach servers there; add one`,
    ],
  ])('%s', async (_name, spec, changes, message) => {
    await expect(account(subnetsBut(changes)).gather(spec)).rejects.toThrow(message);
  });

  it('when a load balancer within the VPC has no room where it stands, in the app subnets', async () => {
    const { gather } = account(subnetsBut({ [APP_A]: { AvailableIpAddressCount: 7 } }));
    const internal = { ...balanced, loadBalancer: { ...balanced.loadBalancer, scheme: 'Internal' as const } };
    await expect(gather(internal as TierSpecInput)).rejects.toThrow(`${APP_A} has 7 free addresses, 8 are needed`);
  });

  const noneInB = {
    DescribeInstanceTypeOfferings: () => ({ InstanceTypeOfferings: [{ Location: 'us-east-1a' }] }),
  };

  it('when servers would have a zone that does not offer their type; a lone server has the first alone', async () => {
    await expect(account(noneInB).gather(balanced)).rejects.toThrow(
      "spec.compute.instanceType: of the zones of this tier's servers, use1-az1, use1-az2, only use1-az1 can have t4g.small; choose another type or other subnets",
    );
    await expect(account(noneInB).gather(single)).resolves.toBeDefined();
    const first = account({ ...noneInB, ...subnetsBut({ [PUBLIC_A]: inZone('b'), [PUBLIC_B]: inZone('a') }) });
    await expect(first.gather(single)).rejects.toThrow(
      "spec.compute.instanceType: of the zones of this tier's servers, use1-az2, none can have t4g.small; choose another type or other subnets",
    );
  });

  it('when the database cannot be had where they lie', async () => {
    const { gather } = account({
      DescribeOrderableDBInstanceOptions: () => ({
        OrderableDBInstanceOptions: [
          {
            EngineVersion: '17.4',
            AvailabilityZones: [{ Name: 'us-east-1a' }, { Name: 'us-east-1c' }],
            MultiAZCapable: true,
          },
        ],
      }),
    });
    await expect(gather(separate)).rejects.toThrow(
      'spec.database.rds.instanceClass: of the zones of this tier, use1-az1, use1-az2, only use1-az1 can have db.t4g.medium, and 2 must',
    );
  });

  it('and are looked at again until they are mended', async () => {
    const changes: Record<string, Input | null> = { [APP_A]: null };
    const { gather } = account(subnetsBut(changes));
    await expect(gather(single)).rejects.toThrow('there is no subnet');
    delete changes[APP_A];
    await expect(gather(single)).resolves.toBeDefined();
  });
});

describe('a tier that stands', () => {
  it('is not asked about its subnets again, nor whether there is room when it grows', async () => {
    const { gather, count } = account();
    const { pinned } = await gather(balanced);
    const before = count('DescribeSubnets');
    const grown = { ...balanced, compute: { statelessAcknowledged: true, autoScaling: { maxSize: 600 } } };
    const { pinned: after } = await gather(grown, { facts: pinned, resources: standing });
    expect(count('DescribeSubnets')).toBe(before);
    expect(after).toEqual(pinned);
  });

  it('is asked about what is added, but not for room that it takes up itself', async () => {
    const full = subnetsBut({ [PUBLIC_A]: { AvailableIpAddressCount: 0 }, [PUBLIC_B]: { AvailableIpAddressCount: 0 } });
    const { pinned } = await account().gather(balanced);
    const byo = { ...BYO, publicSubnetIDs: [...BYO.publicSubnetIDs, 'subnet-0000000000000000c'] };
    const wider = { ...balanced, network: { ...network, byo } };
    const { gather } = account(full);
    await expect(gather(wider, { facts: pinned, resources: standing })).resolves.toBeDefined();
    const other = account(subnetsBut({ 'subnet-0000000000000000c': { VpcId: 'vpc-0fedcba9876543210' } }));
    await expect(other.gather(wider, { facts: pinned, resources: standing })).rejects.toThrow('belongs to');
  });
});

describe('room in subnets of the user', () => {
  const full = subnetsBut({ [PUBLIC_A]: { AvailableIpAddressCount: 0 } });
  const message = `spec.network.byo.publicSubnetIDs: ${PUBLIC_A} has 0 free addresses, 8 are needed`;

  it('is not asked about while the tier is only observed, but then', async () => {
    const { gather } = account(full);
    const { pinned } = await gather(balanced, {}, { passive: true });
    await expect(gather(balanced, { facts: pinned })).rejects.toThrow(message);
  });

  it('is taken up by what a tier that lost its status has', async () => {
    const { gather } = account(full);
    await expect(gather(balanced)).rejects.toThrow(message);
    await expect(gather(balanced, {}, { seen: ['elb.load-balancer/main'] })).resolves.toBeDefined();
  });
});

describe('security groups of the user', () => {
  const securityGroupIDs = { app: 'sg-0123456789abcdef0' };
  const spec = { ...single, network: { ...network, byo: { ...BYO, securityGroupIDs } } };

  it('are looked for by id', async () => {
    const { gather, asked } = account();
    await gather(spec);
    const looks = asked.filter(({ operation }) => operation === 'DescribeSecurityGroups');
    expect(looks.map(({ input }) => filtered(input, 'group-id'))).toEqual([['sg-0123456789abcdef0']]);
  });

  it('must be of the VPC', async () => {
    const elsewhere = account({
      DescribeSecurityGroups: () => ({ SecurityGroups: [{ VpcId: 'vpc-0fedcba9876543210' }] }),
    });
    await expect(elsewhere.gather(spec)).rejects.toThrow(
      `spec.network.byo.securityGroupIDs.app: security group sg-0123456789abcdef0 belongs to vpc-0fedcba9876543210, not to ${BYO.vpcID}; name one of that VPC`,
    );
    const nowhere = account({ DescribeSecurityGroups: () => ({}) });
    await expect(nowhere.gather(spec)).rejects.toThrow(
      `spec.network.byo.securityGroupIDs.app: account ${nowhere.id} has no security group sg-0123456789abcdef0 in us-east-1; correct the id`,
    );
  });
});
