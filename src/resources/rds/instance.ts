/**
 * The primary database. It holds data: it is never replaced, and before its end, and before a change of its major version, a
 * snapshot keeps what it holds; its automated backups outlive it for as long as they are kept. Its password is read from a secret
 * at the moment of use and is in no spec, tag, log or status.
 */
import { CreateDBInstanceCommand, type DBInstance as Description } from '@aws-sdk/client-rds';
import { readCredential } from '../../aws/credential.ts';
import { type Aws, resource } from '../../aws/driver.ts';
import type { Change, Charge, Owned } from '../../core/kind.ts';
import { claimed, isOfKind } from '../ec2/tagging.ts';
import { inScope } from '../scope.ts';
import { tagList } from '../tag-changes.ts';
import { change, end } from './instance-changes.ts';
import { healthOf } from './instance-health.ts';
import { attributesOf, canChooseSpeed, describe, describedIn, placeOf, specOf } from './instance-reading.ts';
import { type DBInstanceAttributes, type DBInstanceSpec, ENGINE_TAG, PASSWORD_TAG } from './instance-spec.ts';
import { familyName, majorOf } from './version.ts';

export type { DBInstanceAttributes, DBInstanceSpec } from './instance-spec.ts';

const TYPE = 'rds.instance';

const HOURS_PER_MONTH = 730;

type Observed = Owned<DBInstanceSpec, DBInstanceAttributes>;

/** A standby costs as much as what it stands by for. */
function charges({ instanceClass, multiAz, storageType, allocatedStorage }: DBInstanceSpec): readonly Charge[] {
  const copies = multiAz ? 2 : 1;
  return [
    { rate: `rds/${instanceClass}`, quantity: HOURS_PER_MONTH * copies },
    { rate: `rds/${storageType}-gb-month`, quantity: allocatedStorage * copies },
  ];
}

/** Everybody who looks at a database at rest is to see the same. */
function restorableTime({ LatestRestorableTime: time }: Description): { readonly latestRestorableTime?: string } {
  return time ? { latestRestorableTime: `${time.toISOString().slice(0, 'yyyy-mm-ddThh'.length)}:00:00Z` } : {};
}

const passwordVersion = ({ [PASSWORD_TAG]: version }: Readonly<Record<string, string>>) =>
  version === undefined ? {} : { masterSecretVersion: version };

function ownedOf(instance: Description): readonly Observed[] {
  const claim = claimed(instance.TagList);
  if (!isOfKind(TYPE, claim)) return [];
  const { MasterUserSecret: secret, DbiResourceId: resourceId = '' } = instance;
  const attributes = {
    ...attributesOf(instance),
    resourceId,
    engineFamily: familyName(instance.Engine ?? '', instance.EngineVersion ?? ''),
    ...(secret?.SecretArn === undefined ? {} : { masterSecretArn: secret.SecretArn }),
    ...passwordVersion(claim.tags),
    ...restorableTime(instance),
  };
  return [
    {
      ...claim,
      id: attributes.identifier,
      spec: specOf(instance, claim.tags),
      attributes,
      health: healthOf(instance, claim.tags),
      ...placeOf(instance),
    },
  ];
}

/** It cannot be taken back but by restoring a copy. */
const isMajorUpgrade = ({ path, from, to }: Change): boolean =>
  path === 'engineVersion' && majorOf(String(from)) !== majorOf(String(to));

/** The parts of a create call that say how to get in. */
async function credentialsOf(aws: Aws, { manageMasterUserPassword, masterSecretArn }: DBInstanceSpec) {
  if (manageMasterUserPassword || masterSecretArn === undefined)
    return { input: { ManageMasterUserPassword: true }, version: 'RDS' };
  const { password, version } = await readCredential(aws, { secretArn: masterSecretArn });
  return { input: { MasterUserPassword: password }, version };
}

