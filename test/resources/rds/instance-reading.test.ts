/** How a database is read: what AWS stores otherwise, does by itself or has only accepted makes no difference. */
import type { DBInstance as Description } from '@aws-sdk/client-rds';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec, diffTags } from '../../../src/core/diff.ts';
import { DBInstance, type DBInstanceSpec } from '../../../src/resources/rds/instance.ts';
import { described, fakeAws, MEMORY, SPEC, self, tagsOf } from './fake.ts';

const byIDs = { by: 'ids', ids: ['st-web-db'] } as const;

async function read(other: Partial<Description> = {}, memory: Readonly<Record<string, string>> = MEMORY) {
  const { aws } = fakeAws({ DescribeDBInstances: { DBInstances: [described(other, memory)] } });
  const [seen] = await allOf(DBInstance.observe(aws, byIDs));
  if (!seen) throw new Error('the database was not read');
  return seen;
}

async function differences(
  other: Partial<Description>,
  wanted: Partial<DBInstanceSpec> = {},
  memory: Readonly<Record<string, string>> = MEMORY,
): Promise<readonly string[]> {
  const seen = await read(other, memory);
  return diffSpec(DBInstance, { ...SPEC, ...wanted }, seen).map(({ path, impact }) => `${path} ${impact}`);
}

test('a database at rest does not differ from what it was asked to be', async () => {
  expect(await differences({})).toEqual([]);
});

