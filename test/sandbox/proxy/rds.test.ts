/** Databases as clients see them: states that pass with time, changes that wait, replicas, snapshots, parameters. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  ApplyPendingMaintenanceActionCommand,
  CopyDBSnapshotCommand,
  CreateDBParameterGroupCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  DescribeDBSnapshotsCommand,
  DescribeDBSubnetGroupsCommand,
  DescribeEventsCommand,
  ListTagsForResourceCommand,
  ModifyDBParameterGroupCommand,
  ModifyDBSubnetGroupCommand,
  PromoteReadReplicaCommand,
  paginateDescribeDBParameters,
  RebootDBInstanceCommand,
  ResetDBParameterGroupCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import {
  type DatabaseGround,
  database,
  freshName,
  makeDatabase,
  makeDatabaseGround,
  makeReplica,
  modify,
  reaches,
} from './database-ground.ts';
import { eventually } from './ground.ts';

/** Slow enough to see every state, fast enough to wait for the next. */
const FACTOR = 200;
/** Each state lasts longer than several calls take on a busy machine. */
const IN_SIGHT = FACTOR / 2;
/** So slow that nothing passes during a test. */
const STILL = 0.001;

let aws: Aws;
let account: Account;
let ground: DatabaseGround;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
  ground = await makeDatabaseGround(account);
});

beforeEach(() => pace(0));

afterAll(() => aws.close());

const pace = (factor: number) => aws.control.configure({ factor }, account.id);

async function made(more: Parameters<typeof makeDatabase>[2] = {}): Promise<string> {
  return (await makeDatabase(account, ground, more)).DBInstanceIdentifier ?? '';
}

/** Every state that a database shows until it shows this one. */
async function statesUntil(name: string, last: string): Promise<readonly string[]> {
  const seen = new Set<string>();
  await eventually(async () => {
    const state = (await database(account, name))?.DBInstanceStatus ?? 'gone';
    seen.add(state);
    return state;
  }, last);
  return [...seen];
}

test('a database is creating without an endpoint, then backs up, then is available', async () => {
  await pace(STILL);
  const answer = await makeDatabase(account, ground);
  expect(answer).toMatchObject({ DBInstanceStatus: 'creating', StorageType: 'gp3', Iops: 3000, MultiAZ: false });
  expect(answer.Endpoint).toBeUndefined();
  await pace(IN_SIGHT);
  const name = await made();
  expect(await statesUntil(name, 'available')).toEqual(['creating', 'backing-up', 'available']);
  const found = await database(account, name);
  expect(found?.Endpoint).toMatchObject({ Port: 5432 });
  expect(found?.TagList).toEqual([{ Key: 'k', Value: 'v' }]);
  expect(found?.DBSubnetGroup?.DBSubnetGroupName).toBe(ground.subnetGroup);
  expect(found?.LatestRestorableTime).toBeInstanceOf(Date);
});

test('a Multi-AZ database has no standby at first, and two zones in the end', async () => {
  await pace(IN_SIGHT);
  const answer = await makeDatabase(account, ground, { MultiAZ: true });
  expect(answer).toMatchObject({ MultiAZ: false });
  expect(answer.SecondaryAvailabilityZone).toBeUndefined();
  const name = answer.DBInstanceIdentifier ?? '';
  expect(await statesUntil(name, 'available')).toEqual(['creating', 'modifying', 'backing-up', 'available']);
  const found = await database(account, name);
  expect(found?.MultiAZ).toBe(true);
  expect(found?.SecondaryAvailabilityZone).not.toBe(found?.AvailabilityZone);
});

test('by a fault rule a Multi-AZ database ends in one zone, until it is asked again', async () => {
  await aws.control.addFaults({
    match: { account: account.id, operation: 'CreateDBInstance' },
    effect: { kind: 'ending', as: 'single-zone' },
    count: 1,
  });
  const name = await made({ MultiAZ: true });
  expect(await database(account, name)).toMatchObject({ DBInstanceStatus: 'available', MultiAZ: false });
  await modify(account, name, { MultiAZ: true, ApplyImmediately: true });
  expect(await eventually(async () => (await database(account, name))?.MultiAZ, true)).toBe(true);
});

test('by a fault rule a database ends in a state that it does not leave, and can be deleted', async () => {
  await aws.control.addFaults({
    match: { account: account.id, operation: 'CreateDBInstance' },
    effect: { kind: 'ending', as: 'incompatible-network' },
    count: 1,
  });
  const name = await made();
  expect((await database(account, name))?.DBInstanceStatus).toBe('incompatible-network');
  await account.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: name, SkipFinalSnapshot: true }));
  expect(await reaches(account, name, 'gone')).toBe('gone');
});

