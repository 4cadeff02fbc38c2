/** What AWS refuses, refused; and what it refuses only for a while, accepted afterwards. Against the real stand-in. */
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AttachVolumeCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVolumeCommand,
  DeleteVpcCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  ModifyInstanceAttributeCommand,
  ModifyVolumeCommand,
  ReleaseAddressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateInstanceProfileCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { eventually, image, makeNetwork, type Network, runServer, server } from './ground.ts';

/** So slow that nothing passes during a test. */
const STILL = 0.001;

let aws: Aws;
let account: Account;
let network: Network;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
});

beforeEach(async () => {
  await pace(0);
  network = await makeNetwork(account);
});

afterAll(() => aws.close());

const pace = (factor: number) => aws.control.configure({ factor }, account.id);

test('a network in use cannot be deleted, in any order; from its end backwards it can', async () => {
  const { ec2 } = account;
  const { InstanceId = '' } = await runServer(account, network);
  const subnet = () => codeOf(ec2.send(new DeleteSubnetCommand({ SubnetId: network.subnetId })));
  const group = () => codeOf(ec2.send(new DeleteSecurityGroupCommand({ GroupId: network.groupId })));
  const vpc = () => codeOf(ec2.send(new DeleteVpcCommand({ VpcId: network.vpcId })));
  const gateway = () => codeOf(ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: network.gatewayId })));
  expect(await Promise.all([subnet(), group(), vpc(), gateway()])).toEqual(Array(4).fill('DependencyViolation'));
  await pace(STILL);
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  expect(await Promise.all([subnet(), group()])).toEqual(Array(2).fill('DependencyViolation'));
  // Forgets the end that is under way: the instance has ended.
  await aws.control.reset(account.id);
  await aws.control.configure({ factor: 0, throttle: false }, account.id);
  expect(await subnet()).toBe('accepted');
  expect(await vpc()).toBe('DependencyViolation');
  await ec2.send(new DetachInternetGatewayCommand({ VpcId: network.vpcId, InternetGatewayId: network.gatewayId }));
  expect(await vpc()).toBe('DependencyViolation');
  expect([await group(), await gateway(), await vpc()]).toEqual(['accepted', 'accepted', 'accepted']);
});

test("a group that another group's rule refers to cannot be deleted", async () => {
  const { ec2 } = account;
  const other = await ec2.send(
    new CreateSecurityGroupCommand({ VpcId: network.vpcId, GroupName: 'db', Description: 'db' }),
  );
  const UserIdGroupPairs = [{ GroupId: network.groupId }];
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: other.GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs }],
    }),
  );
  const remove = (GroupId: string | undefined) => codeOf(ec2.send(new DeleteSecurityGroupCommand({ GroupId })));
  expect(await remove(network.groupId)).toBe('DependencyViolation');
  expect(await remove(other.GroupId)).toBe('accepted');
  expect(await remove(network.groupId)).toBe('accepted');
});

test('the default group cannot be deleted', async () => {
  const Filters = [
    { Name: 'vpc-id', Values: [network.vpcId] },
    { Name: 'group-name', Values: ['default'] },
  ];
  const { SecurityGroups } = await account.ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  const GroupId = SecurityGroups?.[0]?.GroupId;
  expect(await codeOf(account.ec2.send(new DeleteSecurityGroupCommand({ GroupId })))).toBe('CannotDelete');
});

test('a VPC takes one internet gateway', async () => {
  const { InternetGateway } = await account.ec2.send(new CreateInternetGatewayCommand({}));
  const attach = (InternetGatewayId: string | undefined) =>
    codeOf(account.ec2.send(new AttachInternetGatewayCommand({ VpcId: network.vpcId, InternetGatewayId })));
  expect(await attach(InternetGateway?.InternetGatewayId)).toBe('InvalidParameterValue');
  expect(await attach(network.gatewayId)).toBe('Resource.AlreadyAssociated');
});

