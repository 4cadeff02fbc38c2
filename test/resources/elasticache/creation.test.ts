/** What is said when caches are made: everything that makes them safe, because what AWS assumes differs from engine to engine. */

import { CacheParameterGroup } from '../../../src/resources/elasticache/parameter-group.ts';
import { ReplicationGroup, type ReplicationGroupSpec } from '../../../src/resources/elasticache/replication-group.ts';
import { CacheSubnetGroup } from '../../../src/resources/elasticache/subnet-group.ts';
import { CacheUserGroup } from '../../../src/resources/elasticache/user-group.ts';
import { recordingAws, self, tagsOf } from '../recording.ts';

const SPEC: ReplicationGroupSpec = {
  identifier: 'ST-Web-Cache',
  description: 'sessions',
  engine: 'redis',
  engineVersion: '7',
  cacheNodeType: 'cache.t4g.small',
  replicas: 1,
  multiAz: true,
  automaticFailover: true,
  subnetGroupName: 'st-web-cache',
  parameterGroupName: 'st-web-redis7',
  securityGroupIds: ['sg-1'],
  transitEncryption: 'required',
  atRestEncryption: true,
  userGroupIds: ['st-web-users'],
  snapshotRetentionLimit: 1,
  port: 6379,
  autoMinorVersionUpgrade: true,
  finalSnapshotName: null,
};

const versions = {
  DescribeCacheEngineVersions: { CacheEngineVersions: [{ EngineVersion: '7.0' }, { EngineVersion: '7.1' }] },
};

async function made() {
  const fake = recordingAws(versions);
  const created = await ReplicationGroup.create(fake.aws, self('elasticache.replication-group/main'), SPEC);
  return { created, input: fake.callOf('CreateReplicationGroup') };
}

test('every setting that makes it safe is said, whatever the default of its engine', async () => {
  const { input } = await made();
  expect(input).toMatchObject({
    AtRestEncryptionEnabled: true,
    TransitEncryptionEnabled: true,
    TransitEncryptionMode: 'required',
    UserGroupIds: ['st-web-users'],
    MultiAZEnabled: true,
    AutomaticFailoverEnabled: true,
    NumCacheClusters: 2,
    SnapshotRetentionLimit: 1,
    CacheSubnetGroupName: 'st-web-cache',
    SecurityGroupIds: ['sg-1'],
  });
});

test('a major version is asked for as the newest minor one that the region has', async () => {
  expect((await made()).input).toMatchObject({ Engine: 'redis', EngineVersion: '7.1' });
});

test('names are stored in lower case, so they are asked for and remembered so', async () => {
  const { created, input } = await made();
  expect(input?.ReplicationGroupId).toBe('st-web-cache');
  expect(created).toEqual({
    id: 'st-web-cache',
    attributes: {
      identifier: 'st-web-cache',
      arn: 'arn:aws:elasticache:us-east-1:123456789012:replicationgroup:st-web-cache',
    },
  });
});

test('of all that a cache stands on, tags are in the call that makes it', async () => {
  const fake = recordingAws(versions);
  const nodes = {
    CreateReplicationGroup: 'elasticache.replication-group/main',
    CreateCacheSubnetGroup: 'elasticache.subnet-group/main',
    CreateCacheParameterGroup: 'elasticache.parameter-group/main',
    CreateUserGroup: 'elasticache.user-group/main',
  } as const;
  const { aws } = fake;
  const common = { name: 'st-web', description: 'sessions' };
  await ReplicationGroup.create(aws, self(nodes.CreateReplicationGroup), SPEC);
  await CacheSubnetGroup.create(aws, self(nodes.CreateCacheSubnetGroup), { ...common, subnetIds: ['subnet-1'] });
  const parameters = { ...common, family: 'redis7', parameters: {} };
  await CacheParameterGroup.create(aws, self(nodes.CreateCacheParameterGroup), parameters);
  const group = { userGroupId: 'st-web', engine: 'redis', userIds: ['st-web-app'] } as const;
  await CacheUserGroup.create(aws, self(nodes.CreateUserGroup), group);
  for (const [operation, node] of Object.entries(nodes)) expect(fake.callOf(operation)?.Tags).toEqual(tagsOf(node));
});
