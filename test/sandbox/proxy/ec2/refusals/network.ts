/**
 * What AWS refuses of networks in use (VPC User Guide, "Delete your VPC"; API reference of each action) and the stand-in
 * lets pass.
 */
import { type Params, Refusal, structures, text } from '../../call.ts';
import { type Element, itemsOf, textAt, textsAt } from '../../xml.ts';
import { notFound, type Rule, required } from '../refusal.ts';
import { look, lookBy, type Scene } from '../view.ts';

function dependency(message: string): Refusal {
  return new Refusal('DependencyViolation', message);
}

const state = (instance: Element): string => textAt(instance, 'instanceState', 'name') ?? '';

/** Instances that AWS still counts: everything that is not terminated, shutting down included. */
async function liveInstances(scene: Scene, filter: string, value: string): Promise<readonly Element[]> {
  return (await lookBy(scene, 'DescribeInstances', filter, value)).filter((one) => state(one) !== 'terminated');
}

async function hasInterfaces(scene: Scene, filter: string, value: string): Promise<boolean> {
  const interfaces = await lookBy(scene, 'DescribeNetworkInterfaces', filter, value);
  return interfaces.some((one) => textAt(one, 'attachment', 'instanceId') === undefined);
}

async function subnetInUse(scene: Scene, params: Params): Promise<void> {
  const id = required(params, 'SubnetId');
  if ((await liveInstances(scene, 'subnet-id', id)).length > 0 || (await hasInterfaces(scene, 'subnet-id', id))) {
    throw dependency(`The subnet '${id}' has dependencies and cannot be deleted.`);
  }
}

async function groupInUse(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'GroupId') ?? '';
  const [group] = await lookBy(scene, 'DescribeSecurityGroups', 'group-id', id);
  if (textAt(group, 'groupName') === 'default') {
    throw new Refusal('CannotDelete', `the specified group: "${id}" name: "default" cannot be deleted by a user`);
  }
  const rules = await look(scene, 'DescribeSecurityGroupRules', {});
  const referenced = rules.some(
    (rule) => textAt(rule, 'groupId') !== id && textAt(rule, 'referencedGroupInfo', 'groupId') === id,
  );
  const instances = (await look(scene, 'DescribeInstances', {})).filter((one) => state(one) !== 'terminated');
  if (referenced || instances.some((one) => textsAt(one, ['groupSet', 'groupId']).includes(id))) {
    throw dependency(`resource ${id} has a dependent object`);
  }
}

async function vpcInUse(scene: Scene, params: Params): Promise<void> {
  const id = required(params, 'VpcId');
  const groups = await lookBy(scene, 'DescribeSecurityGroups', 'vpc-id', id);
  const endpoints = await lookBy(scene, 'DescribeVpcEndpoints', 'vpc-id', id);
  const left = [
    groups.some((group) => textAt(group, 'groupName') !== 'default'),
    (await lookBy(scene, 'DescribeInternetGateways', 'attachment.vpc-id', id)).length > 0,
    endpoints.length > 0,
    (await liveInstances(scene, 'vpc-id', id)).length > 0,
  ];
  if (left.includes(true)) throw dependency(`The vpc '${id}' has dependencies and cannot be deleted.`);
}

async function secondGateway(scene: Scene, params: Params): Promise<void> {
  const id = required(params, 'VpcId');
  const [attached] = await lookBy(scene, 'DescribeInternetGateways', 'attachment.vpc-id', id);
  if (!attached) return;
  const gateway = textAt(attached, 'internetGatewayId');
  if (gateway === text(params, 'InternetGatewayId')) {
    throw new Refusal('Resource.AlreadyAssociated', `resource ${gateway} is already attached to network ${id}`);
  }
  throw new Refusal('InvalidParameterValue', `Network ${id} already has an internet gateway attached`);
}