test('addresses: only for what runs, released only when free, and the gateway stays while one is mapped', async () => {
  const { ec2 } = account;
  const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  const gateway = { VpcId: network.vpcId, InternetGatewayId: network.gatewayId };
  await pace(STILL);
  const pending = await runServer(account, network);
  const associate = (InstanceId: string | undefined) =>
    codeOf(ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId })));
  expect(await associate(pending.InstanceId)).toBe('InvalidInstanceID');
  await pace(0);
  const running = await runServer(account, network);
  await ec2.send(new DetachInternetGatewayCommand(gateway));
  expect(await associate(running.InstanceId)).toBe('Gateway.NotAttached');
  await ec2.send(new AttachInternetGatewayCommand(gateway));
  expect(await associate(running.InstanceId)).toBe('accepted');
  expect(await codeOf(ec2.send(new ReleaseAddressCommand({ AllocationId })))).toBe('InvalidIPAddress.InUse');
  expect(await codeOf(ec2.send(new DetachInternetGatewayCommand(gateway)))).toBe('DependencyViolation');
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [running.InstanceId ?? ''] }));
  expect(await codeOf(ec2.send(new ReleaseAddressCommand({ AllocationId })))).toBe('accepted');
  expect(await codeOf(ec2.send(new DetachInternetGatewayCommand(gateway)))).toBe('accepted');
});

test("route tables: no route to a stranger's gateway, one table for a subnet, no deletion while associated", async () => {
  const { ec2 } = account;
  const table = async () =>
    (await ec2.send(new CreateRouteTableCommand({ VpcId: network.vpcId }))).RouteTable?.RouteTableId;
  const [one, two] = [await table(), await table()];
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const route = (GatewayId: string | undefined) =>
    codeOf(ec2.send(new CreateRouteCommand({ RouteTableId: one, DestinationCidrBlock: '0.0.0.0/0', GatewayId })));
  expect(await route(InternetGateway?.InternetGatewayId)).toBe('InvalidParameterValue');
  expect(await route(network.gatewayId)).toBe('accepted');
  const associate = (RouteTableId: string | undefined) =>
    codeOf(ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId: network.subnetId })));
  expect([await associate(one), await associate(one), await associate(two)]).toEqual([
    'accepted',
    'accepted',
    'Resource.AlreadyAssociated',
  ]);
  expect(await codeOf(ec2.send(new DeleteRouteTableCommand({ RouteTableId: one })))).toBe('DependencyViolation');
});

test('a launch names an image, a type and a profile that exist', async () => {
  const { ec2 } = account;
  const arm = await image(account);
  const run = (more: object) =>
    codeOf(
      ec2.send(
        new RunInstancesCommand({
          MinCount: 1,
          MaxCount: 1,
          ImageId: arm,
          InstanceType: 't4g.small',
          SubnetId: network.subnetId,
          ...more,
        }),
      ),
    );
  expect(await run({ ImageId: 'ami-0123456789abcdef0' })).toBe('InvalidAMIID.NotFound');
  expect(await run({ InstanceType: 't9.mega' })).toBe('InvalidParameterValue');
  expect(await run({ InstanceType: 't3.small' })).toBe('InvalidParameterValue');
  expect(await run({ IamInstanceProfile: { Name: 'nobody' } })).toBe('InvalidParameterValue');
  expect(await run({ LaunchTemplate: { LaunchTemplateId: 'lt-0123456789abcdef0' } })).toBe(
    'InvalidLaunchTemplateId.NotFound',
  );
  const foreign = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  const group = await ec2.send(
    new CreateSecurityGroupCommand({ VpcId: foreign.Vpc?.VpcId, GroupName: 'x', Description: 'x' }),
  );
  expect(await run({ SecurityGroupIds: [group.GroupId] })).toBe('InvalidParameter');
  expect(await run({})).toBe('accepted');
});

test('a fresh instance profile is unknown to EC2 for a while', async () => {
  await pace(60);
  await account.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'fresh' }));
  const attempt = async () => {
    const message = await runServer(account, network, { IamInstanceProfile: { Name: 'fresh' } }).then(
      () => 'accepted',
      (error: Error) => error.message,
    );
    return message;
  };
  expect(await attempt()).toMatch(/Invalid IAM Instance Profile name/);
  expect(await eventually(attempt, 'accepted')).toBe('accepted');
});

