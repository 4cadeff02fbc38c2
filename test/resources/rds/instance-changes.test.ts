/** What is sent to bring a database to its spec, and what is never sent. */
import type { DBInstance as Description } from '@aws-sdk/client-rds';
import { classify } from '../../../src/aws/errors.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { DBInstance, type DBInstanceSpec } from '../../../src/resources/rds/instance.ts';
import { awsError, described, fakeAws, MEMORY, SPEC, self } from './fake.ts';

const node = 'rds.instance/primary';

async function updated(
  wanted: Partial<DBInstanceSpec>,
  other: Partial<Description> = {},
  answers: Parameters<typeof fakeAws>[0] = {},
  memory: Readonly<Record<string, string>> = MEMORY,
) {
  const fake = fakeAws({ DescribeDBInstances: { DBInstances: [described(other, memory)] }, ...answers });
  const [seen] = await allOf(DBInstance.observe(fake.aws, { by: 'ids', ids: ['st-web-db'] }));
  if (!seen) throw new Error('the database was not read');
  const spec = { ...SPEC, ...wanted };
  const changes = diffSpec(DBInstance, spec, seen);
  await DBInstance.update(fake.aws, { ...seen, self: self(node) }, spec, changes);
  return fake;
}

const codeOf = (error: unknown): string => classify(error).class;
const operations = ({ writes }: ReturnType<typeof fakeAws>) => writes().map(({ operation }) => operation);

test('only what differs is said', async () => {
  const { callOf } = await updated({ instanceClass: 'db.m7g.xlarge', backupRetentionPeriod: 14 });
  expect(callOf('ModifyDBInstance')).toEqual({
    DBInstanceIdentifier: 'st-web-db',
    DBInstanceClass: 'db.m7g.xlarge',
    BackupRetentionPeriod: 14,
    ApplyImmediately: true,
  });
});

test('what is asked for at once is remembered before it is asked for', async () => {
  const fake = await updated({ instanceClass: 'db.m7g.xlarge', multiAz: false, deletionProtection: false });
  expect(operations(fake)).toEqual(['AddTagsToResource', 'ModifyDBInstance']);
  expect(fake.callOf('AddTagsToResource')?.Tags).toEqual([
    { Key: 'scalingtier.dev/applying', Value: 'instanceClass=db.m7g.xlarge multiAz=false' },
  ]);
});

test('where the spec says so, changes wait for the maintenance window', async () => {
  const { callOf } = await updated({ instanceClass: 'db.m7g.xlarge', applyImmediately: false });
  expect(callOf('ModifyDBInstance')).toMatchObject({ ApplyImmediately: false });
  expect(callOf('AddTagsToResource')).toBeUndefined();
});

test('asking for one thing at once never sets off a pending change that nobody here asked for', async () => {
  const pending = { PendingModifiedValues: { LicenseModel: 'bring-your-own-license' } };
  const { callOf } = await updated({ instanceClass: 'db.m7g.xlarge' }, pending);
  expect(callOf('ModifyDBInstance')).toMatchObject({ ApplyImmediately: false });
});

test('a pending change that is as asked and no part of this plan is not set off either', async () => {
  const pending = { PendingModifiedValues: { AllocatedStorage: 200 } };
  const { callOf } = await updated({ instanceClass: 'db.m7g.xlarge', allocatedStorage: 200 }, pending);
  expect(callOf('ModifyDBInstance')).toEqual({
    DBInstanceIdentifier: 'st-web-db',
    DBInstanceClass: 'db.m7g.xlarge',
    ApplyImmediately: false,
  });
});

test('a pending change of the very thing that is to change is overwritten, and that may be at once', async () => {
  const pending = { PendingModifiedValues: { DBInstanceClass: 'db.r7g.large' } };
  const { callOf } = await updated({ instanceClass: 'db.m7g.xlarge' }, pending);
  expect(callOf('ModifyDBInstance')).toMatchObject({ DBInstanceClass: 'db.m7g.xlarge', ApplyImmediately: true });
});

