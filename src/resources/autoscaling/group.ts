/**
 * An Auto Scaling group: servers that AWS starts, checks and replaces. How many there are between the bounds is AWS's own
 * decision, and which version of the launch template they run is the instance refresh's. Deleting empties it first, and never
 * by force.
 */
import {
  AttachLoadBalancerTargetGroupsCommand,
  CreateAutoScalingGroupCommand,
  CreateOrUpdateTagsCommand,
  DeleteAutoScalingGroupCommand,
  DeleteTagsCommand,
  type AutoScalingGroup as Description,
  DetachLoadBalancerTargetGroupsCommand,
  DisableMetricsCollectionCommand,
  EnableMetricsCollectionCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { type Aws, type Live, resource } from '../../aws/driver.ts';
import { claimOf } from '../../aws/ownership.ts';
import type { Change, Owned } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { groupsInUse } from '../elb/shift.ts';
import { inBatches } from '../existing.ts';
import { fieldsChanged, tagChanges } from '../tag-changes.ts';
import { groupNamed, groupsIn, healthOf, inService } from './group-reading.ts';
import {
  type AutoScalingGroupSpec,
  CAPACITY_TAG,
  groupTag,
  groupTags,
  numbered,
  settingsOf,
  specOf,
  tagsOf,
} from './group-spec.ts';

export type { AutoScalingGroupSpec, MaintenancePolicy } from './group-spec.ts';

export interface AutoScalingGroupAttributes {
  readonly name: string;
  /** As soon as AWS shows it. */
  readonly arn?: string;
  /** How many instances AWS is to keep right now. */
  readonly desiredCapacity?: number;
  /** How many serve right now. */
  readonly instances?: number;
}

type Observed = Owned<AutoScalingGroupSpec, AutoScalingGroupAttributes>;
type LiveGroup = Live<AutoScalingGroupSpec, AutoScalingGroupAttributes>;

/** AWS attaches and detaches so many at once. */
const TARGET_GROUPS = 10;

const HOURS_PER_MONTH = 730;

async function ownedOf(aws: Aws, group: Description): Promise<Observed> {
  const { AutoScalingGroupName: name = '', AutoScalingGroupARN: arn = '', Instances = [] } = group;
  const tags = tagsOf(group.Tags);
  return {
    ...claimOf(tags),
    id: name,
    spec: specOf(group),
    attributes: {
      name,
      arn,
      desiredCapacity: group.DesiredCapacity ?? 0,
      instances: Instances.filter(inService).length,
    },
    tags,
    health: await healthOf(aws, group, Date.now()),
  };
}

/** The group's own tags, those of its instances, and the memory of the capacity that was asked. */
async function retag(
  aws: Aws,
  { id, self }: LiveGroup,
  spec: Partial<AutoScalingGroupSpec>,
  changes: readonly Change[],
): Promise<void> {
  const fields = fieldsChanged(changes);
  const { set, unset } = tagChanges(changes);
  const ofInstances = Object.entries(fields.has('instanceTags') ? (spec.instanceTags ?? {}) : {});
  const written = new Map([
    ...ofInstances.map(([key, value]) => [key, self.tags[key] ?? value] as const),
    ...set.map(({ Key, Value }) => [Key, Value] as const),
    ...(fields.has('desiredCapacity') ? [[CAPACITY_TAG, String(spec.desiredCapacity)] as const] : []),
  ]);
  if (written.size > 0) {
    const Tags = [...written].map((tag) => groupTag(id, tag, spec));
    await aws.autoScaling.send(new CreateOrUpdateTagsCommand({ Tags }));
  }
  if (unset.length > 0) {
    const Tags = unset.map((Key) => ({ ResourceId: id, ResourceType: 'auto-scaling-group', Key }));
    await aws.autoScaling.send(new DeleteTagsCommand({ Tags }));
  }
}

/**
 * New ones before old ones go, and none as long as a load balancer may send requests there: somebody always gets the traffic.
 * Fails with `TargetGroup.InUse` when there is nothing to do but to wait for listeners and rules.
 */
async function setTargetGroups(
  aws: Aws,
  AutoScalingGroupName: string,
  now: readonly string[],
  wanted: readonly string[],
): Promise<void> {
  const added = wanted.filter((arn) => !now.includes(arn));
  const removed = now.filter((arn) => !wanted.includes(arn));
  for (const TargetGroupARNs of inBatches(added, TARGET_GROUPS))
    await aws.autoScaling.send(new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs }));
  const used = await groupsInUse(aws, removed);
  const free = removed.filter((arn) => !used.has(arn));
  for (const TargetGroupARNs of inBatches(free, TARGET_GROUPS))
    await aws.autoScaling.send(new DetachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs }));
  if (used.size === 0) return;
  const message = `detach ${[...used].join(', ')} from ${AutoScalingGroupName}: requests may still be sent there`;
  throw Object.assign(new Error(message), { name: 'TargetGroup.InUse' });
}

