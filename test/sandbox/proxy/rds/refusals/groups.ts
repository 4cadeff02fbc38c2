/** What AWS refuses of subnet and parameter groups (API reference of each action) and the stand-in lets pass. */
import { type Params, Refusal, structures, text, texts } from '../../call.ts';
import { look as lookAtEc2 } from '../../ec2/view.ts';
import { descend, type Element, textAt } from '../../xml.ts';
import { FAMILIES } from '../catalogue.ts';
import { INSTANCES, nameOf, PARAMETER_GROUPS, SUBNET_GROUPS } from '../collections.ts';
import { parametersOfGroup } from '../lifecycles/groups.ts';
import { type Parameter, takes } from '../parameters.ts';
import { badCombination, badValue, notFound, type Rule } from '../refusal.ts';
import type { Scene } from '../scene.ts';
import { idOf, look, lookUp } from '../view.ts';

/** The subnets that a call names, as EC2 has them. */
async function subnetsOf(scene: Scene, params: Params): Promise<readonly Element[]> {
  const ids = texts(params, 'SubnetIds');
  if (ids.length === 0) throw badValue('The parameter SubnetIds must be provided.');
  const found = await lookAtEc2(scene, 'DescribeSubnets', { Filter: [{ Name: 'subnet-id', Value: ids }] });
  const known = new Set(found.map((one) => textAt(one, 'subnetId')));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length > 0) {
    throw new Refusal('InvalidSubnet', `Some input subnets in :[${missing.join(', ')}] are invalid.`);
  }
  return found;
}

