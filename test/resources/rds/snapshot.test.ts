/** Snapshots: which are copies of ours, and when RDS makes none. */
import { classify } from '../../../src/aws/errors.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { DBSnapshot } from '../../../src/resources/rds/snapshot.ts';
import { awsError, described, fakeAws, OWNER, self, tagsOf } from './fake.ts';

const node = 'rds.snapshot/primary-final';
const SPEC = { instanceIdentifier: 'st-web-db', resourceId: 'db-ONE' };

const snapshot = (name: string, more: object = {}) => ({
  DBSnapshotIdentifier: name,
  DBSnapshotArn: `arn:aws:rds:us-east-1:123456789012:snapshot:${name}`,
  DBInstanceIdentifier: 'st-web-db',
  DbiResourceId: 'db-ONE',
  Status: 'available',
  TagList: tagsOf(node),
  ...more,
});

async function made(CreateDBSnapshot: object | Error, DBInstanceStatus = 'available') {
  const { aws, callOf } = fakeAws({
    CreateDBSnapshot,
    DescribeDBInstances: { DBInstances: [described({ DBInstanceStatus })] },
  });
  const outcome = await DBSnapshot.create(aws, self(node), SPEC).catch((error: unknown) => classify(error));
  return { outcome, input: callOf('CreateDBSnapshot') };
}

test('its name is the same however often it is asked for, and another for another life of the tier', async () => {
  const names = await Promise.all(
    [self(node), self(node), { ...self(node), token: 'f'.repeat(64) }].map(async (identity) => {
      const { aws, callOf } = fakeAws({ CreateDBSnapshot: { DBSnapshot: snapshot('any') } });
      await DBSnapshot.create(aws, identity, SPEC);
      return callOf('CreateDBSnapshot')?.DBSnapshotIdentifier;
    }),
  );
  expect(names[0]).toBe(names[1]);
  expect(names[2]).toBe('st-web-db-snapshot-ffffffff');
});

test('while RDS makes the copy it refuses to make another, and that one is the answer', async () => {
  for (const refusal of ['DBSnapshotAlreadyExistsFault', 'InvalidDBInstanceStateFault']) {
    const { aws } = fakeAws({
      CreateDBSnapshot: awsError(refusal),
      DescribeDBSnapshots: { DBSnapshots: [snapshot('copy', { Status: 'creating' })] },
    });
    expect(await DBSnapshot.create(aws, self(node), SPEC)).toMatchObject({ id: 'copy' });
  }
});

test('a name that is taken by another says so', async () => {
  const { outcome } = await made(awsError('DBSnapshotAlreadyExistsFault'));
  expect(outcome).toMatchObject({ class: 'exists' });
});

test.each(['failed', 'incompatible-restore', 'incompatible-network'])(
  'of a database that is %s no final copy can be made, and that is said at once',
  async (state) => {
    const { outcome } = await made(awsError('InvalidDBInstanceStateFault'), state);
    expect(outcome).toMatchObject({ class: 'invalid', message: expect.stringContaining('no snapshot') });
  },
);

test('of a database that is busy the copy is only a matter of time', async () => {
  const { outcome } = await made(awsError('InvalidDBInstanceStateFault'), 'backing-up');
  expect(outcome).toMatchObject({ class: 'busy' });
});

test("a database's own daily snapshots, which carry its tags, are no copies of ours", async () => {
  const daily = snapshot('rds:st-web-db-2026-11-29', { TagList: tagsOf('rds.instance/primary') });
  const { aws } = fakeAws({ DescribeDBSnapshots: { DBSnapshots: [daily, snapshot('copy')] } });
  const seen = await allOf(DBSnapshot.observe(aws, { by: 'tiers', owners: [OWNER] }));
  expect(seen.map(({ id }) => id)).toEqual(['copy']);
});

test('a copy of another database of the same name is another copy', async () => {
  const { aws } = fakeAws({ DescribeDBSnapshots: { DBSnapshots: [snapshot('copy', { DbiResourceId: 'db-TWO' })] } });
  const [seen] = await allOf(DBSnapshot.observe(aws, { by: 'ids', ids: ['copy'] }));
  expect(seen && diffSpec(DBSnapshot, SPEC, seen)).toHaveLength(1);
});

test.each([
  ['creating', 'settling'],
  ['available', 'ready'],
  ['failed', 'failed'],
  ['deleting', 'deleting'],
])('one that is %s is %s', async (Status, phase) => {
  const { aws } = fakeAws({ DescribeDBSnapshots: { DBSnapshots: [snapshot('copy', { Status })] } });
  const [seen] = await allOf(DBSnapshot.observe(aws, { by: 'ids', ids: ['copy'] }));
  expect(seen?.health.phase).toBe(phase);
});