async function setMetrics(
  aws: Aws,
  AutoScalingGroupName: string,
  now: readonly string[],
  wanted: readonly string[],
): Promise<void> {
  const Metrics = wanted.filter((metric) => !now.includes(metric));
  const removed = now.filter((metric) => !wanted.includes(metric));
  // An empty list would mean every metric that there is.
  if (Metrics.length > 0) {
    const Granularity = '1Minute';
    await aws.autoScaling.send(new EnableMetricsCollectionCommand({ AutoScalingGroupName, Metrics, Granularity }));
  }
  if (removed.length > 0) {
    await aws.autoScaling.send(new DisableMetricsCollectionCommand({ AutoScalingGroupName, Metrics: removed }));
  }
}

/** Lets the last instances go, and ends protection. */
async function empty(aws: Aws, group: Description): Promise<void> {
  const { AutoScalingGroupName, MinSize, MaxSize, DesiredCapacity, DeletionProtection } = group;
  const isProtected = DeletionProtection !== undefined && DeletionProtection !== 'none';
  if (!isProtected && MinSize === 0 && MaxSize === 0 && DesiredCapacity === 0) return;
  await aws.autoScaling.send(
    new UpdateAutoScalingGroupCommand({
      AutoScalingGroupName,
      MinSize: 0,
      MaxSize: 0,
      DesiredCapacity: 0,
      ...(isProtected ? { DeletionProtection: 'none' } : {}),
    }),
  );
}

export const AutoScalingGroup = resource<AutoScalingGroupSpec, AutoScalingGroupAttributes>({
  type: 'autoscaling.group',
  rules: {
    name: 'replace',
    subnetIds: 'unordered',
    targetGroupArns: 'unordered',
    metrics: 'unordered',
    launchTemplateId: 'ignore',
    launchTemplateVersion: 'ignore',
    instanceType: 'ignore',
  },
  replace: 'createFirst',
  settle: 3,
  cost: ({ instanceType, minSize }) =>
    instanceType === undefined ? [] : [{ rate: `ec2/${instanceType}`, quantity: minSize * HOURS_PER_MONTH }],

  async *observe(aws, scope) {
    for await (const page of groupsIn(aws, scope)) {
      yield await Promise.all(page.map((group) => ownedOf(aws, group)));
    }
  },

  // Metrics and more target groups than one call takes are left to the next pass.
  async create(aws, self, spec) {
    await aws.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        ...settingsOf(spec),
        AutoScalingGroupName: spec.name,
        MinSize: spec.minSize,
        MaxSize: spec.maxSize,
        LaunchTemplate: {
          LaunchTemplateId: spec.launchTemplateId,
          Version: numbered(spec.launchTemplateVersion),
        },
        TargetGroupARNs: spec.targetGroupArns.slice(0, TARGET_GROUPS),
        Tags: groupTags(self, spec),
      }),
    );
    return { id: spec.name, attributes: { name: spec.name } };
  },

  async update(aws, live, spec, changes) {
    const fields = fieldsChanged(changes);
    const settings = settingsOf(spec, fields);
    if (Object.keys(settings).length > 0)
      await aws.autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: live.id, ...settings }));
    await retag(aws, live, spec, changes);
    if (fields.has('metrics')) await setMetrics(aws, live.id, live.spec.metrics ?? [], spec.metrics);
    // Last, because it may have to wait.
    if (fields.has('targetGroupArns'))
      await setTargetGroups(aws, live.id, live.spec.targetGroupArns ?? [], spec.targetGroupArns);
  },

  async delete(aws, live) {
    const group = await groupNamed(aws, live.id);
    if (!group || group.Status) return;
    await empty(aws, group);
    if ((group.Instances ?? []).length > 0) return;
    await gone(
      aws.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: live.id, ForceDelete: false })),
    );
  },
});
