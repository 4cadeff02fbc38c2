/** ElastiCache as the proxy answers it, by itself: what it refuses, what takes time, what is shown meanwhile. */
import {
  AddTagsToResourceCommand,
  CreateCacheParameterGroupCommand,
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  type CreateReplicationGroupCommandInput,
  CreateServerlessCacheCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
  DecreaseReplicaCountCommand,
  DeleteCacheParameterGroupCommand,
  DeleteCacheSubnetGroupCommand,
  DeleteReplicationGroupCommand,
  DeleteUserCommand,
  DeleteUserGroupCommand,
  DescribeCacheClustersCommand,
  DescribeCacheParametersCommand,
  DescribeReplicationGroupsCommand,
  DescribeServerlessCachesCommand,
  DescribeSnapshotsCommand,
  DescribeUserGroupsCommand,
  ElastiCacheClient,
  IncreaseReplicaCountCommand,
  ListTagsForResourceCommand,
  ModifyCacheParameterGroupCommand,
  ModifyReplicationGroupCommand,
  type ModifyReplicationGroupCommandInput,
  ModifyServerlessCacheCommand,
  ModifyUserGroupCommand,
  RebootCacheClusterCommand,
  type ReplicationGroup,
  TestFailoverCommand,
} from '@aws-sdk/client-elasticache';
import { codeOf } from '../account.ts';
import { type ProxyControl, proxyControl } from '../client.ts';
import { type FakeStandIn, startFakeStandIn } from '../fake-stand-in.ts';
import { eventually } from '../ground.ts';
import { type RunningProxy, startProxy } from '../server.ts';

const subnet = (id: string, zone: string): string =>
  `<item><subnetId>${id}</subnetId><vpcId>vpc-1</vpcId><availabilityZone>${zone}</availabilityZone></item>`;
const SUBNETS = `<DescribeSubnetsResponse><subnetSet>${subnet('subnet-1', 'us-east-1a')}${subnet('subnet-2', 'us-east-1b')}</subnetSet></DescribeSubnetsResponse>`;

let fake: FakeStandIn;
let proxy: RunningProxy;
let control: ProxyControl;
let client: ElastiCacheClient;

