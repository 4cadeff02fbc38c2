/** A database as RDS describes it, and the spec that it fulfils; for tests that need no AWS. */
import type { DBInstance as Description } from '@aws-sdk/client-rds';
import type { DBInstanceSpec } from '../../../src/resources/rds/instance.ts';
import { tagsOf } from '../recording.ts';

export { awsError, OWNER, recordingAws as fakeAws, self, tagsOf } from '../recording.ts';

/** The tags that keep what RDS does not. */
export const MEMORY = {
  'scalingtier.dev/password-version': 'version-1',
  'scalingtier.dev/engine-version': '17',
} as const;

/** A primary at rest, as RDS describes it; `other` is how it differs. */
export function described(other: Partial<Description> = {}, memory: Readonly<Record<string, string>> = MEMORY) {
  return {
    DBInstanceIdentifier: 'st-web-db',
    DBInstanceArn: 'arn:aws:rds:us-east-1:123456789012:db:st-web-db',
    DbiResourceId: 'db-ONE',
    DBInstanceStatus: 'available',
    Engine: 'postgres',
    EngineVersion: '17.4',
    DBInstanceClass: 'db.m7g.large',
    AllocatedStorage: 100,
    MaxAllocatedStorage: 400,
    StorageType: 'gp3',
    Iops: 3000,
    StorageThroughput: 125,
    StorageEncrypted: true,
    KmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/1',
    DBName: 'shop',
    MasterUsername: 'appadmin',
    DBSubnetGroup: { DBSubnetGroupName: 'st-web-subnets' },
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1', Status: 'active' }],
    DBParameterGroups: [{ DBParameterGroupName: 'st-web-postgres17', ParameterApplyStatus: 'in-sync' }],
    MultiAZ: true,
    AvailabilityZone: 'us-east-1a',
    SecondaryAvailabilityZone: 'us-east-1b',
    PubliclyAccessible: false,
    BackupRetentionPeriod: 7,
    PreferredBackupWindow: '03:00-04:00',
    PreferredMaintenanceWindow: 'sun:04:30-sun:05:30',
    DeletionProtection: true,
    AutoMinorVersionUpgrade: true,
    PerformanceInsightsEnabled: false,
    EnabledCloudwatchLogsExports: ['postgresql'],
    CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    CopyTagsToSnapshot: true,
    Endpoint: { Address: 'st-web-db.abc.us-east-1.rds.amazonaws.com', Port: 5432 },
    PendingModifiedValues: {},
    TagList: tagsOf('rds.instance/primary', memory),
    ...other,
  } satisfies Description;
}

/** What that database was asked to be. */
export const SPEC: DBInstanceSpec = {
  identifier: 'st-web-db',
  engine: 'postgres',
  engineVersion: '17',
  instanceClass: 'db.m7g.large',
  allocatedStorage: 100,
  maxAllocatedStorage: 400,
  storageType: 'gp3',
  storageEncrypted: true,
  databaseName: 'shop',
  port: 5432,
  masterUsername: 'appadmin',
  masterSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:master-AbCdEf',
  masterSecretVersion: 'version-1',
  manageMasterUserPassword: false,
  subnetGroupName: 'st-web-subnets',
  securityGroupIds: ['sg-1'],
  parameterGroupName: 'st-web-postgres17',
  parameterApplyStatus: 'in-sync',
  multiAz: true,
  publiclyAccessible: false,
  backupRetentionPeriod: 7,
  preferredBackupWindow: '03:00-04:00',
  preferredMaintenanceWindow: 'sun:04:30-sun:05:30',
  deletionProtection: true,
  autoMinorVersionUpgrade: true,
  performanceInsights: false,
  enabledLogExports: ['postgresql'],
  caCertificateIdentifier: 'rds-ca-rsa2048-g1',
  copyTagsToSnapshot: true,
};