describe('storage', () => {
  test('of gp3 below 400 GiB neither IOPS nor throughput are said, though they were asked for', async () => {
    const { callOf } = await updated({ allocatedStorage: 200, iops: 12_000, storageThroughput: 500 });
    expect(callOf('ModifyDBInstance')).toEqual({
      DBInstanceIdentifier: 'st-web-db',
      AllocatedStorage: 200,
      ApplyImmediately: true,
    });
  });

  test('across 400 GiB size, IOPS and throughput are said together', async () => {
    const { callOf } = await updated({ allocatedStorage: 400, iops: 12_000, storageThroughput: 500 });
    expect(callOf('ModifyDBInstance')).toMatchObject({ AllocatedStorage: 400, Iops: 12_000, StorageThroughput: 500 });
  });

  test('across 400 GiB the IOPS of smaller storage are not said: RDS refuses them there', async () => {
    const { callOf } = await updated({ allocatedStorage: 400, maxAllocatedStorage: 1600 });
    expect(callOf('ModifyDBInstance')).toEqual({
      DBInstanceIdentifier: 'st-web-db',
      AllocatedStorage: 400,
      MaxAllocatedStorage: 1600,
      ApplyImmediately: true,
    });
  });

  test('a change of IOPS alone says the size that there is, never the smaller one that was asked for', async () => {
    const large = { AllocatedStorage: 600, MaxAllocatedStorage: 1000, Iops: 12_000, StorageThroughput: 500 };
    const wanted = { allocatedStorage: 400, maxAllocatedStorage: 1000, iops: 14_000 };
    const { callOf } = await updated(wanted, large);
    expect(callOf('ModifyDBInstance')).toMatchObject({ AllocatedStorage: 600, Iops: 14_000 });
  });

  test('a limit of 0 is said as the size that there is', async () => {
    const { callOf } = await updated({ maxAllocatedStorage: 0 });
    expect(callOf('ModifyDBInstance')).toMatchObject({ MaxAllocatedStorage: 100 });
  });

  test('a limit of 0 that comes with a larger size is said as that size', async () => {
    const { callOf } = await updated({ allocatedStorage: 200, maxAllocatedStorage: 0 });
    expect(callOf('ModifyDBInstance')).toMatchObject({ AllocatedStorage: 200, MaxAllocatedStorage: 200 });
  });

  test('a refusal while the last change is being optimized is no failure but a matter of time', () => {
    const message =
      "You can't currently modify the storage of this DB instance because the previous storage change is being optimized.";
    expect(codeOf(awsError('InvalidParameterCombination', message))).toBe('busy');
    expect(codeOf(awsError('InvalidParameterCombination', 'storage size can only be increased'))).toBe('invalid');
  });
});

describe('engine version', () => {
  test('a minor one is asked for as it is, and remembered after', async () => {
    const fake = await updated({ engineVersion: '17.5' });
    expect(fake.callOf('ModifyDBInstance')).toMatchObject({ EngineVersion: '17.5' });
    expect(fake.callOf('ModifyDBInstance')).not.toHaveProperty('AllowMajorVersionUpgrade');
    expect(fake.writes().at(-1)?.input.Tags).toEqual([{ Key: 'scalingtier.dev/engine-version', Value: '17.5' }]);
  });

  test('a major one needs the flag, with the parameter group of its family in the same call', async () => {
    const { callOf } = await updated({ engineVersion: '18', parameterGroupName: 'st-web-postgres18' });
    expect(callOf('ModifyDBInstance')).toMatchObject({
      EngineVersion: '18',
      AllowMajorVersionUpgrade: true,
      DBParameterGroupName: 'st-web-postgres18',
    });
  });

  test('one that is in force already is only remembered', async () => {
    const fake = await updated({ engineVersion: '17.5' }, { EngineVersion: '17.6' });
    expect(operations(fake)).toEqual(['AddTagsToResource']);
  });

  test('going back is never asked for, and that is said', async () => {
    const failure = await updated({ engineVersion: '16' }).catch((error: unknown) => classify(error));
    expect(failure).toMatchObject({ class: 'invalid', message: expect.stringContaining('does not go back') });
  });

  test('a major upgrade needs an approval and a copy first, a minor one neither', () => {
    const change = (from: string, to: string) => ({ path: 'engineVersion', from, to, impact: 'restart' as const });
    expect(DBInstance.approval?.(change('17', '18'))).toBe(true);
    expect(DBInstance.keepBefore?.([change('17', '18')])).toBe(true);
    expect(DBInstance.approval?.(change('17', '17.5'))).toBe(false);
    expect(DBInstance.keepBefore?.([change('8.0.40', '8.0')])).toBe(false);
    expect(DBInstance.approval?.(change('8.0', '8.4'))).toBe(true);
  });
});