async function mappedAddresses(scene: Scene, params: Params): Promise<void> {
  const id = required(params, 'VpcId');
  const instances = await liveInstances(scene, 'vpc-id', id);
  const ids = new Set(instances.map((one) => textAt(one, 'instanceId')));
  const addresses = await look(scene, 'DescribeAddresses', {});
  const mapped = addresses.some((address) => ids.has(textAt(address, 'instanceId')));
  // An address that AWS assigned by itself is given back when the instance stops.
  const assigned = instances.some((one) => textAt(one, 'ipAddress') && ['running', 'pending'].includes(state(one)));
  if (mapped || assigned) {
    throw dependency(
      `Network ${id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
  }
}

async function attachedGateway(scene: Scene, params: Params): Promise<void> {
  const id = required(params, 'InternetGatewayId');
  const [gateway] = await lookBy(scene, 'DescribeInternetGateways', 'internet-gateway-id', id);
  if (gateway && itemsOf(gateway, 'attachmentSet').length > 0) {
    throw dependency(`The internetGateway '${id}' has dependencies and cannot be deleted.`);
  }
}

async function routeToStranger(scene: Scene, params: Params): Promise<void> {
  const gateway = text(params, 'GatewayId');
  if (!gateway?.startsWith('igw-')) return;
  const table = required(params, 'RouteTableId');
  const [found] = await lookBy(scene, 'DescribeRouteTables', 'route-table-id', table);
  const [target] = await lookBy(scene, 'DescribeInternetGateways', 'internet-gateway-id', gateway);
  if (!found || !target) return;
  if (!itemsOf(target, 'attachmentSet').some((one) => textAt(one, 'vpcId') === textAt(found, 'vpcId'))) {
    throw new Refusal(
      'InvalidParameterValue',
      `route table ${table} and network gateway ${gateway} belong to different networks`,
    );
  }
}

async function associatedSubnet(scene: Scene, params: Params): Promise<void> {
  const subnet = text(params, 'SubnetId');
  const table = required(params, 'RouteTableId');
  const [other] =
    subnet === undefined ? [] : await lookBy(scene, 'DescribeRouteTables', 'association.subnet-id', subnet);
  if (other && textAt(other, 'routeTableId') !== table) {
    throw new Refusal(
      'Resource.AlreadyAssociated',
      `the specified association for route table ${table} conflicts with an existing association`,
    );
  }
}

async function missingTemplate(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'LaunchTemplateId');
  if (id !== undefined && (await look(scene, 'DescribeLaunchTemplates', { LaunchTemplateId: [id] })).length === 0)
    throw notFound(id);
}

async function associatedTable(scene: Scene, params: Params): Promise<void> {
  const id = required(params, 'RouteTableId');
  const [table] = await lookBy(scene, 'DescribeRouteTables', 'route-table-id', id);
  if (table && itemsOf(table, 'associationSet').length > 0) {
    throw dependency(`The routeTable '${id}' has dependencies and cannot be deleted.`);
  }
}

function groupName(_scene: Scene, params: Params): void {
  const name = text(params, 'GroupName') ?? '';
  if (!name.startsWith('sg-')) return;
  throw new Refusal(
    'InvalidParameterValue',
    `Invalid value '${name}' for groupName. Group names may not be in the format sg-*.`,
  );
}

/** Keys that start with `aws:` are AWS's own, in tags of a create call and afterwards. */
function reservedTags(_scene: Scene, params: Params): void {
  const specified = structures(params, 'TagSpecification').flatMap((one) => structures(one, 'Tag'));
  for (const tag of [...specified, ...structures(params, 'Tag')]) {
    if (text(tag, 'Key')?.startsWith('aws:')) {
      throw new Refusal('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use");
    }
  }
}

/** Rules of networks and tags. */
export const NETWORK_RULES: readonly Rule[] = [
  { operation: '*', check: reservedTags },
  { operation: 'DeleteSubnet', check: subnetInUse },
  { operation: 'DeleteSecurityGroup', check: groupInUse },
  { operation: 'CreateSecurityGroup', check: groupName },
  { operation: 'DeleteVpc', check: vpcInUse },
  { operation: 'AttachInternetGateway', check: secondGateway },
  { operation: 'DetachInternetGateway', check: mappedAddresses },
  { operation: 'DeleteInternetGateway', check: attachedGateway },
  { operation: ['CreateRoute', 'ReplaceRoute'], check: routeToStranger },
  { operation: 'DeleteRouteTable', check: associatedTable },
  { operation: 'AssociateRouteTable', check: associatedSubnet },
  { operation: ['DeleteLaunchTemplate', 'ModifyLaunchTemplate'], check: missingTemplate },
];
