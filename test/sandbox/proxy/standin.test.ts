/**
 * The contract of the stand-in behind the proxy, spoken by the real SDK: what every kind of a single server needs of AWS's
 * reads, filters, tags and attributes.
 */
import {
  AllocateAddressCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  CreateRouteTableCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcEndpointCommand,
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifyVolumeCommand,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { makeNetwork, type Network, runServer } from './ground.ts';
import { LISTINGS } from './listings.ts';

let aws: Aws;
let account: Account;
let network: Network;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
  network = await makeNetwork(account);
  ids = await makeOneOfEach();
});

afterAll(() => aws.close());

async function makeOneOfEach(): Promise<Readonly<Record<string, string>>> {
  const { ec2 } = account;
  const table = await ec2.send(new CreateRouteTableCommand({ VpcId: network.vpcId }));
  const endpoint = await ec2.send(
    new CreateVpcEndpointCommand({ VpcId: network.vpcId, ServiceName: 'com.amazonaws.us-east-1.s3' }),
  );
  const volume = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: network.zone, Size: 8, VolumeType: 'gp3' }),
  );
  const snapshot = await ec2.send(new CreateSnapshotCommand({ VolumeId: volume.VolumeId }));
  const address = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  const template = await ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: 'one', LaunchTemplateData: { InstanceType: 't4g.small' } }),
  );
  const rules = await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: network.groupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
    }),
  );
  return {
    Vpcs: network.vpcId,
    Subnets: network.subnetId,
    InternetGateways: network.gatewayId,
    RouteTables: table.RouteTable?.RouteTableId ?? '',
    VpcEndpoints: endpoint.VpcEndpoint?.VpcEndpointId ?? '',
    SecurityGroups: network.groupId,
    SecurityGroupRules: rules.SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? '',
    LaunchTemplates: template.LaunchTemplate?.LaunchTemplateId ?? '',
    Instances: (await runServer(account, network)).InstanceId ?? '',
    Volumes: volume.VolumeId ?? '',
    Snapshots: snapshot.SnapshotId ?? '',
    Addresses: address.AllocationId ?? '',
  };
}

describe.each(LISTINGS)('listing $of', ({ of, filter, list }) => {
  const value = (): string => (of === 'LaunchTemplates' ? 'one' : (ids[of] ?? ''));

  test('by id: an id that does not exist is left out, not an error', async () => {
    const missing = `${value().slice(0, value().lastIndexOf('-') + 1)}0123456789abcdef0`;
    expect(await list(account.ec2, [{ Name: filter, Values: [value(), missing] }])).toEqual([ids[of]]);
    expect(await list(account.ec2, [{ Name: filter, Values: [missing] }])).toEqual([]);
  });

  test('by tag: set, found, taken away, not found', async () => {
    const key = `mark-${of}`;
    const byTag = [{ Name: `tag:${key}`, Values: ['a b&<c>'] }];
    expect(await list(account.ec2, byTag)).toEqual([]);
    await account.ec2.send(
      new CreateTagsCommand({ Resources: [ids[of] ?? ''], Tags: [{ Key: key, Value: 'a b&<c>' }] }),
    );
    expect(await list(account.ec2, byTag)).toEqual([ids[of]]);
    expect(await list(account.ec2, [{ Name: `tag:${key}`, Values: ['other'] }])).toEqual([]);
    await account.ec2.send(new DeleteTagsCommand({ Resources: [ids[of] ?? ''], Tags: [{ Key: key }] }));
    expect(await list(account.ec2, byTag)).toEqual([]);
  });
});

test('tags are listed by key, value and sort of resource', async () => {
  const Tags = [{ Key: 'mark-tags', Value: 'one' }];
  await account.ec2.send(new CreateTagsCommand({ Resources: [ids.Addresses ?? '', network.vpcId], Tags }));
  const list = async (type: string, value: string) => {
    const Filters = [
      { Name: 'resource-type', Values: [type] },
      { Name: 'key', Values: ['mark-tags'] },
      { Name: 'value', Values: [value] },
    ];
    return ((await account.ec2.send(new DescribeTagsCommand({ Filters }))).Tags ?? []).map((tag) => tag.ResourceId);
  };
  expect(await list('elastic-ip', 'one')).toEqual([ids.Addresses]);
  expect(await list('elastic-ip', 'other')).toEqual([]);
  expect(await list('vpc', 'one')).toEqual([network.vpcId]);
});

test('a filter that AWS does not know is refused', async () => {
  const Filters = [{ Name: 'launch-template-id', Values: ['lt-0123456789abcdef0'] }];
  expect(await codeOf(account.ec2.send(new DescribeLaunchTemplatesCommand({ Filters })))).toBe('InvalidParameterValue');
});

