/** Alarms on a fleet and what stands before it: servers that fail, requests that nobody answers, a group that cannot grow. */
import type { GraphBuilder } from '../../core/graph.ts';
import { alarm, type Signal, type Watch } from './alarms.ts';
import type { Fleet } from './fleet.ts';
import type { LoadBalancing } from './load-balancer.ts';

const LOAD_BALANCER = { namespace: 'AWS/ApplicationELB' } as const;

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
  isBadWhenSilent: true,
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
  namespace: 'AWS/AutoScaling',
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
  for (const { name, handle } of targetGroups) {
    alarm(g, watch, tooFew(name, wanted.minSize), { LoadBalancer, TargetGroup: handle.ref('fullName') });
  }
  alarm(g, watch, UNANSWERED, { LoadBalancer });
  alarm(g, watch, atMost(wanted.maxSize), { AutoScalingGroupName: group.ref('name') });
}
