/** What RDS refuses, what it offers, and reads that lag behind writes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteSecurityGroupCommand, DeleteSubnetCommand } from '@aws-sdk/client-ec2';
import {
  AddTagsToResourceCommand,
  CreateDBInstanceCommand,
  type CreateDBInstanceCommandInput,
  CreateDBParameterGroupCommand,
  CreateDBSnapshotCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBInstanceCommand,
  type DeleteDBInstanceCommandInput,
  DeleteDBParameterGroupCommand,
  DeleteDBSnapshotCommand,
  DeleteDBSubnetGroupCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  DescribeDBSubnetGroupsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  DescribePendingMaintenanceActionsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  type ModifyDBInstanceCommandInput,
  ModifyDBParameterGroupCommand,
  ModifyDBSubnetGroupCommand,
  RebootDBInstanceCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Account, type Aws, codeOf, openAccount, openAws } from './account.ts';
import {
  asked,
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

let aws: Aws;
let account: Account;
let ground: DatabaseGround;
let standing: string;

beforeAll(async () => {
  aws = await openAws();
  account = await openAccount(aws);
  ground = await makeDatabaseGround(account);
  standing = (await makeDatabase(account, ground, { AllocatedStorage: 100 })).DBInstanceIdentifier ?? '';
});

afterEach(() => aws.control.configure({ factor: 0, lagSeconds: 0 }, account.id));

afterAll(() => aws.close());

const pace = (factor: number) => aws.control.configure({ factor }, account.id);
const create = (more: Partial<CreateDBInstanceCommandInput>) =>
  codeOf(account.rds.send(new CreateDBInstanceCommand({ ...asked(ground, freshName('no')), ...more })));
const change = (more: Partial<ModifyDBInstanceCommandInput>, name = standing) =>
  codeOf(account.rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: name, ...more })));
const remove = (name: string, more: Partial<DeleteDBInstanceCommandInput> = {}) =>
  codeOf(account.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: name, ...more })));

test.each<[what: string, more: Partial<CreateDBInstanceCommandInput>, code: string]>([
  ['an engine that there is not', { Engine: 'oracle-free' }, 'InvalidParameterValue'],
  ['a version that there is not', { EngineVersion: '17.99' }, 'InvalidParameterCombination'],
  ['a class that there is not', { DBInstanceClass: 'db.x' }, 'InvalidParameterValue'],
  [
    'a class in one zone for Multi-AZ',
    { DBInstanceClass: 'db.x2g.large', MultiAZ: true },
    'InvalidParameterCombination',
  ],
  ['a zone for Multi-AZ', { MultiAZ: true, AvailabilityZone: 'us-east-1a' }, 'InvalidParameterCombination'],
  ['a subnet group that there is not', { DBSubnetGroupName: 'none' }, 'DBSubnetGroupNotFoundFault'],
  ['a parameter group that there is not', { DBParameterGroupName: 'none' }, 'DBParameterGroupNotFound'],
  ['a parameter group of another version', { EngineVersion: '16.8' }, 'InvalidParameterCombination'],
  ['too little storage', { AllocatedStorage: 5 }, 'InvalidParameterValue'],
  ['figures for small gp3 storage', { StorageType: 'gp3', Iops: 3000 }, 'InvalidParameterCombination'],
  [
    'too few figures for large gp3 storage',
    { StorageType: 'gp3', AllocatedStorage: 400, Iops: 6000 },
    'InvalidParameterCombination',
  ],
  ['a storage limit just above the storage', { MaxAllocatedStorage: 21 }, 'InvalidParameterCombination'],
  ['no password', { MasterUserPassword: undefined }, 'InvalidParameterValue'],
  ['a password with a slash', { MasterUserPassword: 'not/a/password' }, 'InvalidParameterValue'],
  ['two passwords', { ManageMasterUserPassword: true }, 'InvalidParameterCombination'],
  ['a user of the engine', { MasterUsername: 'rdsadmin' }, 'InvalidParameterValue'],
  ['logs that the engine has not', { EnableCloudwatchLogsExports: ['slowquery'] }, 'InvalidParameterCombination'],
  ['a security group that there is not', { VpcSecurityGroupIds: ['sg-00000000000000000'] }, 'InvalidParameterValue'],
  ['two hyphens in the name', { DBInstanceIdentifier: 'a--b' }, 'InvalidParameterValue'],
  ['a tag of AWS', { Tags: [{ Key: 'aws:x', Value: 'v' }] }, 'InvalidParameterValue'],
])('a database with %s is refused', async (_what, more, code) => {
  expect(await create(more)).toBe(code);
});

test('a name is taken, in whatever case', async () => {
  expect(await create({ DBInstanceIdentifier: standing.toUpperCase() })).toBe('DBInstanceAlreadyExists');
});

test.each<[what: string, more: Partial<ModifyDBInstanceCommandInput>, code: string]>([
  ['less storage', { AllocatedStorage: 50 }, 'InvalidParameterCombination'],
  ['a little more storage', { AllocatedStorage: 105 }, 'InvalidParameterCombination'],
  ['a class that there is not', { DBInstanceClass: 'db.x' }, 'InvalidParameterValue'],
  ['an older version', { EngineVersion: '17.2' }, 'InvalidParameterCombination'],
  ['a version that there is not', { EngineVersion: '17.99' }, 'InvalidParameterCombination'],
  ['a major version without the flag', { EngineVersion: '18.1' }, 'InvalidParameterCombination'],
  ['figures for small gp3 storage', { Iops: 12_000 }, 'InvalidParameterCombination'],
  [
    'logs that the engine has not',
    { CloudwatchLogsExportConfiguration: { EnableLogTypes: ['x'] } },
    'InvalidParameterCombination',
  ],
  ['another port', { DBPortNumber: 6000 }, 'SandboxUnimplemented'],
])('a change to %s is refused', async (_what, more, code) => {
  expect(await change(more)).toBe(code);
});

test('nothing is changed while a change is made, and no storage while storage is optimized', async () => {
  const name = (await makeDatabase(account, ground)).DBInstanceIdentifier ?? '';
  await pace(100);
  await modify(account, name, { AllocatedStorage: 40, ApplyImmediately: true });
  expect(await reaches(account, name, 'modifying')).toBe('modifying');
  expect(await change({ AllocatedStorage: 60, ApplyImmediately: true }, name)).toBe('InvalidDBInstanceState');
  expect(await reaches(account, name, 'storage-optimization')).toBe('storage-optimization');
  expect(await change({ AllocatedStorage: 60, ApplyImmediately: true }, name)).toBe('InvalidParameterCombination');
  expect(await change({ DBInstanceClass: 'db.t4g.large' }, name)).toBe('accepted');
});

test('replicas need a source at rest with backups and a password of its own, and keep it from stopping', async () => {
  await pace(0.001);
  const young = (await makeDatabase(account, ground)).DBInstanceIdentifier ?? '';
  expect(await codeOf(makeReplica(account, young))).toBe('InvalidDBInstanceState');
  await pace(0);
  const bare = (await makeDatabase(account, ground, { BackupRetentionPeriod: 0 })).DBInstanceIdentifier ?? '';
  expect(await codeOf(makeReplica(account, bare))).toBe('InvalidDBInstanceState');
  const managed = await makeDatabase(account, ground, {
    ManageMasterUserPassword: true,
    MasterUserPassword: undefined,
  });
  expect(await codeOf(makeReplica(account, managed.DBInstanceIdentifier ?? ''))).toBe('InvalidParameterCombination');
  const source = (await makeDatabase(account, ground)).DBInstanceIdentifier ?? '';
  const replica = (await makeReplica(account, source)).DBInstanceIdentifier ?? '';
  const stop = (name: string) => codeOf(account.rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: name })));
  expect([await stop(source), await stop(replica)]).toEqual(['InvalidDBInstanceState', 'InvalidDBInstanceState']);
  expect(await change({ BackupRetentionPeriod: 0 }, source)).toBe('InvalidDBInstanceState');
  expect(await change({ ManageMasterUserPassword: true }, source)).toBe('InvalidParameterCombination');
  expect(await remove(replica, { FinalDBSnapshotIdentifier: 'final-of-replica' })).toBe('InvalidParameterCombination');
});

test('a deletion says what becomes of the data, and protection holds', async () => {
  const name = (await makeDatabase(account, ground, { DeletionProtection: true })).DBInstanceIdentifier ?? '';
  expect(await remove(name, { SkipFinalSnapshot: true })).toBe('InvalidParameterCombination');
  await modify(account, name, { DeletionProtection: false });
  expect(await remove(name)).toBe('InvalidParameterCombination');
  expect(await remove(name, { SkipFinalSnapshot: true, FinalDBSnapshotIdentifier: 'x' })).toBe(
    'InvalidParameterCombination',
  );
  const id = freshName('taken');
  await account.rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: name, DBSnapshotIdentifier: id }));
  expect(await remove(name, { FinalDBSnapshotIdentifier: id })).toBe('DBSnapshotAlreadyExists');
  await pace(0.001);
  expect(await remove(name, { SkipFinalSnapshot: true })).toBe('accepted');
  expect(await remove(name, { SkipFinalSnapshot: true })).toBe('InvalidDBInstanceState');
  expect(await create({ DBInstanceIdentifier: name })).toBe('DBInstanceAlreadyExists');
  expect(await remove('none', { SkipFinalSnapshot: true })).toBe('DBInstanceNotFound');
});

test('a failover needs a standby, and a snapshot is not deleted while it is made', async () => {
  const reboot = new RebootDBInstanceCommand({ DBInstanceIdentifier: standing, ForceFailover: true });
  expect(await codeOf(account.rds.send(reboot))).toBe('InvalidParameterCombination');
  const id = freshName('snapshot');
  const name = (await makeDatabase(account, ground)).DBInstanceIdentifier ?? '';
  await pace(0.001);
  await account.rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: name, DBSnapshotIdentifier: id }));
  const deletion = new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id });
  expect(await codeOf(account.rds.send(deletion))).toBe('InvalidDBSnapshotState');
});

test('subnet groups cover two zones, are there once, and are kept while they are used', async () => {
  const group = (name: string, ids: readonly string[]) =>
    codeOf(
      account.rds.send(
        new CreateDBSubnetGroupCommand({ DBSubnetGroupName: name, DBSubnetGroupDescription: 'd', SubnetIds: [...ids] }),
      ),
    );
  expect(await group('narrow', [ground.subnetId])).toBe('DBSubnetGroupDoesNotCoverEnoughAZs');
  expect(await group('unknown', ['subnet-00000000000000000', ground.subnetId])).toBe('InvalidSubnet');
  expect(await group(ground.subnetGroup, ground.subnetIds)).toBe('DBSubnetGroupAlreadyExists');
  const DBSubnetGroupName = ground.subnetGroup;
  expect(await codeOf(account.rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName })))).toBe(
    'InvalidDBSubnetGroupStateFault',
  );
  const narrowed = new ModifyDBSubnetGroupCommand({ DBSubnetGroupName, SubnetIds: [ground.subnetIds[1]] });
  expect(await codeOf(account.rds.send(narrowed))).toBe('SubnetAlreadyInUse');
});

test('a security group and a subnet that a database uses are kept', async () => {
  expect(await codeOf(account.ec2.send(new DeleteSecurityGroupCommand({ GroupId: ground.groupId })))).toBe(
    'DependencyViolation',
  );
  const { AvailabilityZone, DBSubnetGroup } = (await database(account, standing)) ?? {};
  const used = DBSubnetGroup?.Subnets?.find((one) => one.SubnetAvailabilityZone?.Name === AvailabilityZone);
  expect(await codeOf(account.ec2.send(new DeleteSubnetCommand({ SubnetId: used?.SubnetIdentifier })))).toBe(
    'DependencyViolation',
  );
});

test('parameter groups are of a family, take known parameters, and are kept while they are used', async () => {
  const DBParameterGroupName = ground.parameterGroup;
  const odd = new CreateDBParameterGroupCommand({
    DBParameterGroupName: 'odd',
    DBParameterGroupFamily: 'postgres3',
    Description: 'd',
  });
  expect(await codeOf(account.rds.send(odd))).toBe('InvalidParameterValue');
  const set = (
    ParameterName: string,
    ParameterValue: string,
    ApplyMethod: 'immediate' | 'pending-reboot' = 'immediate',
  ) =>
    codeOf(
      account.rds.send(
        new ModifyDBParameterGroupCommand({
          DBParameterGroupName,
          Parameters: [{ ParameterName, ParameterValue, ApplyMethod }],
        }),
      ),
    );
  expect(await set('no_such_parameter', '1')).toBe('InvalidParameterValue');
  expect(await set('config_file', 'x', 'pending-reboot')).toBe('InvalidParameterValue');
  expect(await set('max_connections', '100')).toBe('InvalidParameterCombination');
  expect(await set('rds.force_ssl', '7')).toBe('InvalidParameterValue');
  expect(await set('log_min_duration_statement', '-1')).toBe('accepted');
  expect(await codeOf(account.rds.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName })))).toBe(
    'InvalidDBParameterGroupState',
  );
});

test('versions say what they can be upgraded to, and classes which zones have them', async () => {
  const { DBEngineVersions } = await account.rds.send(
    new DescribeDBEngineVersionsCommand({ Engine: 'postgres', EngineVersion: '17.4' }),
  );
  expect(DBEngineVersions).toMatchObject([
    { EngineVersion: '17.4', DBParameterGroupFamily: 'postgres17', MajorEngineVersion: '17' },
  ]);
  expect(DBEngineVersions?.[0]?.ValidUpgradeTarget).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ EngineVersion: '17.6', IsMajorVersionUpgrade: false }),
      expect.objectContaining({ EngineVersion: '18.1', IsMajorVersionUpgrade: true }),
    ]),
  );
  const newest = await account.rds.send(
    new DescribeDBEngineVersionsCommand({ Engine: 'postgres', EngineVersion: '17', DefaultOnly: true }),
  );
  expect(newest.DBEngineVersions?.map((one) => one.EngineVersion)).toEqual(['17.6']);
  const none = new DescribeDBEngineVersionsCommand({ Engine: 'postgres', EngineVersion: '99' });
  expect((await account.rds.send(none)).DBEngineVersions).toEqual([]);
  const zones = async (DBInstanceClass: string) => {
    const { OrderableDBInstanceOptions = [] } = await account.rds.send(
      new DescribeOrderableDBInstanceOptionsCommand({ Engine: 'postgres', EngineVersion: '17.4', DBInstanceClass }),
    );
    return OrderableDBInstanceOptions[0]?.AvailabilityZones?.length ?? 0;
  };
  expect(await zones('db.t4g.medium')).toBeGreaterThan(2);
  expect(await zones('db.x2g.large')).toBe(1);
  expect(await zones('db.none')).toBe(0);
  const page = await account.rds.send(
    new DescribeOrderableDBInstanceOptionsCommand({ Engine: 'postgres', MaxRecords: 20 }),
  );
  expect([page.OrderableDBInstanceOptions?.length, typeof page.Marker]).toEqual([20, 'string']);
});

test('a database of a version that goes out of use waits for its upgrade', async () => {
  const old = { EngineVersion: '13.20', DBParameterGroupName: 'default.postgres13' };
  const { DBInstanceArn } = await makeDatabase(account, ground, old);
  const { PendingMaintenanceActions } = await account.rds.send(new DescribePendingMaintenanceActionsCommand({}));
  expect(PendingMaintenanceActions).toMatchObject([
    { ResourceIdentifier: DBInstanceArn, PendingMaintenanceActionDetails: [{ Action: 'db-upgrade' }] },
  ]);
});

test('while reads lag, what is new is not there, tags are as they were, and what was deleted is still listed', async () => {
  const { DBInstanceArn = '', DBInstanceIdentifier = '' } = await makeDatabase(account, ground);
  const id = freshName('lagging');
  const snapshot = { DBInstanceIdentifier: standing, DBSnapshotIdentifier: id };
  await account.rds.send(new CreateDBSnapshotCommand(snapshot));
  await sleep(2000);
  await aws.control.configure({ lagSeconds: 2 }, account.id);
  const made = (await makeDatabase(account, ground)).DBInstanceIdentifier ?? '';
  expect(await codeOf(account.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: made })))).toBe(
    'DBInstanceNotFound',
  );
  expect(await change({ CopyTagsToSnapshot: true }, made)).toBe('DBInstanceNotFound');
  await account.rds.send(
    new AddTagsToResourceCommand({ ResourceName: DBInstanceArn, Tags: [{ Key: 'new', Value: 'v' }] }),
  );
  const tags = async () => (await database(account, DBInstanceIdentifier))?.TagList?.length;
  expect(await tags()).toBe(1);
  const listed = async () =>
    (await account.rds.send(new ListTagsForResourceCommand({ ResourceName: DBInstanceArn }))).TagList?.length;
  expect(await listed()).toBe(1);
  await account.rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id }));
  const left = async () =>
    (await account.rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }))).DBSnapshots?.some(
      (one) => one.DBSnapshotIdentifier === id,
    );
  expect(await left()).toBe(true);
  expect(await eventually(async () => (await database(account, made))?.DBInstanceIdentifier, made)).toBe(made);
  expect(await eventually(tags, 2)).toBe(2);
  expect(await eventually(left, false)).toBe(false);
});

test('what lags by a fault rule alone is one subnet group, and it is seen later', async () => {
  await aws.control.addFaults({
    match: { account: account.id, operation: 'CreateDBSubnetGroup' },
    effect: { kind: 'lag', seconds: 0.5 },
    count: 1,
  });
  const DBSubnetGroupName = freshName('late');
  const input = { DBSubnetGroupName, DBSubnetGroupDescription: 'd', SubnetIds: [...ground.subnetIds] };
  await account.rds.send(new CreateDBSubnetGroupCommand(input));
  const names = async () =>
    (await account.rds.send(new DescribeDBSubnetGroupsCommand({}))).DBSubnetGroups?.some(
      (one) => one.DBSubnetGroupName === DBSubnetGroupName,
    );
  expect(await names()).toBe(false);
  expect(await eventually(names, true)).toBe(true);
});
