/** Client tokens, lag and pages, against the real stand-in. */
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteVpcCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  paginateDescribeInstances,
  paginateDescribeSubnets,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { eventually, makeNetwork, type Network, runServer } from './ground.ts';

let aws: Aws;
let account: Account;
let network: Network;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
});

beforeEach(async () => {
  // Tokens and settings are forgotten; what the stand-in holds stays.
  await aws.control.reset(account.id);
  await aws.control.configure({ factor: 0, throttle: false }, account.id);
  network = await makeNetwork(account);
});

afterAll(() => aws.close());

interface Creation {
  readonly what: string;
  /** Makes one with a token, of this size; answers with its id. */
  readonly make: (token: string, size: number) => Promise<string | undefined>;
}

let templateId: string | undefined;

const CREATIONS: readonly Creation[] = [
  {
    what: 'RunInstances',
    make: async (ClientToken, size) => (await runServer(account, network, { ClientToken, MaxCount: size })).InstanceId,
  },
  {
    what: 'CreateVolume',
    make: async (ClientToken, Size) =>
      (await account.ec2.send(new CreateVolumeCommand({ ClientToken, Size, AvailabilityZone: network.zone }))).VolumeId,
  },
  {
    what: 'CreateRouteTable',
    make: async (ClientToken, size) => {
      const TagSpecifications = [
        { ResourceType: 'route-table' as const, Tags: [{ Key: 'size', Value: String(size) }] },
      ];
      const { RouteTable } = await account.ec2.send(
        new CreateRouteTableCommand({ ClientToken, VpcId: network.vpcId, TagSpecifications }),
      );
      return RouteTable?.RouteTableId;
    },
  },
  {
    what: 'CreateVpcEndpoint',
    make: async (ClientToken, size) => {
      const ServiceName = size === 1 ? 'com.amazonaws.us-east-1.s3' : 'com.amazonaws.us-east-1.dynamodb';
      const { VpcEndpoint } = await account.ec2.send(
        new CreateVpcEndpointCommand({ ClientToken, VpcId: network.vpcId, ServiceName }),
      );
      return VpcEndpoint?.VpcEndpointId;
    },
  },
  {
    what: 'CreateLaunchTemplate',
    make: async (ClientToken, size) => {
      const LaunchTemplateData = { InstanceType: size === 1 ? ('t4g.small' as const) : ('t4g.large' as const) };
      const call = new CreateLaunchTemplateCommand({
        ClientToken,
        LaunchTemplateName: `${network.vpcId}-${ClientToken}`,
        LaunchTemplateData,
      });
      return (await account.ec2.send(call)).LaunchTemplate?.LaunchTemplateId;
    },
  },
  {
    what: 'CreateLaunchTemplateVersion',
    make: async (ClientToken, size) => {
      templateId ??= await CREATIONS[4]?.make('base', 1);
      const LaunchTemplateData = { InstanceType: size === 1 ? ('t4g.small' as const) : ('t4g.large' as const) };
      const call = new CreateLaunchTemplateVersionCommand({
        ClientToken,
        LaunchTemplateId: templateId,
        LaunchTemplateData,
      });
      return String((await account.ec2.send(call)).LaunchTemplateVersion?.VersionNumber);
    },
  },
];

describe.each(CREATIONS)('$what with a client token', ({ make }) => {
  beforeEach(() => {
    templateId = undefined;
  });

  test('is answered with the same resource, refused with other parameters, and new with another token', async () => {
    const since = await aws.control.latest();
    const first = await make('token', 1);
    expect(first).toBeTruthy();
    expect(await make('token', 1)).toBe(first);
    expect(await codeOf(make('token', 2))).toBe('IdempotentParameterMismatch');
    expect(await make('other', 1)).not.toBe(first);
    const [entry] = (await aws.control.journal({ account: account.id, since })).filter((one) => one.replayed);
    expect(entry).toMatchObject({ outcome: 'ok', effective: false });
  });

  test('is remembered although its answer was lost', async () => {
    await make('warm-up', 1);
    const since = await aws.control.latest();
    const match = { account: account.id, operation: ['RunInstances', 'Create*'] };
    const [id] = await aws.control.addFaults({ match, effect: { kind: 'resetAfter' }, count: 1 });
    expect(await codeOf(make('lost', 1))).not.toBe('accepted');
    const made = await make('lost', 1);
    await aws.control.removeFault(id);
    const writes = (await aws.control.journal({ account: account.id, since })).filter((one) => one.write);
    expect(writes.map((one) => [one.outcome, one.effective])).toEqual([
      ['lost', true],
      ['ok', false],
    ]);
    expect(made).toBeTruthy();
  });
});

test('a token asked for twice at once makes one instance', async () => {
  const runs = await Promise.all([1, 2, 3].map(() => runServer(account, network, { ClientToken: 'at-once' })));
  expect(new Set(runs.map((one) => one.InstanceId)).size).toBe(1);
});

test('a token after the end answers with the ended instance', async () => {
  const run = () => runServer(account, network, { ClientToken: 'ended' });
  const { InstanceId = '' } = await run();
  await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  expect(await run()).toMatchObject({ InstanceId, State: { Name: 'terminated' } });
});