describe('password', () => {
  const value = (version: string, SecretString = '{"username":"appadmin","password":"s3cret"}') => ({
    GetSecretValue: { SecretString, VersionId: version },
  });

  test('another version of the secret is set, and only its name is remembered', async () => {
    const fake = await updated({ masterSecretVersion: 'version-2' }, {}, value('version-2'));
    expect(fake.callOf('ModifyDBInstance')).toMatchObject({ MasterUserPassword: 's3cret' });
    const others = fake.asked.filter(({ operation }) => operation !== 'ModifyDBInstance');
    expect(JSON.stringify(others)).not.toContain('s3cret');
    expect(fake.writes().at(-1)?.input.Tags).toEqual([{ Key: 'scalingtier.dev/password-version', Value: 'version-2' }]);
  });

  test('an old reading of the secret does not bring back an old password', async () => {
    const stale = updated({ masterSecretVersion: 'version-0' }, {}, value('version-1'));
    expect(await stale.catch(codeOf)).toBe('busy');
  });

  test.each(['{"username":"appadmin"}', 'not JSON: s3cret', ''])(
    'a value without a password is refused and not quoted',
    async (text) => {
      const failure = await updated({ masterSecretVersion: 'version-2' }, {}, value('version-2', text)).catch(
        (error: unknown) => classify(error),
      );
      expect(failure).toMatchObject({ class: 'invalid' });
      expect(JSON.stringify(failure)).not.toContain('s3cret');
    },
  );

  test('RDS can take the password over, and give it back', async () => {
    const { masterSecretArn: _arn, masterSecretVersion: _version, ...spec } = SPEC;
    const taken = await updated({ manageMasterUserPassword: true });
    expect(taken.callOf('ModifyDBInstance')).toMatchObject({ ManageMasterUserPassword: true });
    expect(taken.callOf('ModifyDBInstance')).not.toHaveProperty('MasterUserPassword');
    const managed = { MasterUserSecret: { SecretArn: 'arn:aws:secretsmanager:us-east-1:1:secret:rds!db-1' } };
    const given = await updated({ ...spec, manageMasterUserPassword: false }, managed, value('version-1'));
    expect(given.callOf('ModifyDBInstance')).toMatchObject({
      ManageMasterUserPassword: false,
      MasterUserPassword: 's3cret',
    });
  });
});

describe('reboot', () => {
  const pending = {
    DBParameterGroups: [{ DBParameterGroupName: 'st-web-postgres17', ParameterApplyStatus: 'pending-reboot' }],
  };

  test('static parameters are brought into force by a reboot, when it is in the plan', async () => {
    expect(operations(await updated({}, pending))).toEqual(['RebootDBInstance']);
  });

  test('a plan that was made before the last reboot restarts nothing again', async () => {
    const readings = [described(pending), described()];
    const fake = fakeAws({ DescribeDBInstances: () => ({ DBInstances: [readings.shift() ?? described()] }) });
    const [seen] = await allOf(DBInstance.observe(fake.aws, { by: 'ids', ids: ['st-web-db'] }));
    if (!seen) throw new Error('the database was not read');
    await DBInstance.update(fake.aws, { ...seen, self: self(node) }, SPEC, diffSpec(DBInstance, SPEC, seen));
    expect(operations(fake)).toEqual([]);
  });

  test('it comes after everything else', async () => {
    const fake = await updated({ instanceClass: 'db.m7g.xlarge' }, pending);
    expect(operations(fake)).not.toContain('RebootDBInstance');
  });

  test('associating another group is not enough', async () => {
    const fake = await updated({ parameterGroupName: 'st-web-postgres17-b' });
    expect(fake.callOf('ModifyDBInstance')).toMatchObject({ DBParameterGroupName: 'st-web-postgres17-b' });
    expect(DBInstance.rules?.parameterApplyStatus).toBe('restart');
  });
});

test('log exports are said as what is to be turned on and off', async () => {
  const { callOf } = await updated({ enabledLogExports: ['upgrade'] });
  expect(callOf('ModifyDBInstance')?.CloudwatchLogsExportConfiguration).toEqual({
    EnableLogTypes: ['upgrade'],
    DisableLogTypes: ['postgresql'],
  });
});

describe('maintenance window', () => {
  const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const window = (startsIn: number): string => {
    const at = (minutes: number): string => {
      const time = new Date(Date.now() + minutes * 60_000);
      return `${days[time.getUTCDay()]}:${time.toISOString().slice(11, 16)}`;
    };
    return `${at(startsIn)}-${at(startsIn + 60)}`;
  };

  test.each([-10, 0, 20])(
    'one that starts in %i minutes would do at once what is pending, and is not set',
    async (minutes) => {
      const near = updated({ preferredMaintenanceWindow: window(minutes) });
      expect(await near.catch(codeOf)).toBe('busy');
    },
  );

  test('one that is hours away is set', async () => {
    const { callOf } = await updated({ preferredMaintenanceWindow: window(300) });
    expect(callOf('ModifyDBInstance')).toHaveProperty('PreferredMaintenanceWindow');
  });
});

test('the port restarts the database at once, so it is never changed', async () => {
  expect(operations(await updated({ port: 5433 }))).toEqual([]);
});

