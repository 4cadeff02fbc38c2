/** How the contract suite tries a cache of nodes. */
import { DescribeSnapshotsCommand, ModifyReplicationGroupCommand } from '@aws-sdk/client-elasticache';
import { ReplicationGroup, type ReplicationGroupSpec } from '../../src/resources/elasticache/replication-group.ts';
import { CacheUserGroup } from '../../src/resources/elasticache/user-group.ts';
import {
  anyCacheParameterGroup,
  anyCacheSubnetGroup,
  anyCacheUser,
  anySubnets,
  cacheName,
  withoutDescription,
} from './cache-ground.ts';
import { atAwsOwnPace } from './faults.ts';
import { fixture } from './fixture.ts';
import { anySecurityGroup } from './ground.ts';
import { converge, deleteFully, differences, find, type World } from './world.ts';

async function prepare(world: World) {
  const { vpcId, subnetIds } = await anySubnets(world);
  const { name: subnetGroupName } = await anyCacheSubnetGroup(world, subnetIds);
  const { groupId } = await anySecurityGroup(world, vpcId);
  return { vpcId, subnetGroupName, groupId, name: (suffix: string) => cacheName(world, suffix) };
}

type Ground = Awaited<ReturnType<typeof prepare>>;

const initial = ({ subnetGroupName, groupId, name }: Ground): ReplicationGroupSpec => ({
  identifier: name('c'),
  description: 'sessions',
  engine: 'valkey',
  engineVersion: '8',
  cacheNodeType: 'cache.t4g.small',
  replicas: 1,
  multiAz: true,
  automaticFailover: true,
  subnetGroupName,
  parameterGroupName: 'default.valkey8',
  securityGroupIds: [groupId],
  transitEncryption: 'required',
  atRestEncryption: true,
  userGroupIds: [],
  snapshotRetentionLimit: 1,
  preferredMaintenanceWindow: 'sun:06:00-sun:07:00',
  port: 6379,
  autoMinorVersionUpgrade: true,
  finalSnapshotName: null,
});

export default fixture({
  resource: ReplicationGroup,
  missing: 'st-nobody-00000000-c',
  prepare,
  initial,
  changed: [
    { name: 'node type', change: () => ({ cacheNodeType: 'cache.m7g.large' }), expect: 'update' },
    { name: 'number of replicas, upwards,', change: () => ({ replicas: 2 }), expect: 'update' },
    {
      name: 'last replica and all that needs it',
      change: () => ({ replicas: 0, multiAz: false, automaticFailover: false }),
      expect: 'update',
    },
    {
      name: 'way of encryption together with other settings',
      change: () => ({
        transitEncryption: 'preferred' as const,
        snapshotRetentionLimit: 3,
        description: 'sessions of the shop',
      }),
      expect: 'update',
    },
    { name: 'port', change: () => ({ port: 6380 }), expect: 'replace' },
    { name: 'encryption at rest', change: () => ({ atRestEncryption: false }), expect: 'replace' },
  ],
  stranger: ({ name }, index) => ({ identifier: name(`s-${index}`) }),
  strip: (world, ReplicationGroupId) =>
    withoutDescription(
      world,
      ReplicationGroup,
      ReplicationGroupId,
      world.aws.elastiCache.send(
        new ModifyReplicationGroupCommand({ ReplicationGroupId, ReplicationGroupDescription: 'by hand' }),
      ),
    ),
  extra: (open) => {
    const build = async (change: Partial<ReplicationGroupSpec> = {}) => {
      const world = open();
      const ground = await prepare(world);
      const self = world.identity('elasticache.replication-group/cache');
      const spec = { ...initial(ground), ...change };
      return { world, ground, self, spec, live: await converge(world.aws, ReplicationGroup, self, spec) };
    };

    test('from plain to TLS and users it goes step by step, and from one node to several in zones', async () => {
      const plain = { transitEncryption: 'disabled', replicas: 0, multiAz: false, automaticFailover: false } as const;
      const { world, self, spec } = await build(plain);
      const { userId } = await anyCacheUser(world, 'app');
      const users = { userGroupId: cacheName(world, 'users'), engine: 'valkey', userIds: [userId] } as const;
      const { id } = await world.build(CacheUserGroup, 'users', users);
      const wanted = { transitEncryption: 'required', replicas: 1, multiAz: true, automaticFailover: true } as const;
      await converge(world.aws, ReplicationGroup, self, { ...spec, ...wanted, userGroupIds: [id] });
    });

    test('the next major version comes with parameters of its family, and with engine and users of its own', async () => {
      const { world, self, spec } = await build({
        engine: 'redis',
        engineVersion: '7',
        parameterGroupName: 'default.redis7',
      });
      const { name } = await anyCacheParameterGroup(world, 'valkey8');
      const wanted = { engine: 'valkey', engineVersion: '8', parameterGroupName: name } as const;
      await converge(world.aws, ReplicationGroup, self, { ...spec, ...wanted });
    });

    test('a resize that is under way is not asked for again, although AWS shows the old node type', async () => {
      const { world, self, spec, live } = await build();
      const wanted = { ...spec, cacheNodeType: 'cache.m7g.large' };
      await atAwsOwnPace(world, async () => {
        await ReplicationGroup.update(world.aws, live, wanted, differences(ReplicationGroup, wanted, live));
        const seen = await find(world.aws, ReplicationGroup, self);
        if (!seen) throw new Error('the group is not seen');
        expect(seen.health.phase).toBe('settling');
        expect(differences(ReplicationGroup, wanted, seen)).toEqual([]);
      });
    });

    test('at its end a snapshot is left when one was asked for', async () => {
      const { world, live } = await build({ finalSnapshotName: 'st-web-final' });
      await deleteFully(world.aws, ReplicationGroup, live);
      const { Snapshots = [] } = await world.aws.elastiCache.send(new DescribeSnapshotsCommand({}));
      const mine = Snapshots.filter(({ ReplicationGroupId }) => ReplicationGroupId === live.id);
      expect(mine.map(({ SnapshotName }) => SnapshotName)).toEqual([`st-web-final-${world.owner.uid.slice(0, 8)}-1`]);
    });
  },
});
