/**
 * Alarms: the signals that something is sick or outgrown. Missing data is no alarm by itself: there is none before the first
 * server serves, and a stopped host is seen elsewhere.
 */

import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder } from '../../core/graph.ts';
import type { Owner } from '../../core/kind.ts';
import { uniqueName } from '../../core/names.ts';
import type { Input, Ref } from '../../core/ref.ts';
import { Alarm, type AlarmSpec } from '../../resources/cloudwatch/alarm.ts';
import type { Server } from './server.ts';

/** One signal of one sort of thing. */
export interface Signal {
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: 'Average' | 'Maximum' | 'Minimum' | 'Sum';
  readonly period: number;
  readonly datapointsToAlarm: number;
  readonly evaluationPeriods: number;
  readonly threshold: number;
  readonly comparison: 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
}

/** Who watches, and who is told. */
export interface Watch {
  readonly owner: Owner;
  readonly topicARN: string | undefined;
}

/** Adds the alarm on a signal of what the dimensions name, after what sends that signal though no dimension names it. */
export function alarm(
  g: GraphBuilder,
  { owner, topicARN }: Watch,
  { name, ...signal }: Signal,
  dimensions: Readonly<Record<string, Input<string>>>,
  after: readonly Ref<unknown>[] = [],
): void {
  const input: Input<AlarmSpec> = {
    ...signal,
    name: uniqueName(owner, name, 255),
    dimensions,
    treatMissingData: 'missing',
    alarmActions: topicARN === undefined ? [] : [topicARN],
  };
  g.add(Alarm, name, input, { after });
}

/** A signal of a server. */
interface ServerSignal extends Signal {
  readonly of: 'instance' | 'volume';
  readonly burstableOnly?: boolean;
}

const EC2 = { namespace: 'AWS/EC2', of: 'instance' } as const;
const EBS = { namespace: 'AWS/EBS', of: 'volume' } as const;

const SIGNALS: readonly ServerSignal[] = [
  {
    ...EC2,
    name: 'cpu',
    description: 'processor above 80 % for half an hour: consider a larger type or the next stage',
    metricName: 'CPUUtilization',
    statistic: 'Average',
    period: 300,
    datapointsToAlarm: 6,
    evaluationPeriods: 12,
    threshold: 80,
    comparison: 'GreaterThanThreshold',
  },
  {
    ...EC2,
    name: 'status-check',
    description: 'the server or its host fails its status check',
    metricName: 'StatusCheckFailed',
    statistic: 'Maximum',
    period: 60,
    datapointsToAlarm: 2,
    evaluationPeriods: 3,
    threshold: 1,
    comparison: 'GreaterThanOrEqualToThreshold',
  },
  {
    ...EC2,
    name: 'cpu-credits',
    description: 'CPU credits nearly used up: the processor will be throttled',
    metricName: 'CPUCreditBalance',
    statistic: 'Minimum',
    period: 300,
    datapointsToAlarm: 6,
    evaluationPeriods: 12,
    threshold: 20,
    comparison: 'LessThanThreshold',
    burstableOnly: true,
  },
  {
    ...EBS,
    name: 'data-queue',
    description: 'the data volume cannot keep up with its requests',
    metricName: 'VolumeQueueLength',
    statistic: 'Average',
    period: 300,
    datapointsToAlarm: 6,
    evaluationPeriods: 12,
    threshold: 8,
    comparison: 'GreaterThanThreshold',
  },
  {
    ...EBS,
    name: 'data-stalled',
    description: 'the data volume completes no requests',
    metricName: 'VolumeStalledIOCheck',
    statistic: 'Maximum',
    period: 60,
    datapointsToAlarm: 5,
    evaluationPeriods: 5,
    threshold: 1,
    comparison: 'GreaterThanOrEqualToThreshold',
  },
];

/** Adds the alarms of a server. */
export function serverAlarms(
  g: GraphBuilder,
  { owner, burstable }: Facts,
  { instance, volume }: Server,
  topicARN?: string,
): void {
  const dimensions = {
    instance: { InstanceId: instance.ref('instanceId') },
    volume: { VolumeId: volume.ref('volumeId') },
  };
  for (const { of, burstableOnly, ...signal } of SIGNALS) {
    if (!burstableOnly || burstable) alarm(g, { owner, topicARN }, signal, dimensions[of]);
  }
}
