/** States that pass with time, as clients see them, against the real stand-in. */
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  DescribeAddressesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  DetachVolumeCommand,
  ModifyVolumeCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { eventually, makeNetwork, type Network, runServer, server } from './ground.ts';

/** Slow enough to see every state, fast enough to wait for the next. */
const FACTOR = 60;
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

const stateOf = async (id: string) => (await server(account, id)).State?.Name;

async function withState(name: string): Promise<number> {
  const Filters = [
    { Name: 'instance-state-name', Values: [name] },
    { Name: 'vpc-id', Values: [network.vpcId] },
  ];
  return ((await account.ec2.send(new DescribeInstancesCommand({ Filters }))).Reservations ?? []).length;
}

async function checksOf(id: string): Promise<string | undefined> {
  const { InstanceStatuses } = await account.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
  return InstanceStatuses?.[0]?.InstanceStatus?.Status;
}

test('an instance is pending before it runs, and its checks take longer', async () => {
  await pace(STILL);
  const made = await runServer(account, network);
  const id = made.InstanceId ?? '';
  expect(made.State).toEqual({ Code: 0, Name: 'pending' });
  expect(await stateOf(id)).toBe('pending');
  expect([await withState('pending'), await withState('running')]).toEqual([1, 0]);
  expect(await checksOf(id)).toBeUndefined();
  await pace(FACTOR);
  const other = (await runServer(account, network)).InstanceId ?? '';
  expect(await eventually(() => stateOf(other), 'running')).toBe('running');
  expect(await checksOf(other)).toBe('initializing');
  expect(await eventually(() => checksOf(other), 'ok')).toBe('ok');
  expect([await withState('pending'), await withState('running')]).toEqual([1, 1]);
});

test('stopping, starting and ending take time, and each answer says what was and what is', async () => {
  const id = (await runServer(account, network)).InstanceId ?? '';
  await pace(STILL);
  const InstanceIds = [id];
  const stop = await account.ec2.send(new StopInstancesCommand({ InstanceIds }));
  expect(stop.StoppingInstances).toMatchObject([
    { PreviousState: { Name: 'running' }, CurrentState: { Name: 'stopping' } },
  ]);
  const again = await account.ec2.send(new StopInstancesCommand({ InstanceIds }));
  expect(again.StoppingInstances).toMatchObject([
    { PreviousState: { Name: 'stopping' }, CurrentState: { Name: 'stopping' } },
  ]);
  expect(await codeOf(account.ec2.send(new StartInstancesCommand({ InstanceIds })))).toBe('IncorrectInstanceState');
  const end = await account.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  expect(end.TerminatingInstances).toMatchObject([
    { PreviousState: { Name: 'stopping' }, CurrentState: { Name: 'shutting-down' } },
  ]);
  const twice = await account.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  expect(twice.TerminatingInstances).toMatchObject([{ InstanceId: id, CurrentState: { Name: 'shutting-down' } }]);
});

test('a stopped instance starts again', async () => {
  const id = (await runServer(account, network)).InstanceId ?? '';
  await pace(FACTOR);
  await account.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
  expect(await eventually(() => stateOf(id), 'stopped')).toBe('stopped');
  await pace(FACTOR / 6);
  await account.ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
  expect(await stateOf(id)).toBe('pending');
  expect(await eventually(() => stateOf(id), 'running')).toBe('running');
  expect(await checksOf(id)).toBe('initializing');
});

test('a volume goes through its states, and stays in use until its instance has ended', async () => {
  const id = (await runServer(account, network)).InstanceId ?? '';
  await pace(FACTOR);
  const made = await account.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: network.zone, Size: 8, VolumeType: 'gp3' }),
  );
  const VolumeId = made.VolumeId ?? '';
  expect(made.State).toBe('creating');
  const look = async () => {
    const volume = (await account.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }))).Volumes?.[0];
    return [volume?.State, ...(volume?.Attachments ?? []).map((one) => one.State)].join(' ');
  };
  const attach = () => account.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId: id, Device: '/dev/sdf' }));
  expect(await eventually(look, 'available')).toBe('available');
  await pace(STILL);
  expect((await attach()).State).toBe('attaching');
  expect(await look()).toBe('in-use attaching');
  await pace(FACTOR);
  expect((await account.ec2.send(new DetachVolumeCommand({ VolumeId }))).State).toBe('detaching');
  expect(await eventually(look, 'available')).toBe('available');
  await attach();
  expect(await eventually(look, 'in-use attached')).toBe('in-use attached');
  await pace(STILL);
  await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  expect(await look()).toBe('in-use attached');
});

