/** How the contract suite tries a serverless cache. */
import { ModifyServerlessCacheCommand } from '@aws-sdk/client-elasticache';
import { ServerlessCache } from '../../src/resources/elasticache/serverless-cache.ts';
import { anySubnets, cacheName, withoutDescription } from './cache-ground.ts';
import { fixture } from './fixture.ts';
import { anySecurityGroup } from './ground.ts';

export default fixture({
  resource: ServerlessCache,
  missing: 'st-nobody-00000000-c',
  prepare: async (world) => {
    const { vpcId, subnetIds } = await anySubnets(world);
    const { groupId } = await anySecurityGroup(world, vpcId);
    return { subnetIds, groupId, name: (suffix: string) => cacheName(world, suffix) };
  },
  initial: ({ subnetIds, groupId, name }) => ({
    name: name('c'),
    description: 'sessions',
    engine: 'valkey' as const,
    majorEngineVersion: '8',
    maxDataStorageGB: 10,
    maxECPUPerSecond: 5000,
    securityGroupIds: [groupId],
    subnetIds,
    userGroupId: null,
    snapshotRetentionLimit: 1,
  }),
  changed: [
    { name: 'limit', change: () => ({ maxDataStorageGB: 20 }), expect: 'update' },
    { name: 'description', change: () => ({ description: 'sessions of the shop' }), expect: 'update' },
    { name: 'retention', change: () => ({ snapshotRetentionLimit: 7 }), expect: 'update' },
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
});
