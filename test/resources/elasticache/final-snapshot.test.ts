/** The snapshot that a cache leaves at its end: what is wanted then counts, and what was never made leaves none. */
import { diffSpec } from '../../../src/core/diff.ts';
import { ReplicationGroup } from '../../../src/resources/elasticache/replication-group.ts';
import { ownedOf } from '../../../src/resources/elasticache/replication-group-reading.ts';
import { ServerlessCache, type ServerlessCacheSpec } from '../../../src/resources/elasticache/serverless-cache.ts';
import { group, live, reading, self, silentAws } from './samples.ts';

const TAG = 'scalingtier.dev/final-snapshot';

test('the end of both sorts of cache goes by the name of the snapshot, so that it is set right before', () => {
  expect([ReplicationGroup.ending, ServerlessCache.ending]).toEqual([['finalSnapshotName'], ['finalSnapshotName']]);
});

test.each([
  ['asked for', 'st-web-final', ['AddTagsToResource', { Tags: [{ Key: TAG, Value: 'st-web-final' }] }]],
  ['not asked for any more', null, ['RemoveTagsFromResource', { TagKeys: [TAG] }]],
] as const)('one that is %s at the end is noted by tags alone', async (_what, finalSnapshotName, [call, input]) => {
  const { aws, asked } = silentAws();
  const before = live({ finalSnapshotName: finalSnapshotName === null ? 'st-web-final' : null });
  const spec = { ...before.spec, finalSnapshotName } as Parameters<typeof ReplicationGroup.update>[2];
  await ReplicationGroup.update(aws, before, spec, diffSpec(ReplicationGroup, spec, before));
  expect(asked).toEqual([{ name: call, input: { ResourceName: before.attributes.arn, ...input } }]);
});

test.each([
  ['available', 'st-web-final-5d1f-22-1'],
  ['create-failed', undefined],
])('one that is %s is deleted with the snapshot %s', async (Status, FinalSnapshotIdentifier) => {
  const { aws, asked } = silentAws();
  const owned = ownedOf(reading({ group: group({ Status }), tags: { [TAG]: 'st-web-final' } }));
  await ReplicationGroup.delete(aws, { ...owned, self });
  expect(asked).toEqual([
    { name: 'DeleteReplicationGroup', input: { ReplicationGroupId: 'st-web-c', FinalSnapshotIdentifier } },
  ]);
});

test('of one that was never made nothing is wanted at its end, and it leaves nothing', () => {
  const { spec, leaves } = ownedOf(reading({ group: group({ Status: 'create-failed' }), tags: {} }));
  expect([spec.finalSnapshotName, leaves]).toEqual([undefined, undefined]);
});

test.each([
  ['available', 'st-web-final-5d1f-22-1'],
  ['create-failed', undefined],
])('a serverless one that is %s is deleted with the snapshot %s', async (state, FinalSnapshotName) => {
  const { aws, asked } = silentAws();
  const spec: Partial<ServerlessCacheSpec> = { finalSnapshotName: 'st-web-final' };
  const health = { state, phase: state === 'available' ? 'ready' : 'failed' } as const;
  const tags = { [TAG]: 'st-web-final' };
  const cache = { ...live(), id: 'st-web-cache', spec, health, tags };
  await ServerlessCache.delete(aws, { ...cache, attributes: { name: 'st-web-cache', arn: 'arn' } });
  expect(asked).toEqual([
    { name: 'DeleteServerlessCache', input: { ServerlessCacheName: 'st-web-cache', FinalSnapshotName } },
  ]);
});
