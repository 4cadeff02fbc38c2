/** How the contract suite tries an alarm. */

import { DescribeAlarmsCommand, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { classify } from '../../src/aws/errors.ts';
import { uniqueName } from '../../src/aws/ownership.ts';
import { allOf } from '../../src/aws/pages.ts';
import { Alarm, type AlarmAttributes, type AlarmSpec } from '../../src/resources/cloudwatch/alarm.ts';
import { fixture } from './fixture.ts';
import { converge, differences, find, type World } from './world.ts';

const specOf = ({ owner }: World, name: string): AlarmSpec => ({
  name: uniqueName(owner, name, 255),
  description: 'processor above 80 %',
  namespace: 'AWS/EC2',
  metricName: 'CPUUtilization',
  dimensions: { InstanceId: 'i-0123456789abcdef0' },
  statistic: 'Average',
  period: 300,
  evaluationPeriods: 12,
  datapointsToAlarm: 6,
  threshold: 80,
  comparison: 'GreaterThanThreshold',
  treatMissingData: 'missing',
  alarmActions: [],
});

const topic = (name: string): string => `arn:aws:sns:us-east-1:123456789012:${name}`;

/** Writes it as somebody would who does not know what a description is for. */
async function rewrite({ aws }: World, AlarmName: string, description: string): Promise<void> {
  const { MetricAlarms = [] } = await aws.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
  const { Namespace, MetricName, Dimensions, Statistic, Period, EvaluationPeriods, Threshold, ComparisonOperator } =
    MetricAlarms[0] ?? {};
  const kept = {
    Namespace,
    MetricName,
    Dimensions,
    Statistic,
    Period,
    EvaluationPeriods,
    Threshold,
    ComparisonOperator,
  };
  await aws.cloudwatch.send(new PutMetricAlarmCommand({ ...kept, AlarmName, AlarmDescription: description } as never));
}

export default fixture<AlarmSpec, AlarmAttributes, World>({
  resource: Alarm,
  missing: 'st-nobody-00000000-cpu',
  prepare: async (world: World): Promise<World> => world,
  initial: (world) => specOf(world, 'cpu'),
  changed: [
    { name: 'threshold', change: () => ({ threshold: 90.5 }), expect: 'update' },
    { name: 'dimension', change: () => ({ dimensions: { InstanceId: 'i-0fedcba9876543210' } }), expect: 'update' },
    { name: 'metric', change: () => ({ metricName: 'StatusCheckFailed', statistic: 'Maximum' }), expect: 'update' },
    { name: 'window', change: () => ({ period: 60, evaluationPeriods: 5, datapointsToAlarm: 5 }), expect: 'update' },
    {
      name: 'comparison',
      change: () => ({ comparison: 'LessThanThreshold', treatMissingData: 'breaching' }),
      expect: 'update',
    },
    { name: 'list of actions', change: () => ({ alarmActions: [topic('b'), topic('a')] }), expect: 'update' },
    { name: 'description', change: () => ({ description: 'busy' }), expect: 'update' },
    { name: 'name', change: (world) => ({ name: uniqueName(world.owner, 'renamed', 255) }), expect: 'replace' },
  ],
  stranger: (world, index) => ({ name: uniqueName(world.owner, `stranger-${index}`, 255) }),
  strip: (world, id) => rewrite(world, id, 'processor above 80 %'),
  extra: (open) => {
    test("a stranger's alarm of the same name is neither overwritten nor taken for ours", async () => {
      const world = open();
      const spec = specOf(world, 'taken');
      const stranger = {
        ...world.identity('cloudwatch.alarm/taken'),
        owner: { ...world.owner, cluster: 'elsewhere', uid: 'theirs' },
      };
      await Alarm.create(world.aws, stranger, { ...spec, threshold: 1 });
      const refusal = await Alarm.create(world.aws, world.identity('cloudwatch.alarm/taken'), spec).catch(classify);
      expect(refusal).toMatchObject({ class: 'exists', code: 'AlarmAlreadyExists' });
      const [kept] = await allOf(Alarm.observe(world.aws, { by: 'ids', ids: [spec.name] }));
      expect(kept?.spec.threshold).toBe(1);
    });

    test('that it rings is no difference', async () => {
      const world = open();
      const self = world.identity('cloudwatch.alarm/ringing');
      const spec = specOf(world, 'ringing');
      const { id: AlarmName } = await converge(world.aws, Alarm, self, spec);
      await world.aws.cloudwatch.send(
        new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a test' }),
      );
      const ringing = await find(world.aws, Alarm, self);
      expect(ringing && differences(Alarm, spec, ringing)).toEqual([]);
      expect(ringing?.health).toEqual({ state: 'active', phase: 'ready' });
    });
  },
});
