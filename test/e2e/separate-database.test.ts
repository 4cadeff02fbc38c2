/** The life of a tier whose database stands apart from its server: built, changed in every way that RDS has, and looked after. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DBInstance,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  PromoteReadReplicaCommand,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tryKubectl } from '../sandbox/kubectl.ts';
import { condition, isSettled, type Scene, scene, type TierObject } from './harness.ts';

/** Seconds that a change of a database may take on the stand-in. */
const LONG = 240;

describe('a tier with a database of its own', () => {
  let here: Scene;

  beforeAll(async () => {
    here = await scene('e2e-separate-database', '111111111110');
    // A database takes AWS a quarter of an hour to make, and this one is changed a dozen times.
    await here.proxy.configure({ factor: 200 }, here.account.id);
  });

  afterAll(async () => {
    await here?.close();
  });

  const idOf = async (role: string): Promise<string> =>
    (await here.get('shop')).status.resources?.find((resource) => resource.role === role)?.id ?? '';

  const databaseOf = async (role = 'rds.instance/primary'): Promise<DBInstance> => {
    const DBInstanceIdentifier = await idOf(role);
    const { DBInstances = [] } = await here.account.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
    return DBInstances[0] ?? {};
  };

  /** Changes `spec.database.rds` and waits until it is so; answers with the plan as it was seen on the way. */
  const change = async (rds: object): Promise<TierObject> => {
    const generation = (await here.get('shop')).metadata.generation;
    await here.patch('shop', { database: { rds } });
    const planned = await here.until(
      'shop',
      'the change is planned or made',
      (tier) =>
        tier.metadata.generation > generation &&
        tier.status.observedGeneration === tier.metadata.generation &&
        (tier.status.plan?.summary !== '+0 ~0 -0' || isSettled(tier)),
    );
    await here.settled('shop', LONG);
    return planned;
  };

  const operatorCalls = async (since: number, operation: RegExp): Promise<readonly string[]> => {
    const entries = await here.proxy.journal({ account: here.account.id, since });
    return entries
      .filter(
        ({ write, caller, operation: made }) => write && operation.test(made) && !caller.userAgent.includes('person'),
      )
      .map(({ operation: made }) => made);
  };

  test('is built by a short manifest: the server, and a Multi-AZ database that only the server reaches', async () => {
    await here.apply('shop', {
      stage: 'SeparateDatabase',
      database: { rds: { readReplicas: { count: 1 } } },
      deletionPolicy: { database: 'Snapshot' },
    });
    const tier = await here.settled('shop', LONG);
    expect(tier.status.stage).toBe('SeparateDatabase');
    const database = await databaseOf();
    expect(database).toMatchObject({
      Engine: 'postgres',
      MultiAZ: true,
      StorageEncrypted: true,
      PubliclyAccessible: false,
      DeletionProtection: true,
      BackupRetentionPeriod: 7,
    });
    expect(tier.status.endpoints?.databaseWriter).toContain(database.Endpoint?.Address);
    expect(await databaseOf('rds.replica/1')).toMatchObject({
      ReadReplicaSourceDBInstanceIdentifier: database.DBInstanceIdentifier,
    });
  });

  test('its password is in a secret, and nowhere else', async () => {
    const secret = await here.account.secretsManager.send(
      new GetSecretValueCommand({ SecretId: await idOf('secretsmanager.secret/database') }),
    );
    const { password, username } = JSON.parse(secret.SecretString ?? '{}') as { password: string; username: string };
    expect(username).not.toBe('');
    expect(password).toHaveLength(32);
    const tier = await here.get('shop');
    const events = await here.events('shop');
    expect(JSON.stringify(tier)).not.toContain(password);
    expect(JSON.stringify(events)).not.toContain(password);
    expect(here.operator().logs()).not.toContain(password);
  });

  test('its data counts as safe once the first backup is there', async () => {
    const tier = await here.until('shop', 'data safe', (safe) => condition(safe, 'DataSafe')?.status === 'True', LONG);
    expect(condition(tier, 'DataSafe')?.reason).toBe('RecentCopy');
  });

  test('another class restarts the database, and the plan said so', async () => {
    const planned = await change({ instanceClass: 'db.m7g.large' });
    expect(planned.status.plan?.impact).toBe('Restart');
    expect(planned.status.plan?.text).toContain('instanceClass');
    expect((await databaseOf()).DBInstanceClass).toBe('db.m7g.large');
  });

  test('storage grows in place, and is refused to shrink', async () => {
    const planned = await change({ storageGiB: 100 });
    expect(planned.status.plan?.impact ?? 'Online').toBe('Online');
    expect((await databaseOf()).AllocatedStorage).toBe(100);
    const refused = await tryKubectl(here.state, [
      'patch',
      'st',
      'shop',
      '--namespace',
      here.namespace,
      '--type=merge',
      '--patch',
      JSON.stringify({ spec: { database: { rds: { storageGiB: 60 } } } }),
    ]);
    expect(refused.stderr).toContain('storageGiB');
  });

  test('Multi-AZ goes off and on again', async () => {
    await change({ multiAZ: false });
    expect((await databaseOf()).MultiAZ).toBe(false);
    await change({ multiAZ: true });
    expect((await databaseOf()).MultiAZ).toBe(true);
  });

  test('replicas come and go by their number; the last one goes first', async () => {
    await change({ readReplicas: { count: 3 } });
    expect((await here.get('shop')).status.endpoints?.databaseReaders).toHaveLength(3);
    await change({ readReplicas: { count: 1 } });
    const { database = [] } = await here.account.inventory();
    expect(database).toEqual(['shop rds.instance/primary', 'shop rds.replica/1']);
  });

  test('a dynamic parameter is set at once, a static one by a restart of the database', async () => {
    const dynamic = await change({ parameters: { log_min_duration_statement: '500' } });
    expect(dynamic.status.plan?.impact ?? 'Online').toBe('Online');
    const since = await here.proxy.latest();
    await change({ parameters: { log_min_duration_statement: '500', max_connections: '200' } });
    // RDS tells only some time after the change of the group that the database has to restart for it.
    const end = Date.now() + LONG * 1000;
    const reboots = async () => operatorCalls(since, /^RebootDBInstance$/);
    while ((await reboots()).length === 0 && Date.now() < end) await delay(500);
    await here.settled('shop', LONG);
    const groups = (await databaseOf()).DBParameterGroups ?? [];
    expect(groups.map(({ ParameterApplyStatus }) => ParameterApplyStatus)).toEqual(['in-sync']);
    expect((await here.events('shop')).map(({ reason }) => reason)).not.toContain('DriftDetected');
    expect(await reboots()).toHaveLength(2);
  });

  test('a new password comes into the secret and the database, once', async () => {
    const SecretId = await idOf('secretsmanager.secret/database');
    const before = await here.account.secretsManager.send(new GetSecretValueCommand({ SecretId }));
    const since = await here.proxy.latest();
    await change({ credentials: { passwordRotation: 1 } });
    const after = await here.account.secretsManager.send(new GetSecretValueCommand({ SecretId }));
    expect(after.SecretString).not.toBe(before.SecretString);
    expect(await operatorCalls(since, /^ModifyDBInstance$/)).toHaveLength(1);
  });

  test('a major version waits for approval and makes a copy first', async () => {
    await here.patch('shop', { database: { rds: { engineVersion: '18' } } });
    const waiting = await here.until(
      'shop',
      'the major upgrade waits for approval, and nothing else is under way',
      (tier) => condition(tier, 'UpToDate')?.reason === 'AwaitingApproval' && !condition(tier, 'Reconciling'),
      LONG,
    );
    expect(condition(waiting, 'Ready')?.status).toBe('True');
    expect((await databaseOf()).EngineVersion).toMatch(/^17[.]/);
    await here.annotate('shop', `scalingtier.dev/approve-plan=${waiting.status.plan?.hash}`);
    await here.settled('shop', 2 * LONG);
    expect((await databaseOf()).EngineVersion).toMatch(/^18[.]/);
    const { databaseSnapshot = [] } = await here.account.inventory();
    expect(databaseSnapshot).not.toEqual([]);
  }, 700_000);

  test('a failover is told, and is no error', async () => {
    const DBInstanceIdentifier = await idOf('rds.instance/primary');
    const zone = (await databaseOf()).AvailabilityZone;
    await here.account.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier, ForceFailover: true }));
    for (;;) {
      const { AvailabilityZone, DBInstanceStatus } = await databaseOf();
      if (DBInstanceStatus === 'available' && AvailabilityZone !== zone) break;
      await delay(500);
    }
    await here.lookNow('shop');
    await here.settled('shop', LONG);
    expect((await here.events('shop')).map(({ reason }) => reason)).toContain('FailoverObserved');
  });

  test('what somebody else changed is put back', async () => {
    const DBInstanceIdentifier = await idOf('rds.instance/primary');
    await here.account.rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier, BackupRetentionPeriod: 1, ApplyImmediately: true }),
    );
    await here.until(
      'shop',
      'the backups are as wanted again',
      (tier) => isSettled(tier) && tier.status.driftCount === 0,
      LONG,
    );
    await here.lookNow('shop');
    await here.settled('shop', LONG);
    expect((await databaseOf()).BackupRetentionPeriod).toBe(7);
  });

  test('a promoted replica is somebody’s database now: it is named, and never deleted', async () => {
    const DBInstanceIdentifier = await idOf('rds.replica/1');
    await here.account.rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier }));
    await here.lookNow('shop');
    const tier = await here.until(
      'shop',
      'the promoted replica is named',
      (named) => /promoted/i.test(condition(named, 'Ready')?.message ?? ''),
      LONG,
    );
    expect(condition(tier, 'Ready')?.status).toBe('False');
    expect((await databaseOf('rds.replica/1')).DBInstanceStatus).not.toBe('deleting');
  });
});
