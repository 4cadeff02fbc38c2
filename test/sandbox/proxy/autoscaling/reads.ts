/** Auto Scaling's lists as AWS writes them (API reference of each action), page by page. */
import { isHidden } from '../births.ts';
import { type Params, structures, text, texts } from '../call.ts';
import { shownPolicy } from './policies.ts';
import {
  type Activity,
  type Group,
  groupOf,
  invalid,
  type Member,
  type Refresh,
  regionOf,
  type Scene,
  type Template,
} from './store.ts';

const timeOf = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();

/** One page of a list; `most` is AWS's largest, `usual` what holds when nothing is asked. */
function pageOf<T>({ world, call }: Scene, all: readonly T[], usual: number, most: number) {
  const token = text(call.params, 'NextToken');
  if (token !== undefined && !/^\d+$/.test(token)) throw invalid(`Invalid NextToken ${token}`);
  const asked = Number(text(call.params, 'MaxRecords') ?? usual);
  if (!(asked >= 1 && asked <= most)) throw invalid(`MaxRecords must be between 1 and ${most}`);
  const cap = world.settings.of(call.account).pageSize;
  const start = Number(token ?? 0);
  const end = start + (cap > 0 ? Math.min(cap, asked) : asked);
  return { records: all.slice(start, end), NextToken: end < all.length ? String(end) : undefined };
}

const shownTemplate = ({ id, name, version }: Template) => ({
  LaunchTemplateId: id,
  LaunchTemplateName: name,
  Version: version,
});

const shownMember = (member: Member) => ({
  InstanceId: member.id,
  InstanceType: member.type,
  AvailabilityZone: member.zone,
  LifecycleState: member.lifecycle,
  HealthStatus: member.healthy ? 'Healthy' : 'Unhealthy',
  LaunchTemplate: shownTemplate(member.template),
  ProtectedFromScaleIn: 'false',
});

const shownTags = ({ name, tags }: Group) =>
  [...tags].map(([Key, { value, propagate }]) => ({
    ResourceId: name,
    ResourceType: 'auto-scaling-group',
    Key,
    Value: value,
    PropagateAtLaunch: String(propagate),
  }));

function shownGroup(group: Group, withInstances: boolean) {
  const members = [...group.members.values()];
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    LaunchTemplate: shownTemplate(group.template),
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    ...group.settings,
    AvailabilityZones: [...new Set(members.map(({ zone }) => zone))],
    VPCZoneIdentifier: group.subnets.join(','),
    TargetGroupARNs: [...group.targetGroups],
    Instances: withInstances ? members.map(shownMember) : [],
    CreatedTime: timeOf(group.created),
    SuspendedProcesses: [...group.suspended].map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    EnabledMetrics: [...group.metrics].map((Metric) => ({ Metric, Granularity: '1Minute' })),
    Tags: shownTags(group),
    TerminationPolicies: ['Default'],
    Status: group.goneAt === undefined ? undefined : 'Delete in progress',
    TrafficSources: [...group.targetGroups].map((Identifier) => ({ Identifier, Type: 'elbv2' })),
  };
}

/** What a filter of groups asks: `tag-key`, `tag-value`, `tag:<key>`. */
function fits(group: Group, filter: Params): boolean {
  const name = text(filter, 'Name') ?? '';
  const values = texts(filter, 'Values');
  if (name === 'tag-key') return [...group.tags.keys()].some((key) => values.includes(key));
  if (name === 'tag-value') return [...group.tags.values()].some(({ value }) => values.includes(value));
  if (!name.startsWith('tag:')) throw invalid(`Filter ${name} is not valid`);
  return values.includes(group.tags.get(name.slice('tag:'.length))?.value ?? '');
}

function visible(scene: Scene): readonly Group[] {
  return [...regionOf(scene).groups.values()].filter(({ name }) => !isHidden(scene.world, scene.call, name));
}

/** DescribeAutoScalingGroups: names that nobody has are left out. */
export function describeGroups(scene: Scene) {
  const { params } = scene.call;
  const names = texts(params, 'AutoScalingGroupNames');
  const filters = structures(params, 'Filters');
  const found = visible(scene)
    .filter(({ name }) => params.AutoScalingGroupNames === undefined || names.includes(name))
    .filter((group) => filters.every((filter) => fits(group, filter)));
  const { records, NextToken } = pageOf(scene, found, 50, 100);
  const withInstances = text(params, 'IncludeInstances') !== 'false';
  return { AutoScalingGroups: records.map((group) => shownGroup(group, withInstances)), NextToken };
}