test('a failover swaps the zones and leaves the address', async () => {
  const name = await made({ MultiAZ: true });
  const before = await database(account, name);
  await pace(FACTOR);
  const reboot = new RebootDBInstanceCommand({ DBInstanceIdentifier: name, ForceFailover: true });
  expect((await account.rds.send(reboot)).DBInstance?.DBInstanceStatus).toBe('rebooting');
  expect(await reaches(account, name, 'available')).toBe('available');
  const after = await database(account, name);
  expect(after?.AvailabilityZone).toBe(before?.SecondaryAvailabilityZone);
  expect(after?.SecondaryAvailabilityZone).toBe(before?.AvailabilityZone);
  expect(after?.Endpoint).toEqual(before?.Endpoint);
  const { Events } = await account.rds.send(
    new DescribeEventsCommand({ SourceType: 'db-instance', SourceIdentifier: name, EventCategories: ['failover'] }),
  );
  expect(Events?.map((one) => one.Message)).toEqual([
    'Multi-AZ instance failover started',
    'Multi-AZ instance failover completed',
  ]);
});

test('a change waits for the window, and any immediate change takes it along', async () => {
  const name = await made();
  const waiting = await modify(account, name, { DBInstanceClass: 'db.t4g.large' });
  expect(waiting.PendingModifiedValues).toEqual({ DBInstanceClass: 'db.t4g.large' });
  expect(await database(account, name)).toMatchObject({
    DBInstanceStatus: 'available',
    DBInstanceClass: 'db.t4g.medium',
    PendingModifiedValues: { DBInstanceClass: 'db.t4g.large' },
  });
  await modify(account, name, { AllocatedStorage: 40, ApplyImmediately: true });
  const changed = await eventually(async () => (await database(account, name))?.DBInstanceClass, 'db.t4g.large');
  expect(changed).toBe('db.t4g.large');
  expect(await database(account, name)).toMatchObject({ AllocatedStorage: 40, PendingModifiedValues: {} });
});

const WINDOW_MILLISECONDS = 30 * 60_000;
const MINUTE = 60_000;

/** When a window of half an hour begins that holds this moment. The stand-in, unlike AWS, knows none over the end of a week. */
async function startOfWindowNow(): Promise<Date> {
  const now = new Date();
  const daysSinceMonday = (now.getUTCDay() + 6) % 7;
  const monday = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - daysSinceMonday);
  const lastMinute = monday + 7 * 24 * 60 * MINUTE - MINUTE;
  if (now.getTime() >= lastMinute) {
    await delay(lastMinute + MINUTE - now.getTime());
    return startOfWindowNow();
  }
  return new Date(Math.max(monday, Math.min(now.getTime() - 5 * MINUTE, lastMinute - WINDOW_MILLISECONDS)));
}

test('a change that waits is made when the maintenance window is moved to now, and taken back by asking for what is', async () => {
  const name = await made();
  await modify(account, name, { DBInstanceClass: 'db.t4g.large' });
  const back = await modify(account, name, { DBInstanceClass: 'db.t4g.medium' });
  expect(back.PendingModifiedValues).toEqual({});
  await modify(account, name, { DBInstanceClass: 'db.t4g.large' });
  const start = await startOfWindowNow();
  const point = (time: Date) => `${time.toUTCString().slice(0, 3)}:${time.toISOString().slice(11, 16)}`.toLowerCase();
  const window = `${point(start)}-${point(new Date(start.getTime() + WINDOW_MILLISECONDS))}`;
  const hour = (start.getUTCHours() + 12) % 24;
  const backup = `${String(hour).padStart(2, '0')}:00-${String(hour).padStart(2, '0')}:30`;
  await modify(account, name, { PreferredMaintenanceWindow: window, PreferredBackupWindow: backup });
  const found = await eventually(async () => (await database(account, name))?.DBInstanceClass, 'db.t4g.large');
  expect(found).toBe('db.t4g.large');
});

test('an immediate change is pending while it is made, and shown as it was until then', async () => {
  const name = await made();
  await pace(FACTOR / 4);
  const answer = await modify(account, name, {
    AllocatedStorage: 40,
    MasterUserPassword: 'another-password',
    ApplyImmediately: true,
  });
  expect(answer).toMatchObject({
    AllocatedStorage: 20,
    PendingModifiedValues: { AllocatedStorage: 40, MasterUserPassword: '****' },
  });
  expect(await statesUntil(name, 'storage-optimization')).toEqual(
    expect.arrayContaining(['resetting-master-credentials', 'modifying', 'storage-optimization']),
  );
  const found = await database(account, name);
  expect(found).toMatchObject({ AllocatedStorage: 40, PendingModifiedValues: {} });
  expect(found?.Endpoint).toBeDefined();
});

