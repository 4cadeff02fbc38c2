/** How a cache is read: when it serves, and what counts as done. */
import type { CacheCluster, ReplicationGroup as Group } from '@aws-sdk/client-elasticache';
import { describeClaim } from '../../../src/aws/ownership.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { ReplicationGroup } from '../../../src/resources/elasticache/replication-group.ts';
import { ownedOf } from '../../../src/resources/elasticache/replication-group-reading.ts';
import { REQUESTED_NODE_TYPE, requestTag } from '../../../src/resources/elasticache/requested-node-type.ts';
import { group, NOW, node, reading, self, silentAws } from './samples.ts';

const healthOf = (more: Partial<Group>, clusters?: readonly CacheCluster[]) =>
  ownedOf(reading({ group: group(more), ...(clusters ? { clusters } : {}) })).health;

const specOf = (more: Partial<Group>, clusters?: readonly CacheCluster[]) =>
  ownedOf(reading({ group: group(more), ...(clusters ? { clusters } : {}) })).spec;

const [nodeGroup] = group().NodeGroups ?? [];

test.each([
  ['few nodes are read one by one', 2, 4],
  ['many nodes are read page by page, however many groups there are', 9, 1],
])('%s', async (_what, groups, reads) => {
  const ReplicationGroups = Array.from({ length: groups }, (_, index) =>
    group({
      ReplicationGroupId: `c-${index}`,
      Description: describeClaim(self, 'sessions'),
      MemberClusters: [`c-${index}-001`, `c-${index}-002`],
    }),
  );
  const { aws, asked } = silentAws({ DescribeReplicationGroups: { ReplicationGroups } });
  const scope = { by: 'cluster', cluster: 'test' } as const;
  expect(await allOf(ReplicationGroup.observe(aws, scope))).toHaveLength(groups);
  const names = asked.map(({ name }) => name);
  expect(names.filter((name) => name === 'DescribeCacheClusters')).toHaveLength(reads);
  expect(names).not.toContain('ListTagsForResource');
});

test('the last snapshot is known before it is made, of each cache another, and of one that leaves none it is not', () => {
  const Description = describeClaim(self, 'sessions');
  const tags = { 'scalingtier.dev/final-snapshot': 'st-web-final' };
  expect(ownedOf(reading({ group: group({ Description }), tags })).leaves).toBe('st-web-final-5d1f-22-1');
  const second = describeClaim({ ...self, incarnation: 2 }, 'sessions');
  expect(ownedOf(reading({ group: group({ Description: second }), tags })).leaves).toBe('st-web-final-5d1f-22-2');
  expect(ownedOf(reading({ group: group({ Description }) })).leaves).toBeUndefined();
});

describe('ElastiCache says available too early', () => {
  test('a group whose nodes are all available, in all lists, serves', () => {
    expect(healthOf({})).toEqual({ state: 'available', phase: 'ready' });
  });

  test('a node that is still made keeps the group from serving and is named', () => {
    const clusters = [node('c-001'), node('c-002', { CacheClusterStatus: 'creating' })];
    expect(healthOf({}, clusters)).toEqual({ state: 'creating', phase: 'settling', reason: 'node c-002 is creating' });
  });

  test('a node that one list has and the other has not yet does not count', () => {
    const NodeGroupMembers = [{ CacheClusterId: 'c-001' }];
    expect(healthOf({ NodeGroups: [{ ...nodeGroup, NodeGroupMembers }] })).toMatchObject({ phase: 'warming' });
    expect(healthOf({}, [node('c-001')])).toMatchObject({ phase: 'warming', reason: 'node c-002 is unlisted' });
  });

  test('a node group that is worked on keeps the group from being touched', () => {
    expect(healthOf({ NodeGroups: [{ ...nodeGroup, Status: 'modifying' }] })).toMatchObject({ phase: 'settling' });
  });

  test('a node that restarts takes changes but does not serve', () => {
    const clusters = [node('c-001'), node('c-002', { CacheClusterStatus: 'rebooting cluster nodes' })];
    expect(healthOf({}, clusters)).toMatchObject({ phase: 'warming' });
  });

  test('what failed will not get better by waiting, and a daily snapshot disturbs nobody', () => {
    expect(healthOf({ Status: 'create-failed' })).toMatchObject({ phase: 'failed' });
    expect(healthOf({}, [node('c-001'), node('c-002', { CacheClusterStatus: 'restore-failed' })]).phase).toBe('failed');
    expect(healthOf({ Status: 'snapshotting' })).toMatchObject({
      phase: 'ready',
      closed: expect.arrayContaining(['cacheNodeType', 'replicas']),
    });
    expect(healthOf({ Status: 'deleting' })).toMatchObject({ phase: 'deleting' });
  });
});

