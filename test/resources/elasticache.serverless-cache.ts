/** How the contract suite tries a serverless cache. */
import { DescribeServerlessCacheSnapshotsCommand, ModifyServerlessCacheCommand } from '@aws-sdk/client-elasticache';
import { ServerlessCache, type ServerlessCacheSpec } from '../../src/resources/elasticache/serverless-cache.ts';
import { anySubnets, cacheName, withoutDescription } from './cache-ground.ts';
import { fixture } from './fixture.ts';
import { anySecurityGroup } from './ground.ts';
import { deleteFully, type World } from './world.ts';

async function prepare(world: World) {
  const { vpcId, subnetIds } = await anySubnets(world);
  const { groupId } = await anySecurityGroup(world, vpcId);
  return { subnetIds, groupId, name: (suffix: string) => cacheName(world, suffix) };
}

const initial = ({ subnetIds, groupId, name }: Awaited<ReturnType<typeof prepare>>): ServerlessCacheSpec => ({
  name: name('c'),
  description: 'sessions',
  engine: 'valkey',
  majorEngineVersion: '8',
  maxDataStorageGB: 10,
  maxECPUPerSecond: 5000,
  securityGroupIds: [groupId],
  subnetIds,
  userGroupId: null,
  snapshotRetentionLimit: 1,
  finalSnapshotName: null,
});

export default fixture({
  resource: ServerlessCache,
  missing: 'st-nobody-00000000-c',
  prepare,
  initial,
  changed: [
    { name: 'limit', change: () => ({ maxDataStorageGB: 20 }), expect: 'update' },
    { name: 'description', change: () => ({ description: 'sessions of the shop' }), expect: 'update' },
    { name: 'retention', change: () => ({ snapshotRetentionLimit: 7 }), expect: 'update' },
    { name: 'name of the last snapshot', change: () => ({ finalSnapshotName: 'st-web-final' }), expect: 'update' },
    { name: 'name', change: ({ name }) => ({ name: name('other') }), expect: 'replace' },
  ],
  stranger: ({ name }, index) => ({ name: name(`s-${index}`) }),
  strip: (world, ServerlessCacheName) =>
    withoutDescription(
      world,
      ServerlessCache,
      ServerlessCacheName,
      world.aws.elastiCache.send(new ModifyServerlessCacheCommand({ ServerlessCacheName, Description: ' ' })),
    ),
  extra: (open) => {
    test('at its end a snapshot is left when one was asked for', async () => {
      const world = open();
      const ground = await prepare(world);
      const spec = { ...initial(ground), finalSnapshotName: 'st-web-final' };
      const live = await world.build(ServerlessCache, 'cache', spec);
      await deleteFully(world.aws, ServerlessCache, live);
      const answer = await world.aws.elastiCache.send(new DescribeServerlessCacheSnapshotsCommand({}));
      const names = (answer.ServerlessCacheSnapshots ?? []).map((one) => one.ServerlessCacheSnapshotName);
      expect(names).toContain(`st-web-final-${world.owner.uid.slice(0, 8)}-1`);
    });
  },
});
