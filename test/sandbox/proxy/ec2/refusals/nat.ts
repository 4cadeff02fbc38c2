/** What AWS refuses of NAT gateways and of what they use (VPC User Guide; API reference of each action). */
import { type Params, Refusal, text } from '../../call.ts';
import { type Element, itemsOf, textAt } from '../../xml.ts';
import { notFound, type Rule, required } from '../refusal.ts';
import { look, lookBy, type Scene } from '../view.ts';

const ENDED = new Set(['deleted', 'failed']);

/** Gateways that are there or on their way out. */
async function gateways(scene: Scene): Promise<readonly Element[]> {
  const all = await look(scene, 'DescribeNatGateways', {});
  return all.filter((gateway) => !ENDED.has(textAt(gateway, 'state') ?? ''));
}

function uses(gateway: Element, name: 'allocationId' | 'associationId', id: string): boolean {
  return itemsOf(gateway, 'natGatewayAddressSet').some((address) => textAt(address, name) === id);
}

async function addressInUse(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'AllocationId') ?? '';
  if (!(await gateways(scene)).some((gateway) => uses(gateway, 'allocationId', id))) return;
  throw new Refusal('InvalidIPAddress.InUse', `Address with allocation id ${id} is in use.`);
}

/** An association that AWS made for a gateway is not the account's to end. */
async function gatewaysOwnAssociation(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'AssociationId') ?? '';
  if (!(await gateways(scene)).some((gateway) => uses(gateway, 'associationId', id))) return;
  throw new Refusal('AuthFailure', 'You do not have permission to access the specified resource.');
}

function inPlace(param: 'SubnetId' | 'VpcId', name: 'subnetId' | 'vpcId', word: string) {
  return async (scene: Scene, params: Params): Promise<void> => {
    const id = required(params, param);
    if (!(await gateways(scene)).some((gateway) => textAt(gateway, name) === id)) return;
    throw new Refusal('DependencyViolation', `The ${word} '${id}' has dependencies and cannot be deleted.`);
  };
}

async function mappedAddresses(scene: Scene, params: Params): Promise<void> {
  const id = required(params, 'VpcId');
  const mapped = (await gateways(scene)).some(
    (gateway) => textAt(gateway, 'vpcId') === id && textAt(gateway, 'connectivityType') !== 'private',
  );
  if (!mapped) return;
  throw new Refusal(
    'DependencyViolation',
    `Network ${id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
  );
}

async function creation(scene: Scene, params: Params): Promise<void> {
  const subnet = required(params, 'SubnetId');
  if ((await lookBy(scene, 'DescribeSubnets', 'subnet-id', subnet)).length === 0) throw notFound(subnet);
  if (text(params, 'ConnectivityType') === 'private') return;
  const address = required(params, 'AllocationId');
  if ((await lookBy(scene, 'DescribeAddresses', 'allocation-id', address)).length === 0) throw notFound(address);
  if (!(await gateways(scene)).some((gateway) => uses(gateway, 'allocationId', address))) return;
  throw new Refusal('Resource.AlreadyAssociated', `Elastic IP address [${address}] is already associated`);
}

async function missing(scene: Scene, params: Params): Promise<void> {
  const id = required(params, 'NatGatewayId');
  if ((await look(scene, 'DescribeNatGateways', { NatGatewayId: [id] })).length > 0) return;
  throw new Refusal('NatGatewayNotFound', `NAT gateway ${id} was not found`);
}

/** Rules of NAT gateways, their addresses and their networks. */
export const NAT_RULES: readonly Rule[] = [
  { operation: 'CreateNatGateway', check: creation },
  { operation: 'DeleteNatGateway', check: missing },
  { operation: 'ReleaseAddress', check: addressInUse },
  { operation: 'DisassociateAddress', check: gatewaysOwnAssociation },
  { operation: 'DeleteSubnet', check: inPlace('SubnetId', 'subnetId', 'subnet') },
  { operation: 'DeleteVpc', check: inPlace('VpcId', 'vpcId', 'vpc') },
  { operation: 'DetachInternetGateway', check: mappedAddresses },
];
