/**
 * Scaling policies (API reference, PutScalingPolicy). AWS makes two alarms for each policy that tracks a target, in the account,
 * under names of its own, and takes them away with the policy. Nothing here scales: no metric ever comes in.
 */
import { randomUUID } from 'node:crypto';
import { type Params, structure, text } from '../call.ts';
import { type Group, groupOf, invalid, type Policy, type Scene } from './store.ts';

const metricOf = (tracking: Params): string => {
  const predefined = text(structure(tracking, 'PredefinedMetricSpecification'), 'PredefinedMetricType');
  const custom = structure(tracking, 'CustomizedMetricSpecification');
  return predefined ?? `${text(custom, 'Namespace')}/${text(custom, 'MetricName')}`;
};

/** A count of requests is one target group's, which the group must serve. */
function checkLabel(group: Group, tracking: Params): void {
  const specification = structure(tracking, 'PredefinedMetricSpecification');
  if (text(specification, 'PredefinedMetricType') !== 'ALBRequestCountPerTarget') return;
  const label = text(specification, 'ResourceLabel') ?? '';
  const target = /^app\/[^/]+\/[^/]+\/(targetgroup\/[^/]+\/[^/]+)$/.exec(label)?.[1];
  if (target === undefined) throw invalid(`The resource label ${label} does not have the required format.`);
  if ([...group.targetGroups].some((arn) => arn.endsWith(`:${target}`))) return;
  throw invalid(`The target group of resource label ${label} is not attached to the Auto Scaling group.`);
}

function checkTwins(group: Group, name: string, tracking: Params): void {
  const twin = [...group.policies.values()].some(
    (policy) => policy.name !== name && metricOf(policy.tracking as Params) === metricOf(tracking),
  );
  if (twin) throw invalid('Only one TargetTrackingScaling policy for a given metric specification is allowed.');
}

async function putAlarms(scene: Scene, group: Group, tracking: Params): Promise<readonly string[]> {
  const target = Number(text(tracking, 'TargetValue') ?? 0);
  const names = ['AlarmHigh', 'AlarmLow'].map((side) => `TargetTracking-${group.name}-${side}-${randomUUID()}`);
  for (const [index, AlarmName] of names.entries()) {
    const alarm = {
      ...{ AlarmName, Namespace: 'AWS/EC2', MetricName: 'CPUUtilization', Statistic: 'Average', Period: 60 },
      Dimensions: [{ Name: 'AutoScalingGroupName', Value: group.name }],
      ComparisonOperator: index === 0 ? 'GreaterThanThreshold' : 'LessThanThreshold',
      EvaluationPeriods: index === 0 ? 3 : 15,
      Threshold: index === 0 ? target : target * 0.9,
      AlarmDescription: 'DO NOT EDIT OR DELETE. For TargetTrackingScaling policy.',
    };
    await scene.world.ask(scene.call, 'PutMetricAlarm', alarm, 'cloudwatch');
  }
  return names;
}

async function dropAlarms(scene: Scene, names: readonly string[]): Promise<void> {
  if (names.length > 0) await scene.world.ask(scene.call, 'DeleteAlarms', { AlarmNames: names }, 'cloudwatch');
}

/** Takes the alarms of a group that is no more. */
export async function forgetPolicies(scene: Scene, { policies }: Group): Promise<void> {
  for (const { alarms } of policies.values()) await dropAlarms(scene, alarms);
  policies.clear();
}

const alarmArn = ({ call }: Scene, name: string): string =>
  `arn:aws:cloudwatch:${call.region}:${call.account}:alarm:${name}`;

const shownAlarms = (scene: Scene, names: readonly string[]) =>
  names.map((AlarmName) => ({ AlarmName, AlarmARN: alarmArn(scene, AlarmName) }));

/** A policy as lists show it. */
export const shownPolicy = (scene: Scene, { name }: Group, policy: Policy) => ({
  AutoScalingGroupName: name,
  PolicyName: policy.name,
  PolicyARN: policy.arn,
  PolicyType: policy.type,
  TargetTrackingConfiguration: policy.tracking,
  Alarms: shownAlarms(scene, policy.alarms),
  Enabled: 'true',
});

/** PutScalingPolicy. */
export async function putPolicy(scene: Scene) {
  const { params } = scene.call;
  const group = groupOf(scene);
  const name = text(params, 'PolicyName') ?? '';
  const type = text(params, 'PolicyType') ?? 'SimpleScaling';
  const tracking = structure(params, 'TargetTrackingConfiguration');
  if (type !== 'TargetTrackingScaling') throw invalid(`the sandbox has no policies of type ${type}`);
  if (text(tracking, 'TargetValue') === undefined) throw invalid('TargetValue must be set');
  checkLabel(group, tracking);
  checkTwins(group, name, tracking);
  const { call } = scene;
  const before = group.policies.get(name);
  const id = `scalingPolicy:${randomUUID()}:autoScalingGroupName/${group.name}:policyName/${name}`;
  const arn = before?.arn ?? `arn:aws:autoscaling:${call.region}:${call.account}:${id}`;
  await dropAlarms(scene, before?.alarms ?? []);
  const alarms = await putAlarms(scene, group, tracking);
  group.policies.set(name, { name, arn, type, tracking, alarms });
  return { PolicyARN: arn, Alarms: shownAlarms(scene, alarms) };
}

/** DeletePolicy, by name or ARN. */
export async function deletePolicy(scene: Scene) {
  const group = groupOf(scene);
  const asked = text(scene.call.params, 'PolicyName') ?? '';
  const policy = [...group.policies.values()].find(({ name, arn }) => name === asked || arn === asked);
  if (!policy) return {};
  await dropAlarms(scene, policy.alarms);
  group.policies.delete(policy.name);
  return {};
}
