/**
 * Calls that change groups (API reference of each action): what AWS refuses of them, and what they set by the way. What
 * follows from a change is the business of `fleet.ts`.
 */
import { randomUUID } from 'node:crypto';
import { forgetBirth, recordBirths } from '../births.ts';
import { type Params, Refusal, structure, text, texts } from '../call.ts';
import { now, within } from '../clock.ts';
import { knowsTargetGroups, missingSubnets, setTargets, templateVersion, whyUnusable } from './behalf.ts';
import { lasting, terminate } from './leaving.ts';
import { activeRefresh, alive, type Group, groupOf, invalid, regionOf, type Scene, type Template } from './store.ts';
import { tagsIn } from './tags.ts';

/** For how long AWS shows a group that is being deleted. */
const DELETING = [5, 20] as const;

/** What is only echoed. */
const SETTINGS = [
  ...['DefaultCooldown', 'HealthCheckType', 'HealthCheckGracePeriod', 'DefaultInstanceWarmup', 'MaxInstanceLifetime'],
  ...['InstanceMaintenancePolicy', 'DeletionProtection', 'NewInstancesProtectedFromScaleIn', 'CapacityRebalance'],
];

/** API reference, CreateAutoScalingGroup: what holds when nothing is said. */
const DEFAULTS = {
  ...{ DefaultCooldown: '300', HealthCheckType: 'EC2', HealthCheckGracePeriod: '0' },
  ...{ DeletionProtection: 'none', NewInstancesProtectedFromScaleIn: 'false' },
};

function settingsIn(params: Params): Params {
  return Object.fromEntries(SETTINGS.flatMap((name) => (params[name] === undefined ? [] : [[name, params[name]]])));
}

const number = (params: Params, name: string): number | undefined =>
  params[name] === undefined ? undefined : Number(text(params, name));

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
}