/** DescribeAutoScalingInstances. */
export function describeInstances(scene: Scene) {
  const ids = texts(scene.call.params, 'InstanceIds');
  const found = visible(scene).flatMap(({ name, members }) =>
    [...members.values()]
      .filter(({ id }) => ids.length === 0 || ids.includes(id))
      .map((member) => ({ ...shownMember(member), AutoScalingGroupName: name })),
  );
  const { records, NextToken } = pageOf(scene, found, 50, 50);
  return { AutoScalingInstances: records, NextToken };
}

const shownActivity = ({ name, arn }: Group, activity: Activity) => ({
  ActivityId: activity.id,
  AutoScalingGroupName: name,
  AutoScalingGroupARN: arn,
  Description: activity.description,
  Cause: activity.cause,
  StartTime: timeOf(activity.start),
  EndTime: timeOf(activity.end),
  StatusCode: activity.status,
  StatusMessage: activity.message,
  Progress: activity.status === 'InProgress' ? 50 : 100,
});

/** DescribeScalingActivities: of one group, or of all. */
export function describeActivities(scene: Scene) {
  const groups = scene.call.params.AutoScalingGroupName === undefined ? visible(scene) : [groupOf(scene)];
  const all = groups.flatMap((group) => group.activities.map((activity) => shownActivity(group, activity)));
  const { records, NextToken } = pageOf(scene, all, 100, 100);
  return { Activities: records, NextToken };
}

const percentOf = ({ total, left }: Refresh): number =>
  total === 0 ? 100 : Math.floor(((total - left) * 100) / total);

function shownRefresh({ name }: Group, refresh: Refresh) {
  const { status, rollback, desired } = refresh;
  const isGoingBack = status.startsWith('Rollback');
  return {
    InstanceRefreshId: refresh.id,
    AutoScalingGroupName: name,
    Status: status,
    StatusReason: refresh.reason,
    StartTime: timeOf(refresh.start),
    EndTime: timeOf(refresh.end),
    PercentageComplete: isGoingBack ? 0 : percentOf(refresh),
    InstancesToUpdate: isGoingBack ? 0 : refresh.left,
    Strategy: 'Rolling',
    Preferences: refresh.asked,
    DesiredConfiguration: desired && { LaunchTemplate: shownTemplate(desired) },
    RollbackDetails: rollback && {
      RollbackReason: rollback.reason,
      RollbackStartTime: timeOf(rollback.start),
      InstancesToUpdateOnRollback: refresh.left,
    },
  };
}

/** DescribeInstanceRefreshes: newest first. */
export function describeRefreshes(scene: Scene) {
  const group = groupOf(scene);
  const ids = texts(scene.call.params, 'InstanceRefreshIds');
  const found = group.refreshes.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { records, NextToken } = pageOf(scene, found, 50, 100);
  return { InstanceRefreshes: records.map((refresh) => shownRefresh(group, refresh)), NextToken };
}

/** DescribePolicies: of one group, or of all. */
export function describePolicies(scene: Scene) {
  const { params } = scene.call;
  const groups = params.AutoScalingGroupName === undefined ? visible(scene) : [groupOf(scene)];
  const names = texts(params, 'PolicyNames');
  const all = groups.flatMap((group) =>
    [...group.policies.values()]
      .filter(({ name, arn }) => names.length === 0 || names.includes(name) || names.includes(arn))
      .map((policy) => shownPolicy(scene, group, policy)),
  );
  const { records, NextToken } = pageOf(scene, all, 50, 100);
  return { ScalingPolicies: records, NextToken };
}

/** DescribeTags. */
export function describeTags(scene: Scene) {
  const names: Readonly<Record<string, string>> = {
    'auto-scaling-group': 'ResourceId',
    key: 'Key',
    value: 'Value',
    'propagate-at-launch': 'PropagateAtLaunch',
  };
  const filters = structures(scene.call.params, 'Filters');
  const found = visible(scene)
    .flatMap(shownTags)
    .filter((tag) =>
      filters.every((filter) =>
        texts(filter, 'Values').includes(text(tag, names[text(filter, 'Name') ?? ''] ?? '') ?? ''),
      ),
    );
  const { records, NextToken } = pageOf(scene, found, 50, 100);
  return { Tags: records, NextToken };
}

/** DescribeLoadBalancerTargetGroups. */
export function describeTargetGroups(scene: Scene) {
  const group = groupOf(scene);
  const State = group.members.size > 0 ? 'InService' : 'Added';
  const found = [...group.targetGroups].map((LoadBalancerTargetGroupARN) => ({ LoadBalancerTargetGroupARN, State }));
  const { records, NextToken } = pageOf(scene, found, 100, 100);
  return { LoadBalancerTargetGroups: records, NextToken };
}
