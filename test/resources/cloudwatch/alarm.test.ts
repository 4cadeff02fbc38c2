/** Alarms as CloudWatch echoes them, and what is said of them: an update replaces everything but the tags. */
import type { MetricAlarm as Description } from '@aws-sdk/client-cloudwatch';
import { describeClaim } from '../../../src/aws/ownership.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec, diffTags } from '../../../src/core/diff.ts';
import { Alarm, type AlarmSpec } from '../../../src/resources/cloudwatch/alarm.ts';
import { recordingAws, self, tagsOf } from '../recording.ts';

const node = 'cloudwatch.alarm/load-balancer-5xx';
const ARN = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:st-web-00000000-5xx';

const SPEC: AlarmSpec = {
  name: 'st-web-00000000-5xx',
  description: 'requests fail before a server answers',
  namespace: 'AWS/ApplicationELB',
  metricName: 'HTTPCode_ELB_5XX_Count',
  dimensions: { LoadBalancer: 'app/st-web/1', TargetGroup: 'targetgroup/st-web/2' },
  statistic: 'Sum',
  period: 300,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  threshold: 10,
  comparison: 'GreaterThanThreshold',
  treatMissingData: 'missing',
  alarmActions: ['arn:topic:a', 'arn:topic:b'],
};

/** As asked, with what AWS adds, in another order, and without what is AWS's default. */
const shown: Description = {
  AlarmName: SPEC.name,
  AlarmArn: ARN,
  AlarmDescription: describeClaim(self(node), SPEC.description),
  ActionsEnabled: true,
  OKActions: [],
  AlarmActions: ['arn:topic:b', 'arn:topic:a'],
  InsufficientDataActions: [],
  StateValue: 'ALARM',
  StateReason: 'Threshold Crossed',
  MetricName: SPEC.metricName,
  Namespace: SPEC.namespace,
  Statistic: 'Sum',
  Dimensions: [
    { Name: 'TargetGroup', Value: 'targetgroup/st-web/2' },
    { Name: 'LoadBalancer', Value: 'app/st-web/1' },
  ],
  Period: 300,
  EvaluationPeriods: 3,
  Threshold: 10,
  ComparisonOperator: 'GreaterThanThreshold',
};

async function read(other: Partial<Description> = {}, Tags = tagsOf(node)) {
  const fake = recordingAws({
    DescribeAlarms: { MetricAlarms: [{ ...shown, ...other }] },
    ListTagsForResource: { Tags },
  });
  const [seen] = await allOf(Alarm.observe(fake.aws, { by: 'ids', ids: [SPEC.name] }));
  if (!seen) throw new Error('the alarm was not read');
  return { ...fake, live: { ...seen, self: self(node) } };
}

test('absent is the documented default: missing data is missing, every datapoint counts', async () => {
  expect(diffSpec(Alarm, SPEC, (await read()).live)).toEqual([]);
  const stricter: AlarmSpec = { ...SPEC, treatMissingData: 'breaching', datapointsToAlarm: 2 };
  expect(diffSpec(Alarm, stricter, (await read()).live).map(({ path }) => path)).toEqual([
    'datapointsToAlarm',
    'treatMissingData',
  ]);
});

test('actions and dimensions are sets', async () => {
  const { live } = await read({ AlarmActions: ['arn:topic:a'] });
  expect(diffSpec(Alarm, SPEC, live).map(({ path }) => path)).toEqual(['alarmActions']);
});

test('an update replaces everything, so everything is said, and tags, which it ignores, are said apart', async () => {
  const { aws, live, writes } = await read({}, tagsOf(node).slice(1));
  const wanted = { ...SPEC, threshold: 20 };
  const changes = [...diffSpec(Alarm, wanted, live), ...diffTags(self(node).tags, live.tags, [])];
  await Alarm.update(aws, live, wanted, changes);
  expect(writes()).toEqual([
    {
      operation: 'PutMetricAlarm',
      input: {
        AlarmName: SPEC.name,
        AlarmDescription: describeClaim(self(node), SPEC.description),
        Namespace: SPEC.namespace,
        MetricName: SPEC.metricName,
        Dimensions: Object.entries(SPEC.dimensions).map(([Name, Value]) => ({ Name, Value })),
        Statistic: 'Sum',
        Period: 300,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 3,
        Threshold: 20,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'missing',
        AlarmActions: SPEC.alarmActions,
      },
    },
    { operation: 'TagResource', input: { ResourceARN: ARN, Tags: tagsOf(node).slice(0, 1) } },
  ]);
});

test('changed tags alone leave the alarm as it is', async () => {
  const { aws, live, writes } = await read({}, tagsOf(node, { team: 'shop' }));
  await Alarm.update(aws, live, SPEC, diffTags(self(node).tags, live.tags, ['team']));
  expect(writes()).toEqual([{ operation: 'UntagResource', input: { ResourceARN: ARN, TagKeys: ['team'] } }]);
});

test('its tags are in the call that makes it, and its name is looked up before: a put overwrites whatever has it', async () => {
  const { aws, asked, callOf } = recordingAws();
  await Alarm.create(aws, self(node), SPEC);
  expect(asked.map(({ operation }) => operation)).toEqual(['DescribeAlarms', 'PutMetricAlarm']);
  expect(callOf('PutMetricAlarm')).toMatchObject({ AlarmName: SPEC.name, Tags: tagsOf(node) });
});

test("alarms of target tracking are AWS's: no list asks for their names, and none is taken for ours", async () => {
  const tracking = {
    AlarmName: 'TargetTracking-st-web-00000000-fleet-AlarmHigh-1',
    AlarmDescription: 'DO NOT EDIT OR DELETE.',
  };
  const scopes = [
    { by: 'cluster', cluster: 'test' },
    { by: 'tiers', owners: [self(node).owner] },
  ] as const;
  for (const scope of scopes) {
    const { aws, callOf } = recordingAws({ DescribeAlarms: { MetricAlarms: [tracking] } });
    expect(await allOf(Alarm.observe(aws, scope))).toEqual([]);
    expect(callOf('DescribeAlarms')?.AlarmNamePrefix).toMatch(/^st-/);
  }
});
