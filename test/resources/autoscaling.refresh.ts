/** How the contract suite tries the refresh of a group's instances. */
import {
  CancelInstanceRefreshCommand,
  DescribeInstanceRefreshesCommand,
  type InstanceRefresh as Refresh,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { classify } from '../../src/aws/errors.ts';
import { InstanceRefresh, type InstanceRefreshSpec } from '../../src/resources/autoscaling/refresh.ts';
import { proxyControl } from '../sandbox/proxy/client.ts';
import { atAwsOwnPace } from './faults.ts';
import { fixture } from './fixture.ts';
import { anyGroup, fleetGround, instancesOf, nextVersion, shownGroup } from './fleet-ground.ts';
import { converge, deleteFully, differences, eventually, find, type World } from './world.ts';

async function prepare(world: World) {
  const ground = await fleetGround(world);
  const names: string[] = [];
  for (const name of ['first', 'second', 'third', 'fourth']) names.push((await anyGroup(world, ground, name, 0)).id);
  return { ...ground, names, second: await nextVersion(world, ground) };
}

interface Template {
  readonly launchTemplateId: string;
  readonly latestVersion: string;
}

const specOf = (groupName: string, { launchTemplateId, latestVersion }: Template): InstanceRefreshSpec => ({
  ...{ groupName, launchTemplateId, launchTemplateVersion: latestVersion },
  ...{ minHealthyPercentage: 100, maxHealthyPercentage: 120 },
});

async function refreshesOf({ aws }: World, AutoScalingGroupName: string): Promise<readonly Refresh[]> {
  const answer = await aws.autoScaling.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName }));
  return answer.InstanceRefreshes ?? [];
}

const versionsOf = async (world: World, name: string): Promise<readonly (string | undefined)[]> =>
  (await instancesOf(world, name))
    .filter(({ LifecycleState }) => LifecycleState !== 'Terminating')
    .map(({ LaunchTemplate }) => LaunchTemplate?.Version);