beforeEach(async () => {
  fake = await startFakeStandIn({ body: SUBNETS });
  proxy = await startProxy({ port: 0, upstreams: [fake.endpoint], settings: { factor: 0, throttle: false } });
  control = proxyControl(proxy.endpoint);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new ElastiCacheClient({ endpoint: proxy.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  await fake.close();
});

const ID = 'st-web-c';

async function subnetGroup(): Promise<void> {
  const input = { CacheSubnetGroupDescription: 'of the cache', SubnetIds: ['subnet-1', 'subnet-2'] };
  await client.send(new CreateCacheSubnetGroupCommand({ CacheSubnetGroupName: 'st-web-csg', ...input }));
}

const create = (more: Partial<CreateReplicationGroupCommandInput> = {}) =>
  client.send(
    new CreateReplicationGroupCommand({
      ReplicationGroupId: ID,
      ReplicationGroupDescription: 'sessions',
      Engine: 'valkey',
      EngineVersion: '8.0',
      CacheNodeType: 'cache.t4g.small',
      NumCacheClusters: 2,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      CacheSubnetGroupName: 'st-web-csg',
      TransitEncryptionEnabled: true,
      ...more,
    }),
  );

const modify = (more: Partial<ModifyReplicationGroupCommandInput>) =>
  client.send(new ModifyReplicationGroupCommand({ ReplicationGroupId: ID, ApplyImmediately: true, ...more }));

async function shown(): Promise<ReplicationGroup> {
  const { ReplicationGroups = [] } = await client.send(
    new DescribeReplicationGroupsCommand({ ReplicationGroupId: ID }),
  );
  return ReplicationGroups[0] ?? {};
}

const status = async (): Promise<string> => (await shown().catch(() => ({ Status: 'gone' }))).Status ?? '';

async function nodes(): Promise<readonly string[]> {
  const { CacheClusters = [] } = await client.send(new DescribeCacheClustersCommand({}));
  return CacheClusters.map(({ CacheClusterStatus = '' }) => CacheClusterStatus);
}

/** Everything takes so long that nothing ends while one looks. */
const standStill = (): Promise<unknown> => control.configure({ factor: 1 });

const goOn = (): Promise<unknown> => control.configure({ factor: 0 });

describe('replication groups', () => {
  test('a new one is creating, then available, and its nodes a little later', async () => {
    await control.configure({ factor: 1500 });
    await subnetGroup();
    await create();
    // In one look: on a busy machine the next one comes when it is available.
    const first = await shown();
    expect([first.Status, first.NodeGroups?.[0]?.PrimaryEndpoint]).toEqual(['creating', undefined]);
    expect(await eventually(status, 'available')).toBe('available');
    const early = await shown();
    expect(early.NodeGroups?.[0]?.PrimaryEndpoint?.Port).toBe(6379);
    expect(await eventually(async () => (await nodes()).join(), 'available,available')).toBe('available,available');
    expect((await shown()).NodeGroups?.[0]?.NodeGroupMembers).toHaveLength(2);
  });

  test('a resize shows the old node type until it is done, and takes no other change', async () => {
    await subnetGroup();
    await create();
    await control.configure({ factor: 3000 });
    await modify({ CacheNodeType: 'cache.m7g.large' });
    expect(await shown()).toMatchObject({ Status: 'modifying', CacheNodeType: 'cache.t4g.small' });
    expect(await codeOf(modify({ SnapshotRetentionLimit: 1 }))).toBe('InvalidReplicationGroupState');
    expect(await codeOf(client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: ID })))).toBe(
      'InvalidReplicationGroupState',
    );
    expect(await eventually(status, 'available')).toBe('available');
    expect(await shown()).toMatchObject({ CacheNodeType: 'cache.m7g.large' });
  });

  test('failover and users that are under way are shown as pending', async () => {
    await subnetGroup();
    await create({ MultiAZEnabled: false });
    await standStill();
    await modify({ AutomaticFailoverEnabled: false });
    expect(await shown()).toMatchObject({
      AutomaticFailover: 'enabled',
      PendingModifiedValues: { AutomaticFailoverStatus: 'disabled' },
    });
  });

  test.each([
    ['InvalidParameterCombination', 'Multi-AZ without failover', { AutomaticFailoverEnabled: false }],
    ['InvalidParameterCombination', 'failover without a replica', { NumCacheClusters: 1 }],
    ['InvalidParameterCombination', 'a version that there is not', { EngineVersion: '9.9' }],
    ['InvalidParameterCombination', 'parameters of another family', { CacheParameterGroupName: 'default.redis7' }],
    ['InvalidParameterValue', 'a bad node type', { CacheNodeType: 'db.t4g.small' }],
    ['InvalidParameterValue', 'a bad name', { ReplicationGroupId: 'st--web' }],
    ['InvalidParameterValue', 'a name of 41 characters', { ReplicationGroupId: 'a'.repeat(41) }],
    ['CacheSubnetGroupNotFoundFault', 'no such subnet group', { CacheSubnetGroupName: 'nobody' }],
    ['UserGroupNotFound', 'no such users', { UserGroupIds: ['nobody'] }],
    ['InvalidParameterCombination', 'users without TLS', { UserGroupIds: ['nobody'], TransitEncryptionEnabled: false }],
  ])('%s: %s', async (code, _what, more) => {
    await subnetGroup();
    expect(await codeOf(create(more))).toBe(code);
  });

  test('names are taken, and kept in lower case', async () => {
    await subnetGroup();
    const made = await create({ ReplicationGroupId: 'ST-Web-C' });
    expect(made.ReplicationGroup?.ReplicationGroupId).toBe(ID);
    expect(await codeOf(create())).toBe('ReplicationGroupAlreadyExists');
  });

  test('a version never goes back, and TLS neither comes nor goes in one step', async () => {
    await subnetGroup();
    await create({ EngineVersion: '8.1' });
    expect(await codeOf(modify({ EngineVersion: '8.0' }))).toBe('InvalidParameterCombination');
    expect(await codeOf(modify({ TransitEncryptionEnabled: false }))).toBe('InvalidParameterCombination');
    await modify({ TransitEncryptionMode: 'preferred', TransitEncryptionEnabled: true });
    await modify({ TransitEncryptionEnabled: false });
    expect((await shown()).TransitEncryptionEnabled).toBe(false);
    expect(await codeOf(modify({ TransitEncryptionEnabled: true, TransitEncryptionMode: 'required' }))).toBe(
      'InvalidParameterCombination',
    );
  });

  test('replicas are counted up and down, never to the same number, and the last one stays while failover is on', async () => {
    await subnetGroup();
    await create();
    const count = (NewReplicaCount: number) => ({ ReplicationGroupId: ID, NewReplicaCount, ApplyImmediately: true });
    await client.send(new IncreaseReplicaCountCommand(count(2)));
    expect((await shown()).MemberClusters).toEqual([`${ID}-001`, `${ID}-002`, `${ID}-003`]);
    expect(await codeOf(client.send(new IncreaseReplicaCountCommand(count(2))))).toBe('NoOperationFault');
    expect(await codeOf(client.send(new DecreaseReplicaCountCommand(count(0))))).toBe('InvalidParameterCombination');
    await client.send(new DecreaseReplicaCountCommand(count(1)));
    expect((await shown()).MemberClusters).toHaveLength(2);
  });

  test('a deleted one goes after a while and leaves the snapshot that was asked for', async () => {
    await subnetGroup();
    await create();
    await control.configure({ factor: 1500 });
    const FinalSnapshotIdentifier = 'last';
    await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: ID, FinalSnapshotIdentifier }));
    expect(await status()).toBe('snapshotting');
    expect(await eventually(status, 'deleting')).toBe('deleting');
    expect(await eventually(status, 'gone')).toBe('gone');
    const { Snapshots = [] } = await client.send(new DescribeSnapshotsCommand({}));
    expect(Snapshots.map(({ SnapshotName }) => SnapshotName)).toEqual(['last']);
  });

  test('in a failover a replica of another zone becomes the primary', async () => {
    await subnetGroup();
    await create();
    const primary = async () =>
      (await shown()).NodeGroups?.[0]?.NodeGroupMembers?.find(({ CurrentRole }) => CurrentRole === 'primary')
        ?.PreferredAvailabilityZone;
    expect(await primary()).toBe('us-east-1a');
    await client.send(new TestFailoverCommand({ ReplicationGroupId: ID, NodeGroupId: '0001' }));
    expect(await primary()).toBe('us-east-1b');
  });

  test('tags are listed by ARN only, and a group that is worked on takes none', async () => {
    await subnetGroup();
    const { ReplicationGroup: made } = await create({ Tags: [{ Key: 'team', Value: 'shop' }] });
    const ResourceName = made?.ARN;
    expect((await client.send(new ListTagsForResourceCommand({ ResourceName }))).TagList).toEqual([
      { Key: 'team', Value: 'shop' },
    ]);
    await standStill();
    await modify({ SnapshotRetentionLimit: 1 });
    const Tags = [{ Key: 'a', Value: 'b' }];
    expect(await codeOf(client.send(new AddTagsToResourceCommand({ ResourceName, Tags })))).toBe(
      'InvalidReplicationGroupState',
    );
  });
});

