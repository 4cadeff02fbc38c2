/** How the contract suite tries a scaling policy. */
import { DescribePoliciesCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { classify } from '../../src/aws/errors.ts';
import { allOf } from '../../src/aws/pages.ts';
import { AutoScalingGroup } from '../../src/resources/autoscaling/group.ts';
import { type ScalingMetric, ScalingPolicy, type ScalingPolicySpec } from '../../src/resources/autoscaling/policy.ts';
import { Alarm } from '../../src/resources/cloudwatch/alarm.ts';
import { fixture } from './fixture.ts';
import { anyGroup, anyTargetGroup, fleetGround, groupSpec } from './fleet-ground.ts';
import { converge, differences, type World } from './world.ts';

/** A metric that two policies follow would be refused, so that each policy gets a group. */
async function prepare(world: World) {
  const ground = await fleetGround(world);
  const names: string[] = [];
  for (const name of ['first', 'second', 'third']) names.push((await anyGroup(world, ground, name, 0)).id);
  return { ...ground, names };
}

const specOf = (groupName: string): ScalingPolicySpec => ({
  groupName,
  metric: { type: 'cpu' },
  target: 50,
  disableScaleIn: false,
});

export default fixture({
  resource: ScalingPolicy,
  missing: 'st-nobody-00000000-asg//scalingtier.dev/test/shop/web/cpu/1',
  prepare,
  initial: ({ names }) => specOf(names[0] ?? ''),
  changed: [
    { name: 'target', change: () => ({ target: 70 }), expect: 'update' },
    { name: 'scale-in', change: () => ({ disableScaleIn: true }), expect: 'update' },
    {
      name: 'metric',
      change: () => ({
        metric: {
          type: 'custom' as const,
          namespace: 'shop',
          metricName: 'QueueDepth',
          dimensions: { queue: 'orders' },
          statistic: 'Average' as const,
        },
      }),
      expect: 'update',
    },
    { name: 'group', change: ({ names }) => ({ groupName: names[1] ?? '' }), expect: 'replace' },
  ],
  stranger: ({ names }, index) => ({ groupName: names[index] ?? '' }),
  strip: null,
  extra(open) {
    const build = async () => {
      const world = open();
      const ground = await fleetGround(world);
      const group = await anyGroup(world, ground, 'extra', 0);
      return { world, ground, group };
    };

    test("TargetTracking alarms are AWS's: no kind takes them for its own, and they go with their policy", async () => {
      const { world, group } = await build();
      const live = await world.build(ScalingPolicy, 'cpu', specOf(group.id));
      const alarms = async () => {
        const AlarmNamePrefix = `TargetTracking-${group.id}-`;
        return (await world.aws.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix }))).MetricAlarms ?? [];
      };
      expect(await alarms()).toHaveLength(2);
      expect(await allOf(Alarm.observe(world.aws, { by: 'cluster', cluster: world.owner.cluster }))).toEqual([]);
      expect(await allOf(Alarm.observe(world.aws, { by: 'tiers', owners: [world.owner] }))).toEqual([]);
      await ScalingPolicy.delete(world.aws, live);
      expect(await alarms()).toEqual([]);
    });

    test('the ALBRequestCountPerTarget label needs the attachment first', async () => {
      const { world, ground, group } = await build();
      const arn = await anyTargetGroup(world, ground.vpcId);
      const resourceLabel = `app/web/50dc6c495c0c9188/${arn.slice(arn.lastIndexOf(':') + 1)}`;
      const spec = {
        ...specOf(group.id),
        metric: { type: 'requestCountPerTarget', resourceLabel },
        target: 1000,
      } as const;
      const self = world.identity('autoscaling.policy/requests');
      const early = await ScalingPolicy.create(world.aws, self, spec).catch((error: unknown) => classify(error).class);
      expect(early).toBe('busy');
      const attached = { ...groupSpec(ground, 'extra', 0), targetGroupArns: [arn] };
      await converge(world.aws, AutoScalingGroup, group.self, attached);
      const live = await converge(world.aws, ScalingPolicy, self, spec);
      expect(live.spec.metric).toEqual(spec.metric);
    });

    test('two policies of one group follow different metrics, and each is seen', async () => {
      const { world, group } = await build();
      const cpu = await world.build(ScalingPolicy, 'cpu', specOf(group.id));
      const twin = ScalingPolicy.create(world.aws, world.identity('autoscaling.policy/twin'), specOf(group.id));
      expect(await twin.catch((error: unknown) => classify(error).class)).toBe('invalid');
      const metric: ScalingMetric = {
        type: 'custom',
        namespace: 'shop',
        metricName: 'Depth',
        dimensions: {},
        statistic: 'Maximum',
        unit: 'Count',
      };
      const custom = await world.build(ScalingPolicy, 'custom', { ...specOf(group.id), metric });
      expect(custom.spec.metric).toEqual(metric);
      expect(differences(ScalingPolicy, specOf(group.id), cpu)).toEqual([]);
      const answer = await world.aws.autoScaling.send(new DescribePoliciesCommand({ AutoScalingGroupName: group.id }));
      expect(answer.ScalingPolicies).toHaveLength(2);
    });

    test('a policy of a group that is gone is gone', async () => {
      const { world, group } = await build();
      const live = await world.build(ScalingPolicy, 'cpu', specOf(group.id));
      const orphan = { ...live, id: `gone${live.id}` };
      await expect(ScalingPolicy.delete(world.aws, orphan)).resolves.toBeUndefined();
      expect(await allOf(ScalingPolicy.observe(world.aws, { by: 'ids', ids: [orphan.id] }))).toEqual([]);
    });
  },
});