test('an ended instance lets go of its volume, its address and its place in the network', async () => {
  const id = (await runServer(account, network)).InstanceId ?? '';
  const { VolumeId } = await account.ec2.send(new CreateVolumeCommand({ AvailabilityZone: network.zone, Size: 8 }));
  await account.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId: id, Device: '/dev/sdf' }));
  const { AllocationId } = await account.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  await account.ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId: id }));
  await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  const ended = await server(account, id);
  expect(ended).toMatchObject({ InstanceId: id, State: { Name: 'terminated' } });
  expect([ended.SubnetId, ended.VpcId, ended.NetworkInterfaces?.length ?? 0]).toEqual([undefined, undefined, 0]);
  const { Volumes } = await account.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId ?? ''] }));
  expect(Volumes).toMatchObject([{ VolumeId, State: 'available', Attachments: [] }]);
  const { Addresses } = await account.ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId ?? ''] }));
  expect(Addresses).toMatchObject([{ AllocationId }]);
  expect(Addresses?.[0]?.AssociationId).toBeUndefined();
});

test('a modification is modifying, optimizing, completed', async () => {
  const { VolumeId = '' } = await account.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: network.zone, Size: 8 }),
  );
  await pace(FACTOR * 4);
  const { VolumeModification } = await account.ec2.send(new ModifyVolumeCommand({ VolumeId, Size: 9 }));
  expect(VolumeModification).toMatchObject({ ModificationState: 'modifying', Progress: 0 });
  const look = async () =>
    (await account.ec2.send(new DescribeVolumesModificationsCommand({ VolumeIds: [VolumeId] })))
      .VolumesModifications?.[0]?.ModificationState;
  expect(await eventually(look, 'optimizing')).toBe('optimizing');
  expect(await eventually(look, 'completed')).toBe('completed');
});

test('a snapshot is pending, with progress, before it is completed', async () => {
  const { VolumeId } = await account.ec2.send(new CreateVolumeCommand({ AvailabilityZone: network.zone, Size: 8 }));
  await pace(STILL);
  const made = await account.ec2.send(new CreateSnapshotCommand({ VolumeId }));
  expect(made).toMatchObject({ State: 'pending', Progress: '0%' });
  const byState = async (state: string) =>
    (
      await account.ec2.send(
        new DescribeSnapshotsCommand({
          OwnerIds: ['self'],
          Filters: [
            { Name: 'status', Values: [state] },
            { Name: 'volume-id', Values: [VolumeId ?? ''] },
          ],
        }),
      )
    ).Snapshots;
  expect(await byState('completed')).toEqual([]);
  expect(await byState('pending')).toMatchObject([{ SnapshotId: made.SnapshotId }]);
  await pace(FACTOR);
  await account.ec2.send(new CreateSnapshotCommand({ VolumeId }));
  expect(await eventually(async () => (await byState('completed'))?.length, 1)).toBe(1);
});

test('networks are pending for a moment, endpoints come and go', async () => {
  await pace(STILL);
  const { Vpc } = await account.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  expect(Vpc?.State).toBe('pending');
  const { Vpcs } = await account.ec2.send(new DescribeVpcsCommand({ VpcIds: [Vpc?.VpcId ?? ''] }));
  expect(Vpcs).toMatchObject([{ State: 'pending' }]);
  const { Subnet } = await account.ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.9.0.0/24' }));
  const Filters = [
    { Name: 'state', Values: ['pending'] },
    { Name: 'vpc-id', Values: [Vpc?.VpcId ?? ''] },
  ];
  expect((await account.ec2.send(new DescribeSubnetsCommand({ Filters }))).Subnets).toMatchObject([
    { SubnetId: Subnet?.SubnetId },
  ]);
  await pace(FACTOR * 4);
  const { VpcEndpoint } = await account.ec2.send(
    new CreateVpcEndpointCommand({ VpcId: network.vpcId, ServiceName: 'com.amazonaws.us-east-1.s3' }),
  );
  expect(VpcEndpoint?.State).toBe('pending');
  const states = async () =>
    (
      (
        await account.ec2.send(
          new DescribeVpcEndpointsCommand({ Filters: [{ Name: 'vpc-id', Values: [network.vpcId] }] }),
        )
      ).VpcEndpoints ?? []
    )
      .map((one) => one.State)
      .join();
  expect(await eventually(states, 'available')).toBe('available');
  // How long something takes is settled when it begins: long enough for the next read, also on a busy machine.
  await pace(FACTOR / 20);
  await account.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpoint?.VpcEndpointId ?? ''] }));
  expect(await states()).toBe('deleting');
  expect(await eventually(states, '')).toBe('');
});
