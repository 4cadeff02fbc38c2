/**
 * How databases are read: all of the account's in one list, which is all that RDS offers, and of those ours. What RDS has accepted
 * counts as done, and what it changes by itself is not looked at. It must not write.
 */
import { type DBInstance as Description, paginateDescribeDBInstances } from '@aws-sdk/client-rds';
import type { Aws, Scope } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';
import { readExisting } from '../existing.ts';
import { type DBInstanceSpec, ENGINE_TAG, PASSWORD_TAG } from './instance-spec.ts';
import { PAGE } from './tagging.ts';
import { isAsAsked } from './version.ts';

type Seen = Partial<{ readonly [K in keyof DBInstanceSpec]: DBInstanceSpec[K] | null }>;
type Tags = Readonly<Record<string, string>>;

/** GiB from which the IOPS and throughput of gp3 can be chosen, with MySQL and PostgreSQL. */
const GP3_CHOICE = 400;

/** Whether IOPS and throughput can be chosen at all: below the threshold RDS refuses even its own defaults. */
export function canChooseSpeed(storageType: string | undefined, sizeGiB: number): boolean {
  return storageType !== 'gp3' || sizeGiB >= GP3_CHOICE;
}

async function* pages(aws: Aws, ids?: string[]): AsyncIterable<readonly Description[]> {
  const Filters = ids ? [{ Name: 'db-instance-id', Values: ids }] : undefined;
  const found = paginateDescribeDBInstances({ client: aws.rds, pageSize: PAGE }, { Filters });
  for await (const { DBInstances = [] } of found) yield DBInstances;
}

/** Everything in a scope and more: whose it is has to be looked at still. */
export async function* describedIn(aws: Aws, scope: Scope): AsyncIterable<readonly Description[]> {
  if (scope.by === 'ids') yield await readExisting(scope.ids, PAGE, (ids) => allOf(pages(aws, ids)));
  else yield* pages(aws);
}

/** One database as it is now. */
export async function describe(aws: Aws, identifier: string): Promise<Description | undefined> {
  const [found] = await readExisting([identifier], 1, (ids) => allOf(pages(aws, ids)));
  return found;
}

/** What was asked for, as long as what is in force is as good; a database that was robbed of the tag is not judged. */
function engineVersionOf({ EngineVersion, PendingModifiedValues: pending }: Description, tags: Tags): Seen {
  const inForce = pending?.EngineVersion ?? EngineVersion;
  const asked = tags[ENGINE_TAG];
  if (inForce === undefined || asked === undefined) return {};
  return { engineVersion: isAsAsked(inForce, asked) ? asked : inForce };
}

function storageOf({ PendingModifiedValues: pending = {}, ...instance }: Description): Seen {
  const allocatedStorage = Math.max(pending.AllocatedStorage ?? 0, instance.AllocatedStorage ?? 0);
  const storageType = pending.StorageType ?? instance.StorageType;
  const speed = canChooseSpeed(storageType, allocatedStorage)
    ? {
        iops: pending.Iops ?? instance.Iops ?? null,
        storageThroughput: pending.StorageThroughput ?? instance.StorageThroughput ?? null,
      }
    : {};
  return {
    allocatedStorage,
    maxAllocatedStorage: instance.MaxAllocatedStorage ?? 0,
    storageType: storageType ?? null,
    storageEncrypted: instance.StorageEncrypted ?? false,
    kmsKeyId: instance.KmsKeyId ?? null,
    ...speed,
  };
}

/** A group of RDS's own is one that nobody chose. */
function parametersOf({ DBParameterGroups: [group] = [] }: Description): Seen {
  const name = group?.DBParameterGroupName?.toLowerCase();
  const isPending = group?.ParameterApplyStatus === 'pending-reboot';
  return {
    parameterGroupName: name === undefined || name.startsWith('default.') ? null : name,
    parameterApplyStatus: isPending ? 'pending-reboot' : 'in-sync',
  };
}

/** While log exports are on their way nobody can say from RDS's answer which will be on. */
function logExportsOf({
  EnabledCloudwatchLogsExports: enabled = [],
  PendingModifiedValues: pending,
}: Description): Seen {
  const { LogTypesToEnable = [], LogTypesToDisable = [] } = pending?.PendingCloudwatchLogsExports ?? {};
  return LogTypesToEnable.length + LogTypesToDisable.length > 0 ? {} : { enabledLogExports: enabled };
}

function networkOf({ PendingModifiedValues: pending = {}, ...instance }: Description): Seen {
  const subnetGroup = pending.DBSubnetGroupName ?? instance.DBSubnetGroup?.DBSubnetGroupName;
  return {
    subnetGroupName: subnetGroup?.toLowerCase() ?? null,
    securityGroupIds: (instance.VpcSecurityGroups ?? [])
      .filter(({ Status }) => Status !== 'removing')
      .map(({ VpcSecurityGroupId = '' }) => VpcSecurityGroupId),
    publiclyAccessible: instance.PubliclyAccessible ?? false,
  };
}

/** A database in the words of a spec. */
export function specOf(instance: Description, tags: Tags): Seen {
  const { PendingModifiedValues: pending = {} } = instance;
  return {
    identifier: instance.DBInstanceIdentifier?.toLowerCase() ?? null,
    engine: instance.Engine ?? null,
    ...engineVersionOf(instance, tags),
    instanceClass: pending.DBInstanceClass ?? instance.DBInstanceClass ?? null,
    ...storageOf(instance),
    databaseName: instance.DBName ?? null,
    masterUsername: instance.MasterUsername ?? null,
    masterSecretVersion: tags[PASSWORD_TAG] ?? null,
    manageMasterUserPassword: instance.MasterUserSecret !== undefined,
    ...networkOf(instance),
    ...parametersOf(instance),
    multiAz: pending.MultiAZ ?? instance.MultiAZ ?? false,
    backupRetentionPeriod: pending.BackupRetentionPeriod ?? instance.BackupRetentionPeriod ?? null,
    preferredBackupWindow: instance.PreferredBackupWindow ?? null,
    preferredMaintenanceWindow: instance.PreferredMaintenanceWindow?.toLowerCase() ?? null,
    deletionProtection: instance.DeletionProtection ?? false,
    autoMinorVersionUpgrade: instance.AutoMinorVersionUpgrade ?? false,
    performanceInsights: instance.PerformanceInsightsEnabled ?? false,
    ...logExportsOf(instance),
    caCertificateIdentifier: pending.CACertificateIdentifier ?? instance.CACertificateIdentifier ?? null,
    copyTagsToSnapshot: instance.CopyTagsToSnapshot ?? false,
  };
}

/** What both primaries and replicas are known by. */
export function attributesOf(instance: Description) {
  const { DBInstanceIdentifier: identifier = '', DBInstanceArn: arn = '', Endpoint } = instance;
  return {
    identifier,
    arn,
    ...(Endpoint?.Address === undefined ? {} : { endpoint: Endpoint.Address }),
    ...(Endpoint?.Port === undefined ? {} : { port: Endpoint.Port }),
  };
}

/** The zone in which a database with a standby serves: it changes with each failover. */
export function placeOf({ MultiAZ, AvailabilityZone }: Description): { readonly place?: string } {
  return MultiAZ && AvailabilityZone !== undefined ? { place: AvailabilityZone } : {};
}
