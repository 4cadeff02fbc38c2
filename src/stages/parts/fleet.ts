/**
 * Many servers that keep nothing: an Auto Scaling group over the zones, the policies that move its size, and the step that
 * brings running servers to a new launch template. Who sends it requests is another part.
 */
import { autoScalingOf } from '../../api/defaults.ts';
import type { AutoScalingPolicySpec, AutoScalingSpec, TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { displayName, uniqueName } from '../../core/names.ts';
import { around, type Input, type Ref } from '../../core/ref.ts';
import { AutoScalingGroup, type AutoScalingGroupAttributes } from '../../resources/autoscaling/group.ts';
import type { AutoScalingGroupSpec } from '../../resources/autoscaling/group-spec.ts';
import { ScalingPolicy } from '../../resources/autoscaling/policy.ts';
import type { ScalingMetric } from '../../resources/autoscaling/policy-spec.ts';
import { InstanceRefresh, type InstanceRefreshSpec } from '../../resources/autoscaling/refresh.ts';
import type { LaunchTemplateAttributes } from '../../resources/ec2/launch-template.ts';
import { chosen, type LoadBalancing } from './load-balancer.ts';

/** What is collected of a group, free of charge, and what its alarms look at. */
const METRICS = ['GroupDesiredCapacity', 'GroupInServiceInstances', 'GroupMaxSize', 'GroupMinSize'];

/** A policy is known by its metric: AWS takes one for each, so that the next must never be another one beside it. */
const POLICY_NAMES = { CPUUtilization: 'cpu', RequestCountPerTarget: 'requests', Custom: 'custom' } as const;

/** What a fleet stands on. */
export interface FleetBase {
  readonly template: Handle<LaunchTemplateAttributes>;
  readonly subnetIds: readonly Input<string>[];
  readonly balancing: LoadBalancing;
  /** What its servers need when they boot. */
  readonly after: readonly Ref<unknown>[];
}

/** A fleet's nodes. */
export interface Fleet {
  readonly wanted: AutoScalingSpec;
  readonly group: Handle<AutoScalingGroupAttributes>;
}

function metricOf(
  { metric, targetGroup, custom }: AutoScalingPolicySpec,
  { loadBalancer, targetGroups }: LoadBalancing,
): Input<ScalingMetric> {
  if (custom) {
    const { dimensions = [], ...rest } = custom;
    const named = Object.fromEntries(dimensions.map(({ name, value }) => [name, value]));
    return { type: 'custom', ...rest, dimensions: named };
  }
  if (metric === 'CPUUtilization') return { type: 'cpu' };
  const { handle } = chosen(targetGroups, targetGroup);
  const suffix = around(handle.ref('fullName'), ['/', '']);
  const resourceLabel = around(loadBalancer.ref('fullName'), ['', suffix]);
  return { type: 'requestCountPerTarget', resourceLabel };
}

/** How many servers a person asks for, within what the group allows. */
const desiredOf = ({ compute: { desiredInstances } }: TierSpec) =>
  desiredInstances === undefined ? {} : { desiredCapacity: desiredInstances };

function scalingGroup(
  g: GraphBuilder,
  spec: TierSpec,
  { owner }: Facts,
  wanted: AutoScalingSpec,
  { template, subnetIds, balancing, after }: FleetBase,
): Handle<AutoScalingGroupAttributes> {
  const { minHealthyPercentage, maxHealthyPercentage } = wanted.instanceRefresh;
  const group: Input<AutoScalingGroupSpec> = {
    name: uniqueName(owner, 'server', 255),
    minSize: wanted.minSize,
    maxSize: wanted.maxSize,
    ...desiredOf(spec),
    subnetIds,
    launchTemplateId: template.ref('launchTemplateId'),
    launchTemplateVersion: template.ref('latestVersion'),
    healthCheckType: 'ELB',
    healthCheckGracePeriod: wanted.healthCheckGraceSeconds,
    defaultInstanceWarmup: wanted.warmupSeconds,
    targetGroupArns: balancing.targetGroups.map(({ handle }) => handle.ref('targetGroupArn')),
    instanceMaintenancePolicy: { minHealthyPercentage, maxHealthyPercentage },
    metrics: METRICS,
    deletionProtection: 'prevent-force-deletion',
    // AWS gives servers the group's tags of these names, with the group's values.
    instanceTags: { Name: displayName(owner, `${AutoScalingGroup.type}/server`), ...spec.tags },
    instanceType: spec.compute.instanceType,
  };
  return g.add(AutoScalingGroup, 'server', group, { after });
}

/** Adds the fleet. */
export function fleet(g: GraphBuilder, spec: TierSpec, facts: Facts, base: FleetBase): Fleet {
  const wanted = autoScalingOf(spec);
  const { minHealthyPercentage, maxHealthyPercentage, bakeTimeSeconds } = wanted.instanceRefresh;
  const { template, balancing } = base;
  const group = scalingGroup(g, spec, facts, wanted, base);
  const groupName = group.ref('name');
  const refresh: Input<InstanceRefreshSpec> = {
    groupName,
    launchTemplateId: template.ref('launchTemplateId'),
    launchTemplateVersion: template.ref('latestVersion'),
    minHealthyPercentage,
    maxHealthyPercentage,
    instanceWarmup: wanted.warmupSeconds,
    bakeTime: bakeTimeSeconds,
  };
  g.add(InstanceRefresh, 'server', refresh, { after: base.after });
  for (const policy of wanted.policies) {
    const { metric, targetValue, disableScaleIn } = policy;
    g.add(ScalingPolicy, POLICY_NAMES[metric], {
      groupName,
      metric: metricOf(policy, balancing),
      target: targetValue,
      disableScaleIn,
    });
  }
  return { wanted, group };
}
