/**
 * What a call must say to bring a database from what it is to what it is to be: only what differs, because whatever is said is
 * done. Pure.
 */
import type { DBInstance as Description, ModifyDBInstanceMessage } from '@aws-sdk/client-rds';
import { canChooseSpeed } from './instance-reading.ts';
import type { DBInstanceSpec } from './instance-spec.ts';
import { isAsAsked, isBackwards, majorOf } from './version.ts';
import { opensSoon } from './window.ts';

/** What a call says of the database. */
export type Modification = Omit<ModifyDBInstanceMessage, 'DBInstanceIdentifier' | 'ApplyImmediately'>;

/** What one call is made of: a database as it is now, what it is to be, and the fields that differ. */
export interface Difference {
  readonly now: Description;
  readonly spec: Partial<DBInstanceSpec>;
  readonly fields: ReadonlySet<string>;
}

type Part = (difference: Difference) => Modification;

/** Minutes before its start in which another maintenance window is not set: RDS would do all that is pending at once. */
const WINDOW_DISTANCE = 30;

/** The size after a change: storage never shrinks. */
const sizeOf = (now: Description, { allocatedStorage = 0 }: Partial<DBInstanceSpec>): number =>
  Math.max(allocatedStorage, now.AllocatedStorage ?? 0);

/** RDS wants size and IOPS together wherever IOPS are chosen, and refuses them wherever they are not. */
function storage({ now, spec, fields }: Difference): Modification {
  const { storageType = now.StorageType } = spec;
  const AllocatedStorage = sizeOf(now, spec);
  // What there is of smaller storage is no choice, and refused for larger.
  const chosen = canChooseSpeed(now.StorageType, now.AllocatedStorage ?? 0) ? now.Iops : undefined;
  const speed = canChooseSpeed(storageType, AllocatedStorage)
    ? { Iops: spec.iops ?? chosen, StorageThroughput: spec.storageThroughput }
    : {};
  return { AllocatedStorage, ...(fields.has('storageType') ? { StorageType: storageType } : {}), ...speed };
}

/** RDS goes back never, whatever it is asked, and asks for a flag to go far. */
function engineVersion({ now, spec: { engineVersion: asked } }: Difference): Modification {
  const inForce = now.PendingModifiedValues?.EngineVersion ?? now.EngineVersion;
  if (asked === undefined || inForce === undefined || isAsAsked(inForce, asked)) return {};
  if (isBackwards(inForce, asked)) {
    const message = `change engine version of ${now.DBInstanceIdentifier}: it has ${inForce}, and RDS does not go back to ${asked}; ask for ${majorOf(inForce)}`;
    throw Object.assign(new Error(message), { name: 'InvalidDowngrade' });
  }
  const isMajor = majorOf(inForce) !== majorOf(asked);
  return { EngineVersion: asked, ...(isMajor ? { AllowMajorVersionUpgrade: true } : {}) };
}

function logExports({ now, spec: { enabledLogExports: wanted = [] } }: Difference): Modification {
  const enabled = now.EnabledCloudwatchLogsExports ?? [];
  return {
    CloudwatchLogsExportConfiguration: {
      EnableLogTypes: wanted.filter((type) => !enabled.includes(type)),
      DisableLogTypes: enabled.filter((type) => !wanted.includes(type)),
    },
  };
}

/** A limit at the size itself is RDS's way to say that there is none. */
const maxStorage: Part = ({ now, spec }) => ({ MaxAllocatedStorage: spec.maxAllocatedStorage || sizeOf(now, spec) });

function maintenanceWindow({ spec: { preferredMaintenanceWindow: window } }: Difference): Modification {
  if (window === undefined || opensSoon(window, new Date(), WINDOW_DISTANCE)) return {};
  return { PreferredMaintenanceWindow: window };
}

/** Fields that stand for one word of AWS's. */
const PLAIN: Readonly<Record<string, (spec: Partial<DBInstanceSpec>) => Modification>> = {
  instanceClass: ({ instanceClass }) => ({ DBInstanceClass: instanceClass }),
  multiAz: ({ multiAz }) => ({ MultiAZ: multiAz }),
  parameterGroupName: ({ parameterGroupName }) => ({ DBParameterGroupName: parameterGroupName }),
  securityGroupIds: ({ securityGroupIds = [] }) => ({ VpcSecurityGroupIds: [...securityGroupIds] }),
  publiclyAccessible: ({ publiclyAccessible }) => ({ PubliclyAccessible: publiclyAccessible }),
  backupRetentionPeriod: (spec) => ({ BackupRetentionPeriod: spec.backupRetentionPeriod }),
  preferredBackupWindow: (spec) => ({ PreferredBackupWindow: spec.preferredBackupWindow }),
  deletionProtection: ({ deletionProtection }) => ({ DeletionProtection: deletionProtection }),
  autoMinorVersionUpgrade: (spec) => ({ AutoMinorVersionUpgrade: spec.autoMinorVersionUpgrade }),
  performanceInsights: ({ performanceInsights }) => ({ EnablePerformanceInsights: performanceInsights }),
  caCertificateIdentifier: (spec) => ({ CACertificateIdentifier: spec.caCertificateIdentifier }),
  copyTagsToSnapshot: ({ copyTagsToSnapshot }) => ({ CopyTagsToSnapshot: copyTagsToSnapshot }),
};

/** Fields that depend on what the database is now, or on one another. */
const PARTS: readonly (readonly [fields: readonly string[], part: Part])[] = [
  [['allocatedStorage', 'iops', 'storageThroughput', 'storageType'], storage],
  [['maxAllocatedStorage'], maxStorage],
  [['engineVersion'], engineVersion],
  [['enabledLogExports'], logExports],
  [['preferredMaintenanceWindow'], maintenanceWindow],
];

/** What a call must say; empty when the differences need none. */
export function modificationOf(difference: Difference): Modification {
  const { fields, spec } = difference;
  const plain = Object.entries(PLAIN).flatMap(([field, part]) => (fields.has(field) ? [part(spec)] : []));
  const others = PARTS.flatMap(([of, part]) => (of.some((field) => fields.has(field)) ? [part(difference)] : []));
  return Object.assign({}, ...plain, ...others) as Modification;
}
