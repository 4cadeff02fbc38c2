/** How the contract suite tries a cache parameter group. */
import { ModifyCacheParameterGroupCommand } from '@aws-sdk/client-elasticache';
import { CacheParameterGroup } from '../../src/resources/elasticache/parameter-group.ts';
import { cacheName } from './cache-ground.ts';
import { fixture } from './fixture.ts';
import { converge, find } from './world.ts';

const settings = {
  family: 'valkey8',
  description: 'settings of the cache',
  parameters: { 'maxmemory-policy': 'volatile-lru' },
};

export default fixture({
  resource: CacheParameterGroup,
  missing: 'st-nobody-00000000-p',
  prepare: async (world) => ({ name: (suffix: string) => cacheName(world, suffix) }),
  initial: ({ name }) => ({ name: name('p'), ...settings }),
  changed: [
    {
      name: 'parameter',
      change: () => ({ parameters: { 'maxmemory-policy': 'allkeys-lru', timeout: '300' } }),
      expect: 'update',
    },
    { name: 'family', change: ({ name }) => ({ name: name('p7'), family: 'valkey7' }), expect: 'replace' },
  ],
  stranger: ({ name }, index) => ({ name: name(`stranger-${index}`) }),
  strip: null,
  extra: (open) => {
    test('a parameter that somebody changed is seen and put right', async () => {
      const world = open();
      const self = world.identity('elasticache.parameter-group/cache');
      const spec = { name: cacheName(world, 'p'), ...settings };
      const { id: CacheParameterGroupName } = await converge(world.aws, CacheParameterGroup, self, spec);
      const ParameterNameValues = [{ ParameterName: 'maxmemory-policy', ParameterValue: 'noeviction' }];
      await world.aws.elastiCache.send(
        new ModifyCacheParameterGroupCommand({ CacheParameterGroupName, ParameterNameValues }),
      );
      const changed = await find(world.aws, CacheParameterGroup, self);
      expect(changed?.spec.parameters).toEqual({ 'maxmemory-policy': 'noeviction' });
      await converge(world.aws, CacheParameterGroup, self, spec);
    });
  },
});