describe('what is as asked although AWS says it otherwise', () => {
  test('RDS identifiers are lower case, whatever RDS answers', async () => {
    const other = {
      DBInstanceIdentifier: 'ST-Web-DB',
      DBSubnetGroup: { DBSubnetGroupName: 'ST-Web-Subnets' },
      DBParameterGroups: [{ DBParameterGroupName: 'ST-Web-Postgres17', ParameterApplyStatus: 'in-sync' }],
      PreferredMaintenanceWindow: 'Sun:04:30-Sun:05:30',
    };
    expect(await differences(other)).toEqual([]);
  });

  test.each(['17', '17.2', '17.4'])('engine version 17.4 is as good as %s', async (engineVersion) => {
    const memory = { ...MEMORY, 'scalingtier.dev/engine-version': engineVersion };
    expect(await differences({}, { engineVersion }, memory)).toEqual([]);
  });

  test.each(['17.5', '18'])('engine version 17.4 is not as good as %s', async (engineVersion) => {
    const memory = { ...MEMORY, 'scalingtier.dev/engine-version': engineVersion };
    expect(await differences({}, { engineVersion }, memory)).toEqual(['engineVersion restart']);
  });

  test('of another major version nothing is as good, however late', async () => {
    expect(await differences({ EngineVersion: '18.1' })).toEqual(['engineVersion restart']);
  });

  test('security groups are a set, and one that is being taken off does not count', async () => {
    const VpcSecurityGroups = [
      { VpcSecurityGroupId: 'sg-2', Status: 'adding' },
      { VpcSecurityGroupId: 'sg-3', Status: 'removing' },
      { VpcSecurityGroupId: 'sg-1', Status: 'active' },
    ];
    expect(await differences({ VpcSecurityGroups }, { securityGroupIds: ['sg-1', 'sg-2'] })).toEqual([]);
  });

  test('log exports are a set', async () => {
    const other = { EnabledCloudwatchLogsExports: ['upgrade', 'postgresql'] };
    expect(await differences(other, { enabledLogExports: ['postgresql', 'upgrade'] })).toEqual([]);
  });

  test('a default.* parameter group is one that nobody chose', async () => {
    const DBParameterGroups = [{ DBParameterGroupName: 'default.postgres17', ParameterApplyStatus: 'in-sync' }];
    expect((await read({ DBParameterGroups })).spec.parameterGroupName).toBeNull();
  });

  test('what AWS leaves out is what AWS documents as its default', async () => {
    const absent = {
      MaxAllocatedStorage: undefined,
      PerformanceInsightsEnabled: undefined,
      EnabledCloudwatchLogsExports: undefined,
      PendingModifiedValues: undefined,
    };
    expect(await differences(absent, { maxAllocatedStorage: 0, enabledLogExports: [] })).toEqual([]);
  });

  test('a KMS key that nobody chose is not compared', async () => {
    expect(await differences({ KmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/2' })).toEqual([]);
    expect(await differences({}, { kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/2' })).toEqual([
      'kmsKeyId replace',
    ]);
  });

  test("AWS's own tags are none, and tags have no order", async () => {
    const TagList = [
      { Key: 'aws:cloudformation:stack-id', Value: '1' },
      ...tagsOf('rds.instance/primary').toReversed(),
    ];
    const { tags } = await read({ TagList });
    expect(diffTags(self('rds.instance/primary').tags, tags, [])).toEqual([]);
    expect(Object.keys(tags ?? {})).not.toContain('aws:cloudformation:stack-id');
  });

  test('IOPS and throughput of gp3 below 400 GiB are not looked at, above they are', async () => {
    expect(await differences({}, { iops: 12_000, storageThroughput: 500 })).toEqual([]);
    const large = { AllocatedStorage: 400, MaxAllocatedStorage: 400, Iops: 12_000, StorageThroughput: 500 };
    expect(await differences(large, { allocatedStorage: 400, iops: 13_000 })).toEqual(['iops online']);
  });
});

describe('what RDS has accepted counts as done', () => {
  test.each<readonly [name: string, pending: Description['PendingModifiedValues'], wanted: Partial<DBInstanceSpec>]>([
    ['class', { DBInstanceClass: 'db.m7g.xlarge' }, { instanceClass: 'db.m7g.xlarge' }],
    ['storage', { AllocatedStorage: 200 }, { allocatedStorage: 200 }],
    ['storage type', { StorageType: 'io2', Iops: 5000 }, { storageType: 'io2', iops: 5000 }],
    ['standby', { MultiAZ: false }, { multiAz: false }],
    ['days of backups', { BackupRetentionPeriod: 14 }, { backupRetentionPeriod: 14 }],
    [
      'certificate authority',
      { CACertificateIdentifier: 'rds-ca-ecc384-g1' },
      { caCertificateIdentifier: 'rds-ca-ecc384-g1' },
    ],
  ])('a pending %s', async (_name, PendingModifiedValues, wanted) => {
    expect(await differences({ PendingModifiedValues }, wanted)).toEqual([]);
    expect(await differences({}, wanted)).not.toEqual([]);
  });

  test('a pending engine version', async () => {
    const memory = { ...MEMORY, 'scalingtier.dev/engine-version': '18' };
    const PendingModifiedValues = { EngineVersion: '18.1' };
    expect(await differences({ PendingModifiedValues }, { engineVersion: '18' }, memory)).toEqual([]);
  });

  test('while log exports are on their way they are not looked at', async () => {
    const pending = { PendingCloudwatchLogsExports: { LogTypesToEnable: ['upgrade'] } };
    const wanted = { enabledLogExports: ['postgresql', 'upgrade'] };
    expect(await differences({ PendingModifiedValues: pending }, wanted)).toEqual([]);
  });

  test('parameters that are being applied are in force soon, those that wait for a reboot are not', async () => {
    const group = (status: string) => ({
      DBParameterGroups: [{ DBParameterGroupName: 'st-web-postgres17', ParameterApplyStatus: status }],
    });
    expect(await differences(group('applying'))).toEqual([]);
    expect(await differences(group('pending-reboot'))).toEqual(['parameterApplyStatus restart']);
    const { parameterApplyStatus: _, ...without } = SPEC;
    expect(diffSpec(DBInstance, without as DBInstanceSpec, await read(group('pending-reboot')))).toEqual([]);
  });
});

describe('what AWS changes by itself is no difference', () => {
  test('storage that has grown by itself', async () => {
    expect(await differences({ AllocatedStorage: 180 })).toEqual([]);
    expect(await differences({ AllocatedStorage: 80 })).toEqual(['allocatedStorage online']);
  });

  test('a minor version that has risen by itself', async () => {
    expect(await differences({ EngineVersion: '17.6' })).toEqual([]);
  });

  test('zones that a failover has swapped, though it says where it serves', async () => {
    const swapped = { AvailabilityZone: 'us-east-1b', SecondaryAvailabilityZone: 'us-east-1a' };
    expect(await differences(swapped)).toEqual([]);
    expect((await read(swapped)).place).toBe('us-east-1b');
    expect((await read({ MultiAZ: false })).place).toBeUndefined();
  });

  test('the restorable time moves every five minutes, and what is read moves every hour', async () => {
    const at = async (time: string) => (await read({ LatestRestorableTime: new Date(time) })).attributes;
    const { latestRestorableTime } = await at('2026-11-29T13:42:10Z');
    expect(latestRestorableTime).toBe('2026-11-29T13:00:00Z');
    expect(await at('2026-11-29T13:47:10Z')).toEqual(await at('2026-11-29T13:42:10Z'));
  });
});

test('robbed of its tags, its version is not judged and its password is set again', async () => {
  expect(await differences({ TagList: [] })).toEqual(['masterSecretVersion online']);
});

test('a database that silently ended without a standby differs', async () => {
  expect(await differences({ MultiAZ: false })).toEqual(['multiAz online']);
});

test('a stranger of the same account is left out, and so is a replica of ours', async () => {
  const stranger = described({ DBInstanceIdentifier: 'theirs', TagList: [] });
  const replica = described({ DBInstanceIdentifier: 'st-web-r1', TagList: tagsOf('rds.replica/1') });
  const { aws, asked } = fakeAws({ DescribeDBInstances: { DBInstances: [stranger, described(), replica] } });
  for (const scope of [
    { by: 'cluster', cluster: 'test' } as const,
    { by: 'tiers', owners: [{ ...self('rds.instance/primary').owner }] } as const,
  ]) {
    expect((await allOf(DBInstance.observe(aws, scope))).map(({ id }) => id)).toEqual(['st-web-db']);
  }
  // One call for all tiers of the account, however many.
  expect(asked).toHaveLength(2);
});
