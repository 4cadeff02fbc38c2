/**
 * What Auto Scaling does in other services on the account's behalf: it goes through the same rules as a client's own call, and
 * is entered in no journal, because nobody called.
 */
import {
  type Answer,
  type Call,
  isParams,
  type Next,
  type Params,
  Refusal,
  structures,
  succeeded,
  type Value,
} from '../call.ts';
import { templateOf } from '../ec2/launch.ts';
import { Ec2 } from '../ec2/service.ts';
import { look, lookBy } from '../ec2/view.ts';
import { formOfParams, renderRefusal } from '../protocol.ts';
import type { Service } from '../service.ts';
import { SERVICES } from '../services.ts';
import { descend, type Element, itemsOf, parseXml, textAt } from '../xml.ts';
import type { Group, Member, Scene, Template } from './store.ts';

/** Lists as the query protocol writes them: `Targets.member.1`. */
function withMembers(value: Value): Value {
  if (Array.isArray(value)) return { member: value.map(withMembers) };
  if (!isParams(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withMembers(item)]));
}

function callOf(call: Call, service: Service, operation: string, params: Params): Call {
  const authorization = (call.headers.authorization ?? '').replace(
    /\/[^/]+\/aws4_request/,
    `/${service.signingName}/aws4_request`,
  );
  return {
    ...call,
    ...{ service: service.name, operation, params, write: service.writes(operation) },
    headers: { ...call.headers, authorization },
    body: Buffer.from(formOfParams({ Action: operation, Version: service.api, ...params })),
    trace: { created: [], reached: false, replayed: false },
  };
}

/** Calls a service as a client would; a refusal is an answer. */
async function callService(
  { world, call }: Scene,
  service: Service,
  operation: string,
  params: Params,
): Promise<Answer> {
  const last: Next = (asked) => {
    const wire = service.protocol === 'query' ? (withMembers(asked.params) as Params) : asked.params;
    return world.ask(asked, asked.operation, wire, service.name);
  };
  const way = service.steps(world).reduceRight<Next>((next, step) => (inner) => step(inner, next), last);
  try {
    return await way(callOf(call, service, operation, params));
  } catch (error) {
    if (error instanceof Refusal) return renderRefusal(service.protocol, error, '');
    throw error;
  }
}

/** What an answer refuses with; `undefined` when it does not. */
export function refusalIn(answer: Answer): { readonly code: string; readonly message: string } | undefined {
  if (succeeded(answer)) return undefined;
  const body = answer.body.toString();
  const at = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
  return { code: at('Code'), message: at('Message') };
}

const elb = (): Service | undefined => SERVICES.find(({ signingName }) => signingName === 'elasticloadbalancing');

/** The launch template at this version as EC2 knows it; `undefined` when it does not. */
export async function templateVersion(scene: Scene, params: Params): Promise<Template | undefined> {
  const { LaunchTemplateId, LaunchTemplateName, Version: asked } = params;
  const named = LaunchTemplateId === undefined ? { LaunchTemplateName } : { LaunchTemplateId };
  const version = typeof asked === 'string' ? asked : '$Default';
  const [found] = await look(scene, 'DescribeLaunchTemplateVersions', { ...named, LaunchTemplateVersion: [version] });
  if (!found) return undefined;
  return {
    id: textAt(found, 'launchTemplateId') ?? '',
    name: textAt(found, 'launchTemplateName') ?? '',
    // What was asked is kept: a group that follows the latest version goes on following it.
    version,
  };
}

/** Why instances could not be launched from a template anywhere; `undefined` when they could. */
export async function whyUnusable(scene: Scene, template: Template): Promise<string | undefined> {
  const answer = await callService(scene, Ec2, 'RunInstances', {
    ...{ MinCount: '1', MaxCount: '1', DryRun: 'true' },
    LaunchTemplate: { LaunchTemplateId: template.id, Version: template.version },
  });
  const refusal = refusalIn(answer);
  return refusal && refusal.code !== 'DryRunOperation' ? refusal.message : undefined;
}

/** A subnet goes where the template's primary interface is, when it names one: EC2 takes one beside it from nobody. */
async function placeOf({ world, call }: Scene, launch: Params, subnet: string): Promise<Params> {
  // A template that is gone is refused by the launch itself.
  const template = await templateOf(world, callOf(call, Ec2, 'RunInstances', launch)).catch((): Params => ({}));
  const [primary, ...others] = structures(template, 'NetworkInterface');
  return primary ? { NetworkInterface: [{ ...primary, SubnetId: subnet }, ...others] } : { SubnetId: subnet };
}

