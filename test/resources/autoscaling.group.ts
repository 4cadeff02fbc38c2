/** How the contract suite tries an Auto Scaling group. */
import {
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DeleteTagsCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeInstancesCommand,
  ModifyInstanceAttributeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { classify } from '../../src/aws/errors.ts';
import { AutoScalingGroup } from '../../src/resources/autoscaling/group.ts';
import { LaunchTemplate } from '../../src/resources/ec2/launch-template.ts';
import { Listener } from '../../src/resources/elb/listener.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import { FACTOR } from './aws.ts';
import { listenerSpec } from './elb-ground.ts';
import { fixture } from './fixture.ts';
import {
  anyGroup,
  anyTargetGroup,
  balancedGround,
  fleetGround,
  groupSpec,
  instancesOf,
  nextVersion,
  shownGroup,
} from './fleet-ground.ts';
import { templateSpec } from './server-ground.ts';
import { converge, deleteFully, differences, eventually, find, type World } from './world.ts';

async function prepare(world: World) {
  const ground = await fleetGround(world);
  return { ...ground, targetGroupArn: await anyTargetGroup(world, ground.vpcId) };
}

async function stripTags({ aws, identity }: World, id: string): Promise<void> {
  const keys = Object.keys(identity('autoscaling.group/any').tags);
  const Tags = keys.map((Key) => ({ ResourceId: id, ResourceType: 'auto-scaling-group', Key }));
  await aws.autoScaling.send(new DeleteTagsCommand({ Tags }));
}

const refused = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'accepted',
    (error: unknown) => classify(error).class,
  );

