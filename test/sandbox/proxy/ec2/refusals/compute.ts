/** What AWS refuses of instances and addresses (API reference of each action) and the stand-in lets pass. */
import { type Params, Refusal, structure, succeeded, text, texts } from '../../call.ts';
import { progress } from '../../lifecycle.ts';
import { type Element, itemsOf, parseXml, textAt, textsAt } from '../../xml.ts';
import { groupsOf, subnetOf } from '../launch.ts';
import { type Rule, required } from '../refusal.ts';
import { look, lookBy, type Scene } from '../view.ts';

async function ask(scene: Scene, operation: string, params: Params): Promise<Element | undefined> {
  const answer = await scene.world.ask(scene.call, operation, params);
  return succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
}

async function image(scene: Scene, params: Params): Promise<Element> {
  const id = text(params, 'ImageId');
  if (id === undefined) throw new Refusal('MissingParameter', 'The request must contain the parameter ImageId');
  const found = itemsOf(await ask(scene, 'DescribeImages', { ImageId: [id] }), 'imagesSet')[0];
  if (!found) throw new Refusal('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
  return found;
}

async function typeFitsImage(scene: Scene, params: Params): Promise<void> {
  const found = await image(scene, params);
  const type = text(params, 'InstanceType') ?? 'm1.small';
  const [known] = itemsOf(await ask(scene, 'DescribeInstanceTypes', { InstanceType: [type] }), 'instanceTypeSet');
  if (!known) throw new Refusal('InvalidParameterValue', `Invalid value '${type}' for InstanceType.`);
  const architectures = textsAt(known, ['processorInfo', 'supportedArchitectures']);
  const architecture = textAt(found, 'architecture') ?? '';
  if (architectures.length > 0 && !architectures.includes(architecture)) {
    throw new Refusal(
      'InvalidParameterValue',
      `The architecture '${architectures.join(',')}' of the specified instance type does not match the architecture '${architecture}' of the specified AMI.`,
    );
  }
}

async function offeredInZone(scene: Scene, params: Params): Promise<void> {
  const [subnet] = await lookBy(scene, 'DescribeSubnets', 'subnet-id', subnetOf(params) ?? 'subnet-none');
  const zone = textAt(subnet, 'availabilityZone');
  const type = text(params, 'InstanceType');
  if (zone === undefined || type === undefined) return;
  const offers = await ask(scene, 'DescribeInstanceTypeOfferings', {
    LocationType: 'availability-zone',
    Filter: [{ Name: 'instance-type', Value: [type] }],
  });
  const zones = itemsOf(offers, 'instanceTypeOfferingSet').map((one) => textAt(one, 'location'));
  if (zones.length === 0 || zones.includes(zone)) return;
  throw new Refusal(
    'Unsupported',
    `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}).`,
  );
}

/** IAM tells EC2 of a new profile some seconds later; until then EC2 does not know the name. */
async function profileKnown(scene: Scene, params: Params): Promise<void> {
  const { world, call } = scene;
  const profile = structure(params, 'IamInstanceProfile');
  const arn = text(profile, 'Arn');
  const name = text(profile, 'Name') ?? arn?.slice(arn.lastIndexOf('/') + 1);
  if (name === undefined) return;
  const known = await world.ask(call, 'GetInstanceProfile', { InstanceProfileName: name }, 'iam');
  if (succeeded(known) && !progress(world, { account: call.account, region: 'global' }, `profile/${name}`)) return;
  const [value, field] = arn === undefined ? [name, 'name'] : [arn, 'arn'];
  throw new Refusal(
    'InvalidParameterValue',
    `Value (${value}) for parameter iamInstanceProfile.${field} is invalid. Invalid IAM Instance Profile ${field === 'arn' ? 'ARN' : 'name'}`,
  );
}

async function groupsOfSameVpc(scene: Scene, params: Params): Promise<void> {
  const groups = groupsOf(params);
  const subnetId = subnetOf(params);
  if (groups.length === 0 || subnetId === undefined) return;
  const [subnet] = await lookBy(scene, 'DescribeSubnets', 'subnet-id', subnetId);
  for (const group of await lookBy(scene, 'DescribeSecurityGroups', 'group-id', ...groups)) {
    if (subnet && textAt(group, 'vpcId') !== textAt(subnet, 'vpcId')) {
      const id = textAt(group, 'groupId');
      throw new Refusal(
        'InvalidParameter',
        `Security group ${id} and subnet ${subnetId} belong to different networks.`,
      );
    }
  }
}

/** The state of an instance as AWS would show it; `undefined` when there is none. */
async function stateOf(scene: Scene, id: string): Promise<string | undefined> {
  const [instance] = await lookBy(scene, 'DescribeInstances', 'instance-id', id);
  return textAt(instance, 'instanceState', 'name');
}

function onlyIn(states: readonly string[], done: string) {
  return async (scene: Scene, params: Params): Promise<void> => {
    for (const id of texts(params, 'InstanceId')) {
      const state = await stateOf(scene, id);
      if (state === undefined || states.includes(state)) continue;
      throw new Refusal(
        'IncorrectInstanceState',
        `This instance '${id}' is not in a state from which it can be ${done}.`,
      );
    }
  };
}

async function changeWhileRunning(scene: Scene, params: Params): Promise<void> {
  const attribute = text(params, 'Attribute');
  const needsStop = ['InstanceType', 'UserData', 'EbsOptimized'].some(
    (name) => params[name] !== undefined || attribute?.toLowerCase() === name.toLowerCase(),
  );
  if (!needsStop) return;
  const id = required(params, 'InstanceId');
  const state = await stateOf(scene, id);
  if (state !== undefined && state !== 'stopped') {
    throw new Refusal('IncorrectInstanceState', `The instance '${id}' is not in the 'stopped' state.`);
  }
}

async function associate(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'InstanceId');
  const [instance] = id === undefined ? [] : await lookBy(scene, 'DescribeInstances', 'instance-id', id);
  if (!instance) return;
  const state = textAt(instance, 'instanceState', 'name') ?? '';
  if (!['running', 'stopping', 'stopped'].includes(state)) {
    throw new Refusal('InvalidInstanceID', `The ${state} instance '${id}' is not in a valid state for this operation.`);
  }
  const vpc = textAt(instance, 'vpcId') ?? '';
  if ((await lookBy(scene, 'DescribeInternetGateways', 'attachment.vpc-id', vpc)).length === 0) {
    throw new Refusal('Gateway.NotAttached', `Network ${vpc} is not attached to any internet gateway`);
  }
}

async function addressInUse(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'AllocationId');
  const [address] = id === undefined ? [] : await look(scene, 'DescribeAddresses', { AllocationId: [id] });
  if (address && textAt(address, 'associationId')) {
    throw new Refusal('InvalidIPAddress.InUse', `Address ${textAt(address, 'publicIp')} is in use.`);
  }
}

/** Rules of instances and addresses. */
export const COMPUTE_RULES: readonly Rule[] = [
  { operation: 'RunInstances', check: typeFitsImage },
  { operation: 'RunInstances', check: offeredInZone },
  { operation: 'RunInstances', check: groupsOfSameVpc },
  {
    operation: ['RunInstances', 'AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation'],
    check: profileKnown,
  },
  { operation: 'StopInstances', check: onlyIn(['running', 'stopping', 'stopped'], 'stopped') },
  { operation: 'StartInstances', check: onlyIn(['stopped', 'running', 'pending'], 'started') },
  { operation: 'RebootInstances', check: onlyIn(['running'], 'rebooted') },
  { operation: 'ModifyInstanceAttribute', check: changeWhileRunning },
  { operation: 'AssociateAddress', check: associate },
  { operation: 'ReleaseAddress', check: addressInUse },
];