describe('what caches stand on', () => {
  test('a subnet group in use cannot be deleted, nor one be made of subnets that there are not', async () => {
    await subnetGroup();
    await create();
    const CacheSubnetGroupName = 'st-web-csg';
    const remove = () => client.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName }));
    expect(await codeOf(remove())).toBe('CacheSubnetGroupInUse');
    await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: ID }));
    await remove();
    expect(await codeOf(remove())).toBe('CacheSubnetGroupNotFoundFault');
    const more = { CacheSubnetGroupName: 'other', CacheSubnetGroupDescription: 'x', SubnetIds: ['subnet-9'] };
    expect(await codeOf(client.send(new CreateCacheSubnetGroupCommand(more)))).toBe('InvalidSubnet');
  });

  test('a parameter group has its family, its own values only by name, and cannot be deleted in use', async () => {
    const CacheParameterGroupName = 'st-web-p';
    const make = (CacheParameterGroupFamily: string) =>
      client.send(
        new CreateCacheParameterGroupCommand({ CacheParameterGroupName, CacheParameterGroupFamily, Description: 'x' }),
      );
    expect(await codeOf(make('valkey99'))).toBe('InvalidParameterValue');
    await make('valkey8');
    expect(await codeOf(make('valkey8'))).toBe('CacheParameterGroupAlreadyExists');
    const set = (ParameterName: string) =>
      client.send(
        new ModifyCacheParameterGroupCommand({
          CacheParameterGroupName,
          ParameterNameValues: [{ ParameterName, ParameterValue: 'noeviction' }],
        }),
      );
    expect(await codeOf(set('no-such-parameter'))).toBe('InvalidParameterValue');
    await set('maxmemory-policy');
    const { Parameters = [] } = await client.send(
      new DescribeCacheParametersCommand({ CacheParameterGroupName, Source: 'user' }),
    );
    expect(Parameters.map(({ ParameterName }) => ParameterName)).toEqual(['maxmemory-policy']);
    await subnetGroup();
    await create({ CacheParameterGroupName });
    expect(await codeOf(client.send(new DeleteCacheParameterGroupCommand({ CacheParameterGroupName })))).toBe(
      'InvalidCacheParameterGroupState',
    );
  });
});

const user = (UserId: string, UserName = UserId, Engine = 'valkey') =>
  client.send(
    new CreateUserCommand({ UserId, UserName, Engine, AccessString: 'on ~* +@all', Passwords: ['x'.repeat(16)] }),
  );

const users = (UserGroupId: string, UserIds: string[], Engine = 'valkey') =>
  client.send(new CreateUserGroupCommand({ UserGroupId, Engine, UserIds }));