/** Launches one instance in a subnet; its record, or why not. */
export async function runInstance(
  scene: Scene,
  { name, tags }: Group,
  template: Template,
  subnet: string,
): Promise<Element | string> {
  const Tag = [...tags].flatMap(([Key, { value, propagate }]) => (propagate ? [{ Key, Value: value }] : []));
  const LaunchTemplate = { LaunchTemplateId: template.id, Version: template.version };
  const answer = await callService(scene, Ec2, 'RunInstances', {
    ...{ MinCount: '1', MaxCount: '1', LaunchTemplate },
    ...(await placeOf(scene, { LaunchTemplate }, subnet)),
    ...(Tag.length === 0 ? {} : { TagSpecification: [{ ResourceType: 'instance', Tag }] }),
  });
  const instance = itemsOf(parseXml(answer.body.toString()), 'instancesSet')[0];
  if (!instance) return refusalIn(answer)?.message ?? 'an internal error has occurred';
  // The mark by which everybody tells what belongs to a group; only AWS may write it.
  await scene.world.ask(
    scene.call,
    'CreateTags',
    {
      ResourceId: [textAt(instance, 'instanceId')],
      Tag: [{ Key: 'aws:autoscaling:groupName', Value: name }],
    },
    'ec2',
  );
  return instance;
}

/** Ends an instance: protection is against people, not against the group. */
export async function endInstance(scene: Scene, { id }: Member): Promise<void> {
  const DisableApiTermination = { Value: 'false' };
  await scene.world.ask(scene.call, 'ModifyInstanceAttribute', { InstanceId: id, DisableApiTermination }, 'ec2');
  await callService(scene, Ec2, 'TerminateInstances', { InstanceId: [id] });
}

/** What EC2 says of these instances, by id; those that it does not know are missing. */
export async function instanceStates(scene: Scene, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const instances = await lookBy(scene, 'DescribeInstances', 'instance-id', ...ids);
  return new Map(instances.map((one) => [textAt(one, 'instanceId') ?? '', textAt(one, 'instanceState', 'name') ?? '']));
}

/** The subnets that EC2 does not know. */
export async function missingSubnets(scene: Scene, ids: readonly string[]): Promise<readonly string[]> {
  const known = (await lookBy(scene, 'DescribeSubnets', 'subnet-id', ...ids)).map((one) => textAt(one, 'subnetId'));
  return ids.filter((id) => !known.includes(id));
}

/** Whether load balancing knows all of these target groups. */
export async function knowsTargetGroups(scene: Scene, arns: readonly string[]): Promise<boolean> {
  const service = elb();
  if (!service || arns.length === 0) return true;
  return succeeded(await callService(scene, service, 'DescribeTargetGroups', { TargetGroupArns: arns }));
}

/** Lets an instance serve target groups, or no longer. */
export async function setTargets(
  scene: Scene,
  operation: 'RegisterTargets' | 'DeregisterTargets',
  arns: Iterable<string>,
  ids: readonly string[],
): Promise<void> {
  const service = elb();
  if (!service || ids.length === 0) return;
  for (const TargetGroupArn of arns)
    await callService(scene, service, operation, { TargetGroupArn, Targets: ids.map((Id) => ({ Id })) });
}

/** The instances that load balancing finds unhealthy in any of these target groups. */
export async function unhealthyTargets(scene: Scene, arns: Iterable<string>): Promise<ReadonlySet<string>> {
  const service = elb();
  const found = new Set<string>();
  if (!service) return found;
  for (const TargetGroupArn of arns) {
    const answer = await callService(scene, service, 'DescribeTargetHealth', { TargetGroupArn });
    const result = succeeded(answer)
      ? descend(parseXml(answer.body.toString()), 'DescribeTargetHealthResult')
      : undefined;
    for (const one of descend(result, 'TargetHealthDescriptions')?.children ?? [])
      if (textAt(one, 'TargetHealth', 'State') === 'unhealthy') found.add(textAt(one, 'Target', 'Id') ?? '');
  }
  return found;
}

/** The states of CloudWatch alarms. */
export async function alarmStates(scene: Scene, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const answer = await scene.world.ask(scene.call, 'DescribeAlarms', { AlarmNames: names }, 'cloudwatch');
  const { MetricAlarms = [] } = JSON.parse(answer.body.toString()) as { MetricAlarms?: { StateValue?: string }[] };
  return MetricAlarms.map(({ StateValue = '' }) => StateValue);
}

/** Where an instance was launched. */
export const zoneOf = (instance: Element): string =>
  textAt(descend(instance, 'placement'), 'availabilityZone') ?? 'us-east-1a';
