/** Manifests of stage SeparateDatabase that must be refused, and what belongs to that stage in another one. */
import { type Piece, tier } from './manifests.ts';
import type { Refused } from './refused.ts';

const stage = 'SeparateDatabase';
const RDS = 'spec.database.rds';

const refused = (name: string, database: Piece, says: string): Refused => ({
  name,
  manifest: tier({ stage, database }),
  says,
});
const rds = (name: string, section: Piece, says: string): Refused => refused(name, { rds: section }, says);
const field = (name: string, section: Piece): Refused => rds(name, section, `${RDS}.${Object.keys(section)[0]}`);
const overlap = (backupWindow: string, maintenanceWindow: string): Refused =>
  rds(
    `the windows ${backupWindow} and ${maintenanceWindow}`,
    { backupWindow, maintenanceWindow },
    `${RDS}.backupWindow and maintenanceWindow must not overlap`,
  );
const key = 'arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
const parameter = (name: string, parameters: Piece): Refused =>
  rds(`the engine parameter ${name.slice(0, 40)}`, { parameters }, `${RDS}.parameters`);

const stages: readonly Refused[] = [
  {
    name: 'a database of its own in stage SingleServer',
    manifest: tier({ database: { rds: {} } }),
    says: `${RDS} has no effect in stage SingleServer`,
  },
  {
    name: 'a Secret for pods in stage SingleServer',
    manifest: tier({ database: { connectionSecret: 'shop-database' } }),
    says: 'spec.database.connectionSecret has no effect in stage SingleServer',
  },
  { name: 'an unknown approval', manifest: tier({ approval: { required: 'Always' } }), says: 'spec.approval.required' },
  {
    name: 'the approval of no plan',
    manifest: tier({ approval: { approvedPlan: '' } }),
    says: 'spec.approval.approvedPlan',
  },
];

const versions: readonly Refused[] = [
  field('a version that is a number', { engineVersion: 17 }),
  field('a version with a letter', { engineVersion: '17a' }),
  rds('a version too old', { engineVersion: '13' }, `${RDS}.engineVersion must be a version of`),
  rds('three numbers of postgres', { engineVersion: '17.5.1' }, `${RDS}.engineVersion must be a version of`),
  refused(
    'a major version of mysql that is none',
    { engine: 'mysql', rds: { engineVersion: '8' } },
    `${RDS}.engineVersion must be a version of`,
  ),
  refused(
    "another engine's version",
    { engine: 'mysql', rds: { engineVersion: '17' } },
    `${RDS}.engineVersion must be a version of`,
  ),
];

const capacity: readonly Refused[] = [
  field('a class of EC2', { instanceClass: 't4g.medium' }),
  field('a class without a size', { instanceClass: 'db.t4g' }),
  field('storage of 19 GiB', { storageGiB: 19 }),
  field('storage of 65537 GiB', { storageGiB: 65537 }),
  field('another storage type', { storageType: 'gp2' }),
  rds('storage that may hardly grow', { maxStorageGiB: 54 }, `${RDS}.maxStorageGiB must be 0 or at least a tenth`),
  rds(
    'a maximum below the size',
    { storageGiB: 100, maxStorageGiB: 50 },
    `${RDS}.maxStorageGiB must be 0 or at least a tenth`,
  ),
  field('11999 operations per second', { iops: 11999, storageGiB: 400 }),
  field('64001 operations per second', { iops: 64001, storageGiB: 400 }),
  rds(
    'operations for a small database',
    { iops: 12000, storageGiB: 399 },
    `${RDS}.iops needs a storageGiB of at least`,
  ),
  rds('throughput for a small database', { throughput: 500 }, `${RDS}.throughput needs a storageGiB of at least 400`),
  rds(
    'more throughput than the operations allow',
    { storageGiB: 400, iops: 12000, throughput: 3001 },
    `${RDS}.throughput must be at most a quarter of iops`,
  ),
  field('throughput of 4001', { throughput: 4001, storageGiB: 400 }),
];

