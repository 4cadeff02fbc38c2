/**
 * The contract of the stand-in behind the proxy, spoken by the real SDK: what every kind of a single server needs of AWS's
 * reads, filters, tags and attributes.
 */
import {
  AllocateAddressCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateRouteTableCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcEndpointCommand,
  DeleteLaunchTemplateVersionsCommand,
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type Filter,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyVolumeCommand,
  ModifyVpcAttributeCommand,
  MonitorInstancesCommand,
  StopInstancesCommand,
  UnmonitorInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { image, makeNetwork, type Network, runServer, server } from './ground.ts';

// The stand-in takes seconds over the first calls of an account on a busy machine.
jest.setTimeout(60_000);

let aws: Aws;
let account: Account;
let network: Network;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
  network = await makeNetwork(account);
  ids = await makeOneOfEach();
}, 120_000);

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

interface Listing {
  readonly of: string;
  readonly filter: string;
  readonly list: (Filters: Filter[]) => Promise<readonly (string | undefined)[]>;
}

const LISTINGS: readonly Listing[] = [
  {
    of: 'Vpcs',
    filter: 'vpc-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeVpcsCommand({ Filters }))).Vpcs ?? []).map((one) => one.VpcId),
  },
  {
    of: 'Subnets',
    filter: 'subnet-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeSubnetsCommand({ Filters }))).Subnets ?? []).map((one) => one.SubnetId),
  },
  {
    of: 'InternetGateways',
    filter: 'internet-gateway-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeInternetGatewaysCommand({ Filters }))).InternetGateways ?? []).map(
        (one) => one.InternetGatewayId,
      ),
  },
  {
    of: 'RouteTables',
    filter: 'route-table-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables ?? []).map(
        (one) => one.RouteTableId,
      ),
  },
  {
    of: 'VpcEndpoints',
    filter: 'vpc-endpoint-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeVpcEndpointsCommand({ Filters }))).VpcEndpoints ?? []).map(
        (one) => one.VpcEndpointId,
      ),
  },
  {
    of: 'SecurityGroups',
    filter: 'group-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups ?? []).map(
        (one) => one.GroupId,
      ),
  },
  {
    of: 'SecurityGroupRules',
    filter: 'security-group-rule-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }))).SecurityGroupRules ?? []).map(
        (one) => one.SecurityGroupRuleId,
      ),
  },
  {
    of: 'LaunchTemplates',
    filter: 'launch-template-name',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeLaunchTemplatesCommand({ Filters }))).LaunchTemplates ?? []).map(
        (one) => one.LaunchTemplateId,
      ),
  },
  {
    of: 'Instances',
    filter: 'instance-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeInstancesCommand({ Filters }))).Reservations ?? []).flatMap((reservation) =>
        (reservation.Instances ?? []).map((one) => one.InstanceId),
      ),
  },
  {
    of: 'Volumes',
    filter: 'volume-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeVolumesCommand({ Filters }))).Volumes ?? []).map((one) => one.VolumeId),
  },
  {
    of: 'Snapshots',
    filter: 'snapshot-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeSnapshotsCommand({ Filters, OwnerIds: ['self'] }))).Snapshots ?? []).map(
        (one) => one.SnapshotId,
      ),
  },
  {
    of: 'Addresses',
    filter: 'allocation-id',
    list: async (Filters) =>
      ((await account.ec2.send(new DescribeAddressesCommand({ Filters }))).Addresses ?? []).map(
        (one) => one.AllocationId,
      ),
  },
];

