/** NAT gateways as the proxy shows them, against the real stand-in. */
import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  type CreateNatGatewayCommandInput,
  DeleteNatGatewayCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeNatGatewaysCommand,
  DetachInternetGatewayCommand,
  DisassociateAddressCommand,
  type NatGateway,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import { eventually, makeNetwork, type Network } from './ground.ts';

/** So slow that nothing passes during a test. */
const STILL = 0.001;

let aws: Aws;
let account: Account;
let network: Network;
let AllocationId: string;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
});

beforeEach(async () => {
  await pace(0);
  network = await makeNetwork(account);
  AllocationId = (await account.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))).AllocationId ?? '';
});

afterAll(() => aws.close());

const pace = (factor: number) => aws.control.configure({ factor }, account.id);

const create = async (more: Partial<CreateNatGatewayCommandInput> = {}): Promise<NatGateway> => {
  const input = { SubnetId: network.subnetId, AllocationId, ...more };
  return (await account.ec2.send(new CreateNatGatewayCommand(input))).NatGateway ?? {};
};

const remove = (NatGatewayId: string) => account.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }));

const shown = async (NatGatewayId: string): Promise<NatGateway> =>
  (await account.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [NatGatewayId] }))).NatGateways?.[0] ?? {};

test('a gateway is pending before it is available', async () => {
  await pace(STILL);
  const made = await create();
  expect(made.State).toBe('pending');
  const again = await shown(made.NatGatewayId ?? '');
  expect(again).toMatchObject({ State: 'pending', NatGatewayAddresses: [{ AllocationId }] });
});

test('the same token makes one gateway, and other parameters under it are refused', async () => {
  const first = await create({ ClientToken: 'one' });
  const second = await create({ ClientToken: 'one' });
  expect(second.NatGatewayId).toBe(first.NatGatewayId);
  expect(second.State).toBe('available');
  expect(await codeOf(create({ ClientToken: 'one', ConnectivityType: 'private' }))).toBe('IdempotentParameterMismatch');
});

test('filters by tag and state find what they should and nothing else', async () => {
  const Tags = [{ Key: 'owner', Value: network.vpcId }];
  const made = await create({ TagSpecifications: [{ ResourceType: 'natgateway', Tags }] });
  const find = async (Name: string, Value: string) => {
    const Filter = [{ Name, Values: [Value] }];
    const answer = await account.ec2.send(new DescribeNatGatewaysCommand({ Filter }));
    return (answer.NatGateways ?? []).map(({ NatGatewayId }) => NatGatewayId);
  };
  expect(await find('tag:owner', network.vpcId)).toEqual([made.NatGatewayId]);
  expect(await find('tag:owner', 'nobody')).toEqual([]);
  expect(await find('state', 'available')).toContain(made.NatGatewayId);
  expect(await find('nat-gateway-id', made.NatGatewayId ?? '')).toEqual([made.NatGatewayId]);
});

test('what a gateway stands on and uses cannot be taken away, in any order, until it is gone', async () => {
  const id = (await create()).NatGatewayId ?? '';
  const { ec2 } = account;
  const { vpcId: VpcId, subnetId: SubnetId, gatewayId: InternetGatewayId } = network;
  const AssociationId = (await shown(id)).NatGatewayAddresses?.[0]?.AssociationId ?? '';
  const release = () => codeOf(ec2.send(new ReleaseAddressCommand({ AllocationId })));
  const subnet = () => codeOf(ec2.send(new DeleteSubnetCommand({ SubnetId })));
  const all = async () => [
    await release(),
    await codeOf(ec2.send(new DisassociateAddressCommand({ AssociationId }))),
    await subnet(),
    await codeOf(ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId }))),
    await codeOf(ec2.send(new DeleteVpcCommand({ VpcId }))),
  ];
  const refusals = ['InvalidIPAddress.InUse', 'AuthFailure', ...Array(3).fill('DependencyViolation')];
  expect(await all()).toEqual(refusals);
  await pace(STILL);
  await remove(id);
  expect((await shown(id)).State).toBe('deleting');
  expect(await all()).toEqual(refusals);
});

test('a gateway that is deleted is shown as that, its address is free and still ours', async () => {
  const id = (await create()).NatGatewayId ?? '';
  await remove(id);
  expect(await eventually(async () => (await shown(id)).State, 'deleted')).toBe('deleted');
  expect(await codeOf(remove(id))).toBe('accepted');
  const again = await create();
  expect(again.NatGatewayId).not.toBe(id);
  await remove(again.NatGatewayId ?? '');
  expect(await codeOf(account.ec2.send(new ReleaseAddressCommand({ AllocationId })))).toBe('accepted');
  expect(await codeOf(account.ec2.send(new DeleteSubnetCommand({ SubnetId: network.subnetId })))).toBe('accepted');
});

test('a gateway that was never there is not found', async () => {
  expect(await codeOf(remove('nat-0123456789abcdef0'))).toBe('NatGatewayNotFound');
  expect(await codeOf(shown('nat-0123456789abcdef0'))).toBe('NatGatewayNotFound');
});

test('without an internet gateway it fails, says why, and lets its address go', async () => {
  const { gatewayId: InternetGatewayId, vpcId: VpcId } = network;
  await account.ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId }));
  const id = (await create()).NatGatewayId ?? '';
  expect(await eventually(async () => (await shown(id)).State, 'failed')).toBe('failed');
  expect((await shown(id)).FailureCode).toBe('Gateway.NotAttached');
  expect(await codeOf(account.ec2.send(new ReleaseAddressCommand({ AllocationId })))).toBe('accepted');
});