test('Multi-AZ failover swaps zones: the zone of the primary is where it serves, and nothing that is compared', () => {
  const NodeGroupMembers = [
    { CacheClusterId: 'c-001', CurrentRole: 'replica', PreferredAvailabilityZone: 'us-east-1a' },
    { CacheClusterId: 'c-002', CurrentRole: 'primary', PreferredAvailabilityZone: 'us-east-1b' },
  ];
  const NodeGroups = [{ ...nodeGroup, NodeGroupMembers }];
  expect(ownedOf(reading({ group: group({ NodeGroups }) })).place).toBe('us-east-1b');
  expect(ownedOf(reading({ group: group({ NodeGroups, MultiAZ: 'disabled' }) }))).not.toHaveProperty('place');
});

describe('trailing pending values count as done', () => {
  test('failover, users and encryption that AWS has accepted', () => {
    const PendingModifiedValues = {
      AutomaticFailoverStatus: 'disabled' as const,
      UserGroups: { UserGroupIdsToAdd: ['new'], UserGroupIdsToRemove: ['old'] },
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'preferred' as const,
    };
    expect(specOf({ UserGroupIds: ['old'], PendingModifiedValues })).toMatchObject({
      automaticFailover: false,
      userGroupIds: ['new'],
      transitEncryption: 'preferred',
    });
  });

  test('a version and a node type that a node is about to get', () => {
    const pending = { EngineVersion: '9.0', CacheNodeType: 'cache.m7g.large' };
    const clusters = ['c-001', 'c-002'].map((id) => node(id, { PendingModifiedValues: pending }));
    expect(specOf({}, clusters)).toMatchObject({ engineVersion: '9', cacheNodeType: 'cache.m7g.large' });
  });

  test('a security group that is on its way out is none', () => {
    const SecurityGroups = [
      { SecurityGroupId: 'sg-1', Status: 'removing' },
      { SecurityGroupId: 'sg-2', Status: 'adding' },
    ];
    expect(specOf({}, [node('c-001', { SecurityGroups }), node('c-002')]).securityGroupIds).toEqual(['sg-2']);
  });
});

describe('modify returns before anything changed', () => {
  const requested = (seconds: number) => {
    const { Value } = requestTag('cache.m7g.large', new Date(NOW.getTime() - seconds * 1000));
    return { [REQUESTED_NODE_TYPE]: Value };
  };
  const typeOf = (seconds: number, Status: string) =>
    ownedOf(reading({ group: group({ Status }), tags: requested(seconds) })).spec.cacheNodeType;

  test('the node type asked for last counts as long as AWS is at work', () => {
    expect(typeOf(3600, 'modifying')).toBe('cache.m7g.large');
  });

  test('it counts for a moment although AWS seems idle', () => {
    expect(typeOf(10, 'available')).toBe('cache.m7g.large');
  });

  test('a resize that came to nothing is seen as that', () => {
    expect(typeOf(3600, 'available')).toBe('cache.t4g.small');
  });

  test('a tag that nobody can read says nothing', () => {
    const tags = { [REQUESTED_NODE_TYPE]: 'by hand' };
    expect(ownedOf(reading({ tags })).spec.cacheNodeType).toBe('cache.t4g.small');
  });
});

describe('what AWS changes by itself is no difference', () => {
  test('minor versions move by themselves: only the major one is compared', () => {
    expect(specOf({}, [node('c-001', { EngineVersion: '8.2.0' }), node('c-002')]).engineVersion).toBe('8');
  });

  test('during an upgrade the oldest node counts', () => {
    expect(specOf({}, [node('c-001', { EngineVersion: '10.0' }), node('c-002')]).engineVersion).toBe('8');
  });

  test('names are stored in lower case', () => {
    const clusters = [node('c-001', { CacheSubnetGroupName: 'ST-Web-csg' }), node('c-002')];
    expect(specOf({ ReplicationGroupId: 'ST-Web-C' }, clusters)).toMatchObject({
      identifier: 'st-web-c',
      subnetGroupName: 'st-web-csg',
    });
  });

  test('a group that never was without TLS has no mode and demands it', () => {
    const { TransitEncryptionMode: _mode, ...rest } = group();
    expect(ownedOf(reading({ group: rest })).spec.transitEncryption).toBe('required');
  });

  test('what only nodes tell is not looked at before there are any', () => {
    const spec = specOf({ Status: 'creating' }, []);
    expect(spec).not.toHaveProperty('engineVersion');
    expect(spec).not.toHaveProperty('securityGroupIds');
  });
});
