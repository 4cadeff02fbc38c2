/**
 * Launching as AWS does it, where the stand-in does half: a launch template is laid under the request (RunInstances:
 * "parameters that you specify override the template"), the root device is the image's, the primary network interface
 * ends with the instance, and protection against termination holds from the start.
 */
import {
  type Call,
  isParams,
  type Params,
  Refusal,
  type Step,
  structure,
  structures,
  succeeded,
  text,
  texts,
  type Value,
} from '../call.ts';
import { outcomeOf } from '../protocol.ts';
import type { World } from '../world.ts';
import { descend, type Element, itemsOf, parseXml, textAt, textsAt } from '../xml.ts';
import { withParams } from './form.ts';

/** `tagSpecificationSet` of an answer is `TagSpecification` in a request; an interface's groups have another name there. */
function paramName(element: string): string {
  if (element === 'groupSet') return 'SecurityGroupId';
  const name = element.replace(/Set$/, '');
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Names of the entries of lists. */
const ENTRIES = new Set(['item', 'groupId']);

function paramsOf(element: Element): Value {
  if (element.children.some(({ name }) => ENTRIES.has(name))) return element.children.map(paramsOf);
  if (element.children.length === 0) return textsAt(element, [])[0];
  return Object.fromEntries(element.children.map((one) => [paramName(one.name), paramsOf(one)]));
}

/** The data of the template version that a launch names, as request parameters. */
export async function templateOf(world: World, call: Call): Promise<Params> {
  const template = structure(call.params, 'LaunchTemplate');
  const id = text(template, 'LaunchTemplateId');
  const name = text(template, 'LaunchTemplateName');
  if (id === undefined && name === undefined) return {};
  const version = text(template, 'Version') ?? '$Default';
  const answer = await world.ask(call, 'DescribeLaunchTemplateVersions', {
    ...(id === undefined ? { LaunchTemplateName: name } : { LaunchTemplateId: id }),
    LaunchTemplateVersion: [version],
  });
  if (!succeeded(answer))
    throw new Refusal(outcomeOf(answer), `The specified launch template, ${id ?? name}, does not exist.`);
  const data = descend(itemsOf(parseXml(answer.body.toString()), 'launchTemplateVersionSet')[0], 'launchTemplateData');
  if (!data) {
    throw new Refusal(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${version} for the launch template with ID ${id ?? name}.`,
    );
  }
  const params = paramsOf(data);
  return isParams(params) ? params : {};
}

function tagSpecifications(template: Params, request: Params): Value {
  const types = new Map<string, Map<string, string>>();
  for (const one of [...structures(template, 'TagSpecification'), ...structures(request, 'TagSpecification')]) {
    const type = text(one, 'ResourceType') ?? '';
    const tags = types.get(type) ?? new Map<string, string>();
    for (const tag of structures(one, 'Tag')) tags.set(text(tag, 'Key') ?? '', text(tag, 'Value') ?? '');
    types.set(type, tags);
  }
  return [...types].map(([type, tags]) => ({
    ResourceType: type,
    Tag: [...tags].map(([key, value]) => ({ Key: key, Value: value })),
  }));
}

async function rootDeviceOf(
  world: World,
  call: Call,
  image: string,
): Promise<{ name: string; size: string } | undefined> {
  const answer = await world.ask(call, 'DescribeImages', { ImageId: [image] });
  const found = succeeded(answer) ? itemsOf(parseXml(answer.body.toString()), 'imagesSet')[0] : undefined;
  const name = textAt(found, 'rootDeviceName');
  return name === undefined
    ? undefined
    : { name, size: textAt(itemsOf(found, 'blockDeviceMapping')[0], 'ebs', 'volumeSize') ?? '8' };
}

/** The mappings with the root device among them: an image's root volume ends with its instance unless told otherwise. */
async function mappings(world: World, call: Call, params: Params): Promise<Value> {
  const given = structures(params, 'BlockDeviceMapping');
  const root = await rootDeviceOf(world, call, text(params, 'ImageId') ?? '');
  if (!root) return given;
  const own = given.find((one) => text(one, 'DeviceName') === root.name);
  const ebs = {
    VolumeSize: root.size,
    VolumeType: 'gp3',
    DeleteOnTermination: 'true',
    ...(own ? structure(own, 'Ebs') : {}),
  };
  return [{ DeviceName: root.name, Ebs: ebs }, ...given.filter((one) => one !== own)];
}

/** The subnet of a launch: its own, or that of its primary interface. */
export function subnetOf(params: Params): string | undefined {
  const [primary = {}] = structures(params, 'NetworkInterface');
  return text(params, 'SubnetId') ?? text(primary, 'SubnetId');
}

/** The groups of a launch: its own, or those of its primary interface. */
export function groupsOf(params: Params): readonly string[] {
  const [primary = {}] = structures(params, 'NetworkInterface');
  const own = texts(params, 'SecurityGroupId');
  return own.length > 0 ? own : texts(primary, 'SecurityGroupId');
}

/** The primary interface spelt out, so that it ends with the instance. The stand-in knows groups of instances only. */
function networkInterfaces({ SubnetId, ...params }: Params): Params {
  const [primary, ...others] = structures(params, 'NetworkInterface');
  const plain = { DeviceIndex: '0', DeleteOnTermination: 'true' };
  if (!primary) return SubnetId === undefined ? params : { ...params, NetworkInterface: [{ ...plain, SubnetId }] };
  const { SecurityGroupId: _, ...rest } = primary;
  const SecurityGroupId = [...groupsOf(params)];
  return { ...params, SubnetId, SecurityGroupId, NetworkInterface: [{ ...plain, ...rest }, ...others] };
}

/** The whole of a launch: what rules are checked on. */
async function whole(world: World, call: Call): Promise<Params> {
  const template = await templateOf(world, call);
  const merged = { ...template, ...call.params, TagSpecification: tagSpecifications(template, call.params) };
  return { ...merged, BlockDeviceMapping: await mappings(world, call, merged) };
}

async function protect(world: World, call: Call, body: string): Promise<void> {
  const instances = itemsOf(parseXml(body), 'instancesSet').map((item) => textAt(item, 'instanceId'));
  for (const InstanceId of instances) {
    await world.ask(call, 'ModifyInstanceAttribute', { InstanceId, DisableApiTermination: { Value: 'true' } });
  }
}

/** Lays the template under the request; protects what was launched when asked to. */
export function launch(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'RunInstances') return next(call);
    const params = await whole(world, call);
    const answer = await next({ ...call, params });
    const protection = text(params, 'DisableApiTermination');
    if (succeeded(answer) && protection === 'true') await protect(world, call, answer.body.toString());
    return answer;
  };
}

/** The form that the stand-in gets: the last step of a launch, after all rules. */
export const spellOut: Step = (call, next) =>
  call.operation === 'RunInstances' ? next(withParams(call, networkInterfaces(call.params))) : next(call);
