/**
 * What RDS's words for a database's state mean. Whether it serves and whether it takes changes are two questions: it serves
 * through backups and hours of storage optimisation, and takes no changes, or not all, meanwhile. Pure.
 */
import type { DBInstance as Description } from '@aws-sdk/client-rds';
import type { Health } from '../../core/kind.ts';
import { APPLYING_TAG, type DBInstanceSpec } from './instance-spec.ts';
import { isAsked, type Pending, pendingOf } from './pending.ts';
import { majorOf } from './version.ts';

/** Serves, and takes changes. */
const AVAILABLE = 'available';

/** Serves; for up to six hours after a change of its storage it takes no other one. */
const OPTIMIZING = 'storage-optimization';

/** Serves, and takes no changes until this is over. */
const SERVING: ReadonlySet<string> = new Set([
  'backing-up',
  'configuring-activity-stream',
  'configuring-associated-roles',
  'configuring-enhanced-monitoring',
  'configuring-iam-database-auth',
  'configuring-log-exports',
  'storage-initialization',
]);

/** Does not get better by waiting. */
const BROKEN: Readonly<Record<string, string>> = {
  failed: 'the database has failed; restore it from a snapshot or a point in time',
  'inaccessible-encryption-credentials': 'RDS cannot use the KMS key; the database must be restored',
  'inaccessible-encryption-credentials-recoverable':
    'RDS cannot use the KMS key; give it access and start the database',
  'insufficient-capacity': 'AWS has no capacity for this class in these zones',
  'restore-error': 'the restore failed',
  stopped: 'the database is stopped; AWS starts it again after seven days',
  'storage-full': 'the storage is full; raise its size',
};

const DELETING: ReadonlySet<string> = new Set(['deleting', 'delete-precheck']);

const STORAGE: readonly (keyof DBInstanceSpec)[] = ['allocatedStorage', 'iops', 'storageThroughput', 'storageType'];

/** Everything that takes a call to change. */
const ALL: readonly (keyof DBInstanceSpec)[] = [
  ...STORAGE,
  'autoMinorVersionUpgrade',
  'backupRetentionPeriod',
  'caCertificateIdentifier',
  'copyTagsToSnapshot',
  'deletionProtection',
  'enabledLogExports',
  'engineVersion',
  'instanceClass',
  'manageMasterUserPassword',
  'masterSecretVersion',
  'maxAllocatedStorage',
  'multiAz',
  'parameterApplyStatus',
  'parameterGroupName',
  'performanceInsights',
  'preferredBackupWindow',
  'preferredMaintenanceWindow',
  'publiclyAccessible',
  'securityGroupIds',
];

/** A group is of one major version, and RDS changes to that of a pending one with the upgrade. */
const GROUP: readonly (keyof DBInstanceSpec)[] = ['parameterGroupName'];

const awaitsUpgrade = ({ EngineVersion: now = '', PendingModifiedValues: pending }: Description): boolean =>
  pending?.EngineVersion !== undefined && majorOf(pending.EngineVersion) !== majorOf(now);

const namesOf = (pending: readonly Pending[]): string => pending.map(({ name }) => name).join(', ');

function brokenReason(state: string): string | undefined {
  return (
    BROKEN[state] ?? (state.startsWith('incompatible-') ? `RDS says ${state}; it must be mended in AWS` : undefined)
  );
}

/** RDS's word, with what waits for the maintenance window or a reboot: no reason not to serve, but to be seen. */
function serving(state: string, instance: Description, pending: readonly Pending[]): Pick<Health, 'state' | 'reason'> {
  const reboot = instance.DBParameterGroups?.some(
    ({ ParameterApplyStatus }) => ParameterApplyStatus === 'pending-reboot',
  );
  const reasons = [
    ...(pending.length > 0 ? [`pending until the maintenance window: ${namesOf(pending)}`] : []),
    ...(reboot ? ['pending-reboot: static parameters are in force after a reboot only'] : []),
  ];
  const words = [...(pending.length > 0 ? ['pending changes'] : []), ...(reboot ? ['pending-reboot'] : [])];
  return reasons.length > 0 ? { state: `${state}, ${words.join(', ')}`, reason: reasons.join('; ') } : { state };
}

/** How far a database is. `tags` hold what was last asked for at once. */
export function healthOf(instance: Description, tags: Readonly<Record<string, string>>): Health {
  const state = instance.DBInstanceStatus ?? 'creating';
  if (DELETING.has(state)) return { state, phase: 'deleting' };
  const broken = brokenReason(state);
  if (broken !== undefined) return { state, phase: 'failed', reason: broken };
  if (SERVING.has(state)) return { state, phase: 'ready', closed: ALL, reason: `RDS says ${state}` };
  const pending = pendingOf(instance);
  if (state !== AVAILABLE && state !== OPTIMIZING) return { state, phase: 'settling', reason: `RDS says ${state}` };
  const asked = pending.filter((one) => isAsked(one, tags[APPLYING_TAG]));
  if (asked.length > 0) return { state, phase: 'settling', reason: `RDS is about to change ${namesOf(asked)}` };
  const closed = [...(state === OPTIMIZING ? STORAGE : []), ...(awaitsUpgrade(instance) ? GROUP : [])];
  return { ...serving(state, instance, pending), phase: 'ready', ...(closed.length > 0 ? { closed } : {}) };
}