function inputOf(spec: DBInstanceSpec) {
  const speed = canChooseSpeed(spec.storageType, spec.allocatedStorage)
    ? { Iops: spec.iops, StorageThroughput: spec.storageThroughput }
    : {};
  return {
    DBInstanceIdentifier: spec.identifier,
    Engine: spec.engine,
    EngineVersion: spec.engineVersion,
    DBInstanceClass: spec.instanceClass,
    AllocatedStorage: spec.allocatedStorage,
    MaxAllocatedStorage: spec.maxAllocatedStorage || undefined,
    StorageType: spec.storageType,
    ...speed,
    StorageEncrypted: spec.storageEncrypted,
    KmsKeyId: spec.kmsKeyId,
    DBName: spec.databaseName,
    Port: spec.port,
    MasterUsername: spec.masterUsername,
    DBSubnetGroupName: spec.subnetGroupName,
    VpcSecurityGroupIds: [...spec.securityGroupIds],
    DBParameterGroupName: spec.parameterGroupName,
    MultiAZ: spec.multiAz,
    PubliclyAccessible: spec.publiclyAccessible,
    BackupRetentionPeriod: spec.backupRetentionPeriod,
    PreferredBackupWindow: spec.preferredBackupWindow,
    PreferredMaintenanceWindow: spec.preferredMaintenanceWindow,
    DeletionProtection: spec.deletionProtection,
    AutoMinorVersionUpgrade: spec.autoMinorVersionUpgrade,
    EnablePerformanceInsights: spec.performanceInsights,
    EnableCloudwatchLogsExports: [...spec.enabledLogExports],
    CACertificateIdentifier: spec.caCertificateIdentifier,
    CopyTagsToSnapshot: spec.copyTagsToSnapshot,
  };
}

export const DBInstance = resource<DBInstanceSpec, DBInstanceAttributes>({
  type: TYPE,
  rules: {
    identifier: 'replace',
    engine: 'replace',
    engineVersion: 'restart',
    instanceClass: 'restart',
    allocatedStorage: 'growOnly',
    storageEncrypted: 'replace',
    kmsKeyId: 'replace',
    databaseName: 'replace',
    port: 'ignore',
    masterUsername: 'replace',
    masterSecretArn: 'ignore',
    subnetGroupName: 'replace',
    securityGroupIds: 'unordered',
    parameterGroupName: 'restart',
    parameterApplyStatus: 'restart',
    enabledLogExports: 'unordered',
    applyImmediately: 'ignore',
  },
  stateful: true,
  settle: 3,
  // A static parameter waits for a reboot, of which RDS speaks after the group was changed.
  aftermath: ['parameterApplyStatus'],
  // The secret holds another password from the moment of its rotation.
  first: ['masterSecretVersion', 'manageMasterUserPassword'],
  keeper: {
    type: 'rds.snapshot',
    specOf: ({ identifier, resourceId }) => ({ instanceIdentifier: identifier, resourceId }),
  },
  approval: isMajorUpgrade,
  keepBefore: (changes) => changes.some(isMajorUpgrade),
  cost: charges,

  async *observe(aws, scope) {
    for await (const page of describedIn(aws, scope)) {
      yield page.flatMap(ownedOf).filter(({ owner }) => inScope(scope, owner));
    }
  },

  async create(aws, self, spec) {
    const { input, version } = await credentialsOf(aws, spec);
    const tags = { ...self.tags, [PASSWORD_TAG]: version, [ENGINE_TAG]: spec.engineVersion };
    const { DBInstance: made } = await aws.rds.send(
      new CreateDBInstanceCommand({ ...inputOf(spec), ...input, Tags: tagList(tags) }),
    );
    const { identifier, arn } = attributesOf(made ?? {});
    const engineFamily = familyName(spec.engine, spec.engineVersion);
    const resourceId = made?.DbiResourceId ?? '';
    return { id: identifier, attributes: { identifier, arn, resourceId, engineFamily, masterSecretVersion: version } };
  },

  update: change,

  async delete(aws, live) {
    const now = await describe(aws, live.attributes.identifier);
    if (!now || healthOf(now, {}).phase === 'deleting') return;
    const { ReadReplicaDBInstanceIdentifiers: replicas = [] } = now;
    if (replicas.length > 0) {
      // Without it each of them would become a database of its own, that costs and that nobody looks after.
      const message = `delete ${live.id}: its replicas ${replicas.join(', ')} must be gone first`;
      throw Object.assign(new Error(message), { name: 'DependencyViolation' });
    }
    await end(aws, now, { DeleteAutomatedBackups: false });
  },
});
