/**
 * What a target-tracking policy follows, to and from AWS's words. It must not call AWS. The two alarms that AWS makes for
 * each policy are AWS's own, and no part of it.
 */
import type { ScalingPolicy, TargetTrackingConfiguration } from '@aws-sdk/client-auto-scaling';
import type { Owned } from '../../core/kind.ts';

/** What is kept at the target: an average over the group's instances. */
export type ScalingMetric =
  | { readonly type: 'cpu' }
  /** `app/<load balancer>/<id>/targetgroup/<target group>/<id>`; AWS takes it once the group serves that target group. */
  | { readonly type: 'requestCountPerTarget'; readonly resourceLabel: string }
  | {
      readonly type: 'custom';
      readonly namespace: string;
      readonly metricName: string;
      readonly dimensions: Readonly<Record<string, string>>;
      readonly statistic: 'Average' | 'Minimum' | 'Maximum' | 'SampleCount' | 'Sum';
      readonly unit?: string;
    };

export interface ScalingPolicySpec {
  readonly groupName: string;
  readonly metric: ScalingMetric;
  /** In the metric's unit: percent of CPU, or requests of one instance in a minute. */
  readonly target: number;
  readonly disableScaleIn: boolean;
}

function metricInput(metric: ScalingMetric): Partial<TargetTrackingConfiguration> {
  if (metric.type === 'cpu')
    return { PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' } };
  if (metric.type === 'requestCountPerTarget') {
    const { resourceLabel: ResourceLabel } = metric;
    return { PredefinedMetricSpecification: { PredefinedMetricType: 'ALBRequestCountPerTarget', ResourceLabel } };
  }
  return {
    CustomizedMetricSpecification: {
      Namespace: metric.namespace,
      MetricName: metric.metricName,
      Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: metric.statistic,
      ...(metric.unit === undefined ? {} : { Unit: metric.unit }),
    },
  };
}

/** The configuration of a policy in AWS's words. */
export function trackingOf({ metric, target, disableScaleIn }: ScalingPolicySpec): TargetTrackingConfiguration {
  return { ...metricInput(metric), TargetValue: target, DisableScaleIn: disableScaleIn };
}

/** What a policy follows; `null` when it is none that we could have asked for. */
function metricOf(tracking: TargetTrackingConfiguration | undefined): ScalingMetric | null {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: custom } = tracking ?? {};
  if (predefined?.PredefinedMetricType === 'ASGAverageCPUUtilization') return { type: 'cpu' };
  if (predefined?.PredefinedMetricType === 'ALBRequestCountPerTarget')
    return { type: 'requestCountPerTarget', resourceLabel: predefined.ResourceLabel ?? '' };
  if (!custom?.MetricName) return null;
  return {
    type: 'custom',
    namespace: custom.Namespace ?? '',
    metricName: custom.MetricName,
    dimensions: Object.fromEntries((custom.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value])),
    statistic: custom.Statistic ?? 'Average',
    ...(custom.Unit ? { unit: custom.Unit } : {}),
  };
}

/** A policy as read, in the shape of the spec. */
export function specOf(policy: ScalingPolicy): Owned<ScalingPolicySpec>['spec'] {
  const { TargetTrackingConfiguration: tracking, AutoScalingGroupName } = policy;
  return {
    groupName: AutoScalingGroupName ?? null,
    metric: metricOf(tracking),
    target: tracking?.TargetValue ?? null,
    disableScaleIn: tracking?.DisableScaleIn ?? false,
  };
}