test('what ignores ApplyImmediately holds at once', async () => {
  const name = await made({ MaxAllocatedStorage: 40 });
  const answer = await modify(account, name, {
    ...{ DeletionProtection: true, MaxAllocatedStorage: 100, BackupRetentionPeriod: 14, CopyTagsToSnapshot: true },
    ...{ EnablePerformanceInsights: true, CloudwatchLogsExportConfiguration: { EnableLogTypes: ['postgresql'] } },
  });
  expect(answer).toMatchObject({
    ...{ DeletionProtection: true, MaxAllocatedStorage: 100, BackupRetentionPeriod: 14, CopyTagsToSnapshot: true },
    ...{ PerformanceInsightsEnabled: true, EnabledCloudwatchLogsExports: ['postgresql'], PendingModifiedValues: {} },
  });
});

test('replicas are made together, replicate, are promoted, and are databases of their own when their source goes', async () => {
  const name = await made();
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => makeReplica(account, name)));
  const ids = [first, second, third].map((one) => one?.DBInstanceIdentifier ?? '');
  const replica = await database(account, ids[0] ?? '');
  expect(replica).toMatchObject({
    ...{ ReadReplicaSourceDBInstanceIdentifier: name, BackupRetentionPeriod: 0, MultiAZ: false, TagList: [] },
    StatusInfos: [{ StatusType: 'read replication', Normal: true, Status: 'replicating' }],
  });
  expect((await database(account, name))?.ReadReplicaDBInstanceIdentifiers?.toSorted()).toEqual(ids.toSorted());
  await account.rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: ids[0] }));
  expect(await database(account, ids[0] ?? '')).toMatchObject({ BackupRetentionPeriod: 1 });
  expect((await database(account, ids[0] ?? ''))?.ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
  expect((await database(account, name))?.ReadReplicaDBInstanceIdentifiers?.toSorted()).toEqual(
    ids.slice(1).toSorted(),
  );
  await account.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: ids[1], SkipFinalSnapshot: true }));
  await account.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: name, SkipFinalSnapshot: true }));
  expect(await reaches(account, name, 'gone')).toBe('gone');
  expect((await database(account, ids[2] ?? ''))?.ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
});

test('a replica is creating, without an endpoint and without replication, before it replicates', async () => {
  const name = await made();
  await pace(STILL);
  const answer = await makeReplica(account, name, { Tags: [{ Key: 'own', Value: 'v' }] });
  expect(answer).toMatchObject({ DBInstanceStatus: 'creating', TagList: [{ Key: 'own', Value: 'v' }] });
  expect(answer.Endpoint).toBeUndefined();
  expect(answer.StatusInfos).toBeUndefined();
});

test('a snapshot has a progress, and its database backs up meanwhile', async () => {
  const name = await made({ CopyTagsToSnapshot: true });
  const id = freshName('snapshot');
  await pace(FACTOR);
  const { DBSnapshot } = await account.rds.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: name, DBSnapshotIdentifier: id }),
  );
  expect(DBSnapshot).toMatchObject({ Status: 'creating', TagList: [{ Key: 'k', Value: 'v' }] });
  expect(DBSnapshot?.PercentProgress).toBeLessThan(100);
  expect((await database(account, name))?.DBInstanceStatus).toBe('backing-up');
  const look = async () =>
    (await account.rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }))).DBSnapshots?.[0];
  expect(await eventually(async () => (await look())?.Status, 'available')).toBe('available');
  expect(await look()).toMatchObject({ PercentProgress: 100, SnapshotType: 'manual' });
  const { DBSnapshots } = await account.rds.send(
    new DescribeDBSnapshotsCommand({ DBInstanceIdentifier: name, SnapshotType: 'automated' }),
  );
  expect(DBSnapshots).toHaveLength(1);
});

