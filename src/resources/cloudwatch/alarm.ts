/**
 * A CloudWatch alarm on one metric. Writing one replaces whatever has its name, so its name is looked up before; its
 * description says whose it is, because lists return no tags. Whether it rings is no part of it and never compared.
 */
import {
  type ComparisonOperator,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
  type PutMetricAlarmInput,
  paginateDescribeAlarms,
  type Statistic,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch';
import { type Aws, type Identity, resource, type Scope } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { claimOfDescription, describeClaim, uniqueNamePrefix, withoutClaim } from '../../aws/ownership.ts';
import { allOf } from '../../aws/pages.ts';
import type { Change, Owned } from '../../core/kind.ts';
import { gone, tagRecord } from '../ec2/tagging.ts';
import { ifExists, inBatches } from '../existing.ts';
import { inScope } from '../scope.ts';
import { fieldsChanged, ownerChanged, tagChanges, tagList } from '../tag-changes.ts';

export interface AlarmSpec {
  /** A `uniqueName` of the tier: by its start a tier's alarms are found. */
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: Statistic;
  /** Seconds. */
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: ComparisonOperator;
  readonly treatMissingData: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
  readonly alarmActions: readonly string[];
}

export interface AlarmAttributes {
  readonly alarmName: string;
  readonly alarmArn: string;
}

/** The start of every `uniqueName`. */
const NAME_START = 'st-';

const PAGE = 100;

type Observed = Owned<AlarmSpec, AlarmAttributes>;

async function* byPrefix(aws: Aws, AlarmNamePrefix: string): AsyncIterable<readonly Observed[]> {
  const pages = paginateDescribeAlarms(
    { client: aws.cloudwatch, pageSize: PAGE },
    { AlarmNamePrefix, AlarmTypes: ['MetricAlarm'] },
  );
  for await (const { MetricAlarms = [] } of pages) yield MetricAlarms.map(ownedOf);
}

async function byName(aws: Aws, names: readonly string[]): Promise<readonly MetricAlarm[]> {
  const found: MetricAlarm[] = [];
  for (const AlarmNames of inBatches(names, PAGE)) {
    const answer = await aws.cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm'], MaxRecords: PAGE }),
    );
    found.push(...(answer.MetricAlarms ?? []));
  }
  return found;
}

async function* alarmsIn(aws: Aws, scope: Scope): AsyncIterable<readonly Observed[]> {
  if (scope.by === 'ids') yield (await byName(aws, scope.ids)).map(ownedOf);
  else if (scope.by === 'cluster') yield* byPrefix(aws, NAME_START);
  else {
    const prefixes = [...new Set(scope.owners.map(uniqueNamePrefix))];
    yield (await Promise.all(prefixes.map((prefix) => allOf(byPrefix(aws, prefix))))).flat();
  }
}

/** A call for each alarm, of which CloudWatch takes few a second: what is too much for it is not looked at this time. */
async function tagsOf(aws: Aws, ResourceARN: string | undefined): Promise<Pick<Owned, 'tags'>> {
  const asked = ifExists(aws.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN })));
  const answer = await asked.catch((error: unknown) => {
    if (classify(error).class === 'throttled') return undefined;
    throw error;
  });
  return answer ? { tags: tagRecord(answer.Tags) } : {};
}

const dimensionsOf = ({ Dimensions = [] }: MetricAlarm): AlarmSpec['dimensions'] =>
  Object.fromEntries(Dimensions.map(({ Name = '', Value = '' }) => [Name, Value]));

