/** What becomes of the servers of a fleet: replaced by an instance refresh, given back when that fails, sick, moved behind NAT. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  type InstanceRefresh,
} from '@aws-sdk/client-auto-scaling';
import { CreateTagsCommand, DescribeInstancesCommand, type Instance } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FleetScene, LONG, shopScene } from './fleet.ts';
import { condition } from './harness.ts';

const boot = (what: string) => ({ compute: { userData: { inline: `#!/bin/sh\necho ${what}\n` } } });

describe('the servers of a fleet', () => {
  let here: FleetScene;

  beforeAll(async () => {
    here = await shopScene('e2e-load-balanced-servers', '111111111122');
  });

  afterAll(async () => {
    await here?.close();
  });

  const refreshes = async (): Promise<readonly InstanceRefresh[]> => {
    const AutoScalingGroupName = await here.idOf('autoscaling.group/server');
    const call = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName });
    return (await here.account.autoScaling.send(call)).InstanceRefreshes ?? [];
  };

  const servers = async (): Promise<readonly Instance[]> => {
    const { Instances = [] } = await here.group();
    const InstanceIds = Instances.map(({ InstanceId = '' }) => InstanceId);
    const { Reservations = [] } = await here.account.ec2.send(new DescribeInstancesCommand({ InstanceIds }));
    return Reservations.flatMap(({ Instances: all = [] }) => all);
  };

  const versions = async (): Promise<readonly (string | undefined)[]> =>
    (await here.group()).Instances?.map(({ LaunchTemplate }) => LaunchTemplate?.Version) ?? [];

  test('give way to new ones with other user data, one refresh, new ones before old ones go', async () => {
    expect(await versions()).toEqual(['1', '1']);
    const began = new Date();
    await here.change(boot('second'));
    expect(await versions()).toEqual(['2', '2']);
    const [refresh, ...others] = await refreshes();
    expect(others).toEqual([]);
    expect(refresh).toMatchObject({
      Status: 'Successful',
      Preferences: { MinHealthyPercentage: 100, MaxHealthyPercentage: 120, AutoRollback: true, SkipMatching: true },
    });
    const AutoScalingGroupName = await here.idOf('autoscaling.group/server');
    const { Activities = [] } = await here.account.autoScaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName }),
    );
    const steps = Activities.filter(({ StartTime = new Date(0) }) => StartTime >= began)
      .toReversed()
      .map(({ Description = '' }) => (Description.startsWith('Launching') ? 1 : -1));
    const sizes = steps.map((_, index) => steps.slice(0, index + 1).reduce((sum: number, step) => sum + step, 2));
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(2);
  });

  test('stay when the new ones do not come up, and that version is not tried again', async () => {
    const before = (await here.group()).Instances?.map(({ InstanceId }) => InstanceId).sort();
    const [fault = ''] = await here.proxy.addFaults({
      match: { account: here.account.id, operation: 'StartInstanceRefresh' },
      effect: { kind: 'ending', as: 'Your quota allows for 0 more running instance(s).' },
    });
    await here.patch('shop', boot('third'));
    const failed = await here.until(
      'shop',
      'the refresh was rolled back, and that is told',
      (tier) =>
        condition(tier, 'Ready')?.status === 'False' &&
        /RollbackSuccessful/.test(condition(tier, 'Ready')?.message ?? ''),
      LONG,
    );
    await here.proxy.removeFault(fault);
    expect(condition(failed, 'Ready')?.message).toContain('not tried again');
    for (let look = 0; look < 3; look += 1) await here.lookNow('shop', LONG);
    const all = await refreshes();
    expect(all.map(({ Status }) => Status)).toEqual(['RollbackSuccessful', 'Successful']);
    expect((await here.group()).Instances?.map(({ InstanceId }) => InstanceId).sort()).toEqual(before);
    expect(await versions()).toEqual(['2', '2']);
    const states = (await here.targets()).map(({ TargetHealth }) => TargetHealth?.State);
    expect(states.filter((state) => state === 'healthy')).toHaveLength(2);
  });

  test('are brought on by the next version', async () => {
    await here.change(boot('fourth'));
    expect(await versions()).toEqual(['4', '4']);
    expect((await refreshes()).map(({ Status }) => Status)).toEqual(['Successful', 'RollbackSuccessful', 'Successful']);
  });

  test('that are sick are named with AWS’s reason, and replaced by AWS, which is no drift', async () => {
    await here.change({ compute: { autoScaling: { healthCheckGraceSeconds: 7200 } } });
    // So slow that AWS replaces nobody before it was read.
    await here.proxy.configure({ factor: 5 }, here.account.id);
    const [sick = ''] = (await servers()).map(({ InstanceId = '' }) => InstanceId);
    const Tags = [{ Key: 'sandbox/target-health', Value: 'Target.Timeout' }];
    await here.account.ec2.send(new CreateTagsCommand({ Resources: [sick], Tags }));
    const named = async (): Promise<string> => {
      const ready = condition(await here.lookNow('shop', LONG), 'Ready');
      return ready?.status === 'False' ? ready.message : '';
    };
    let message = await named();
    for (const end = Date.now() + LONG * 1000; !message.includes(sick) && Date.now() < end; message = await named())
      await delay(500);
    expect(message).toContain(sick);
    expect(message).toContain('Target.Timeout');
    const since = await here.proxy.latest();
    await here.proxy.configure({ factor: 200 }, here.account.id);
    await here.change({ compute: { autoScaling: { healthCheckGraceSeconds: 300 } } });
    const healed = await here.settled('shop', LONG);
    expect(healed.status.compute?.instances).toBe(2);
    expect((await servers()).map(({ InstanceId }) => InstanceId)).not.toContain(sick);
    expect(new Set((await here.made(since)).map(({ operation }) => operation))).toEqual(
      new Set(['UpdateAutoScalingGroup']),
    );
  });

  test('move behind a NAT gateway once it is a way out, and have no public addresses then', async () => {
    expect((await servers()).every(({ PublicIpAddress }) => PublicIpAddress !== undefined)).toBe(true);
    const since = await here.proxy.latest();
    await here.change({ network: { create: { natGateways: 'Single' } } });
    const moved = await servers();
    expect(moved.map(({ PublicIpAddress }) => PublicIpAddress)).toEqual([undefined, undefined]);
    const subnets = [await here.idOf('ec2.subnet/app-a'), await here.idOf('ec2.subnet/app-b')];
    expect(moved.map(({ SubnetId }) => SubnetId).sort()).toEqual(subnets.sort());
    const order = (await here.made(since)).map(({ operation }) => operation);
    expect(order.indexOf('CreateNatGateway')).toBeGreaterThanOrEqual(0);
    expect(order.lastIndexOf('CreateRoute')).toBeLessThan(order.indexOf('UpdateAutoScalingGroup'));
    expect(order.indexOf('UpdateAutoScalingGroup')).toBeLessThan(order.indexOf('StartInstanceRefresh'));
  });
});