test('a snapshot is restored into another database, and copied', async () => {
  const name = await made();
  const [id, copy, other] = [freshName('snapshot'), freshName('copy'), freshName('restored')];
  const snapshot = { DBInstanceIdentifier: name, DBSnapshotIdentifier: id };
  await account.rds.send(new CreateDBSnapshotCommand(snapshot));
  await account.rds.send(
    new CopyDBSnapshotCommand({ SourceDBSnapshotIdentifier: id, TargetDBSnapshotIdentifier: copy }),
  );
  await pace(FACTOR);
  const { DBInstance } = await account.rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      ...{ DBInstanceIdentifier: other, DBSnapshotIdentifier: copy, DBSubnetGroupName: ground.subnetGroup },
      ...{ VpcSecurityGroupIds: [ground.groupId], DBInstanceClass: 'db.t4g.large' },
    }),
  );
  expect(DBInstance).toMatchObject({ DBInstanceStatus: 'creating', DBInstanceClass: 'db.t4g.large' });
  expect(await reaches(account, other, 'available')).toBe('available');
  const [first, second] = [await database(account, name), await database(account, other)];
  expect(second?.DbiResourceId).not.toBe(first?.DbiResourceId);
  expect(second?.EngineVersion).toBe(first?.EngineVersion);
});

test('an upgrade to a major version takes its time and restarts the database', async () => {
  const name = await made();
  const DBParameterGroupName = freshName('parameters');
  await account.rds.send(
    new CreateDBParameterGroupCommand({ DBParameterGroupName, DBParameterGroupFamily: 'postgres18', Description: 'd' }),
  );
  await pace(FACTOR);
  const answer = await modify(account, name, {
    ...{ EngineVersion: '18', DBParameterGroupName, AllowMajorVersionUpgrade: true, ApplyImmediately: true },
  });
  expect(answer).toMatchObject({ EngineVersion: '17.4', PendingModifiedValues: { EngineVersion: '18.1' } });
  expect(await reaches(account, name, 'upgrading')).toBe('upgrading');
  expect(await reaches(account, name, 'available')).toBe('available');
  expect(await database(account, name)).toMatchObject({
    EngineVersion: '18.1',
    DBParameterGroups: [{ DBParameterGroupName, ParameterApplyStatus: 'in-sync' }],
  });
});

test('the replicas of a PostgreSQL database are upgraded to its next major version with it', async () => {
  const { DBInstanceIdentifier: name = '' } = await makeDatabase(account, ground);
  const { DBInstanceIdentifier: replica = '' } = await makeReplica(account, name);
  await modify(account, name, { EngineVersion: '18', AllowMajorVersionUpgrade: true, ApplyImmediately: true });
  const upgraded = await database(account, replica);
  expect(upgraded?.EngineVersion).toMatch(/^18[.]/);
  expect(upgraded?.DBParameterGroups?.map((group) => group.DBParameterGroupName)).toEqual(['default.postgres18']);
  expect((await database(account, name))?.EngineVersion).toBe(upgraded?.EngineVersion);
});

test('what the stand-in cannot do fails loudly', async () => {
  const call = new ApplyPendingMaintenanceActionCommand({
    ...{
      ResourceIdentifier: 'arn:aws:rds:us-east-1:123456789012:db:x',
      ApplyAction: 'db-upgrade',
      OptInType: 'immediate',
    },
  });
  expect(await codeOf(account.rds.send(call))).toBe('SandboxUnimplemented');
});

test('a database that is deleted leaves its final snapshot, and its name when it is gone', async () => {
  const name = await made();
  const id = freshName('final');
  await pace(FACTOR);
  const { DBInstance } = await account.rds.send(
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: name, FinalDBSnapshotIdentifier: id }),
  );
  expect(DBInstance?.DBInstanceStatus).toBe('deleting');
  expect(await reaches(account, name, 'gone')).toBe('gone');
  const { DBSnapshots } = await account.rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }));
  expect(DBSnapshots).toMatchObject([{ DBInstanceIdentifier: name, SnapshotType: 'manual' }]);
});

test('stopping and starting take their time', async () => {
  const name = await made();
  await pace(FACTOR);
  await account.rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: name }));
  expect(await statesUntil(name, 'stopped')).toEqual(['stopping', 'stopped']);
  await account.rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: name }));
  expect(await statesUntil(name, 'available')).toEqual(['starting', 'available']);
});

