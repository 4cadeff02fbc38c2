/** How the contract suite tries a group of users of a cache. */
import { RemoveTagsFromResourceCommand } from '@aws-sdk/client-elasticache';
import { arnOf } from '../../src/resources/elasticache/tagging.ts';
import { CacheUserGroup } from '../../src/resources/elasticache/user-group.ts';
import { anyCacheUser, cacheName } from './cache-ground.ts';
import { fixture } from './fixture.ts';
import { converge } from './world.ts';

export default fixture({
  resource: CacheUserGroup,
  missing: 'st-nobody-00000000-users',
  prepare: async (world) => {
    const [app, worker] = [await anyCacheUser(world, 'app'), await anyCacheUser(world, 'worker')];
    return { app: app.userId, worker: worker.userId, name: (suffix: string) => cacheName(world, suffix) };
  },
  initial: ({ app, name }) => ({ userGroupId: name('users'), engine: 'valkey' as const, userIds: [app] }),
  changed: [
    { name: 'set of users', change: ({ worker }) => ({ userIds: [worker] }), expect: 'update' },
    { name: 'id', change: ({ name }) => ({ userGroupId: name('others') }), expect: 'replace' },
  ],
  stranger: ({ name }, index) => ({ userGroupId: name(`stranger-${index}`) }),
  strip: async ({ aws, identity }, id) => {
    const TagKeys = Object.keys(identity('elasticache.user-group/any').tags);
    const ResourceName = arnOf(aws, 'usergroup', id);
    await aws.elastiCache.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys }));
  },
  extra: (open) => {
    test('a group for redis needs a user named default, one for valkey does not', async () => {
      const world = open();
      const app = await anyCacheUser(world, 'app', 'redis');
      const nobody = await anyCacheUser(world, 'nobody', 'redis', 'default');
      const self = world.identity('elasticache.user-group/users');
      const spec = { userGroupId: cacheName(world, 'users'), engine: 'redis', userIds: [app.userId] } as const;
      await expect(CacheUserGroup.create(world.aws, self, spec)).rejects.toMatchObject({ Code: 'DefaultUserRequired' });
      await converge(world.aws, CacheUserGroup, self, { ...spec, userIds: [app.userId, nobody.userId] });
    });
  },
});
