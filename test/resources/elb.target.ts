/** How the contract suite tries a target that no Auto Scaling group registers. */
import { CreateTagsCommand, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeTagsCommand, RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Listener } from '../../src/resources/elb/listener.ts';
import { Target } from '../../src/resources/elb/target.ts';
import { targetsOf } from '../../src/resources/elb/target-health.ts';
import { arnOf, listenerGround, listenerSpec } from './elb-ground.ts';
import { atAwsOwnPace } from './faults.ts';
import { fixture } from './fixture.ts';
import { anyInstance } from './ground.ts';
import { converge, deleteFully, eventually, find, type World } from './world.ts';

const SERVERS = 4;

/** A group that a listener sends requests to, and running servers. */
async function prepare(world: World) {
  const ground = await listenerGround(world);
  await world.build(Listener, '80', listenerSpec(ground));
  const [subnetId = ''] = ground.subnetIds;
  const ids = await Promise.all(Array.from({ length: SERVERS }, () => anyInstance(world, subnetId)));
  await eventually('running instances', async () => {
    const { Reservations = [] } = await world.aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }));
    const states = Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name));
    return states.length === ids.length && states.every((state) => state === 'running');
  });
  return { ...ground, ids };
}

type Ground = Awaited<ReturnType<typeof prepare>>;

const specOf = ({ one, ids }: Ground, index = 0) =>
  ({ targetGroupArn: one, instanceId: ids[index] ?? '', registered: true }) as const;

export default fixture({
  resource: Target,
  missing: `${arnOf('targetgroup/st-never/0123456789abcdef')}/i-0123456789abcdef0`,
  prepare,
  initial: specOf,
  changed: [
    { name: 'group', change: ({ two }) => ({ targetGroupArn: two }), expect: 'replace' },
    { name: 'server', change: ({ ids }) => ({ instanceId: ids[1] ?? '' }), expect: 'replace' },
  ],
  // Of another group, because the stand-in takes ten tags where AWS takes fifty.
  stranger: (ground, index) => ({ targetGroupArn: ground.two, instanceId: specOf(ground, index).instanceId }),
  strip: null,
  extra(open) {
    test('it is ready when its checks pass, and says why they do not', async () => {
      const world = open();
      const ground = await prepare(world);
      const spec = specOf(ground);
      const Tags = [{ Key: 'sandbox/target-health', Value: 'Target.Timeout' }];
      await world.aws.ec2.send(new CreateTagsCommand({ Resources: [spec.instanceId], Tags }));
      const self = world.identity('elb.target/web');
      await Target.create(world.aws, self, spec);
      const failing = await eventually('failing checks', async () => {
        const seen = await find(world.aws, Target, self);
        return seen?.health.state === 'unhealthy' && seen.health;
      });
      expect(failing).toMatchObject({ phase: 'settling', reason: expect.stringContaining('Target.Timeout') });
    });

    test('taken off by somebody, it is registered again', async () => {
      const world = open();
      const ground = await prepare(world);
      const self = world.identity('elb.target/web');
      const live = await world.build(Target, 'web', specOf(ground));
      await Target.delete(world.aws, live);
      const seen = await eventually('no registration', async () => {
        const found = await find(world.aws, Target, self);
        return found?.health.state === 'unregistered' && found;
      });
      expect(seen.spec.registered).toBeNull();
      await converge(world.aws, Target, self, specOf(ground));
    });

    test('it is seen as on its way out until it has answered what it was sent', async () => {
      const world = open();
      const ground = await prepare(world);
      const live = await world.build(Target, 'web', specOf(ground));
      await atAwsOwnPace(world, async () => {
        await Target.delete(world.aws, live);
        const seen = await find(world.aws, Target, live.self);
        expect(seen?.health).toEqual({ state: 'draining', phase: 'deleting' });
      });
    });

    test('its end leaves other targets and no tag', async () => {
      const world = open();
      const ground = await prepare(world);
      const [, other = ''] = ground.ids;
      const input = { TargetGroupArn: ground.one, Targets: [{ Id: other }] };
      await world.aws.elb.send(new RegisterTargetsCommand(input));
      await deleteFully(world.aws, Target, await world.build(Target, 'web', specOf(ground)));
      expect((await targetsOf(world.aws, ground.one)).map(({ id }) => id)).toEqual([other]);
      const { TagDescriptions } = await world.aws.elb.send(new DescribeTagsCommand({ ResourceArns: [ground.one] }));
      expect(JSON.stringify(TagDescriptions)).not.toContain('scalingtier.dev/target-');
    });
  },
});
