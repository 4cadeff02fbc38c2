/** What AWS chose where nobody did, and what it leaves out of its answers. */
import { diffSpec } from '../../../src/core/diff.ts';
import { ReplicationGroup } from '../../../src/resources/elasticache/replication-group.ts';
import { ownedOf } from '../../../src/resources/elasticache/replication-group-reading.ts';
import type { ReplicationGroupSpec } from '../../../src/resources/elasticache/replication-group-spec.ts';
import { group, node, reading } from './samples.ts';

const both = (more: Parameters<typeof node>[1] = {}) => [node('c-001', more), node('c-002', more)];

const differences = (seen: Parameters<typeof reading>[0], wanted: Partial<ReplicationGroupSpec>) =>
  diffSpec(ReplicationGroup, wanted as ReplicationGroupSpec, ownedOf(reading(seen))).map(({ path }) => path);

test('a default.* parameter group is one that nobody chose, and ours takes its place', () => {
  const CacheParameterGroup = { CacheParameterGroupName: 'default.valkey8', ParameterApplyStatus: 'in-sync' };
  expect(differences({ clusters: both({ CacheParameterGroup }) }, { parameterGroupName: 'st-web-p' })).toEqual([
    'parameterGroupName',
  ]);
  expect(differences({ clusters: both() }, { parameterGroupName: 'st-web-p' })).toEqual([]);
});

test('what AWS leaves out is what it documents as its default', () => {
  const bare = group();
  const asDocumented = { snapshotRetentionLimit: 0, autoMinorVersionUpgrade: true, userGroupIds: [] };
  expect(bare).not.toHaveProperty('SnapshotRetentionLimit');
  expect(differences({ group: bare }, asDocumented)).toEqual([]);
  expect(differences({ group: bare }, { snapshotRetentionLimit: 1 })).toEqual(['snapshotRetentionLimit']);
});

test('windows and keys that nobody declared are not compared', () => {
  const KmsKeyId = 'arn:aws:kms:us-east-1:123456789012:key/service';
  const seen = {
    group: group({ KmsKeyId, SnapshotWindow: '05:00-06:00' }),
    clusters: both({ PreferredMaintenanceWindow: 'sun:06:00-sun:07:00' }),
  };
  expect(differences(seen, { replicas: 1 })).toEqual([]);
});

test('security groups and users are sets', () => {
  const SecurityGroups = ['sg-2', 'sg-1'].map((SecurityGroupId) => ({ SecurityGroupId, Status: 'active' }));
  const seen = { group: group({ UserGroupIds: ['users'] }), clusters: both({ SecurityGroups }) };
  expect(differences(seen, { securityGroupIds: ['sg-1', 'sg-2'], userGroupIds: ['users'] })).toEqual([]);
  expect(differences(seen, { securityGroupIds: ['sg-1'] })).toEqual(['securityGroupIds']);
});