test('lag: a new id is unknown for a while, to lists, to questions by id and to writes', async () => {
  await aws.control.configure({ lagSeconds: 1 }, account.id);
  const TagSpecifications = [{ ResourceType: 'vpc' as const, Tags: [{ Key: 'Name', Value: 'new' }] }];
  const { Vpc } = await account.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16', TagSpecifications }));
  const VpcId = Vpc?.VpcId ?? '';
  const tags = async () =>
    (await account.ec2.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [VpcId] }] }))).Tags
      ?.length;
  const listed = async () =>
    (await account.ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }))).Vpcs?.length;
  const byId = () => codeOf(account.ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] })));
  const subnet = () => codeOf(account.ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.9.0.0/24' })));
  expect([await listed(), await byId(), await subnet()]).toEqual([0, 'InvalidVpcID.NotFound', 'InvalidVpcID.NotFound']);
  expect(await tags()).toBe(0);
  expect(await eventually(listed, 1)).toBe(1);
  expect(await tags()).toBe(1);
  expect([await byId(), await subnet()]).toEqual(['accepted', 'accepted']);
});

test('lag: a fault rule can keep one creation unseen', async () => {
  const match = { account: account.id, operation: 'CreateVpc', nth: 1 };
  const [id] = await aws.control.addFaults({ match, effect: { kind: 'lag', seconds: 60 } });
  const make = async (CidrBlock: string) => (await account.ec2.send(new CreateVpcCommand({ CidrBlock }))).Vpc?.VpcId;
  const [unseen, seen] = [await make('10.8.0.0/16'), await make('10.9.0.0/16')];
  await aws.control.removeFault(id);
  const { Vpcs = [] } = await account.ec2.send(new DescribeVpcsCommand({}));
  const ids = Vpcs.map((one) => one.VpcId);
  expect([ids.includes(unseen), ids.includes(seen)]).toEqual([false, true]);
});

test('lag: tags are seen late, and what was deleted is still listed', async () => {
  const Filters = [{ Name: 'tag:late', Values: ['yes'] }];
  const tagged = async () => ((await account.ec2.send(new DescribeVpcsCommand({ Filters }))).Vpcs ?? []).length;
  const { Vpc } = await account.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  const VpcId = Vpc?.VpcId ?? '';
  // The VPC itself is to be seen at once.
  await aws.control.reset(account.id);
  await aws.control.configure({ lagSeconds: 1, factor: 0, throttle: false }, account.id);
  await account.ec2.send(new CreateTagsCommand({ Resources: [VpcId], Tags: [{ Key: 'late', Value: 'yes' }] }));
  expect(await tagged()).toBe(0);
  expect(await eventually(tagged, 1)).toBe(1);
  await account.ec2.send(new DeleteVpcCommand({ VpcId }));
  expect(await tagged()).toBe(1);
  expect(await eventually(tagged, 0)).toBe(0);
});

test("pages: every record once, whatever the size; a size of nobody's is refused", async () => {
  for (let index = 4; index < 16; index += 1) {
    await account.ec2.send(new CreateSubnetCommand({ VpcId: network.vpcId, CidrBlock: `10.42.${index}.0/24` }));
  }
  const Filters = [{ Name: 'vpc-id', Values: [network.vpcId] }];
  const sizes = async (): Promise<readonly number[]> => {
    const found: number[] = [];
    const seen = new Set<string | undefined>();
    for await (const page of paginateDescribeSubnets({ client: account.ec2, pageSize: 5 }, { Filters })) {
      found.push(page.Subnets?.length ?? 0);
      for (const subnet of page.Subnets ?? []) seen.add(subnet.SubnetId);
    }
    expect(seen.size).toBe(13);
    return found;
  };
  expect(await sizes()).toEqual([5, 5, 3]);
  await aws.control.configure({ pageSize: 4 }, account.id);
  expect(await sizes()).toEqual([4, 4, 4, 1]);
  const bySize = (MaxResults: number) => codeOf(account.ec2.send(new DescribeSubnetsCommand({ MaxResults })));
  expect([await bySize(4), await bySize(1001)]).toEqual(['InvalidParameterValue', 'InvalidParameterValue']);
  expect(await codeOf(account.ec2.send(new DescribeRouteTablesCommand({ MaxResults: 101 })))).toBe(
    'InvalidParameterValue',
  );
  expect(await codeOf(account.ec2.send(new DescribeSubnetsCommand({ NextToken: 'made up' })))).toBe(
    'InvalidParameterValue',
  );
});

test('pages of instances go through reservations', async () => {
  for (let count = 0; count < 3; count += 1) await runServer(account, network);
  await aws.control.configure({ pageSize: 2 }, account.id);
  const Filters = [{ Name: 'vpc-id', Values: [network.vpcId] }];
  const pages: number[] = [];
  for await (const page of paginateDescribeInstances({ client: account.ec2, pageSize: 5 }, { Filters })) {
    pages.push((page.Reservations ?? []).flatMap((one) => one.Instances ?? []).length);
  }
  expect(pages).toEqual([2, 1]);
});
