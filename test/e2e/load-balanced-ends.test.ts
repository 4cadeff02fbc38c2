/** How a tier with a fleet ends: in which order it goes, what is kept of cache, bucket and database, and who takes over what stayed. */
import { DescribeReplicationGroupsCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-elasticache';
import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tierPath } from '../sandbox/scene.ts';
import { LONG, SHOP } from './fleet.ts';
import { condition, leftOf, type Scene, scene } from './harness.ts';

describe('the end of a tier with a fleet', () => {
  let here: Scene;

  beforeAll(async () => {
    here = await scene('e2e-fleet-ends', '111111111123');
    await here.proxy.configure({ factor: 200 }, here.account.id);
  });

  afterAll(async () => {
    await here?.close();
  });

  /** Reasons and words of the events about a tier. */
  const told = async (name: string, reason: string): Promise<string> =>
    (await here.events(name))
      .filter((event) => event.reason === reason)
      .map(({ note }) => note)
      .join('\n');

  const confirmed = (name: string) =>
    ({ default: 'Delete', database: 'Delete', storage: 'Delete', confirmDataLoss: name }) as const;

  test('goes in order: nobody scales, servers, load balancer, then cache and database, then the network', async () => {
    await here.apply('copied', {
      ...SHOP,
      deletionPolicy: { database: 'Snapshot', cache: 'Snapshot', storage: 'DeleteIfEmpty' },
    });
    await here.settled('copied', LONG);
    const since = await here.proxy.latest();
    await here.remove('copied', 2 * LONG);
    const entries = (await here.proxy.journal({ account: here.account.id, since })).filter(
      ({ effective, write }) => effective && write,
    );
    const first = (operation: string): number => entries.findIndex((entry) => entry.operation === operation);
    const order = [
      'DeletePolicy',
      'UpdateAutoScalingGroup',
      'DeleteAutoScalingGroup',
      'DeleteLoadBalancer',
      'DeleteReplicationGroup',
      'DeleteCacheSubnetGroup',
      'DeleteVpc',
    ];
    expect(order.map((operation) => [operation, first(operation) >= 0])).toEqual(order.map((name) => [name, true]));
    const at = order.map(first);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(first('DeleteTargetGroup')).toBeGreaterThan(first('DeleteAutoScalingGroup'));
    expect(first('DeleteDBInstance')).toBeGreaterThan(first('CreateDBSnapshot'));
    expect(first('DeleteBucket')).toBeGreaterThan(first('DeleteAutoScalingGroup'));
    expect(entries.filter(({ params }) => JSON.stringify(params).includes('"ForceDelete":"true"'))).toEqual([]);
  }, 700_000);

  test('Snapshot: of the cache a last copy stays, of the database too, and of the empty bucket nothing', async () => {
    const { Snapshots = [] } = await here.account.elastiCache.send(new DescribeSnapshotsCommand({}));
    expect(Snapshots.map(({ SnapshotStatus }) => SnapshotStatus)).toEqual(['available']);
    expect(Snapshots[0]?.SnapshotName).toContain('copied');
    const left = await leftOf(here, 'copied');
    const others = left.filter((label) => !/snapshot|rds\.snapshot\/primary-final/i.test(label));
    expect(others.filter((label) => !label.includes(Snapshots[0]?.SnapshotName ?? '?'))).toEqual([]);
    expect(left).toContain('copied rds.snapshot/primary-final');
  });

  test('Delete, with its confirmation, waits for a bucket that is not empty, and says so; then nothing is left', async () => {
    await here.apply('lost', { ...SHOP, deletionPolicy: confirmed('lost') });
    const Bucket = (await here.settled('lost', LONG)).status.endpoints?.bucket ?? '';
    await here.account.s3.send(new PutObjectCommand({ Bucket, Key: 'uploads/one', Body: 'somebody’s' }));
    await here.objects.need(tierPath(here.namespace, 'lost'), { method: 'DELETE' });
    const held = await here.until(
      'lost',
      'the bucket is named',
      (tier) => /s3.bucket\/uploads: holds objects/.test(condition(tier, 'Stalled')?.message ?? ''),
      LONG,
    );
    expect(condition(held, 'Stalled')?.reason).toBe('DataLossRefused');
    await here.until('lost', 'all else is gone', ({ status }) => status.resources?.length === 1, LONG);
    const { bucket = [] } = await here.account.inventory();
    expect(bucket).toEqual(['lost s3.bucket/uploads']);

    const { Versions = [] } = await here.account.s3.send(new ListObjectVersionsCommand({ Bucket }));
    for (const { Key, VersionId } of Versions)
      await here.account.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    await here.annotate('lost', 'scalingtier.dev/reconcile-requested-at=emptied');
    await here.gone('lost', LONG);
    expect(await leftOf(here, 'lost')).toEqual([]);
  }, 900_000);

  test('Retain: cache, bucket and database stay with what they stand on, are listed, and are taken over only when asked', async () => {
    const kept = { default: 'Delete', database: 'Retain', cache: 'Retain' } as const;
    await here.apply('kept', { ...SHOP, deletionPolicy: kept });
    const built = await here.settled('kept', LONG);
    const idOf = (role: string, of = built) => of.status.resources?.find((resource) => resource.role === role)?.id;
    const roles = ['elasticache.replication-group/main', 's3.bucket/uploads', 'rds.instance/primary'];
    await here.remove('kept', 2 * LONG);
    const left = await leftOf(here, 'kept');
    const bases = [
      'ec2.vpc/main',
      'ec2.subnet/data-a',
      'secretsmanager.secret/cache',
      'secretsmanager.secret/database',
    ];
    for (const role of [...roles, ...bases]) expect(left).toContain(`kept ${role}`);
    for (const role of ['elb.load-balancer/main', 'autoscaling.group/server', 'ec2.subnet/app-a'])
      expect(left).not.toContain(`kept ${role}`);
    const events = await told('kept', 'Retained');
    for (const role of roles) expect(events).toContain(idOf(role));

    await here.apply('kept', { ...SHOP, deletionPolicy: { default: 'Delete', database: 'Retain' } });
    await here.until(
      'kept',
      'what another object left is not taken unasked',
      (tier) => condition(tier, 'Stalled')?.reason === 'OwnershipConflict',
      LONG,
    );
    await here.remove('kept', LONG);
    expect(await leftOf(here, 'kept')).toEqual(left);

    const adopting = { ...SHOP, deletionPolicy: confirmed('kept') };
    await here.apply('kept', adopting, { 'scalingtier.dev/adopt': 'true' });
    const adopted = await here.settled('kept', LONG);
    expect(adopted.metadata.uid).not.toBe(built.metadata.uid);
    for (const role of roles) expect([role, idOf(role, adopted)]).toEqual([role, idOf(role)]);
    const { ReplicationGroups = [] } = await here.account.elastiCache.send(new DescribeReplicationGroupsCommand({}));
    expect(ReplicationGroups).toHaveLength(1);
    await here.remove('kept', 2 * LONG);
    expect(await leftOf(here, 'kept')).toEqual([]);
  }, 1_200_000);
});
