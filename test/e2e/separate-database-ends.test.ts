/** How a tier with a database of its own ends: what is kept of its data, in which order it goes, and who takes over what stayed. */
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { leftOf, type Scene, scene } from './harness.ts';

const LONG = 240;

describe('the end of a tier with a database of its own', () => {
  let here: Scene;

  beforeAll(async () => {
    here = await scene('e2e-database-ends', '111111111116');
    await here.proxy.configure({ factor: 200 }, here.account.id);
  });

  afterAll(async () => {
    await here?.close();
  });

  const deletions = async (since: number): Promise<readonly string[]> =>
    (await here.proxy.journal({ account: here.account.id, since }))
      .filter(
        ({ service, operation, effective }) =>
          service === 'rds' && effective && /^(Delete|CreateDBSnap)/.test(operation),
      )
      .map(({ operation }) => operation);

  test('Snapshot: a last copy, its id in the status before the database goes, and replicas before their source', async () => {
    await here.apply('copied', { stage: 'SeparateDatabase', database: { rds: { readReplicas: { count: 2 } } } });
    await here.settled('copied', LONG);
    const since = await here.proxy.latest();
    await here.objects.need(`/apis/scalingtier.dev/v1alpha1/namespaces/${here.namespace}/scalingtiers/copied`, {
      method: 'DELETE',
    });
    const going = await here.until(
      'copied',
      'the copy is in the status',
      ({ status }) => status.resources?.some(({ role, id }) => role === 'rds.snapshot/primary-final' && id) ?? false,
      LONG,
    );
    const copy = going.status.resources?.find(({ role }) => role === 'rds.snapshot/primary-final');
    await here.gone('copied', LONG);
    expect(await deletions(since)).toEqual([
      'DeleteDBInstance',
      'DeleteDBInstance',
      'CreateDBSnapshot',
      'DeleteDBInstance',
      'DeleteDBParameterGroup',
      'DeleteDBSubnetGroup',
    ]);
    const entries = await here.proxy.journal({ account: here.account.id, since });
    const ended = entries
      .filter(({ operation, effective }) => operation === 'DeleteDBInstance' && effective)
      .map(({ params }) => JSON.stringify(params));
    expect(ended.at(-1)).toContain('-db"');
    const { database = [], databaseSnapshot = [], secret = [] } = await here.account.inventory();
    expect(database).toEqual([]);
    expect(databaseSnapshot).toContain('copied rds.snapshot/primary-final');
    expect(secret).toEqual([]);
    const retained = (await here.events('copied')).find(({ reason }) => reason === 'Retained');
    expect(retained?.note).toContain(copy?.id);
  }, 700_000);

  test('Delete, with its confirmation: nothing is left', async () => {
    await here.apply('lost', {
      stage: 'SeparateDatabase',
      deletionPolicy: { default: 'Delete', database: 'Delete', confirmDataLoss: 'lost' },
    });
    await here.settled('lost', LONG);
    await here.remove('lost', LONG);
    expect(await leftOf(here, 'lost')).toEqual([]);
  }, 700_000);

  test('Retain: database, its network and its secret stay, and are taken over only when asked', async () => {
    await here.apply('kept', { stage: 'SeparateDatabase', deletionPolicy: { default: 'Delete', database: 'Retain' } });
    const built = await here.settled('kept', LONG);
    const id = built.status.resources?.find(({ role }) => role === 'rds.instance/primary')?.id;
    await here.remove('kept', LONG);
    const left = await leftOf(here, 'kept');
    for (const role of ['rds.instance/primary', 'ec2.vpc/main', 'secretsmanager.secret/database'])
      expect(left).toContain(`kept ${role}`);
    expect(left).not.toContain('kept ec2.instance/server');

    const adopting = { deletionPolicy: { default: 'Delete', database: 'Delete', confirmDataLoss: 'kept' } } as const;
    await here.apply('kept', { stage: 'SeparateDatabase', ...adopting }, { 'scalingtier.dev/adopt': 'true' });
    const adopted = await here.settled('kept', LONG);
    expect(adopted.metadata.uid).not.toBe(built.metadata.uid);
    expect(adopted.status.resources?.find(({ role }) => role === 'rds.instance/primary')?.id).toBe(id);
    const { DBInstances = [] } = await here.account.rds.send(new DescribeDBInstancesCommand({}));
    expect(DBInstances).toHaveLength(1);
    await here.remove('kept', LONG);
    expect(await leftOf(here, 'kept')).toEqual([]);
  }, 900_000);
});