test("snapshots of oneself are one's own", async () => {
  const { Snapshots = [] } = await account.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
  expect(Snapshots.map((one) => one.OwnerId)).toEqual([account.id]);
});

test('rules carry the tags and ids of the call that made them, and AWS adds an egress rule for everything', async () => {
  const TagSpecifications = [{ ResourceType: 'security-group-rule' as const, Tags: [{ Key: 'k', Value: 'v' }] }];
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'web' }] },
  ];
  const GroupId = network.groupId;
  const ingress = await account.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions, TagSpecifications }),
  );
  const egress = await account.ec2.send(
    new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions, TagSpecifications }),
  );
  for (const [made, IsEgress] of [
    [ingress, false],
    [egress, true],
  ] as const) {
    expect(made.SecurityGroupRules).toMatchObject([
      { GroupId, IsEgress, FromPort: 443, Tags: [{ Key: 'k', Value: 'v' }] },
    ]);
  }
  expect(await codeOf(account.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions })))).toBe(
    'InvalidPermission.Duplicate',
  );
  const { SecurityGroupRules = [] } = await account.ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [GroupId] }] }),
  );
  expect(SecurityGroupRules.filter((rule) => rule.IsEgress && rule.IpProtocol === '-1')).toMatchObject([
    { CidrIpv4: '0.0.0.0/0' },
  ]);
});

test('attributes of a VPC change one by one', async () => {
  const VpcId = network.vpcId;
  const hostnames = async () =>
    (await account.ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsHostnames' })))
      .EnableDnsHostnames?.Value;
  expect(await hostnames()).toBe(false);
  await account.ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));
  expect(await hostnames()).toBe(true);
});

test("a subnet of one's own maps no public addresses", async () => {
  const { Subnets } = await account.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [network.subnetId] }));
  expect(Subnets).toMatchObject([{ MapPublicIpOnLaunch: false, AvailabilityZoneId: 'use1-az1', State: 'available' }]);
});

test('zones and offers of an instance type by zone id', async () => {
  const { AvailabilityZones = [] } = await account.ec2.send(
    new DescribeAvailabilityZonesCommand({ Filters: [{ Name: 'state', Values: ['available'] }] }),
  );
  const { InstanceTypeOfferings = [] } = await account.ec2.send(
    new DescribeInstanceTypeOfferingsCommand({
      LocationType: 'availability-zone-id',
      Filters: [{ Name: 'instance-type', Values: ['t4g.small', 't3.small'] }],
    }),
  );
  const zones = AvailabilityZones.map((zone) => zone.ZoneId);
  expect(zones.length).toBeGreaterThan(2);
  expect(InstanceTypeOfferings.every((offer) => zones.includes(offer.Location))).toBe(true);
  expect(new Set(InstanceTypeOfferings.map((offer) => offer.InstanceType)).size).toBe(2);
});

test('modifications of volumes are listed by volume', async () => {
  await account.ec2.send(new ModifyVolumeCommand({ VolumeId: ids.Volumes, Size: 9 }));
  const Filters = [{ Name: 'volume-id', Values: [ids.Volumes ?? '', 'vol-0123456789abcdef0'] }];
  const { VolumesModifications } = await account.ec2.send(new DescribeVolumesModificationsCommand({ Filters }));
  expect(VolumesModifications).toMatchObject([
    { VolumeId: ids.Volumes, TargetSize: 9, ModificationState: 'completed' },
  ]);
});

test.each([
  {
    what: 'a VPC',
    call: () => new DescribeVpcsCommand({ VpcIds: ['vpc-0123456789abcdef0'] }),
    code: 'InvalidVpcID.NotFound',
  },
  {
    what: 'a launch template',
    call: () => new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: ['lt-0123456789abcdef0'] }),
    code: 'InvalidLaunchTemplateId.NotFound',
  },
  {
    what: 'an instance',
    call: () => new DescribeInstancesCommand({ InstanceIds: ['i-0123456789abcdef0'] }),
    code: 'InvalidInstanceID.NotFound',
  },
  {
    what: 'an address',
    call: () => new DescribeAddressesCommand({ AllocationIds: ['eipalloc-0123456789abcdef0'] }),
    code: 'InvalidAllocationID.NotFound',
  },
  {
    what: 'a snapshot',
    call: () => new DescribeSnapshotsCommand({ SnapshotIds: ['snap-0123456789abcdef0'] }),
    code: 'InvalidSnapshot.NotFound',
  },
  {
    what: 'a volume',
    call: () => new DescribeVolumesCommand({ VolumeIds: ['vol-0123456789abcdef0'] }),
    code: 'InvalidVolume.NotFound',
  },
])('asked by id, $what that does not exist is an error', async ({ call, code }) => {
  expect(await codeOf(account.ec2.send(call() as DescribeVpcsCommand))).toBe(code);
});
