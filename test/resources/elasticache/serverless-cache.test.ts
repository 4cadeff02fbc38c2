/** Serverless caches as AWS echoes them, and what is said of them. */
import type { ServerlessCache as Description } from '@aws-sdk/client-elasticache';
import { describeClaim } from '../../../src/aws/ownership.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { ServerlessCache, type ServerlessCacheSpec } from '../../../src/resources/elasticache/serverless-cache.ts';
import { recordingAws, self, tagsOf } from '../recording.ts';

const node = 'elasticache.serverless-cache/main';

const SPEC: ServerlessCacheSpec = {
  name: 'st-web-cache',
  description: 'sessions',
  engine: 'valkey',
  majorEngineVersion: '8',
  maxDataStorageGB: 10,
  maxECPUPerSecond: 5000,
  securityGroupIds: ['sg-1', 'sg-2'],
  subnetIds: ['subnet-a', 'subnet-b'],
  userGroupId: 'st-web-users',
  snapshotRetentionLimit: 1,
  finalSnapshotName: null,
};

const shown: Description = {
  ServerlessCacheName: 'st-web-cache',
  ARN: 'arn:aws:elasticache:us-east-1:123456789012:serverlesscache:st-web-cache',
  Description: describeClaim(self(node), 'sessions'),
  Status: 'available',
  Engine: 'valkey',
  MajorEngineVersion: '8',
  FullEngineVersion: '8.1',
  CacheUsageLimits: { DataStorage: { Maximum: 10, Unit: 'GB' }, ECPUPerSecond: { Maximum: 5000 } },
  KmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/service',
  SecurityGroupIds: ['sg-2', 'sg-1'],
  SubnetIds: ['subnet-b', 'subnet-a'],
  UserGroupId: 'st-web-users',
  SnapshotRetentionLimit: 1,
  DailySnapshotTime: '05:00',
};

async function read(other: Partial<Description> = {}) {
  const fake = recordingAws({
    DescribeServerlessCaches: { ServerlessCaches: [{ ...shown, ...other }] },
    ListTagsForResource: { TagList: tagsOf(node) },
  });
  const [seen] = await allOf(ServerlessCache.observe(fake.aws, { by: 'ids', ids: ['st-web-cache'] }));
  if (!seen) throw new Error('the cache was not read');
  return { ...fake, live: { ...seen, self: self(node) } };
}

const differences = async (other: Partial<Description>, wanted: Partial<ServerlessCacheSpec> = {}) =>
  diffSpec(ServerlessCache, { ...SPEC, ...wanted }, (await read(other)).live).map(
    ({ path, impact }) => `${path} ${impact}`,
  );

test('what AWS adds, orders or chooses by itself is no difference: keys, minor versions, subnets, times', async () => {
  expect(await differences({})).toEqual([]);
  expect(await differences({ FullEngineVersion: '8.2', DailySnapshotTime: '07:00' })).toEqual([]);
});

test('security groups are a set', async () => {
  expect(await differences({ SecurityGroupIds: ['sg-1'] })).toEqual(['securityGroupIds online']);
});

test('what AWS leaves out is what it documents as its default: no snapshots, no limits, no users', async () => {
  const absent = {
    CacheUsageLimits: undefined,
    SnapshotRetentionLimit: undefined,
    UserGroupId: undefined,
  } as Partial<Description>;
  const { maxDataStorageGB: _data, maxECPUPerSecond: _units, ...unlimited } = SPEC;
  const wanted: ServerlessCacheSpec = { ...unlimited, snapshotRetentionLimit: 0, userGroupId: null };
  expect(diffSpec(ServerlessCache, wanted, (await read(absent)).live)).toEqual([]);
  expect(await differences(absent)).toEqual([
    'maxDataStorageGB online',
    'maxECPUPerSecond online',
    'userGroupId online',
    'snapshotRetentionLimit online',
  ]);
});

test('a description without its claim, as AWS shows one that nobody wrote, is written again', async () => {
  expect(await differences({ Description: ' ' })).toEqual(['description online']);
});

test.each([
  ['creating', 'settling'],
  ['AVAILABLE', 'ready'],
  ['modifying', 'settling'],
  ['create-failed', 'failed'],
  ['deleting', 'deleting'],
])('one that is %s is %s', async (Status, phase) => {
  expect((await read({ Status })).live.health.phase).toBe(phase);
});

test('a limit that is left out of a call is gone: both are said when one changes', async () => {
  const { aws, live, writes } = await read();
  const wanted = { ...SPEC, maxDataStorageGB: 20 };
  await ServerlessCache.update(aws, live, wanted, diffSpec(ServerlessCache, wanted, live));
  expect(writes()).toEqual([
    {
      operation: 'ModifyServerlessCache',
      input: {
        ServerlessCacheName: 'st-web-cache',
        CacheUsageLimits: { DataStorage: { Maximum: 20, Unit: 'GB' }, ECPUPerSecond: { Maximum: 5000 } },
      },
    },
  ]);
});

test('its tags are in the call that makes it, and its name is in lower case', async () => {
  const { aws, callOf } = recordingAws();
  expect(await ServerlessCache.create(aws, self(node), { ...SPEC, name: 'ST-Web-Cache' })).toMatchObject({
    id: 'st-web-cache',
  });
  expect(callOf('CreateServerlessCache')).toMatchObject({ ServerlessCacheName: 'st-web-cache', Tags: tagsOf(node) });
});
