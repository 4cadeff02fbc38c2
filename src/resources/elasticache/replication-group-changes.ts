/**
 * How a cache is changed. Each call keeps AWS busy and the next one is refused until it is done, so a pass makes one step and
 * the order of the steps is the art: replicas come before what needs them and go after it, TLS is offered before it is
 * demanded. It must not wait.
 */
import {
  AddTagsToResourceCommand,
  DecreaseReplicaCountCommand,
  IncreaseReplicaCountCommand,
  ModifyReplicationGroupCommand,
  type ModifyReplicationGroupMessage,
} from '@aws-sdk/client-elasticache';
import type { Aws, Live } from '../../aws/driver.ts';
import { describeClaim } from '../../aws/ownership.ts';
import type { Change } from '../../core/kind.ts';
import { fieldsChanged, ownerChanged } from '../tag-changes.ts';
import { newestVersion } from './engine-version.ts';
import { noteFinalSnapshot } from './final-snapshot.ts';
import type { ReplicationGroupAttributes, ReplicationGroupSpec } from './replication-group-spec.ts';
import { requestTag } from './requested-node-type.ts';
import { retag } from './tagging.ts';

type Group = Live<ReplicationGroupSpec, ReplicationGroupAttributes>;
type Message = Partial<ModifyReplicationGroupMessage>;

/** A change that is asked for. */
export interface Asked {
  readonly live: Group;
  readonly spec: ReplicationGroupSpec;
  readonly fields: ReadonlySet<string>;
}

/** Multi-AZ needs failover: they are turned on, and off, in one call. */
function availability({ spec, fields }: Asked): Message {
  if (!fields.has('multiAz') && !fields.has('automaticFailover')) return {};
  return { MultiAZEnabled: spec.multiAz, AutomaticFailoverEnabled: spec.automaticFailover };
}

/** From plain to TLS only, and back, the way leads over both at once. */
function encryption({ live, spec, fields }: Asked): Message {
  if (!fields.has('transitEncryption')) return {};
  const { transitEncryption: wanted } = spec;
  const isOn = live.spec.transitEncryption !== 'disabled';
  if (!isOn) return { TransitEncryptionEnabled: true, TransitEncryptionMode: 'preferred' };
  if (wanted !== 'disabled') return { TransitEncryptionEnabled: true, TransitEncryptionMode: wanted };
  return live.spec.transitEncryption === 'required'
    ? { TransitEncryptionEnabled: true, TransitEncryptionMode: 'preferred' }
    : { TransitEncryptionEnabled: false };
}

/** User groups need TLS, so that they come after it. */
function users({ live, spec, fields }: Asked): Message {
  if (!fields.has('userGroupIds') || live.spec.transitEncryption === 'disabled') return {};
  const before = live.spec.userGroupIds ?? [];
  if (spec.userGroupIds.length === 0) return { RemoveUserGroups: true };
  const added = spec.userGroupIds.filter((id) => !before.includes(id));
  const removed = before.filter((id) => !spec.userGroupIds.includes(id));
  return {
    ...(added.length > 0 ? { UserGroupIdsToAdd: added } : {}),
    ...(removed.length > 0 ? { UserGroupIdsToRemove: removed } : {}),
  };
}

/** A new engine or version needs parameters of its own family in the same call. */
async function version(aws: Aws, { spec, fields }: Asked): Promise<Message> {
  const isNew = fields.has('engine') || fields.has('engineVersion');
  const group = { CacheParameterGroupName: spec.parameterGroupName };
  if (!isNew) return fields.has('parameterGroupName') ? group : {};
  return { ...group, Engine: spec.engine, EngineVersion: await newestVersion(aws, spec.engine, spec.engineVersion) };
}

const PLAIN: { readonly [K in keyof ReplicationGroupSpec]?: (spec: ReplicationGroupSpec) => Message } = {
  cacheNodeType: ({ cacheNodeType }) => ({ CacheNodeType: cacheNodeType }),
  securityGroupIds: ({ securityGroupIds }) => ({ SecurityGroupIds: [...securityGroupIds] }),
  snapshotRetentionLimit: ({ snapshotRetentionLimit }) => ({ SnapshotRetentionLimit: snapshotRetentionLimit }),
  snapshotWindow: ({ snapshotWindow }) => ({ SnapshotWindow: snapshotWindow }),
  preferredMaintenanceWindow: (spec) => ({ PreferredMaintenanceWindow: spec.preferredMaintenanceWindow }),
  autoMinorVersionUpgrade: (spec) => ({ AutoMinorVersionUpgrade: spec.autoMinorVersionUpgrade }),
};

function plain({ spec, fields }: Asked): Message {
  const parts = Object.entries(PLAIN).filter(([field]) => fields.has(field));
  return Object.assign({}, ...parts.map(([, part]) => part(spec))) as Message;
}

/** What one call changes; empty when only the number of replicas is to change. */
export async function modification(aws: Aws, asked: Asked): Promise<Message> {
  return {
    ...plain(asked),
    ...availability(asked),
    ...encryption(asked),
    ...users(asked),
    ...(await version(aws, asked)),
  };
}

async function step(aws: Aws, asked: Asked, isRenamed: boolean): Promise<void> {
  const { live, spec, fields } = asked;
  const common = { ReplicationGroupId: live.id, ApplyImmediately: true };
  const count = { ...common, NewReplicaCount: spec.replicas };
  const before = live.spec.replicas ?? spec.replicas;
  if (fields.has('replicas') && spec.replicas > before) {
    await aws.elastiCache.send(new IncreaseReplicaCountCommand(count));
    return;
  }
  const claim = isRenamed ? { ReplicationGroupDescription: describeClaim(live.self, spec.description) } : {};
  const message = { ...(await modification(aws, asked)), ...claim };
  if (Object.keys(message).length > 0) {
    if (fields.has('cacheNodeType')) {
      const Tags = [requestTag(spec.cacheNodeType, new Date())];
      await aws.elastiCache.send(new AddTagsToResourceCommand({ ResourceName: live.attributes.arn, Tags }));
    }
    await aws.elastiCache.send(new ModifyReplicationGroupCommand({ ...common, ...message }));
    return;
  }
  if (fields.has('replicas') && spec.replicas < before)
    await aws.elastiCache.send(new DecreaseReplicaCountCommand(count));
}

/** Makes the next step towards a spec. Tags come first: a group that AWS works on takes none. */
export async function change(
  aws: Aws,
  live: Group,
  spec: ReplicationGroupSpec,
  changes: readonly Change[],
): Promise<void> {
  const fields = fieldsChanged(changes);
  await retag(aws, live.attributes.arn, changes);
  if (fields.has('finalSnapshotName')) await noteFinalSnapshot(aws, live.attributes.arn, spec.finalSnapshotName);
  await step(aws, { live, spec, fields }, fields.has('description') || ownerChanged(changes));
}