describe.each(LISTINGS)('listing $of', ({ of, filter, list }) => {
  const value = (): string => (of === 'LaunchTemplates' ? 'one' : (ids[of] ?? ''));

  test('by id: an id that does not exist is left out, not an error', async () => {
    const missing = `${value().slice(0, value().lastIndexOf('-') + 1)}0123456789abcdef0`;
    expect(await list([{ Name: filter, Values: [value(), missing] }])).toEqual([ids[of]]);
    expect(await list([{ Name: filter, Values: [missing] }])).toEqual([]);
  });

  test('by tag: set, found, taken away, not found', async () => {
    const key = `mark-${of}`;
    const byTag = [{ Name: `tag:${key}`, Values: ['a b&<c>'] }];
    expect(await list(byTag)).toEqual([]);
    await account.ec2.send(
      new CreateTagsCommand({ Resources: [ids[of] ?? ''], Tags: [{ Key: key, Value: 'a b&<c>' }] }),
    );
    expect(await list(byTag)).toEqual([ids[of]]);
    expect(await list([{ Name: `tag:${key}`, Values: ['other'] }])).toEqual([]);
    await account.ec2.send(new DeleteTagsCommand({ Resources: [ids[of] ?? ''], Tags: [{ Key: key }] }));
    expect(await list(byTag)).toEqual([]);
  });
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

test('a launch takes from the template what the request leaves out', async () => {
  const UserData = Buffer.from('#!/bin/sh').toString('base64');
  const { LaunchTemplate } = await account.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'server',
      LaunchTemplateData: {
        ...{ ImageId: await image(account), InstanceType: 't4g.small', UserData, SecurityGroupIds: [network.groupId] },
        ...{ DisableApiTermination: true, InstanceInitiatedShutdownBehavior: 'stop', Monitoring: { Enabled: true } },
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, VolumeType: 'gp3', Encrypted: true } }],
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'from', Value: 'template' }] }],
      },
    }),
  );
  const { InstanceId = '' } = await runServer(account, network, {
    ...{ ImageId: undefined, InstanceType: undefined, SecurityGroupIds: undefined },
    LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: '1' },
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'of', Value: 'request' }] }],
  });
  const found = await server(account, InstanceId);
  expect(found).toMatchObject({
    ...{
      State: { Name: 'running' },
      InstanceType: 't4g.small',
      Monitoring: { State: 'enabled' },
      RootDeviceName: '/dev/xvda',
    },
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
    SecurityGroups: [{ GroupId: network.groupId }],
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true } }],
  });
  expect(found.Tags).toContainEqual({ Key: 'from', Value: 'template' });
  expect(found.PublicIpAddress).toBeUndefined();
  const VolumeIds = [found.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? ''];
  const { Volumes } = await account.ec2.send(new DescribeVolumesCommand({ VolumeIds }));
  expect(Volumes).toMatchObject([
    { Size: 20, VolumeType: 'gp3', Encrypted: true, Tags: [{ Key: 'of', Value: 'request' }] },
  ]);
  const attribute = async (Attribute: 'userData' | 'disableApiTermination' | 'instanceInitiatedShutdownBehavior') =>
    account.ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
  expect((await attribute('userData')).UserData?.Value).toBe(UserData);
  expect((await attribute('disableApiTermination')).DisableApiTermination?.Value).toBe(true);
  expect((await attribute('instanceInitiatedShutdownBehavior')).InstanceInitiatedShutdownBehavior?.Value).toBe('stop');
});

test("both architectures' images can be run", async () => {
  const { Architecture } = await runServer(account, network, {
    ImageId: await image(account, 'x86_64'),
    InstanceType: 't3.small',
  });
  expect(Architecture).toBe('x86_64');
});

test('an instance changes in place: groups, metadata options, monitoring, protection', async () => {
  const { InstanceId = '' } = await runServer(account, network, { MetadataOptions: { HttpTokens: 'required' } });
  const group =
    (
      await account.ec2.send(
        new DescribeSecurityGroupsCommand({
          Filters: [
            { Name: 'vpc-id', Values: [network.vpcId] },
            { Name: 'group-name', Values: ['default'] },
          ],
        }),
      )
    ).SecurityGroups?.[0]?.GroupId ?? '';
  await account.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups: [group] }));
  await account.ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpPutResponseHopLimit: 2 }));
  const monitored = await account.ec2.send(new MonitorInstancesCommand({ InstanceIds: [InstanceId] }));
  expect(monitored.InstanceMonitorings).toMatchObject([{ InstanceId, Monitoring: { State: 'pending' } }]);
  expect(await server(account, InstanceId)).toMatchObject({
    SecurityGroups: [{ GroupId: group }],
    NetworkInterfaces: [{ Groups: [{ GroupId: group }] }],
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
    Monitoring: { State: 'enabled' },
  });
  await account.ec2.send(new UnmonitorInstancesCommand({ InstanceIds: [InstanceId] }));
  expect(await server(account, InstanceId)).toMatchObject({ Monitoring: { State: 'disabled' } });
  await account.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
  await account.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, UserData: { Value: Buffer.from('new') } }));
  const { UserData } = await account.ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' }),
  );
  expect(Buffer.from(UserData?.Value ?? '', 'base64').toString()).toBe('new');
});

test('an instance is found by the client token that launched it', async () => {
  const { InstanceId } = await runServer(account, network, { ClientToken: 'by-token' });
  const find = async (token: string) =>
    (await account.ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'client-token', Values: [token] }] })))
      .Reservations ?? [];
  expect((await find('by-token')).flatMap((one) => one.Instances ?? []).map((one) => one.InstanceId)).toEqual([
    InstanceId,
  ]);
  expect(await find('no-token')).toEqual([]);
});

test('versions of a template: latest of all templates in one call, deleted ones are gone', async () => {
  const LaunchTemplateId = ids.LaunchTemplates;
  await account.ec2.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData: { InstanceType: 't4g.medium' } }),
  );
  await account.ec2.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData: { InstanceType: 't4g.large' } }),
  );
  const { LaunchTemplateVersions = [] } = await account.ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ Versions: ['$Latest'] }),
  );
  expect(LaunchTemplateVersions.find((one) => one.LaunchTemplateId === LaunchTemplateId)).toMatchObject({
    VersionNumber: 3,
  });
  const deleted = await account.ec2.send(
    new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['1', '2', '9'] }),
  );
  expect(deleted.SuccessfullyDeletedLaunchTemplateVersions).toMatchObject([{ VersionNumber: 2 }]);
  expect(deleted.UnsuccessfullyDeletedLaunchTemplateVersions).toMatchObject([
    { VersionNumber: 1 },
    { VersionNumber: 9 },
  ]);
  const left = await account.ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId }));
  expect(left.LaunchTemplateVersions?.map((one) => one.VersionNumber)).toEqual([1, 3]);
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