test('static parameters wait for a reboot, dynamic ones are applied', async () => {
  const name = await made();
  const status = async () => (await database(account, name))?.DBParameterGroups?.[0]?.ParameterApplyStatus;
  const set = (ParameterName: string, ApplyMethod: 'immediate' | 'pending-reboot') =>
    account.rds.send(
      new ModifyDBParameterGroupCommand({
        DBParameterGroupName: ground.parameterGroup,
        Parameters: [{ ParameterName, ParameterValue: '1', ApplyMethod }],
      }),
    );
  expect(await status()).toBe('in-sync');
  await pace(FACTOR / 10);
  await set('rds.force_ssl', 'immediate');
  expect(await status()).toBe('applying');
  expect(await eventually(status, 'in-sync')).toBe('in-sync');
  await pace(0);
  await set('rds.logical_replication', 'pending-reboot');
  expect(await status()).toBe('pending-reboot');
  await account.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: name }));
  expect(await status()).toBe('in-sync');
  const own = async () =>
    (
      await account.rds.send(
        new DescribeDBParametersCommand({ DBParameterGroupName: ground.parameterGroup, Source: 'user' }),
      )
    ).Parameters;
  expect(await own()).toMatchObject([
    { ParameterName: 'rds.force_ssl', ParameterValue: '1', ApplyType: 'dynamic', Source: 'user' },
    { ParameterName: 'rds.logical_replication', ParameterValue: '1', ApplyType: 'static', Source: 'user' },
  ]);
  await account.rds.send(new ResetDBParameterGroupCommand({ DBParameterGroupName: ground.parameterGroup }));
  expect(await own()).toEqual([]);
});

test('all parameters of a family come in pages', async () => {
  const pages = [];
  const query = { DBParameterGroupName: ground.parameterGroup };
  for await (const page of paginateDescribeDBParameters({ client: account.rds, pageSize: 20 }, query)) {
    pages.push((page.Parameters ?? []).length);
  }
  expect(pages[0]).toBe(20);
  expect(pages.length).toBeGreaterThan(1);
});

test('another parameter group waits for a reboot', async () => {
  const name = await made({ DBParameterGroupName: 'default.postgres17' });
  const answer = await modify(account, name, { DBParameterGroupName: ground.parameterGroup });
  expect(answer.DBParameterGroups).toMatchObject([
    { DBParameterGroupName: ground.parameterGroup, ParameterApplyStatus: 'pending-reboot' },
  ]);
});

test('a subnet group keeps its tags when its subnets change', async () => {
  const { subnetGroup: DBSubnetGroupName, subnetIds } = ground;
  const { DBSubnetGroup } = await account.rds.send(
    new ModifyDBSubnetGroupCommand({ DBSubnetGroupName, SubnetIds: [...subnetIds] }),
  );
  expect(DBSubnetGroup?.Subnets).toHaveLength(2);
  const { DBSubnetGroups } = await account.rds.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName }));
  expect(DBSubnetGroups).toMatchObject([{ DBSubnetGroupDescription: 'd', VpcId: ground.vpcId }]);
  const { TagList } = await account.rds.send(
    new ListTagsForResourceCommand({ ResourceName: DBSubnetGroups?.[0]?.DBSubnetGroupArn }),
  );
  expect(TagList).toEqual([{ Key: 'k', Value: 'v' }]);
});

test('a managed master password is a secret of the service, which goes with the database', async () => {
  const name = await made({ ManageMasterUserPassword: true, MasterUserPassword: undefined });
  const { MasterUserSecret } = (await database(account, name)) ?? {};
  expect(MasterUserSecret?.SecretStatus).toBe('active');
  const SecretId = MasterUserSecret?.SecretArn;
  const secret = () => account.secretsManager.send(new DescribeSecretCommand({ SecretId }));
  expect(await secret()).toMatchObject({ OwningService: 'rds' });
  await account.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: name, SkipFinalSnapshot: true }));
  await reaches(account, name, 'gone');
  await expect(secret()).rejects.toThrow();
});

test('every database has a resource id of its own, and lists come in pages, by filter and by ARN', async () => {
  const [one, other] = [await database(account, await made()), await database(account, await made())];
  expect(one?.DbiResourceId).toMatch(/^db-[A-Z2-7]{26}$/);
  expect(one?.DbiResourceId).not.toBe(other?.DbiResourceId);
  await aws.control.configure({ pageSize: 1 }, account.id);
  const seen = new Set<string>();
  let Marker: string | undefined;
  do {
    const page = await account.rds.send(new DescribeDBInstancesCommand({ Marker }));
    expect(page.DBInstances).toHaveLength(1);
    seen.add(page.DBInstances?.[0]?.DBInstanceIdentifier ?? '');
    Marker = page.Marker;
  } while (Marker !== undefined);
  await aws.control.configure({ pageSize: 0 }, account.id);
  expect([...seen]).toEqual(expect.arrayContaining([one?.DBInstanceIdentifier, other?.DBInstanceIdentifier]));
  const Filters = [{ Name: 'dbi-resource-id', Values: [one?.DbiResourceId ?? ''] }];
  expect((await account.rds.send(new DescribeDBInstancesCommand({ Filters }))).DBInstances).toHaveLength(1);
  expect((await database(account, one?.DBInstanceArn ?? ''))?.DBInstanceIdentifier).toBe(one?.DBInstanceIdentifier);
});
