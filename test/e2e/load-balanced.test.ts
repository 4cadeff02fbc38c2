/** The life of a tier with a fleet behind a load balancer: built, at rest, of another size, with another cache. */
import { DescribePoliciesCommand, SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeLoadBalancersCommand, DescribeTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeReplicationGroupsCommand, type ReplicationGroup } from '@aws-sdk/client-elasticache';
import { GetPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kubectl, kubectlJson, tryKubectl } from '../sandbox/kubectl.ts';
import { type FleetScene, fleetScene, LONG, SHOP } from './fleet.ts';
import { condition } from './harness.ts';

describe('a tier with a fleet', () => {
  let here: FleetScene;

  beforeAll(async () => {
    here = await fleetScene('e2e-load-balanced', '111111111120');
  });

  afterAll(async () => {
    await here?.close();
  });

  const cacheOf = async (): Promise<ReplicationGroup> => {
    const ReplicationGroupId = await here.idOf('elasticache.replication-group/main');
    const call = new DescribeReplicationGroupsCommand({ ReplicationGroupId });
    return (await here.account.elastiCache.send(call)).ReplicationGroups?.[0] ?? {};
  };

  test('is built by a short manifest: load balancer, two healthy servers in two zones, cache, bucket, database', async () => {
    await here.apply('shop', SHOP);
    const tier = await here.settled('shop', 2 * LONG);
    expect(tier.status.stage).toBe('LoadBalanced');
    const { Instances = [], ...group } = await here.group();
    expect(group).toMatchObject({ MinSize: 2, MaxSize: 4, HealthCheckType: 'ELB', HealthCheckGracePeriod: 300 });
    expect(new Set(Instances.map(({ AvailabilityZone }) => AvailabilityZone)).size).toBe(2);
    const targets = await here.targets();
    expect(targets.map(({ TargetHealth }) => TargetHealth?.State)).toEqual(['healthy', 'healthy']);
    expect(await cacheOf()).toMatchObject({ TransitEncryptionEnabled: true, AtRestEncryptionEnabled: true });
    const Bucket = tier.status.endpoints?.bucket ?? '';
    const block = await here.account.s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(Object.values(block.PublicAccessBlockConfiguration ?? {})).toEqual([true, true, true, true]);
  });

  test('says where everything is, and how many servers serve', async () => {
    const { endpoints, compute } = (await here.get('shop')).status;
    expect(endpoints?.application).toBe(`http://${endpoints?.loadBalancerDNS}`);
    expect(endpoints?.cachePrimary).toMatch(/cache\.amazonaws\.com/);
    expect(endpoints?.databaseWriter).toMatch(/rds\.amazonaws\.com/);
    expect(compute).toEqual({ instances: 2, selector: 'scalingtier.dev/name=shop' });
  });

  test('is at rest: nothing to plan, and nothing is written in the next looks', async () => {
    const since = await here.proxy.latest();
    for (let look = 0; look < 3; look += 1) {
      const tier = await here.lookNow('shop', LONG);
      expect(tier.status.plan?.summary).toBe('+0 ~0 -0');
      expect(condition(tier, 'Ready')?.status).toBe('True');
    }
    expect(await here.made(since)).toEqual([]);
  });

  test('grows with its least size, and follows another policy', async () => {
    await here.change({
      compute: {
        autoScaling: {
          minSize: 3,
          maxSize: 6,
          policies: [
            { metric: 'CPUUtilization', targetValue: 70 },
            { metric: 'RequestCountPerTarget', targetValue: 1000, targetGroup: 'web' },
          ],
        },
      },
    });
    const { AutoScalingGroupName, MinSize, MaxSize, Instances } = await here.group();
    expect([MinSize, MaxSize, Instances?.length]).toEqual([3, 6, 3]);
    expect((await here.get('shop')).status.compute?.instances).toBe(3);
    const { ScalingPolicies = [] } = await here.account.autoScaling.send(
      new DescribePoliciesCommand({ AutoScalingGroupName }),
    );
    const tracked = ScalingPolicies.map(({ TargetTrackingConfiguration: tracking }) => tracking);
    expect(tracked.map((tracking) => tracking?.TargetValue).sort()).toEqual([1000, 70]);
    const labels = tracked.flatMap((tracking) => tracking?.PredefinedMetricSpecification?.ResourceLabel ?? []);
    expect(labels).toEqual([expect.stringMatching(/^app\/st-.+\/[0-9a-f]+\/targetgroup\/st-.+\/[0-9a-f]+$/)]);
  });

  test('is scaled by kubectl, within its bounds alone', async () => {
    const scale = (replicas: number) => [
      ...['scale', 'scalingtier', 'shop', '--namespace', here.namespace],
      `--replicas=${replicas}`,
    ];
    const { generation } = (await here.get('shop')).metadata;
    await kubectl(here.state, scale(5));
    await here.until('shop', 'five servers', ({ status }) => status.compute?.instances === 5, LONG);
    const tier = await here.settled('shop', LONG);
    expect(tier.metadata.generation).toBeGreaterThan(generation);
    expect((await here.group()).DesiredCapacity).toBe(5);
    const seen = await kubectlJson<{ spec: { replicas: number }; status: { replicas: number; selector: string } }>(
      here.state,
      ['get', 'scalingtier', 'shop', '--namespace', here.namespace, '--subresource=scale'],
    );
    expect(seen).toMatchObject({
      spec: { replicas: 5 },
      status: { replicas: 5, selector: 'scalingtier.dev/name=shop' },
    });
    const refused = await tryKubectl(here.state, scale(7));
    expect(refused.stderr).toContain('must lie between minSize and maxSize');
  });

  test('leaves the number to the policies once it was asked for', async () => {
    const since = await here.proxy.latest();
    const AutoScalingGroupName = await here.idOf('autoscaling.group/server');
    // A policy does the same when its metric falls; the stand-in has no metrics.
    await here.account.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 3 }));
    const looks: (number | undefined)[] = [];
    for (let look = 0; look < 3; look += 1) looks.push((await here.lookNow('shop', LONG)).status.compute?.instances);
    expect(looks.at(-1)).toBe(3);
    expect((await here.group()).DesiredCapacity).toBe(3);
    expect(await here.made(since)).toEqual([]);
    expect(condition(await here.settled('shop', LONG), 'Ready')?.status).toBe('True');
    expect((await here.events('shop')).map(({ reason }) => reason)).not.toContain('DriftDetected');
  });

  test('spreads over a third zone: subnets of the group, of the load balancer, of database and cache', async () => {
    await here.change({ network: { create: { zoneCount: 3 } } });
    const { VPCZoneIdentifier = '' } = await here.group();
    const subnets = await Promise.all(['a', 'b', 'c'].map((zone) => here.idOf(`ec2.subnet/public-${zone}`)));
    expect(VPCZoneIdentifier.split(',').sort()).toEqual(subnets.sort());
    const { LoadBalancers = [] } = await here.account.elb.send(new DescribeLoadBalancersCommand({}));
    expect(LoadBalancers.map(({ AvailabilityZones: zones = [] }) => zones.length)).toEqual([3]);
  });

  test('is tagged anew without any server going', async () => {
    const before = (await here.group()).Instances?.map(({ InstanceId }) => InstanceId);
    await here.change({ tags: { Team: 'storefront' } });
    const { Tags = [], Instances } = await here.group();
    expect(Tags).toEqual(
      expect.arrayContaining([expect.objectContaining({ Key: 'Team', Value: 'storefront', PropagateAtLaunch: true })]),
    );
    const ResourceArns = [await here.idOf('elb.load-balancer/main'), await here.idOf('elb.target-group/web')];
    const { TagDescriptions = [] } = await here.account.elb.send(new DescribeTagsCommand({ ResourceArns }));
    for (const { Tags: tags } of TagDescriptions) expect(tags).toContainEqual({ Key: 'Team', Value: 'storefront' });
    expect(Instances?.map(({ InstanceId }) => InstanceId)).toEqual(before);
  });

  test('gets a larger cache, and the plan said what that does', async () => {
    const planned = await here.change({ cache: { nodeType: 'cache.t4g.medium' } });
    expect(planned.status.plan?.text ?? '').toContain('cacheNodeType');
    expect(await cacheOf()).toMatchObject({ CacheNodeType: 'cache.t4g.medium', Status: 'available' });
  });

  test('gets replicas of the cache in other zones, with failover, and gives them back', async () => {
    await here.change({ cache: { replicas: 2, multiAZ: true } });
    expect(await cacheOf()).toMatchObject({ AutomaticFailover: 'enabled', MultiAZ: 'enabled' });
    expect((await cacheOf()).MemberClusters).toHaveLength(3);
    await here.change({ cache: { replicas: 0, multiAZ: false } });
    expect((await cacheOf()).MemberClusters).toHaveLength(1);
  });
});