export default fixture({
  resource: InstanceRefresh,
  missing: 'st-nobody-00000000-asg/refresh',
  prepare,
  initial: ({ names, ...template }) => specOf(names[0] ?? '', template),
  changed: [
    { name: 'version', change: ({ second }) => ({ launchTemplateVersion: second }), expect: 'update' },
    { name: 'group', change: ({ names }) => ({ groupName: names[1] ?? '' }), expect: 'replace' },
  ],
  stranger: ({ names }, index) => ({ groupName: names[index] ?? '' }),
  strip: null,
  extra(open) {
    /** A group that runs the first version of its template, and is known to. */
    const build = async (minSize = 2) => {
      const world = open();
      const ground = await fleetGround(world);
      const group = await anyGroup(world, ground, 'extra', minSize);
      const spec = specOf(group.id, ground);
      const live = await world.build(InstanceRefresh, 'extra', spec);
      const launchTemplateVersion = await nextVersion(world, ground);
      return { world, ground, group, spec, live, next: { ...spec, launchTemplateVersion } };
    };

    const ask = (world: World, live: Parameters<typeof InstanceRefresh.update>[1], spec: InstanceRefreshSpec) =>
      InstanceRefresh.update(world.aws, live, spec, differences(InstanceRefresh, spec, live));

    const failing = async ({ aws, endpoint }: World): Promise<void> => {
      const match = { account: aws.accountID, operation: 'StartInstanceRefresh' };
      const effect = { kind: 'ending', as: 'We currently do not have sufficient t4g.small capacity' } as const;
      await proxyControl(endpoint).addFaults({ match, effect, count: 1 });
    };

    test('a new launch template version does nothing to running instances before it, and all run it afterwards', async () => {
      const { world, group, next, live } = await build();
      const before = (await instancesOf(world, group.id)).map(({ InstanceId }) => InstanceId);
      expect(await versionsOf(world, group.id)).toEqual(['1', '1']);
      const after = await converge(world.aws, InstanceRefresh, live.self, next);
      expect(after.attributes.runningVersion).toBe('2');
      expect(await versionsOf(world, group.id)).toEqual(['2', '2']);
      expect((await instancesOf(world, group.id)).map(({ InstanceId }) => InstanceId)).not.toEqual(
        expect.arrayContaining(before),
      );
      expect((await shownGroup(world, group.id))?.LaunchTemplate?.Version).toBe('2');
      expect(await refreshesOf(world, group.id)).toMatchObject([
        { Status: 'Successful', Preferences: { SkipMatching: true, AutoRollback: true, MinHealthyPercentage: 100 } },
      ]);
    });

    test('it is started once for each version, however often it is asked, and says how far it is', async () => {
      const { world, group, next, live } = await build();
      await atAwsOwnPace(world, async () => {
        await ask(world, live, next);
        await ask(world, live, next);
        const seen = await find(world.aws, InstanceRefresh, live.self);
        expect(seen && differences(InstanceRefresh, next, seen)).toEqual([]);
        expect(seen?.health).toEqual({
          state: 'InProgress',
          phase: 'warming',
          reason: 'version 2: 0% complete, 2 instances to update',
        });
      });
      expect(await refreshesOf(world, group.id)).toHaveLength(1);
    });

    test('a refresh with one instance starts the new one before the old one goes', async () => {
      const { world, group, next, live } = await build(1);
      await ask(world, live, next);
      await eventually('the end of the refresh', async () => {
        const serving = (await instancesOf(world, group.id)).filter(
          ({ LifecycleState }) => LifecycleState === 'InService',
        );
        expect(serving.length).toBeGreaterThanOrEqual(1);
        return (await refreshesOf(world, group.id))[0]?.Status === 'Successful';
      });
    });

    test('rollback, then re-apply loop: a version that was rolled back is not tried again', async () => {
      const { world, group, next, live } = await build();
      await failing(world);
      await ask(world, live, next);
      const seen = await eventually('the end of the rollback', async () => {
        const found = await find(world.aws, InstanceRefresh, live.self);
        return found?.health.phase === 'failed' && found;
      });
      expect(seen.health.state).toBe('RollbackSuccessful');
      expect(seen.health.reason).toMatch(/^version 2 ended as RollbackSuccessful and is not tried again: .*sufficient/);
      await ask(world, seen, next);
      const noted = await find(world.aws, InstanceRefresh, live.self);
      expect(noted && differences(InstanceRefresh, next, noted)).toEqual([]);
      expect(noted?.health).toEqual(seen.health);
      expect(await versionsOf(world, group.id)).toEqual(['1', '1']);
      expect(await refreshesOf(world, group.id)).toHaveLength(1);
    });

    test('after a version that was rolled back the next one is tried', async () => {
      const { world, ground, group, next, live } = await build();
      await failing(world);
      await ask(world, live, next);
      await eventually('the end of the rollback', async () => {
        return (await refreshesOf(world, group.id))[0]?.Status === 'RollbackSuccessful';
      });
      const launchTemplateVersion = await nextVersion(world, ground, 3);
      await converge(world.aws, InstanceRefresh, live.self, { ...next, launchTemplateVersion });
      expect(await versionsOf(world, group.id)).toEqual(['3', '3']);
    });

    test('a version that is overtaken by another is called off', async () => {
      const { world, ground, group, next, live } = await build();
      await ask(world, live, next);
      const launchTemplateVersion = await nextVersion(world, ground, 3);
      await converge(world.aws, InstanceRefresh, live.self, { ...next, launchTemplateVersion });
      expect(await versionsOf(world, group.id)).toEqual(['3', '3']);
    });

    test('a refresh that a person called off is not started behind their back', async () => {
      const { world, group, next, live } = await build();
      await ask(world, live, next);
      await world.aws.autoScaling.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName: group.id }));
      const seen = await eventually('the end of the refresh', async () => {
        const found = await find(world.aws, InstanceRefresh, live.self);
        return found?.health.phase === 'failed' && found;
      });
      expect(seen.health.state).toBe('Cancelled');
      await ask(world, seen, next);
      const noted = await find(world.aws, InstanceRefresh, live.self);
      expect(noted && differences(InstanceRefresh, next, noted)).toEqual([]);
      expect(await refreshesOf(world, group.id)).toHaveLength(1);
    });

    test('a version that somebody set behind our back is seen, and put right', async () => {
      const { world, ground, group, spec, live } = await build();
      const LaunchTemplate = { LaunchTemplateId: ground.launchTemplateId, Version: '2' };
      const AutoScalingGroupName = group.id;
      await world.aws.autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, LaunchTemplate }));
      const seen = await find(world.aws, InstanceRefresh, live.self);
      expect(seen && differences(InstanceRefresh, spec, seen)).not.toEqual([]);
      await converge(world.aws, InstanceRefresh, live.self, spec);
      expect(await versionsOf(world, group.id)).toEqual(['1', '1']);
    });

    test('auto-rollback is impossible with $Latest, so no such version is ever asked for', async () => {
      const { world, live, spec } = await build(1);
      const moving = ask(world, live, { ...spec, launchTemplateVersion: '$Latest' });
      expect(await moving.catch((error: unknown) => classify(error).class)).toBe('invalid');
    });

    test('its end calls off what is under way and leaves the group alone', async () => {
      const { world, group, next, live } = await build();
      await ask(world, live, next);
      await deleteFully(world.aws, InstanceRefresh, live);
      await eventually('the end of the refresh', async () => {
        return (await refreshesOf(world, group.id))[0]?.Status === 'Cancelled';
      });
      expect(await shownGroup(world, group.id)).toBeDefined();
    });
  },
});
