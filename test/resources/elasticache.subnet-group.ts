/** How the contract suite tries a cache subnet group. */
import { ModifyCacheSubnetGroupCommand } from '@aws-sdk/client-elasticache';
import { CacheSubnetGroup } from '../../src/resources/elasticache/subnet-group.ts';
import { anySubnets, cacheName } from './cache-ground.ts';
import { fixture } from './fixture.ts';
import { anySubnet } from './ground.ts';

export default fixture({
  resource: CacheSubnetGroup,
  missing: 'st-nobody-00000000-csg',
  prepare: async (world) => {
    const { vpcId, subnetIds } = await anySubnets(world);
    const { subnetId: third } = await anySubnet(world, vpcId, 2);
    return { subnetIds, third, name: (suffix: string) => cacheName(world, suffix) };
  },
  initial: ({ subnetIds, name }) => ({ name: name('csg'), description: 'subnets of the cache', subnetIds }),
  changed: [
    { name: 'description', change: () => ({ description: 'where the cache stands' }), expect: 'update' },
    {
      name: 'set of subnets',
      change: ({ subnetIds, third }) => ({ subnetIds: [...subnetIds.slice(1), third] }),
      expect: 'update',
    },
    { name: 'name', change: ({ name }) => ({ name: name('other') }), expect: 'replace' },
  ],
  stranger: ({ name }, index) => ({ name: name(`stranger-${index}`) }),
  strip: async ({ aws }, CacheSubnetGroupName) => {
    const CacheSubnetGroupDescription = 'by hand';
    await aws.elastiCache.send(
      new ModifyCacheSubnetGroupCommand({ CacheSubnetGroupName, CacheSubnetGroupDescription }),
    );
  },
});