/** Two zones at least, all in one network. */
async function checkCover(scene: Scene, params: Params): Promise<void> {
  const subnets = await subnetsOf(scene, params);
  if (new Set(subnets.map((one) => textAt(one, 'vpcId'))).size > 1) {
    throw new Refusal('InvalidSubnet', 'The subnets of a DB subnet group must be in the same VPC.');
  }
  const zones = new Set(subnets.map((one) => textAt(one, 'availabilityZone')));
  if (zones.size >= 2) return;
  throw new Refusal(
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${[...zones].join(', ')}. Add subnets to cover at least 2 AZs.`,
  );
}

async function newSubnetGroup(scene: Scene, params: Params): Promise<void> {
  const name = text(params, 'DBSubnetGroupName') ?? '';
  if (nameOf(name) === 'default' || !/^[A-Za-z][\w .-]{0,254}$/.test(name)) {
    throw badValue(`The parameter DBSubnetGroupName is not a valid identifier: ${name}`);
  }
  if (await lookUp(scene, SUBNET_GROUPS, name)) {
    throw new Refusal('DBSubnetGroupAlreadyExists', `The DB subnet group '${name}' already exists.`);
  }
}

const groupOf = (record: Element): string => textAt(record, 'DBSubnetGroup', 'DBSubnetGroupName') ?? '';

async function usersOf(scene: Scene, name: string): Promise<readonly Element[]> {
  return (await look(scene, INSTANCES)).filter((record) => groupOf(record) === nameOf(name));
}

/** Subnets in which a database of the group is placed cannot be taken out. */
async function subnetsInUse(scene: Scene, params: Params): Promise<void> {
  const name = text(params, 'DBSubnetGroupName') ?? '';
  const group = await lookUp(scene, SUBNET_GROUPS, name);
  if (!group) throw notFound(SUBNET_GROUPS, name);
  const kept = new Set(texts(params, 'SubnetIds'));
  const used = new Set(
    (await usersOf(scene, name)).flatMap((one) => [
      textAt(one, 'AvailabilityZone'),
      textAt(one, 'SecondaryAvailabilityZone'),
    ]),
  );
  const removed = (descend(group, 'Subnets')?.children ?? []).filter(
    (one) =>
      !kept.has(textAt(one, 'SubnetIdentifier') ?? '') && used.has(textAt(one, 'SubnetAvailabilityZone', 'Name')),
  );
  if (removed.length === 0) return;
  const ids = removed.map((one) => textAt(one, 'SubnetIdentifier')).join(', ');
  throw new Refusal('SubnetAlreadyInUse', `Some of the subnets to be deleted are currently in use: ${ids}`);
}

async function subnetGroupInUse(scene: Scene, params: Params): Promise<void> {
  const name = text(params, 'DBSubnetGroupName') ?? '';
  if (!(await lookUp(scene, SUBNET_GROUPS, name))) throw notFound(SUBNET_GROUPS, name);
  const [user] = await usersOf(scene, name);
  if (!user) return;
  throw new Refusal(
    'InvalidDBSubnetGroupStateFault',
    `Cannot delete the subnet group '${name}' because at least one database instance: ${idOf(INSTANCES, user)} is still using it.`,
  );
}

function newParameterGroup(_scene: Scene, params: Params): void {
  const family = text(params, 'DBParameterGroupFamily') ?? '';
  if (!FAMILIES.has(family)) throw badValue(`ParameterGroupFamily ${family} is not a valid parameter group family`);
  const name = text(params, 'DBParameterGroupName') ?? '';
  if (!/^[A-Za-z](?!.*--)[A-Za-z0-9-]{0,253}[A-Za-z0-9]$/.test(name)) {
    throw badValue(`The parameter DBParameterGroupName is not a valid identifier: ${name}`);
  }
}

async function parameterGroupInUse(scene: Scene, params: Params): Promise<void> {
  const name = text(params, 'DBParameterGroupName') ?? '';
  if (!(await lookUp(scene, PARAMETER_GROUPS, name))) throw notFound(PARAMETER_GROUPS, name);
  const users = (await look(scene, INSTANCES)).filter(
    (one) => textAt(one, 'DBParameterGroups', 'DBParameterGroup', 'DBParameterGroupName') === nameOf(name),
  );
  if (users.length === 0) return;
  throw new Refusal(
    'InvalidDBParameterGroupState',
    'One or more database instances are still members of this parameter group, so the group cannot be deleted',
  );
}

/** Most parameters of one call. */
const MOST_PARAMETERS = 20;

function checkParameter(known: readonly Parameter[], given: Params): void {
  const [name, value] = [text(given, 'ParameterName') ?? '', text(given, 'ParameterValue')];
  const parameter = known.find((one) => one.name === name);
  if (!parameter) throw badValue(`Could not find parameter with name: ${name}`);
  if (!parameter.modifiable) throw badValue(`The parameter ${name} cannot be modified.`);
  if (parameter.type === 'static' && text(given, 'ApplyMethod') === 'immediate') {
    throw badCombination(`cannot use immediate apply method for static parameter`);
  }
  if (value !== undefined && !takes(parameter, value)) {
    throw badValue(`Invalid parameter value: ${value} for: ${name} allowed values are: ${parameter.allowed}`);
  }
}

async function parameters(scene: Scene, params: Params): Promise<void> {
  const name = nameOf(text(params, 'DBParameterGroupName') ?? '');
  if (name.startsWith('default.')) throw badValue(`The parameter group ${name} cannot be modified.`);
  const given = structures(params, 'Parameters');
  if (given.length > MOST_PARAMETERS) {
    throw badValue(`A maximum of ${MOST_PARAMETERS} parameters can be modified in a single request.`);
  }
  const known = await parametersOfGroup(scene, name);
  for (const one of given) checkParameter(known, one);
}

/** Keys that start with `aws:` are AWS's own. */
function reservedTags(_scene: Scene, params: Params): void {
  const reserved = structures(params, 'Tags').find((tag) => text(tag, 'Key')?.startsWith('aws:'));
  if (reserved) throw badValue("Tag keys starting with 'aws:' are reserved for internal use");
}

/** Rules of groups and tags. */
export const GROUP_RULES: readonly Rule[] = [
  { operation: '*', check: reservedTags },
  { operation: 'CreateDBSubnetGroup', check: newSubnetGroup },
  { operation: 'ModifyDBSubnetGroup', check: subnetsInUse },
  { operation: ['CreateDBSubnetGroup', 'ModifyDBSubnetGroup'], check: checkCover },
  { operation: 'DeleteDBSubnetGroup', check: subnetGroupInUse },
  { operation: 'CreateDBParameterGroup', check: newParameterGroup },
  { operation: ['ModifyDBParameterGroup', 'ResetDBParameterGroup'], check: parameters },
  { operation: 'DeleteDBParameterGroup', check: parameterGroupInUse },
];