describe('creation', () => {
  const secret = { GetSecretValue: { SecretString: '{"username":"appadmin","password":"s3cret"}', VersionId: 'v1' } };

  async function created(wanted: Partial<DBInstanceSpec> = {}) {
    const fake = fakeAws({ ...secret, CreateDBInstance: { DBInstance: described() } });
    await DBInstance.create(fake.aws, self(node), { ...SPEC, ...wanted });
    return fake;
  }

  test('every setting that makes it safe is said, whatever its default', async () => {
    const { callOf } = await created();
    expect(callOf('CreateDBInstance')).toMatchObject({
      PubliclyAccessible: false,
      BackupRetentionPeriod: 7,
      DeletionProtection: true,
      StorageEncrypted: true,
      CopyTagsToSnapshot: true,
      AutoMinorVersionUpgrade: true,
      MultiAZ: true,
    });
  });

  test('it has its tags, and what is to be remembered of it, from the first moment', async () => {
    const { callOf } = await created();
    const tags = callOf('CreateDBInstance')?.Tags as readonly { Key: string; Value: string }[];
    expect(Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))).toEqual({
      ...self(node).tags,
      'scalingtier.dev/password-version': 'v1',
      'scalingtier.dev/engine-version': '17',
    });
  });

  test('its password is in the one call that needs it and nowhere else', async () => {
    const { asked, callOf } = await created();
    expect(callOf('CreateDBInstance')).toMatchObject({ MasterUserPassword: 's3cret' });
    expect(JSON.stringify(asked.filter(({ operation }) => operation !== 'CreateDBInstance'))).not.toContain('s3cret');
  });

  test('where RDS manages the password none is read', async () => {
    const { asked, callOf } = await created({ manageMasterUserPassword: true });
    expect(callOf('CreateDBInstance')).toMatchObject({ ManageMasterUserPassword: true });
    expect(asked.map(({ operation }) => operation)).toEqual(['CreateDBInstance']);
  });

  test('of gp3 below 400 GiB neither IOPS nor throughput are said', async () => {
    const { callOf } = await created({ iops: 12_000, storageThroughput: 500 });
    expect(callOf('CreateDBInstance')).toMatchObject({ AllocatedStorage: 100 });
    expect(callOf('CreateDBInstance')).not.toHaveProperty('Iops');
  });
});

describe('end', () => {
  const live = {
    ...{ owner: undefined, node: undefined, incarnation: 1, id: 'st-web-db', spec: {}, self: self(node) },
    attributes: { identifier: 'st-web-db', arn: 'arn', resourceId: 'db-ONE', engineFamily: 'postgres17' },
    health: { state: 'available', phase: 'ready' as const },
  };

  async function ended(other: Partial<Description>) {
    const fake = fakeAws({ DescribeDBInstances: { DBInstances: [described(other)] } });
    await DBInstance.delete(fake.aws, live);
    return fake;
  }

  test('protection goes first, and that sets off nothing', async () => {
    const fake = await ended({ PendingModifiedValues: { MultiAZ: false } });
    expect(operations(fake)).toEqual(['ModifyDBInstance', 'DeleteDBInstance']);
    expect(fake.callOf('ModifyDBInstance')).toEqual({ DBInstanceIdentifier: 'st-web-db', DeletionProtection: false });
  });

  test('the copy was made before, and automated backups are kept for as long as they were to be', async () => {
    const { callOf } = await ended({ DeletionProtection: false });
    expect(callOf('DeleteDBInstance')).toEqual({
      DBInstanceIdentifier: 'st-web-db',
      SkipFinalSnapshot: true,
      DeleteAutomatedBackups: false,
    });
  });

  test('as long as replicas stand it is not deleted: they would be promoted', async () => {
    const fake = ended({ ReadReplicaDBInstanceIdentifiers: ['st-web-r1'] });
    const failure = await fake.catch((error: unknown) => classify(error));
    expect(failure).toMatchObject({ class: 'busy', message: expect.stringContaining('st-web-r1') });
  });

  test('one that is on its way out, or gone, is left alone', async () => {
    expect(operations(await ended({ DBInstanceStatus: 'deleting' }))).toEqual([]);
    const gone = fakeAws({ DescribeDBInstances: awsError('DBInstanceNotFoundFault') });
    await DBInstance.delete(gone.aws, live);
    expect(operations(gone)).toEqual([]);
  });

  test('a copy of another database of the same name keeps nothing of this one', () => {
    const copyOf = (resourceId: string) => DBInstance.keeper?.specOf({ identifier: 'st-web-db', resourceId });
    expect(copyOf('db-ONE')).not.toEqual(copyOf('db-TWO'));
  });
});

test('what needs another database in its place is refused by whoever plans, because this one holds data', () => {
  const replaced = Object.entries(DBInstance.rules ?? {}).flatMap(([field, rule]) =>
    rule === 'replace' ? [field] : [],
  );
  expect(replaced.sort()).toEqual([
    ...['databaseName', 'engine', 'identifier', 'kmsKeyId', 'masterUsername', 'storageEncrypted', 'subnetGroupName'],
  ]);
  expect(DBInstance.stateful).toBe(true);
});