/** Refuses a capacity that its bounds contradict. */
export function checkBounds({ min, max, desired }: Bounds): void {
  if (min > max) throw invalid(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  if (desired < min || desired > max)
    throw invalid(`Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`);
}

/** A named template that EC2 can launch from. */
export async function usableTemplate(scene: Scene, params: Params): Promise<Template> {
  const template = await templateVersion(scene, params);
  const named = text(params, 'LaunchTemplateId') ?? text(params, 'LaunchTemplateName');
  const form = 'You must use a valid fully-formed launch template.';
  if (!template)
    throw invalid(`${form} The specified launch template, ${named} at version ${params.Version}, does not exist.`);
  const why = await whyUnusable(scene, template);
  if (why !== undefined) throw invalid(`${form} ${why}`);
  return template;
}

async function subnetsIn(scene: Scene, params: Params): Promise<readonly string[]> {
  const ids = (text(params, 'VPCZoneIdentifier') ?? '').split(',').filter((id) => id !== '');
  const [missing] = ids.length === 0 ? [] : await missingSubnets(scene, ids);
  if (missing !== undefined) throw invalid(`The subnet ID '${missing}' does not exist`);
  return ids;
}

/** A health check of 100 % leaves nothing to take away, so the other bound must be above it. */
function checkMaintenance(params: Params): void {
  const policy = structure(params, 'InstanceMaintenancePolicy');
  const [least, most] = [number(policy, 'MinHealthyPercentage'), number(policy, 'MaxHealthyPercentage')];
  if ((least === undefined) !== (most === undefined))
    throw invalid('Both MinHealthyPercentage and MaxHealthyPercentage must be specified.');
  if (least !== undefined && most !== undefined && most - least > 100)
    throw invalid('The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.');
}

async function checkTargetGroups(scene: Scene, arns: readonly string[]): Promise<void> {
  if (arns.length > 10) throw invalid('Only 10 target groups can be attached in one call.');
  if (!(await knowsTargetGroups(scene, arns)))
    throw invalid('Provided Target Groups may not be valid. Please ensure they exist and try again.');
}

/** CreateAutoScalingGroup. */
export async function createGroup(scene: Scene) {
  const { call, world } = scene;
  const { params } = call;
  const { groups } = regionOf(scene);
  const name = text(params, 'AutoScalingGroupName') ?? '';
  const [min, max] = [number(params, 'MinSize') ?? 0, number(params, 'MaxSize') ?? 0];
  const bounds = { min, max, desired: number(params, 'DesiredCapacity') ?? min };
  checkBounds(bounds);
  checkMaintenance(params);
  const known = groups.get(name);
  if (known) {
    const pending = known.goneAt === undefined ? '' : ' and is pending delete';
    throw new Refusal(
      'AlreadyExists',
      `AutoScalingGroup by this name already exists - A group with the name ${name} already exists${pending}`,
    );
  }
  const template = await usableTemplate(scene, structure(params, 'LaunchTemplate'));
  const subnets = await subnetsIn(scene, params);
  if (subnets.length === 0) throw invalid('At least one Availability Zone or VPC Subnet is required.');
  const targetGroups = texts(params, 'TargetGroupARNs');
  await checkTargetGroups(scene, targetGroups);
  const id = `autoScalingGroup:${randomUUID()}:autoScalingGroupName/${name}`;
  groups.set(name, {
    ...{ name, arn: `arn:aws:autoscaling:${call.region}:${call.account}:${id}`, created: now() },
    ...{ ...bounds, subnets, template, settings: { ...DEFAULTS, ...settingsIn(params) } },
    ...{ targetGroups: new Set(targetGroups), tags: new Map(tagsIn(params)), metrics: new Set<string>() },
    ...{ suspended: new Map(), members: new Map(), activities: [], refreshes: [], policies: new Map(), retryAt: 0 },
    ...{ checkedAt: 0 },
    ...(call.trace.ending === undefined ? {} : { ending: call.trace.ending }),
  });
  call.trace.created.push(name);
  recordBirths(world, call);
  return {};
}

/** Changing a bound moves the wanted capacity along (API reference, UpdateAutoScalingGroup). */
function boundsIn(params: Params, group: Group): Bounds {
  const min = number(params, 'MinSize') ?? group.min;
  const max = number(params, 'MaxSize') ?? group.max;
  const asked = number(params, 'DesiredCapacity');
  return { min, max, desired: asked ?? Math.min(Math.max(group.desired, min), max) };
}

/** What a fault rule wants of the launches to come; a call that nobody struck ends it. */
function setEnding(group: Group, ending: string | undefined): void {
  if (ending === undefined) delete group.ending;
  else group.ending = ending;
  group.retryAt = 0;
}

/** UpdateAutoScalingGroup. */
export async function updateGroup(scene: Scene) {
  const { params, trace } = scene.call;
  const group = groupOf(scene);
  const bounds = boundsIn(params, group);
  checkBounds(bounds);
  checkMaintenance(params);
  const named = structure(params, 'LaunchTemplate');
  if (Object.keys(named).length > 0) {
    if (activeRefresh(group)?.desired)
      throw invalid(
        'An active instance refresh with a desired configuration exists. All configuration options derived from the desired configuration are not available for update while the instance refresh is active.',
      );
    group.template = await usableTemplate(scene, named);
  }
  const subnets = await subnetsIn(scene, params);
  Object.assign(group, bounds);
  if (subnets.length > 0) group.subnets = subnets;
  group.settings = { ...group.settings, ...settingsIn(params) };
  setEnding(group, trace.ending);
  return {};
}

/** SetDesiredCapacity. */
export function setDesiredCapacity(scene: Scene) {
  const group = groupOf(scene);
  const desired = number(scene.call.params, 'DesiredCapacity') ?? group.desired;
  checkBounds({ ...group, desired });
  group.desired = desired;
  setEnding(group, scene.call.trace.ending);
  return {};
}

/** DeleteAutoScalingGroup. */
export async function deleteGroup(scene: Scene) {
  const group = groupOf(scene);
  if (group.goneAt !== undefined) return {};
  const isForced = text(scene.call.params, 'ForceDelete') === 'true';
  const protection = text(group.settings as Params, 'DeletionProtection');
  if (protection === 'prevent-all-deletion' || (isForced && protection === 'prevent-force-deletion'))
    throw invalid(`The Auto Scaling group ${group.name} has deletion protection ${protection}.`);
  if (!isForced && group.members.size > 0)
    throw new Refusal(
      'ResourceInUse',
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    );
  for (const member of alive(group)) await terminate(scene, group, member, 'the group was deleted by force.');
  Object.assign(group, { min: 0, max: 0, desired: 0 });
  group.goneAt = now() + lasting(scene, within(DELETING, scene.world.draw(scene.call, 'deleting/asg')));
  forgetBirth(scene.world, scene.call, group.name);
  return {};
}

/** AttachLoadBalancerTargetGroups: instances that serve are registered at once. */
export async function attachTargetGroups(scene: Scene) {
  const group = groupOf(scene);
  const arns = texts(scene.call.params, 'TargetGroupARNs');
  await checkTargetGroups(scene, arns);
  const added = arns.filter((arn) => !group.targetGroups.has(arn));
  for (const arn of added) group.targetGroups.add(arn);
  await setTargets(scene, 'RegisterTargets', added, serving(group));
  return {};
}

/** DetachLoadBalancerTargetGroups. */
export async function detachTargetGroups(scene: Scene) {
  const group = groupOf(scene);
  const arns = texts(scene.call.params, 'TargetGroupARNs').filter((arn) => group.targetGroups.delete(arn));
  await setTargets(scene, 'DeregisterTargets', arns, serving(group));
  return {};
}

const serving = (group: Group): readonly string[] =>
  alive(group).flatMap(({ id, lifecycle }) => (lifecycle === 'InService' ? [id] : []));

const ALL_METRICS = [
  ...['GroupMinSize', 'GroupMaxSize', 'GroupDesiredCapacity', 'GroupInServiceInstances', 'GroupPendingInstances'],
  ...['GroupStandbyInstances', 'GroupTerminatingInstances', 'GroupTotalInstances'],
];

/** EnableMetricsCollection and DisableMetricsCollection: without names, all. */
export function setMetrics(scene: Scene) {
  const group = groupOf(scene);
  const asked = texts(scene.call.params, 'Metrics');
  const isOn = scene.call.operation === 'EnableMetricsCollection';
  if (isOn && text(scene.call.params, 'Granularity') !== '1Minute') throw invalid('Granularity must be 1Minute');
  for (const metric of asked.length > 0 ? asked : ALL_METRICS) {
    if (isOn) group.metrics.add(metric);
    else group.metrics.delete(metric);
  }
  return {};
}

const PROCESSES = [
  ...['Launch', 'Terminate', 'AddToLoadBalancer', 'AlarmNotification', 'AZRebalance', 'HealthCheck', 'InstanceRefresh'],
  ...['ReplaceUnhealthy', 'ScheduledActions'],
];

/** SuspendProcesses and ResumeProcesses: without names, all. */
export function setProcesses(scene: Scene) {
  const group = groupOf(scene);
  const asked = texts(scene.call.params, 'ScalingProcesses');
  for (const process of asked.length > 0 ? asked : PROCESSES) {
    if (scene.call.operation === 'ResumeProcesses') group.suspended.delete(process);
    else group.suspended.set(process, `User suspended at ${new Date(now()).toISOString()}`);
  }
  return {};
}
