/**
 * A cache of nodes: a primary and its replicas. Its description says whose it is. What it holds can be lost; a snapshot at its
 * end is made when one is asked for.
 */
import {
  CreateReplicationGroupCommand,
  type CreateReplicationGroupMessage,
  DeleteReplicationGroupCommand,
} from '@aws-sdk/client-elasticache';
import { type Aws, type Identity, resource } from '../../aws/driver.ts';
import { describeClaim } from '../../aws/ownership.ts';
import { gone } from '../ec2/tagging.ts';
import { tagList } from '../tag-changes.ts';
import { newestVersion } from './engine-version.ts';
import { finalSnapshotName, finalSnapshotTags } from './final-snapshot.ts';
import { change } from './replication-group-changes.ts';
import { readGroups } from './replication-group-reading.ts';
import type { ReplicationGroupAttributes, ReplicationGroupSpec } from './replication-group-spec.ts';
import { arnOf } from './tagging.ts';

export type { ReplicationGroupAttributes, ReplicationGroupSpec } from './replication-group-spec.ts';

const HOURS = 730;

/** Every setting that protects is said: what AWS assumes differs from engine to engine. */
async function inputOf(aws: Aws, self: Identity, spec: ReplicationGroupSpec): Promise<CreateReplicationGroupMessage> {
  const isEncrypted = spec.transitEncryption !== 'disabled';
  return {
    ReplicationGroupId: spec.identifier.toLowerCase(),
    ReplicationGroupDescription: describeClaim(self, spec.description),
    Engine: spec.engine,
    EngineVersion: await newestVersion(aws, spec.engine, spec.engineVersion),
    CacheNodeType: spec.cacheNodeType,
    NumCacheClusters: spec.replicas + 1,
    MultiAZEnabled: spec.multiAz,
    AutomaticFailoverEnabled: spec.automaticFailover,
    CacheSubnetGroupName: spec.subnetGroupName,
    CacheParameterGroupName: spec.parameterGroupName,
    SecurityGroupIds: [...spec.securityGroupIds],
    TransitEncryptionEnabled: isEncrypted,
    ...(isEncrypted ? { TransitEncryptionMode: spec.transitEncryption as 'preferred' | 'required' } : {}),
    AtRestEncryptionEnabled: spec.atRestEncryption,
    KmsKeyId: spec.kmsKeyId,
    UserGroupIds: spec.userGroupIds.length > 0 ? [...spec.userGroupIds] : undefined,
    SnapshotRetentionLimit: spec.snapshotRetentionLimit,
    SnapshotWindow: spec.snapshotWindow,
    PreferredMaintenanceWindow: spec.preferredMaintenanceWindow,
    Port: spec.port,
    AutoMinorVersionUpgrade: spec.autoMinorVersionUpgrade,
    Tags: tagList({ ...self.tags, ...finalSnapshotTags(spec.finalSnapshotName) }),
  };
}

export const ReplicationGroup = resource<ReplicationGroupSpec, ReplicationGroupAttributes>({
  type: 'elasticache.replication-group',
  rules: {
    identifier: 'replace',
    subnetGroupName: 'replace',
    atRestEncryption: 'replace',
    kmsKeyId: 'replace',
    port: 'replace',
    securityGroupIds: 'unordered',
    userGroupIds: 'unordered',
    cacheNodeType: 'restart',
    engine: 'restart',
    engineVersion: 'restart',
  },
  settle: 3,
  ending: ['finalSnapshotName'],
  // Neither goes back.
  approval: ({ path }) => path === 'engine' || path === 'engineVersion',
  cost: ({ engine, cacheNodeType, replicas }) => [
    { rate: `elasticache/${engine}/${cacheNodeType}`, quantity: HOURS * (replicas + 1) },
  ],

  observe: readGroups,

  async create(aws, self, spec) {
    const input = await inputOf(aws, self, spec);
    await aws.elastiCache.send(new CreateReplicationGroupCommand(input));
    const identifier = spec.identifier.toLowerCase();
    return { id: identifier, attributes: { identifier, arn: arnOf(aws, 'replicationgroup', identifier) } };
  },

  update: change,

  async delete(aws, live) {
    const { owner, incarnation } = live.self;
    const FinalSnapshotIdentifier = finalSnapshotName({ ...live, owner, incarnation });
    const ReplicationGroupId = live.id;
    await gone(
      aws.elastiCache.send(new DeleteReplicationGroupCommand({ ReplicationGroupId, FinalSnapshotIdentifier })),
    );
  },
});