const backups: readonly Refused[] = [
  field('no backups', { backupRetentionDays: 0 }),
  field('36 days of backups', { backupRetentionDays: 36 }),
  field('a backup window at 24 hours', { backupWindow: '24:00-01:00' }),
  field('a backup window on a day', { backupWindow: 'sun:03:00-sun:04:00' }),
  field('a maintenance window without a day', { maintenanceWindow: '03:00-04:00' }),
  field('a maintenance window on a day that is none', { maintenanceWindow: 'Sun:03:00-Sun:04:00' }),
  rds('a backup window of 29 minutes', { backupWindow: '23:45-00:14' }, `${RDS}.backupWindow must last at least 30`),
  rds('a backup window of nothing', { backupWindow: '03:00-03:00' }, `${RDS}.backupWindow must last at least 30`),
  rds(
    'a maintenance window of 29 minutes, over the end of the week',
    { maintenanceWindow: 'sun:23:50-mon:00:19' },
    `${RDS}.maintenanceWindow must last at least 30`,
  ),
  overlap('03:00-04:00', 'sun:03:59-sun:04:59'),
  overlap('03:00-04:00', 'mon:02:01-mon:03:01'),
  overlap('23:30-00:30', 'tue:00:29-tue:01:29'),
  overlap('00:00-01:00', 'sun:23:30-mon:00:30'),
  overlap('12:00-12:30', 'fri:06:00-sat:06:00'),
];

const access: readonly Refused[] = [
  field('16 read replicas', { readReplicas: { count: 16 } }),
  field('fewer read replicas than none', { readReplicas: { count: -1 } }),
  rds('a replica of no class', { readReplicas: { instanceClass: 'large' } }, `${RDS}.readReplicas.instanceClass`),
  rds(
    'replicas of a database whose password RDS manages',
    { readReplicas: { count: 1 }, credentials: { mode: 'RDSManaged' } },
    `${RDS}.readReplicas needs ${RDS}.credentials.mode Operator`,
  ),
  rds('a password from elsewhere', { credentials: { mode: 'Secret' } }, `${RDS}.credentials.mode`),
  rds(
    'a rotation of what RDS rotates',
    { credentials: { mode: 'RDSManaged', passwordRotation: 1 } },
    `${RDS}.credentials.passwordRotation has no effect with mode RDSManaged`,
  ),
  refused('a Secret of another namespace', { connectionSecret: 'other/a' }, 'spec.database.connectionSecret'),
];

const settings: readonly Refused[] = [
  parameter('in capitals', { Max_Connections: '100' }),
  parameter('that is a number', { max_connections: 100 }),
  parameter('of 129 characters', { ['a'.repeat(129)]: '1' }),
  rds(
    'an engine parameter with a hyphen',
    { parameters: { 'max-connections': '1' } },
    `${RDS}.parameters keys must be names of engine parameters`,
  ),
  rds(
    '61 engine parameters',
    { parameters: Object.fromEntries(Array.from({ length: 61 }, (_, index) => [`p${index}`, '1'])) },
    `${RDS}.parameters`,
  ),
  field('a log that no engine has', { logExports: ['trace'] }),
  rds('a log twice', { logExports: ['upgrade', 'upgrade'] }, `${RDS}.logExports must not name the same entry twice`),
  rds("another engine's log", { logExports: ['error'] }, `${RDS}.logExports must be logs of spec.database.engine`),
  refused(
    'a log of postgres for mysql',
    { engine: 'mysql', rds: { logExports: ['postgresql'] } },
    `${RDS}.logExports must be logs of spec.database.engine`,
  ),
  field('changes at some time', { applyChanges: 'Sometime' }),
  field('a key alias', { kmsKeyARN: 'arn:aws:kms:us-east-1:123456789012:alias/x' }),
  rds('a key of another region', { kmsKeyARN: key }, `${RDS}.kmsKeyARN must name a key of the region`),
];

/** Every bad manifest about a database of its own. */
export const REFUSED_DATABASE: readonly Refused[] = [
  ...stages,
  ...versions,
  ...capacity,
  ...backups,
  ...access,
  ...settings,
];