describe('users', () => {
  test('a password has at least 16 characters, and no password must be said', async () => {
    const common = { UserId: 'app', UserName: 'app', Engine: 'valkey', AccessString: 'off' };
    expect(await codeOf(client.send(new CreateUserCommand({ ...common, Passwords: ['short'] })))).toBe(
      'InvalidParameterValue',
    );
    expect(await codeOf(client.send(new CreateUserCommand(common)))).toBe('InvalidParameterValue');
    const made = await client.send(new CreateUserCommand({ ...common, NoPasswordRequired: true }));
    expect(made.Authentication).toEqual({ Type: 'no-password', PasswordCount: 0 });
  });

  test('no password is in the journal', async () => {
    await user('app');
    expect(JSON.stringify(await control.journal())).not.toContain('x'.repeat(16));
  });

  test('a group for redis needs a default user, and keeps it; no group has two of one name', async () => {
    for (const [id, name] of [
      ['app', 'app'],
      ['twin', 'app'],
      ['nobody', 'default'],
    ] as const)
      await user(id, name, 'redis');
    expect(await codeOf(users('all', ['app'], 'redis'))).toBe('DefaultUserRequired');
    expect(await codeOf(users('all', ['app', 'twin', 'nobody'], 'redis'))).toBe('DuplicateUserName');
    await users('all', ['app', 'nobody'], 'redis');
    expect(await codeOf(client.send(new DeleteUserCommand({ UserId: 'nobody' })))).toBe(
      'DefaultUserAssociatedToUserGroup',
    );
  });

  test('a group for valkey needs none; a change of it is pending for a while', async () => {
    for (const id of ['app', 'worker']) await user(id);
    await users('all', ['app']);
    await standStill();
    await client.send(
      new ModifyUserGroupCommand({ UserGroupId: 'all', UserIdsToAdd: ['worker'], UserIdsToRemove: ['app'] }),
    );
    const { UserGroups = [] } = await client.send(new DescribeUserGroupsCommand({ UserGroupId: 'all' }));
    expect(UserGroups[0]).toMatchObject({
      Status: 'modifying',
      UserIds: ['app'],
      PendingChanges: { UserIdsToAdd: ['worker'], UserIdsToRemove: ['app'] },
    });
    expect(await codeOf(client.send(new DeleteUserGroupCommand({ UserGroupId: 'all' })))).toBe('InvalidUserGroupState');
  });

  test('a group that a cache uses cannot be deleted', async () => {
    await user('app');
    await users('all', ['app']);
    await subnetGroup();
    await create({ UserGroupIds: ['all'] });
    expect(await codeOf(client.send(new DeleteUserGroupCommand({ UserGroupId: 'all' })))).toBe('InvalidUserGroupState');
  });
});

test('a serverless cache takes one change at a time', async () => {
  const ServerlessCacheName = 'st-web-s';
  await client.send(new CreateServerlessCacheCommand({ ServerlessCacheName, Engine: 'valkey' }));
  const { ServerlessCaches = [] } = await client.send(new DescribeServerlessCachesCommand({}));
  expect(ServerlessCaches[0]).toMatchObject({ Status: 'available', MajorEngineVersion: '8', Description: ' ' });
  await standStill();
  const change = () =>
    client.send(new ModifyServerlessCacheCommand({ ServerlessCacheName, SnapshotRetentionLimit: 1 }));
  await change();
  expect(await codeOf(change())).toBe('InvalidServerlessCacheStateFault');
  await goOn();
});

test('lists come in pages, accounts and regions are apart, and what the proxy cannot do is said loudly', async () => {
  await subnetGroup();
  for (const id of ['a', 'b', 'c']) await create({ ReplicationGroupId: id });
  await control.configure({ pageSize: 2 });
  const first = await client.send(new DescribeReplicationGroupsCommand({}));
  const second = await client.send(new DescribeReplicationGroupsCommand({ Marker: first.Marker }));
  expect([first.ReplicationGroups?.length, second.ReplicationGroups?.length, second.Marker]).toEqual([2, 1, undefined]);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const elsewhere = new ElastiCacheClient({ endpoint: proxy.endpoint, region: 'eu-west-1', credentials });
  expect((await elsewhere.send(new DescribeReplicationGroupsCommand({}))).ReplicationGroups).toEqual([]);
  elsewhere.destroy();
  const reboot = new RebootCacheClusterCommand({ CacheClusterId: 'a-001', CacheNodeIdsToReboot: ['0001'] });
  expect(await codeOf(client.send(reboot))).toBe('SandboxUnimplemented');
});

test('what is new is not seen by reads that lag', async () => {
  await subnetGroup();
  await control.configure({ lagSeconds: 1 });
  await create();
  expect(await codeOf(shown())).toBe('ReplicationGroupNotFoundFault');
  expect(await eventually(status, 'available')).toBe('available');
});