export default fixture({
  resource: AutoScalingGroup,
  missing: 'st-nobody-00000000-asg',
  prepare,
  initial: (ground) => groupSpec(ground, 'under-test'),
  changed: [
    { name: 'smallest size', change: () => ({ minSize: 2 }), expect: 'update' },
    { name: 'largest size', change: () => ({ maxSize: 6 }), expect: 'update' },
    { name: 'wanted capacity', change: () => ({ desiredCapacity: 2 }), expect: 'update' },
    {
      name: 'set of subnets',
      change: ({ subnetId, otherSubnetId }) => ({ subnetIds: [otherSubnetId, subnetId] }),
      expect: 'update',
    },
    { name: 'health check', change: () => ({ healthCheckType: 'ELB' as const }), expect: 'update' },
    { name: 'grace period', change: () => ({ healthCheckGracePeriod: 60 }), expect: 'update' },
    { name: 'warm-up', change: () => ({ defaultInstanceWarmup: 30 }), expect: 'update' },
    {
      name: 'maintenance policy',
      change: () => ({ instanceMaintenancePolicy: { minHealthyPercentage: 90, maxHealthyPercentage: 110 } }),
      expect: 'update',
    },
    {
      name: 'set of target groups',
      change: ({ targetGroupArn }) => ({ targetGroupArns: [targetGroupArn] }),
      expect: 'update',
    },
    { name: 'set of metrics', change: () => ({ metrics: ['GroupTotalInstances'] }), expect: 'update' },
    { name: 'protection', change: () => ({ deletionProtection: 'none' as const }), expect: 'update' },
    { name: 'tag of instances', change: () => ({ instanceTags: { team: 'shop', part: 'web' } }), expect: 'update' },
    { name: 'name', change: ({ named }) => ({ name: named('renamed') }), expect: 'replace' },
  ],
  stranger: ({ named }, index) => ({ name: named(`stranger-${index}`) }),
  strip: stripTags,
  extra(open) {
    const build = async (minSize = 1) => {
      const world = open();
      const ground = await fleetGround(world);
      const live = await anyGroup(world, ground, 'extra', minSize);
      return { world, ground, live, spec: groupSpec(ground, 'extra', minSize) };
    };

    test('DesiredCapacity is of Auto Scaling: what policies and people set is left alone', async () => {
      const { world, spec, live } = await build();
      await world.aws.autoScaling.send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName: live.id, DesiredCapacity: 3 }),
      );
      const seen = await eventually('three instances', async () => {
        const found = await find(world.aws, AutoScalingGroup, live.self);
        return found?.attributes.instances === 3 && found;
      });
      expect(differences(AutoScalingGroup, spec, seen)).toEqual([]);
    });

    test('a capacity that a person asks for is asked once, policies may leave it, and the next number counts again', async () => {
      const { world, spec, live } = await build();
      const asked = { ...spec, desiredCapacity: 3 };
      const three = await converge(world.aws, AutoScalingGroup, live.self, asked);
      expect(three.attributes.desiredCapacity).toBe(3);
      await world.aws.autoScaling.send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName: live.id, DesiredCapacity: 2 }),
      );
      const later = await find(world.aws, AutoScalingGroup, live.self);
      expect(later?.attributes.desiredCapacity).toBe(2);
      expect(later && differences(AutoScalingGroup, asked, later)).toEqual([]);
      const four = await converge(world.aws, AutoScalingGroup, live.self, { ...spec, desiredCapacity: 4 });
      expect(four.attributes.desiredCapacity).toBe(4);
    });

    test('how many serve is told: nobody who is on the way in, out, or ill', async () => {
      const { world, live, spec } = await build(2);
      expect(live.attributes).toMatchObject({ desiredCapacity: 2, instances: 2 });
      await proxyControl(world.endpoint).configure({ factor: 15 }, world.aws.accountID);
      await AutoScalingGroup.update(world.aws, live, { ...spec, minSize: 3 }, [
        { path: 'minSize', from: 2, to: 3, impact: 'online' },
      ]);
      const growing = await find(world.aws, AutoScalingGroup, live.self);
      await proxyControl(world.endpoint).configure({ factor: FACTOR }, world.aws.accountID);
      expect(growing?.attributes).toMatchObject({ desiredCapacity: 3, instances: 2 });
      expect(growing?.health).toMatchObject({ phase: 'warming', reason: '2 of 3 instances are in service' });
    });

    test('a target group that a listener uses is let go of when the listener has moved, and not before', async () => {
      const world = open();
      const ground = await balancedGround(world);
      const listener = await world.build(Listener, '80', listenerSpec(ground));
      const { one, two } = ground;
      const self = world.identity('autoscaling.group/moving');
      const spec = { ...groupSpec(ground, 'moving'), targetGroupArns: [one] };
      const live = await converge(world.aws, AutoScalingGroup, self, spec);
      const wanted = { ...spec, targetGroupArns: [two] };
      const changes = differences(AutoScalingGroup, wanted, live);
      expect(await refused(AutoScalingGroup.update(world.aws, live, wanted, changes))).toBe('waiting');
      expect((await shownGroup(world, live.id))?.TargetGroupARNs?.toSorted()).toEqual([one, two].toSorted());
      const forward = { ...listenerSpec(ground), defaultAction: { type: 'forward', targetGroupArn: two } as const };
      await converge(world.aws, Listener, listener.self, forward);
      const moved = await converge(world.aws, AutoScalingGroup, self, wanted);
      expect(moved.spec.targetGroupArns).toEqual([two]);
    });

    test('changing min or max moves DesiredCapacity along, and that is no drift', async () => {
      const { world, spec, live } = await build(2);
      const smaller = await converge(world.aws, AutoScalingGroup, live.self, { ...spec, minSize: 1, maxSize: 1 });
      expect(smaller.attributes.desiredCapacity).toBe(1);
      const larger = await converge(world.aws, AutoScalingGroup, live.self, { ...spec, minSize: 3 });
      expect(larger.attributes).toMatchObject({ desiredCapacity: 3, instances: 3 });
    });

    test('a new launch template version is not its business: running instances keep theirs', async () => {
      const { world, ground, spec, live } = await build();
      const launchTemplateVersion = await nextVersion(world, ground);
      expect(differences(AutoScalingGroup, { ...spec, launchTemplateVersion }, live)).toEqual([]);
      expect((await shownGroup(world, live.id))?.LaunchTemplate?.Version).toBe('1');
    });

    test('its instances carry their own tags and nothing that says who owns the group', async () => {
      const { world, live } = await build();
      const [instance] = await instancesOf(world, live.id);
      const answer = await world.aws.ec2.send(
        new DescribeInstancesCommand({ InstanceIds: [instance?.InstanceId ?? ''] }),
      );
      const tags = answer.Reservations?.[0]?.Instances?.[0]?.Tags ?? [];
      expect(tags).toContainEqual({ Key: 'team', Value: 'shop' });
      expect(tags).toContainEqual({ Key: 'aws:autoscaling:groupName', Value: live.id });
      expect(tags.map(({ Key = '' }) => Key).filter((key) => key.startsWith('scalingtier.dev/'))).toEqual([]);
    });

    test("its instances stand in its subnets with the template's groups, and have public addresses when that says so", async () => {
      const world = open();
      const ground = await fleetGround(world);
      const template = await world.build(LaunchTemplate, 'ground', { ...templateSpec(ground), publicAddress: true });
      const { latestVersion } = template.attributes;
      const live = await anyGroup(world, { ...ground, latestVersion }, 'public');
      const [instance] = await instancesOf(world, live.id);
      const answer = await world.aws.ec2.send(
        new DescribeInstancesCommand({ InstanceIds: [instance?.InstanceId ?? ''] }),
      );
      expect(answer.Reservations?.[0]?.Instances?.[0]).toMatchObject({
        SubnetId: ground.subnetId,
        PublicIpAddress: expect.any(String),
        SecurityGroups: [expect.objectContaining({ GroupId: ground.groupId })],
      });
    });

    test('an instance that is not healthy is replaced', async () => {
      const { world, live, spec } = await build(2);
      const [first = ''] = (await instancesOf(world, live.id)).map(({ InstanceId = '' }) => InstanceId);
      await world.aws.autoScaling.send(
        new SetInstanceHealthCommand({ InstanceId: first, HealthStatus: 'Unhealthy', ShouldRespectGracePeriod: false }),
      );
      await eventually('the end of the first', async () => {
        return (await instancesOf(world, live.id)).every(({ InstanceId }) => InstanceId !== first);
      });
      const healed = await converge(world.aws, AutoScalingGroup, live.self, spec);
      expect(healed.attributes.instances).toBe(2);
    });

    test('instances ended behind its back are replaced', async () => {
      const { world, live } = await build();
      const [instance] = await instancesOf(world, live.id);
      const id = instance?.InstanceId ?? '';
      const DisableApiTermination = { Value: false };
      await world.aws.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, DisableApiTermination }));
      await world.aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
      await eventually('another instance', async () => {
        const left = await instancesOf(world, live.id);
        return left.some(({ InstanceId, LifecycleState }) => InstanceId !== id && LifecycleState === 'InService');
      });
    });

    test('a group that cannot launch says why, in the words of AWS, and goes on when it can', async () => {
      const world = open();
      const ground = await fleetGround(world);
      const spec = groupSpec(ground, 'short');
      const self = world.identity('autoscaling.group/short');
      const limit = 'You have requested more vCPU capacity than your current vCPU limit of 0 allows';
      const match = { account: world.aws.accountID, operation: 'CreateAutoScalingGroup' };
      await proxyControl(world.endpoint).addFaults({ match, effect: { kind: 'ending', as: limit }, count: 1 });
      await AutoScalingGroup.create(world.aws, self, spec);
      const short = await find(world.aws, AutoScalingGroup, self);
      expect(short?.health).toEqual({
        state: 'Pending',
        phase: 'warming',
        reason: `0 of 1 instances are in service; ${limit}. Launching EC2 instance failed.`,
      });
      await converge(world.aws, AutoScalingGroup, self, { ...spec, maxSize: 3 });
    });

    test('a group whose processes somebody suspended says so', async () => {
      const { world, live } = await build();
      await world.aws.autoScaling.send(
        new SuspendProcessesCommand({ AutoScalingGroupName: live.id, ScalingProcesses: ['Launch'] }),
      );
      await world.aws.autoScaling.send(
        new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: live.id, MinSize: 2 }),
      );
      const seen = await find(world.aws, AutoScalingGroup, live.self);
      expect(seen?.health.reason).toMatch(/process Launch is suspended/);
    });

    test('it is emptied before it is deleted, and never deleted by force', async () => {
      const { world, live } = await build(2);
      const { aws } = world;
      const AutoScalingGroupName = live.id;
      expect(await refused(aws.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName })))).toBe(
        'busy',
      );
      // Slow enough to be seen on its way.
      await proxyControl(world.endpoint).configure({ factor: 15 }, aws.accountID);
      await AutoScalingGroup.delete(aws, live);
      await proxyControl(world.endpoint).configure({ factor: FACTOR }, aws.accountID);
      const seen = await find(aws, AutoScalingGroup, live.self);
      expect(seen?.health).toMatchObject({ phase: 'deleting', state: expect.stringMatching(/^Emptying/) });
      await deleteFully(aws, AutoScalingGroup, live);
    });

    test('bounds that contradict each other, a name that is taken and a template that is not there are refused', async () => {
      const { world, ground, live, spec } = await build();
      const input = {
        AutoScalingGroupName: `${live.id}-other`,
        VPCZoneIdentifier: ground.subnetId,
        MinSize: 0,
        MaxSize: 1,
        LaunchTemplate: { LaunchTemplateId: ground.launchTemplateId, Version: '1' },
      };
      const create = (change: object) =>
        refused(world.aws.autoScaling.send(new CreateAutoScalingGroupCommand({ ...input, ...change })));
      expect(await create({ MinSize: 2 })).toBe('invalid');
      expect(await create({ AutoScalingGroupName: live.id })).toBe('exists');
      expect(await create({ LaunchTemplate: { ...input.LaunchTemplate, Version: '9' } })).toBe('invalid');
      const latest = { ...spec, name: input.AutoScalingGroupName, launchTemplateVersion: '$Latest' };
      const moving = AutoScalingGroup.create(world.aws, world.identity('autoscaling.group/latest'), latest);
      expect(await refused(moving)).toBe('invalid');
    });
  },
});
