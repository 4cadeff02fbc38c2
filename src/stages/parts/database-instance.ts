/** What an RDS instance and its read replicas are asked to be. What makes them safe is not up to the user: private, encrypted, tagged. */
import type { RDSSpec, TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import { uniqueName } from '../../core/names.ts';
import type { Input, Ref } from '../../core/ref.ts';
import type { DBInstanceSpec, ReadReplicaSpec } from '../../resources/rds/instance-spec.ts';
import { ENGINES } from './engines.ts';

/** Name of the first user; RDS keeps `admin` and others for itself. */
export const MASTER_USER = 'appadmin';

const CERTIFICATE_AUTHORITY = 'rds-ca-rsa2048-g1';
const LARGEST_GIB = 65_536;
const GROWTH = 4;

/** What an instance stands on. */
export interface InstanceGround {
  readonly subnetGroupName: Ref<string>;
  readonly securityGroupIds: readonly Input<string>[];
  readonly parameterGroupName: Ref<string>;
  /** Absent where RDS manages the password. */
  readonly password?: { readonly masterSecretArn: Ref<string>; readonly masterSecretVersion: Ref<string> };
}

/** The name that RDS knows an instance by, in lower case, as RDS stores it. */
export const identifierOf = ({ owner }: Facts, suffix: string): string => uniqueName(owner, suffix, 63).toLowerCase();

/** What storage may grow to by itself; 0 where there is no room for growth. */
function largestOf({ storageGiB, maxStorageGiB }: RDSSpec): number {
  const largest = maxStorageGiB ?? Math.min(storageGiB * GROWTH, LARGEST_GIB);
  return largest * 10 >= storageGiB * 11 ? largest : 0;
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that somebody has given. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** What an instance and its replicas have in common. */
function common({ multiAZ: _, ...wanted }: RDSSpec, logs: readonly string[], ground: InstanceGround) {
  return {
    parameterGroupName: ground.parameterGroupName,
    securityGroupIds: ground.securityGroupIds,
    publiclyAccessible: false,
    autoMinorVersionUpgrade: wanted.autoMinorVersionUpgrade,
    copyTagsToSnapshot: true,
    performanceInsights: wanted.performanceInsights,
    enabledLogExports: wanted.logExports ?? logs,
    caCertificateIdentifier: CERTIFICATE_AUTHORITY,
    applyImmediately: wanted.applyChanges === 'Immediately',
    ...given({
      preferredMaintenanceWindow: wanted.maintenanceWindow,
      // A restart outside of the window is what the user does not want: the parameter waits for the next one.
      parameterApplyStatus: wanted.applyChanges === 'Immediately' ? ('in-sync' as const) : undefined,
    }),
  };
}

/** The primary. */
export function instanceSpec(
  { database: { engine, name } }: TierSpec,
  wanted: RDSSpec,
  facts: Facts,
  ground: InstanceGround,
): Input<DBInstanceSpec> {
  const traits = ENGINES[engine];
  return {
    identifier: identifierOf(facts, 'db'),
    engine,
    engineVersion: wanted.engineVersion ?? traits.version,
    instanceClass: wanted.instanceClass,
    allocatedStorage: wanted.storageGiB,
    maxAllocatedStorage: largestOf(wanted),
    storageType: wanted.storageType,
    storageEncrypted: true,
    databaseName: name,
    port: traits.port,
    masterUsername: MASTER_USER,
    ...ground.password,
    manageMasterUserPassword: ground.password === undefined,
    subnetGroupName: ground.subnetGroupName,
    multiAz: wanted.multiAZ,
    backupRetentionPeriod: wanted.backupRetentionDays,
    deletionProtection: wanted.deletionProtection,
    ...common(wanted, traits.logs, ground),
    ...given({
      iops: wanted.iops,
      storageThroughput: wanted.throughput,
      kmsKeyId: wanted.kmsKeyARN,
      preferredBackupWindow: wanted.backupWindow,
    }),
  };
}

/** A read replica, by its number. */
export function replicaSpec(
  { database: { engine } }: TierSpec,
  wanted: RDSSpec,
  facts: Facts,
  ground: InstanceGround & { readonly number: number; readonly sourceIdentifier: Ref<string> },
): Input<ReadReplicaSpec> {
  const { instanceClass = wanted.instanceClass, multiAZ } = wanted.readReplicas;
  return {
    identifier: identifierOf(facts, `r${ground.number}`),
    sourceIdentifier: ground.sourceIdentifier,
    instanceClass,
    multiAz: multiAZ,
    // Whoever may delete a copy loses nothing but its reads, and fewer replicas are asked for here.
    deletionProtection: false,
    ...common(wanted, ENGINES[engine].logs, ground),
  };
}
