/** How the contract suite tries a target group. */
import { CreateTagsCommand, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { DeregisterTargetsCommand, RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { classify } from '../../src/aws/errors.ts';
import { uniqueName } from '../../src/aws/ownership.ts';
import { allOf } from '../../src/aws/pages.ts';
import { Listener } from '../../src/resources/elb/listener.ts';
import {
  TARGET_GROUP_NAME,
  TargetGroup,
  type TargetGroupAttributes,
  type TargetGroupSpec,
} from '../../src/resources/elb/target-group.ts';
import { targetsOf } from '../../src/resources/elb/target-health.ts';
import { arnOf, balancingGround, groupSpec, listenerGround, listenerSpec, stripBalancingTags } from './elb-ground.ts';
import { atAwsOwnPace } from './faults.ts';
import { fixture } from './fixture.ts';
import { anyInstance } from './ground.ts';
import { converge, deleteFully, differences, eventually, find, observeTier, type World } from './world.ts';

const classOf = (error: unknown): string => classify(error).class;

/** Instances in these subnets, as soon as they run. */
async function running(world: World, subnetIds: readonly string[]): Promise<readonly string[]> {
  const ids = await Promise.all(subnetIds.map((subnetId) => anyInstance(world, subnetId)));
  await eventually('running instances', async () => {
    const { Reservations = [] } = await world.aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: [...ids] }));
    const states = Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name));
    return states.length === ids.length && states.every((state) => state === 'running');
  });
  return ids;
}

const targetList = (ids: readonly string[]): { Id: string }[] => ids.map((Id) => ({ Id }));

type Ground = Awaited<ReturnType<typeof balancingGround>>;

