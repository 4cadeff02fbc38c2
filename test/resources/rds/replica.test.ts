/** Read replicas: what is said of them, what they must never be told, and when they are replicas no more. */
import type { DBInstance as Description } from '@aws-sdk/client-rds';
import { classify } from '../../../src/aws/errors.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { ReadReplica, type ReadReplicaSpec } from '../../../src/resources/rds/replica.ts';
import { described, fakeAws, self, tagsOf } from './fake.ts';

const node = 'rds.replica/1';

const SPEC: ReadReplicaSpec = {
  identifier: 'st-web-r1',
  sourceIdentifier: 'st-web-db',
  instanceClass: 'db.m7g.large',
  multiAz: false,
  parameterGroupName: 'st-web-postgres17',
  parameterApplyStatus: 'in-sync',
  securityGroupIds: ['sg-1'],
  publiclyAccessible: false,
  autoMinorVersionUpgrade: true,
  deletionProtection: false,
  copyTagsToSnapshot: true,
  enabledLogExports: ['postgresql'],
};

const replica = (other: Partial<Description> = {}): Description =>
  described({
    DBInstanceIdentifier: 'st-web-r1',
    ReadReplicaSourceDBInstanceIdentifier: 'st-web-db',
    StatusInfos: [{ StatusType: 'read replication', Status: 'replicating', Normal: true }],
    MultiAZ: false,
    DeletionProtection: false,
    BackupRetentionPeriod: 0,
    TagList: tagsOf(node),
    ...other,
  });

async function read(other: Partial<Description> = {}) {
  const fake = fakeAws({ DescribeDBInstances: { DBInstances: [replica(other)] } });
  const [seen] = await allOf(ReadReplica.observe(fake.aws, { by: 'ids', ids: ['st-web-r1'] }));
  if (!seen) throw new Error('the replica was not read');
  return { ...fake, live: { ...seen, self: self(node) } };
}

test('one that follows its source does not differ from what it was asked to be', async () => {
  const { live } = await read();
  expect(diffSpec(ReadReplica, SPEC, live)).toEqual([]);
  expect(live.health).toEqual({ state: 'available', phase: 'ready' });
});

test('how far it lags, and in which zone it is, is nothing to correct', async () => {
  const { live } = await read({ AvailabilityZone: 'us-east-1c', LatestRestorableTime: new Date() });
  expect(diffSpec(ReadReplica, SPEC, live)).toEqual([]);
});

test.each(['error', 'stopped', 'terminated'])(
  'replication that is %s does not get better by waiting',
  async (Status) => {
    const StatusInfos = [{ StatusType: 'read replication', Status, Normal: false, Message: 'the slot is gone' }];
    const { live } = await read({ StatusInfos });
    expect(live.health).toMatchObject({ phase: 'failed', reason: `replication: ${Status}, the slot is gone` });
  },
);

test('a promoted replica is never corrected', async () => {
  const { live } = await read({ ReadReplicaSourceDBInstanceIdentifier: undefined, StatusInfos: [] });
  expect(live.health).toMatchObject({ phase: 'failed', reason: expect.stringMatching(/^ReplicaPromoted: st-web-r1/) });
  expect(diffSpec(ReadReplica, { ...SPEC, instanceClass: 'db.m7g.xlarge', multiAz: true }, live)).toEqual([]);
});

test('a promoted replica is never deleted', async () => {
  const { aws, live, writes } = await read({ ReadReplicaSourceDBInstanceIdentifier: undefined });
  const failure = await ReadReplica.delete(aws, live).catch((error: unknown) => classify(error));
  expect(failure).toMatchObject({ class: 'invalid', code: 'ReplicaPromoted' });
  expect(writes()).toEqual([]);
});

test('that it was promoted is looked up at its end, whatever was seen before', async () => {
  const { live } = await read();
  const { aws, writes } = await read({ ReadReplicaSourceDBInstanceIdentifier: undefined });
  await expect(ReadReplica.delete(aws, live)).rejects.toThrow('ReplicaPromoted');
  expect(writes()).toEqual([]);
});

test.each(['creating', 'deleting'])(
  'one that is %s and names no source is not taken for a promoted one',
  async (state) => {
    const { live } = await read({ ReadReplicaSourceDBInstanceIdentifier: undefined, DBInstanceStatus: state });
    expect(live.health.phase).not.toBe('failed');
  },
);

test('a replica refuses a final snapshot, so none is asked for', async () => {
  const { aws, live, callOf } = await read();
  await ReadReplica.delete(aws, live);
  expect(callOf('DeleteDBInstance')).toEqual({ DBInstanceIdentifier: 'st-web-r1', SkipFinalSnapshot: true });
});

test('at its creation it is told neither password nor subnets nor parameters, and has its tags', async () => {
  const { aws, callOf } = fakeAws({ CreateDBInstanceReadReplica: { DBInstance: replica() } });
  await ReadReplica.create(aws, self(node), SPEC);
  const input = callOf('CreateDBInstanceReadReplica') ?? {};
  expect(input).toMatchObject({
    DBInstanceIdentifier: 'st-web-r1',
    SourceDBInstanceIdentifier: 'st-web-db',
    PubliclyAccessible: false,
    Tags: tagsOf(node),
  });
  for (const field of ['MasterUserPassword', 'DBSubnetGroupName', 'DBParameterGroupName', 'BackupRetentionPeriod'])
    expect(input).not.toHaveProperty(field);
});

test('parameters of its own come with the next pass', async () => {
  const { aws, live, callOf } = await read({
    DBParameterGroups: [{ DBParameterGroupName: 'st-web-postgres17-source', ParameterApplyStatus: 'in-sync' }],
  });
  await ReadReplica.update(aws, live, SPEC, diffSpec(ReadReplica, SPEC, live));
  expect(callOf('ModifyDBInstance')).toEqual({
    DBInstanceIdentifier: 'st-web-r1',
    DBParameterGroupName: 'st-web-postgres17',
    ApplyImmediately: true,
  });
});
