/**
 * A read replica: a copy of a primary that follows it. One that does not follow any more, because somebody promoted it or deleted
 * its source, is a database of its own with data of its own: it is neither corrected nor deleted, whoever asks.
 */
import { CreateDBInstanceReadReplicaCommand, type DBInstance as Description } from '@aws-sdk/client-rds';
import { resource } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';
import { claimed, isOfKind } from '../ec2/tagging.ts';
import { inScope } from '../scope.ts';
import { tagList } from '../tag-changes.ts';
import { change, end } from './instance-changes.ts';
import { healthOf } from './instance-health.ts';
import { attributesOf, describe, describedIn, placeOf, specOf } from './instance-reading.ts';
import type { ReadReplicaAttributes, ReadReplicaSpec } from './instance-spec.ts';

export type { ReadReplicaAttributes, ReadReplicaSpec } from './instance-spec.ts';

const TYPE = 'rds.replica';

const HOURS_PER_MONTH = 730;

/** What replication can say beside `replicating` that will not get better by waiting. */
const BROKEN: ReadonlySet<string> = new Set(['error', 'stopped', 'terminated']);

type Observed = Owned<ReadReplicaSpec, ReadReplicaAttributes>;

/** A replica that is being built may not name its source yet, and one on its way out need not any more. */
function isPromoted({ DBInstanceStatus, ReadReplicaSourceDBInstanceIdentifier: source }: Description, phase: string) {
  return !source && phase !== 'deleting' && DBInstanceStatus !== undefined && DBInstanceStatus !== 'creating';
}

function promotion({ DBInstanceIdentifier }: Description): string {
  return `ReplicaPromoted: ${DBInstanceIdentifier} is a database of its own now; move or delete it in AWS, or take its scalingtier.dev tags off, to have another replica made`;
}

function replicaHealth(instance: Description, tags: Readonly<Record<string, string>>): Health {
  const health = healthOf(instance, tags);
  if (isPromoted(instance, health.phase)) return { state: health.state, phase: 'failed', reason: promotion(instance) };
  const broken = instance.StatusInfos?.find(({ Status = '' }) => BROKEN.has(Status));
  if (!broken || health.phase !== 'ready') return health;
  return {
    ...health,
    phase: 'failed',
    reason: `replication: ${broken.Status}${broken.Message ? `, ${broken.Message}` : ''}`,
  };
}

/** Nothing of a promoted one is compared. */
function replicaSpec(instance: Description, tags: Readonly<Record<string, string>>): Observed['spec'] {
  const source = instance.ReadReplicaSourceDBInstanceIdentifier;
  if (!source) return {};
  const seen = specOf(instance, tags);
  return {
    identifier: seen.identifier ?? null,
    sourceIdentifier: source.toLowerCase(),
    instanceClass: seen.instanceClass ?? null,
    multiAz: seen.multiAz ?? null,
    parameterGroupName: seen.parameterGroupName ?? null,
    parameterApplyStatus: seen.parameterApplyStatus ?? null,
    securityGroupIds: seen.securityGroupIds ?? null,
    publiclyAccessible: seen.publiclyAccessible ?? null,
    autoMinorVersionUpgrade: seen.autoMinorVersionUpgrade ?? null,
    deletionProtection: seen.deletionProtection ?? null,
    copyTagsToSnapshot: seen.copyTagsToSnapshot ?? null,
    preferredMaintenanceWindow: seen.preferredMaintenanceWindow ?? null,
    performanceInsights: seen.performanceInsights ?? null,
    ...(seen.enabledLogExports ? { enabledLogExports: seen.enabledLogExports } : {}),
    caCertificateIdentifier: seen.caCertificateIdentifier ?? null,
  };
}

function ownedOf(instance: Description): readonly Observed[] {
  const claim = claimed(instance.TagList);
  if (!isOfKind(TYPE, claim)) return [];
  const attributes = attributesOf(instance);
  return [
    {
      ...claim,
      id: attributes.identifier,
      spec: replicaSpec(instance, claim.tags),
      attributes,
      health: replicaHealth(instance, claim.tags),
      ...placeOf(instance),
    },
  ];
}

export const ReadReplica = resource<ReadReplicaSpec, ReadReplicaAttributes>({
  type: TYPE,
  rules: {
    identifier: 'replace',
    sourceIdentifier: 'replace',
    instanceClass: 'restart',
    parameterGroupName: 'restart',
    parameterApplyStatus: 'restart',
    securityGroupIds: 'unordered',
    enabledLogExports: 'unordered',
    applyImmediately: 'ignore',
  },
  settle: 3,
  // A static parameter waits for a reboot, of which RDS speaks after the group was changed.
  aftermath: ['parameterApplyStatus'],
  cost: ({ instanceClass, multiAz }) => [
    { rate: `rds/${instanceClass}`, quantity: HOURS_PER_MONTH * (multiAz ? 2 : 1) },
  ],

  async *observe(aws, scope) {
    for await (const page of describedIn(aws, scope)) {
      yield page.flatMap(ownedOf).filter(({ owner }) => inScope(scope, owner));
    }
  },

  // Subnets, storage, password and, at first, parameters are the source's: RDS refuses to be told otherwise.
  async create(aws, self, spec) {
    const { DBInstance: made } = await aws.rds.send(
      new CreateDBInstanceReadReplicaCommand({
        DBInstanceIdentifier: spec.identifier,
        SourceDBInstanceIdentifier: spec.sourceIdentifier,
        DBInstanceClass: spec.instanceClass,
        MultiAZ: spec.multiAz,
        VpcSecurityGroupIds: [...spec.securityGroupIds],
        PubliclyAccessible: spec.publiclyAccessible,
        AutoMinorVersionUpgrade: spec.autoMinorVersionUpgrade,
        DeletionProtection: spec.deletionProtection,
        CopyTagsToSnapshot: spec.copyTagsToSnapshot,
        EnablePerformanceInsights: spec.performanceInsights,
        EnableCloudwatchLogsExports: spec.enabledLogExports ? [...spec.enabledLogExports] : undefined,
        CACertificateIdentifier: spec.caCertificateIdentifier,
        Tags: tagList(self.tags),
      }),
    );
    const { identifier, arn } = attributesOf(made ?? {});
    return { id: identifier, attributes: { identifier, arn } };
  },

  async update(aws, live, spec, changes) {
    await change(aws, live, spec, changes);
  },

  async delete(aws, live) {
    const now = await describe(aws, live.attributes.identifier);
    if (!now) return;
    const { phase } = healthOf(now, {});
    if (phase === 'deleting') return;
    if (isPromoted(now, phase)) throw Object.assign(new Error(promotion(now)), { name: 'ReplicaPromoted' });
    await end(aws, now, {});
  },
});
