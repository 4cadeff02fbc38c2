/** In which steps a cache is changed: each call keeps AWS busy, so that a pass makes one. */
import { diffSpec } from '../../../src/core/diff.ts';
import { ReplicationGroup } from '../../../src/resources/elasticache/replication-group.ts';
import type { ReplicationGroupSpec } from '../../../src/resources/elasticache/replication-group-spec.ts';
import { type Asked, live, silentAws } from './samples.ts';

const asked: ReplicationGroupSpec = {
  identifier: 'st-web-c',
  description: 'by hand',
  engine: 'valkey',
  engineVersion: '8',
  cacheNodeType: 'cache.t4g.small',
  replicas: 1,
  multiAz: true,
  automaticFailover: true,
  subnetGroupName: 'st-web-csg',
  parameterGroupName: 'st-web-p',
  securityGroupIds: ['sg-1'],
  transitEncryption: 'required',
  atRestEncryption: true,
  userGroupIds: [],
  snapshotRetentionLimit: 0,
  port: 6379,
  autoMinorVersionUpgrade: true,
  finalSnapshotName: null,
};

async function step(
  observed: Partial<ReplicationGroupSpec>,
  wanted: Partial<ReplicationGroupSpec>,
): Promise<readonly Asked[]> {
  const { aws, asked: calls } = silentAws();
  const before = live({ description: 'by hand', ...observed });
  const spec = { ...asked, ...wanted };
  await ReplicationGroup.update(aws, before, spec, diffSpec(ReplicationGroup, spec, before));
  return calls;
}

describe('Multi-AZ needs a replica and failover in one change', () => {
  const single = { replicas: 0, multiAz: false, automaticFailover: false };

  test('replicas come first', async () => {
    expect(await step(single, {})).toEqual([
      {
        name: 'IncreaseReplicaCount',
        input: { ReplicationGroupId: 'st-web-c', ApplyImmediately: true, NewReplicaCount: 1 },
      },
    ]);
  });

  test('then both are turned on at once', async () => {
    const [call, ...more] = await step({ ...single, replicas: 1 }, {});
    expect(more).toEqual([]);
    expect(call?.input).toMatchObject({ MultiAZEnabled: true, AutomaticFailoverEnabled: true, ApplyImmediately: true });
  });

  test('before the last replica goes both are turned off at once', async () => {
    const [call, ...more] = await step({}, single);
    expect([call?.name, more]).toEqual(['ModifyReplicationGroup', []]);
    expect(call?.input).toMatchObject({ MultiAZEnabled: false, AutomaticFailoverEnabled: false });
  });

  test('then it goes', async () => {
    const [call] = await step({ multiAz: false, automaticFailover: false }, single);
    expect(call).toMatchObject({ name: 'DecreaseReplicaCount', input: { NewReplicaCount: 0 } });
  });
});

describe('TLS on an existing plain group is two steps', () => {
  test.each([
    ['disabled', 'required', { TransitEncryptionEnabled: true, TransitEncryptionMode: 'preferred' }],
    ['preferred', 'required', { TransitEncryptionEnabled: true, TransitEncryptionMode: 'required' }],
    ['required', 'disabled', { TransitEncryptionEnabled: true, TransitEncryptionMode: 'preferred' }],
    ['preferred', 'disabled', { TransitEncryptionEnabled: false }],
  ] as const)('from %s to %s', async (before, after, expected) => {
    const [call] = await step({ transitEncryption: before }, { transitEncryption: after });
    expect(call?.input).toEqual({ ReplicationGroupId: 'st-web-c', ApplyImmediately: true, ...expected });
  });

  test('users come after it', async () => {
    const [call] = await step({ transitEncryption: 'disabled' }, { userGroupIds: ['users'] });
    expect(call?.input).not.toHaveProperty('UserGroupIdsToAdd');
  });
});

test('users are exchanged in one call, and taken away in one', async () => {
  const [exchanged] = await step({ userGroupIds: ['old'] }, { userGroupIds: ['new'] });
  expect(exchanged?.input).toMatchObject({ UserGroupIdsToAdd: ['new'], UserGroupIdsToRemove: ['old'] });
  const [taken] = await step({ userGroupIds: ['old'] }, { userGroupIds: [] });
  expect(taken?.input).toMatchObject({ RemoveUserGroups: true });
});

test('the node type that is asked for is noted before it is asked for', async () => {
  const calls = await step({}, { cacheNodeType: 'cache.m7g.large' });
  expect(calls.map(({ name }) => name)).toEqual(['AddTagsToResource', 'ModifyReplicationGroup']);
  expect(calls[1]?.input).toMatchObject({ CacheNodeType: 'cache.m7g.large', ApplyImmediately: true });
});

test('a version that the region does not have is the spec’s fault', async () => {
  await expect(step({}, { engineVersion: '9' })).rejects.toMatchObject({
    name: 'InvalidSpec',
    message: 'spec.cache.engineVersion: us-east-1 offers no valkey 9; choose a version that it has',
  });
});

test('nothing is asked when nothing differs', async () => {
  expect(await step({ description: 'by hand' }, {})).toEqual([]);
});

test('a final snapshot has a name of its own for each cache', async () => {
  const { aws, asked: calls } = silentAws();
  await ReplicationGroup.delete(aws, { ...live(), tags: { 'scalingtier.dev/final-snapshot': 'st-web-final' } });
  await ReplicationGroup.delete(aws, live());
  expect(calls.map(({ input }) => input.FinalSnapshotIdentifier)).toEqual(['st-web-final-5d1f-22-1', undefined]);
});