export default fixture<TargetGroupSpec, TargetGroupAttributes, Ground>({
  resource: TargetGroup,
  missing: arnOf('targetgroup/st-never/0123456789abcdef'),
  prepare: balancingGround,
  initial: (ground) => groupSpec(ground),
  changed: [
    {
      name: 'health check',
      change: (ground) => ({ healthCheck: { ...groupSpec(ground).healthCheck, path: '/ready', intervalSeconds: 30 } }),
      expect: 'update',
    },
    {
      name: 'matcher and threshold',
      change: (ground) => ({
        healthCheck: { ...groupSpec(ground).healthCheck, matcher: '200,302', healthyThreshold: 3 },
      }),
      expect: 'update',
    },
    {
      name: 'attribute',
      change: () => ({ attributes: { 'deregistration_delay.timeout_seconds': '30' } }),
      expect: 'update',
    },
    { name: 'port', change: () => ({ port: 9090 }), expect: 'replace' },
    { name: 'protocol', change: () => ({ protocol: 'HTTPS' }), expect: 'replace' },
    { name: 'version of the protocol', change: () => ({ protocolVersion: 'HTTP2' }), expect: 'replace' },
    { name: 'VPC', change: () => ({ vpcId: 'vpc-0123456789abcdef0' }), expect: 'replace' },
    { name: 'sort of targets', change: () => ({ targetType: 'ip' }), expect: 'replace' },
    {
      name: 'name',
      change: ({ world }) => ({ name: uniqueName(world.owner, 'other', TARGET_GROUP_NAME) }),
      expect: 'replace',
    },
  ],
  stranger: ({ world }, index) => ({ name: uniqueName(world.owner, `s${index}`, TARGET_GROUP_NAME) }),
  strip: stripBalancingTags,
  extra(open) {
    test('what takes the place of another stands beside it, under a name of its own', async () => {
      const world = open();
      const ground = await balancingGround(world);
      const old = await world.build(TargetGroup, 'web', groupSpec(ground));
      const spec = { ...groupSpec(ground), port: 9090 };
      await TargetGroup.create(world.aws, world.identity('elb.target-group/web', 2), spec);
      const both = await observeTier(world.aws, TargetGroup, world.owner);
      expect(both.map(({ incarnation, spec: seen }) => [incarnation, seen.name, seen.port])).toEqual([
        [1, spec.name, 8080],
        [2, spec.name, 9090],
      ]);
      expect(TargetGroup.replace).toBe('createFirst');
      expect(old.attributes.fullName).toMatch(/^targetgroup\/st-.*-1\/[0-9a-f]{16}$/);
    });

    test('it cannot go while a listener refers to it', async () => {
      const world = open();
      const ground = await listenerGround(world);
      const listener = await world.build(Listener, '80', listenerSpec(ground));
      const [group] = await allOf(TargetGroup.observe(world.aws, { by: 'ids', ids: [ground.one] }));
      if (!group) throw new Error(`${ground.one} is gone`);
      const live = { ...group, self: world.identity('elb.target-group/one') };
      expect(await TargetGroup.delete(world.aws, live).catch(classOf)).toBe('busy');
      await deleteFully(world.aws, Listener, listener);
      await deleteFully(world.aws, TargetGroup, live);
    });

    test('how many targets have to be healthy is kept, and asked for no targets is ready', async () => {
      const world = open();
      const ground = await balancingGround(world);
      const self = world.identity('elb.target-group/web');
      const free = await world.build(TargetGroup, 'web', groupSpec(ground));
      expect(free.health).toEqual({ state: 'active', phase: 'ready' });
      const gated = { ...groupSpec(ground), minimumHealthy: 2 };
      await TargetGroup.update(world.aws, free, gated, differences(TargetGroup, gated, free));
      const seen = await find(world.aws, TargetGroup, self);
      expect(seen && differences(TargetGroup, gated, seen)).toEqual([]);
      expect(seen?.health).toMatchObject({ phase: 'warming', reason: '0 of at least 2 targets are healthy' });
    });

    test('it is ready when enough targets are healthy in two zones, and says why others are not', async () => {
      const world = open();
      const ground = await listenerGround(world);
      await world.build(Listener, '80', listenerSpec(ground));
      const ids = await running(world, ground.subnetIds.slice(0, 2));
      const { elb, ec2 } = world.aws;
      await elb.send(new RegisterTargetsCommand({ TargetGroupArn: ground.one, Targets: targetList(ids) }));
      const self = world.identity('elb.target-group/one');
      const spec = { ...groupSpec(ground, 'one'), minimumHealthy: 2 };
      await converge(world.aws, TargetGroup, self, spec);
      const [failing = ''] = ids;
      const Tags = [{ Key: 'sandbox/target-health', Value: 'Target.Timeout' }];
      await ec2.send(new CreateTagsCommand({ Resources: [failing], Tags }));
      const health = await eventually('an unhealthy target', async () => {
        const seen = await find(world.aws, TargetGroup, self);
        return seen?.health.phase === 'warming' && seen.health;
      });
      expect(health).toEqual({
        state: 'unhealthy',
        phase: 'warming',
        reason: `1 of at least 2 targets are healthy; ${failing} is unhealthy (Target.Timeout: Request timed out)`,
      });
    });

    test('a target that was taken off drains until the delay ends, and counts for nothing', async () => {
      const world = open();
      const ground = await listenerGround(world);
      await world.build(Listener, '80', listenerSpec(ground));
      const ids = await running(world, ground.subnetIds.slice(0, 1));
      const input = { TargetGroupArn: ground.one, Targets: targetList(ids) };
      await world.aws.elb.send(new RegisterTargetsCommand(input));
      await atAwsOwnPace(world, async () => {
        await world.aws.elb.send(new DeregisterTargetsCommand(input));
        const [target] = await targetsOf(world.aws, ground.one);
        expect(target).toMatchObject({ id: ids[0], state: 'draining', reason: 'Target.DeregistrationInProgress' });
      });
    });

    test('who is registered is no difference', async () => {
      const world = open();
      const ground = await balancingGround(world);
      const live = await world.build(TargetGroup, 'web', groupSpec(ground));
      const ids = await running(world, ground.subnetIds.slice(0, 1));
      await world.aws.elb.send(new RegisterTargetsCommand({ TargetGroupArn: live.id, Targets: targetList(ids) }));
      const seen = await find(world.aws, TargetGroup, live.self);
      expect(seen && differences(TargetGroup, groupSpec(ground), seen)).toEqual([]);
    });
  },
});