test('a running instance keeps its type; a protected one its life', async () => {
  const { InstanceId = '' } = await runServer(account, network, { DisableApiTermination: true });
  const type = { InstanceId, InstanceType: { Value: 't4g.medium' } };
  expect(await codeOf(account.ec2.send(new ModifyInstanceAttributeCommand(type)))).toBe('IncorrectInstanceState');
  const end = () => codeOf(account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] })));
  expect(await end()).toBe('OperationNotPermitted');
  await account.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }));
  expect(await end()).toBe('accepted');
  expect((await server(account, InstanceId)).State?.Name).toBe('terminated');
});

test('volumes: one zone, one instance, no deletion in use, growing only, one change at a time', async () => {
  const { ec2 } = account;
  const volume = async (AvailabilityZone: string) =>
    (await ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 8, VolumeType: 'gp3' }))).VolumeId;
  const [here, there] = [
    await volume(network.zone),
    await volume(network.zone === 'us-east-1a' ? 'us-east-1c' : 'us-east-1a'),
  ];
  const [one, two] = [await runServer(account, network), await runServer(account, network)];
  const attach = (VolumeId: string | undefined, InstanceId: string | undefined, Device = '/dev/sdf') =>
    codeOf(ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device })));
  expect(await attach(there, one.InstanceId)).toBe('InvalidVolume.ZoneMismatch');
  expect(await attach(here, one.InstanceId)).toBe('accepted');
  expect(await attach(here, two.InstanceId)).toBe('VolumeInUse');
  expect(await attach(await volume(network.zone), one.InstanceId)).toBe('InvalidParameterValue');
  expect(await codeOf(ec2.send(new DeleteVolumeCommand({ VolumeId: here })))).toBe('VolumeInUse');
  const size = (Size: number) => codeOf(ec2.send(new ModifyVolumeCommand({ VolumeId: here, Size })));
  expect(await size(7)).toBe('InvalidParameterValue');
  await pace(STILL);
  expect([await size(9), await size(10)]).toEqual(['accepted', 'IncorrectModificationState']);
  const pending = await runServer(account, network);
  expect(await attach(there, pending.InstanceId)).toBe('IncorrectState');
});

test('a volume changes four times a day', async () => {
  await pace(10_000);
  const { VolumeId } = await account.ec2.send(new CreateVolumeCommand({ AvailabilityZone: network.zone, Size: 8 }));
  const grow = (Size: number) => codeOf(account.ec2.send(new ModifyVolumeCommand({ VolumeId, Size })));
  for (const size of [9, 10, 11, 12]) expect(await eventually(() => grow(size), 'accepted')).toBe('accepted');
  expect(await eventually(() => grow(13), 'VolumeModificationRateExceeded')).toBe('VolumeModificationRateExceeded');
});

test('a dry run says what would be, and nothing is', async () => {
  const call = new CreateVpcCommand({ CidrBlock: '10.77.0.0/16', DryRun: true });
  expect(await codeOf(account.ec2.send(call))).toBe('DryRunOperation');
  const { Vpcs = [] } = await account.ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: 'cidr', Values: ['10.77.0.0/16'] }] }),
  );
  expect(Vpcs).toEqual([]);
  await runServer(account, network);
  const refused = new DeleteSubnetCommand({ SubnetId: network.subnetId, DryRun: true });
  expect(await codeOf(account.ec2.send(refused))).toBe('DependencyViolation');
});

test("tag keys of AWS's own are refused, on creation and afterwards", async () => {
  const Tags = [{ Key: 'aws:mine', Value: 'x' }];
  const calls = [
    account.ec2.send(new CreateTagsCommand({ Resources: [network.vpcId], Tags })),
    account.ec2.send(
      new CreateVpcCommand({ CidrBlock: '10.77.0.0/16', TagSpecifications: [{ ResourceType: 'vpc', Tags }] }),
    ),
  ];
  expect(await Promise.all(calls.map(codeOf))).toEqual(['InvalidParameterValue', 'InvalidParameterValue']);
});
