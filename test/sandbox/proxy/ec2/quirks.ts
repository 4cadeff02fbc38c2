/**
 * Small departures of the stand-in from AWS's defaults, put right as they pass: a subnet of one's own maps no public
 * addresses, metadata options that are not named stay as they are, user data is encoded once, a
 * detached volume needs no instance named.
 */
import { type Step, structure, succeeded, text } from '../call.ts';
import type { World } from '../world.ts';
import { descend, itemsOf, parseXml, setText, textAt, writeXml } from '../xml.ts';
import { withParams } from './form.ts';
import { look } from './view.ts';

/** CreateSubnet: `MapPublicIpOnLaunch` and `DefaultForAz` of a subnet that is not a default one are false. */
export function plainSubnets(world: World): Step {
  return async (call, next) => {
    const answer = await next(call);
    if (call.operation !== 'CreateSubnet' || !succeeded(answer)) return answer;
    const root = parseXml(answer.body.toString());
    const subnet = descend(root, 'subnet');
    if (!root || !subnet) return answer;
    await world.ask(call, 'ModifySubnetAttribute', {
      SubnetId: textAt(subnet, 'subnetId'),
      MapPublicIpOnLaunch: { Value: 'false' },
    });
    setText(subnet, 'mapPublicIpOnLaunch', 'false');
    setText(subnet, 'defaultForAz', 'false');
    return { ...answer, body: Buffer.from(writeXml(root)) };
  };
}

/** ModifyInstanceMetadataOptions: what is not specified keeps its value. */
export function mergedMetadataOptions(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'ModifyInstanceMetadataOptions') return next(call);
    const [instance] = await look({ world, call }, 'DescribeInstances', {
      InstanceId: [text(call.params, 'InstanceId')],
    });
    const current = descend(instance, 'metadataOptions')?.children.filter(({ name }) => name !== 'state') ?? [];
    const kept = current.map((one) => [one.name.charAt(0).toUpperCase() + one.name.slice(1), textAt(one)]);
    return next(withParams(call, { ...Object.fromEntries(kept), ...call.params }));
  };
}

/** ModifyInstanceAttribute: the stand-in decodes user data once more than AWS does. */
export const encodedUserData: Step = (call, next) => {
  const value = text(structure(call.params, 'UserData'), 'Value');
  if (call.operation !== 'ModifyInstanceAttribute' || value === undefined) return next(call);
  return next(withParams(call, { ...call.params, UserData: { Value: Buffer.from(value).toString('base64') } }));
};

/** DetachVolume: the instance may be left out, since a volume is attached to one. */
export function namedInstance(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'DetachVolume' || call.params.InstanceId !== undefined) return next(call);
    const [volume] = await look({ world, call }, 'DescribeVolumes', { VolumeId: [text(call.params, 'VolumeId')] });
    const InstanceId = textAt(itemsOf(volume, 'attachmentSet')[0], 'instanceId');
    return next(InstanceId === undefined ? call : withParams(call, { ...call.params, InstanceId }));
  };
}

/** CreateVpcEndpoint: an endpoint whose type is not named is a gateway. */
export const gatewayEndpoints: Step = (call, next) => {
  if (call.operation !== 'CreateVpcEndpoint' || call.params.VpcEndpointType !== undefined) return next(call);
  return next(withParams(call, { ...call.params, VpcEndpointType: 'Gateway' }));
};

/** ReplaceIamInstanceProfileAssociation: the stand-in changes the association and forgets the instance; both are one on AWS. */
export function replacedProfile(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'ReplaceIamInstanceProfileAssociation') return next(call);
    const { AssociationId, IamInstanceProfile } = call.params;
    const found = await world.ask(call, 'DescribeIamInstanceProfileAssociations', { AssociationId: [AssociationId] });
    const associations = descend(parseXml(found.body.toString()), 'iamInstanceProfileAssociationSet')?.children;
    const InstanceId = textAt(associations?.[0], 'instanceId');
    if (InstanceId === undefined) return next(call);
    await world.ask(call, 'DisassociateIamInstanceProfile', { AssociationId });
    const made = await world.ask(call, 'AssociateIamInstanceProfile', { InstanceId, IamInstanceProfile });
    call.trace.reached = true;
    const body = made.body.toString().replaceAll('AssociateIamInstanceProfileResponse', `${call.operation}Response`);
    return { ...made, body: Buffer.from(body) };
  };
}
