/** Alarms on a fleet and what stands before it: servers that fail or are missing, requests that nobody answers, a group that cannot grow. */
import type { GraphBuilder } from '../../core/graph.ts';
import { alarm, type Signal, type Watch } from './alarms.ts';
import type { Fleet } from './fleet.ts';
import type { LoadBalancing } from './load-balancer.ts';

const LOAD_BALANCER = { namespace: 'AWS/ApplicationELB' } as const;

const AUTO_SCALING = { namespace: 'AWS/AutoScaling' } as const;

const tooFew = (name: string, least: number): Signal => ({
  ...LOAD_BALANCER,
  name: `healthy-servers-${name}`,
  description: `fewer than ${least} servers pass the health check of target group ${name}`,
  metricName: 'HealthyHostCount',
  statistic: 'Minimum',
  period: 60,
  datapointsToAlarm: 5,
  evaluationPeriods: 5,
  threshold: least,
  comparison: 'LessThanThreshold',
});

/** The one signal that does not end with the last server: target groups without servers are silent. */
const belowMinimum = (minSize: number): Signal => ({
  ...AUTO_SCALING,
  name: 'fleet-below-min',
  description: `the group has had fewer than ${minSize} servers for ten minutes: AWS launches none, or they die as fast as they start`,
  metricName: 'GroupInServiceInstances',
  statistic: 'Maximum',
  period: 60,
  datapointsToAlarm: 10,
  evaluationPeriods: 10,
  threshold: minSize,
  comparison: 'LessThanThreshold',
});

const UNANSWERED: Signal = {
  ...LOAD_BALANCER,
  name: 'load-balancer-5xx',
  description: 'requests fail before a server answers: none is healthy, or they close connections too early',
  metricName: 'HTTPCode_ELB_5XX_Count',
  statistic: 'Sum',
  period: 300,
  datapointsToAlarm: 2,
  evaluationPeriods: 3,
  threshold: 10,
  comparison: 'GreaterThanThreshold',
};

const atMost = (maxSize: number): Signal => ({
  ...AUTO_SCALING,
  name: 'fleet-at-max',
  description: 'the group has been as large as it may be for half an hour: raise autoScaling.maxSize',
  metricName: 'GroupDesiredCapacity',
  statistic: 'Maximum',
  period: 60,
  datapointsToAlarm: 30,
  evaluationPeriods: 60,
  threshold: maxSize,
  comparison: 'GreaterThanOrEqualToThreshold',
});

/** Adds the alarms of a fleet. */
export function fleetAlarms(
  g: GraphBuilder,
  watch: Watch,
  { group, wanted }: Fleet,
  { loadBalancer, targetGroups }: LoadBalancing,
): void {
  const LoadBalancer = loadBalancer.ref('fullName');
  const AutoScalingGroupName = group.ref('name');
  const { minSize, maxSize } = wanted;
  for (const { name, handle } of targetGroups) {
    // After the group also means before it at the end: servers that are meant to go are no fault.
    alarm(g, watch, tooFew(name, minSize), { LoadBalancer, TargetGroup: handle.ref('fullName') }, [
      AutoScalingGroupName,
    ]);
  }
  alarm(g, watch, UNANSWERED, { LoadBalancer });
  alarm(g, watch, belowMinimum(minSize), { AutoScalingGroupName });
  // A group of one size is always as large as it may be.
  if (minSize < maxSize) alarm(g, watch, atMost(maxSize), { AutoScalingGroupName });
}