function ownedOf(alarm: MetricAlarm): Observed {
  const { AlarmName: id = '', AlarmArn = '', AlarmDescription } = alarm;
  const claim = claimOfDescription(AlarmDescription);
  return {
    ...claim,
    id,
    spec: {
      name: id,
      // Without its claim a description differs from any other, so that the claim is written again.
      description: claim.owner ? withoutClaim(AlarmDescription) : null,
      namespace: alarm.Namespace ?? null,
      metricName: alarm.MetricName ?? null,
      dimensions: dimensionsOf(alarm),
      statistic: alarm.Statistic ?? null,
      period: alarm.Period ?? null,
      evaluationPeriods: alarm.EvaluationPeriods ?? null,
      datapointsToAlarm: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods ?? null,
      threshold: alarm.Threshold ?? null,
      comparison: alarm.ComparisonOperator ?? null,
      treatMissingData: (alarm.TreatMissingData ?? 'missing') as AlarmSpec['treatMissingData'],
      alarmActions: alarm.AlarmActions ?? [],
    },
    attributes: { alarmName: id, alarmArn: AlarmArn },
    health: { state: 'active', phase: 'ready' },
  };
}

const inputOf = (self: Identity, spec: AlarmSpec): PutMetricAlarmInput => ({
  AlarmName: spec.name,
  AlarmDescription: describeClaim(self, spec.description),
  Namespace: spec.namespace,
  MetricName: spec.metricName,
  Dimensions: Object.entries(spec.dimensions).map(([Name, Value]) => ({ Name, Value })),
  Statistic: spec.statistic,
  Period: spec.period,
  EvaluationPeriods: spec.evaluationPeriods,
  DatapointsToAlarm: spec.datapointsToAlarm,
  Threshold: spec.threshold,
  ComparisonOperator: spec.comparison,
  TreatMissingData: spec.treatMissingData,
  AlarmActions: [...spec.alarmActions],
});

/** An alarm of that name which is not this very node's would be overwritten without a word. */
async function refuseStrangers(aws: Aws, self: Identity, name: string): Promise<void> {
  const [taken] = await byName(aws, [name]);
  if (!taken) return;
  const claim = claimOfDescription(taken.AlarmDescription);
  if (claim.owner?.uid === self.owner.uid && claim.node === self.node) return;
  throw Object.assign(new Error(`create alarm ${name}: another alarm has that name`), { name: 'AlarmAlreadyExists' });
}

async function retag(aws: Aws, ResourceARN: string, changes: readonly Change[]): Promise<void> {
  const { set, unset } = tagChanges(changes);
  if (set.length > 0) await aws.cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: set }));
  if (unset.length > 0) await aws.cloudwatch.send(new UntagResourceCommand({ ResourceARN, TagKeys: unset }));
}

export const Alarm = resource<AlarmSpec, AlarmAttributes>({
  type: 'cloudwatch.alarm',
  rules: { name: 'replace', alarmActions: 'unordered' },
  settle: 0,
  cost: () => [{ rate: 'cloudwatch/alarm-month', quantity: 1 }],

  async *observe(aws, scope) {
    const withTags = async (alarm: Observed) => ({ ...alarm, ...(await tagsOf(aws, alarm.attributes.alarmArn)) });
    for await (const page of alarmsIn(aws, scope)) {
      const ours = page.filter(({ owner }) => inScope(scope, owner));
      yield scope.by === 'cluster' ? ours : await Promise.all(ours.map(withTags));
    }
  },

  async create(aws, self, spec) {
    await refuseStrangers(aws, self, spec.name);
    await aws.cloudwatch.send(new PutMetricAlarmCommand({ ...inputOf(self, spec), Tags: tagList(self.tags) }));
    const alarmArn = `arn:${aws.partition}:cloudwatch:${aws.region}:${aws.accountID}:alarm:${spec.name}`;
    return { id: spec.name, attributes: { alarmName: spec.name, alarmArn } };
  },

  async update(aws, live, spec, changes) {
    if (fieldsChanged(changes).size > 0 || ownerChanged(changes))
      await aws.cloudwatch.send(new PutMetricAlarmCommand(inputOf(live.self, spec)));
    await retag(aws, live.attributes.alarmArn, changes);
  },

  async delete(aws, live) {
    await gone(aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [live.id] })));
  },
});
