/**
 * Replication groups, cluster mode disabled (ElastiCache API reference): a change is accepted when group and nodes are
 * available, and keeps both busy until it is done; the end may leave a snapshot.
 */
import { type Params, Refusal, text, texts } from '../call.ts';
import type { Stage } from '../lifecycle.ts';
import { beginCache, endCache, groupKey } from './caches.ts';
import { versionOf } from './engine-versions.ts';
import { checkChange, checkNew } from './group-rules.ts';
import { nodesKey, shownGroup, shownNodes, stateOfGroup } from './group-views.ts';
import { familyOf } from './parameter-groups.ts';
import { arn, born, chosen, type Group, type GroupSettings, type Scene, stateOf, under } from './store.ts';
import { flag, listed, nameIn, needed, number, pageOf, tagsIn } from './wire.ts';

const MISSING = 'ReplicationGroupNotFoundFault';

const CREATING: Stage = { state: 'creating', seconds: [300, 480] };
const CREATING_NODES: Stage = { state: 'creating', seconds: [480, 520] };
const RESIZING: Stage = { state: 'modifying', seconds: [600, 1200] };
const ADDING: Stage = { state: 'modifying', seconds: [300, 600] };
const REMOVING: Stage = { state: 'modifying', seconds: [120, 240] };
const SETTING: Stage = { state: 'modifying', seconds: [20, 60] };
const FAILING_OVER: Stage = { state: 'modifying', seconds: [30, 90] };
const SNAPSHOTTING: Stage = { state: 'snapshotting', seconds: [60, 180] };
const DELETING: Stage = { state: 'deleting', seconds: [120, 300] };

const nodeName = (id: string, index: number): string => `${id}-${String(index + 1).padStart(3, '0')}`;

const nodesFor = (id: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => nodeName(id, index));

function one(scene: Scene, params: Params): Group {
  const id = needed(params, 'ReplicationGroupId');
  const [group] = chosen(scene, scene.store.groups, id, MISSING);
  if (!group) throw new Refusal(MISSING, `ReplicationGroup ${id} not found.`, 404);
  return group;
}

/** One that takes a change. */
function idle(scene: Scene, params: Params): Group {
  const group = one(scene, params);
  if (stateOf(scene, groupKey(group.id)) !== undefined)
    throw new Refusal(
      'InvalidReplicationGroupState',
      `Replication group must be in available state to modify: ${group.id}`,
    );
  if (stateOf(scene, nodesKey(group.id)) !== undefined)
    throw new Refusal('InvalidCacheClusterState', `Cache cluster ${group.now.nodes[0]} is not in available state.`);
  return group;
}

function tlsOf(params: Params, before: GroupSettings['tls']): GroupSettings['tls'] {
  const isOn = flag(params, 'TransitEncryptionEnabled') ?? before !== 'disabled';
  const mode = text(params, 'TransitEncryptionMode') ?? (before === 'disabled' ? 'required' : before);
  return isOn ? (mode as GroupSettings['tls']) : 'disabled';
}

function initial(id: string, params: Params): GroupSettings {
  const engine = text(params, 'Engine') ?? 'redis';
  const version = versionOf(engine, text(params, 'EngineVersion'));
  return {
    description: needed(params, 'ReplicationGroupDescription'),
    engine,
    version,
    nodeType: needed(params, 'CacheNodeType'),
    nodes: nodesFor(id, number(params, 'NumCacheClusters') ?? 1),
    failover: flag(params, 'AutomaticFailoverEnabled') ?? false,
    multiAz: flag(params, 'MultiAZEnabled') ?? false,
    parameterGroup: text(params, 'CacheParameterGroupName') ?? `default.${familyOf(engine, version)}`,
    securityGroups: texts(params, 'SecurityGroupIds'),
    tls: tlsOf(params, 'disabled'),
    userGroups: texts(params, 'UserGroupIds'),
    retention: number(params, 'SnapshotRetentionLimit') ?? 0,
    window: text(params, 'SnapshotWindow') ?? '04:00-05:00',
    maintenance: text(params, 'PreferredMaintenanceWindow') ?? 'sun:06:00-sun:07:00',
    autoMinor: flag(params, 'AutoMinorVersionUpgrade') ?? true,
  };
}

function userGroupsAfter({ userGroups }: GroupSettings, params: Params): readonly string[] {
  if (flag(params, 'RemoveUserGroups') === true) return [];
  const removed = texts(params, 'UserGroupIdsToRemove');
  return [...userGroups.filter((id) => !removed.includes(id)), ...texts(params, 'UserGroupIdsToAdd')];
}

function changed(before: GroupSettings, params: Params): GroupSettings {
  const engine = text(params, 'Engine') ?? before.engine;
  const version = text(params, 'EngineVersion');
  return {
    ...before,
    description: text(params, 'ReplicationGroupDescription') ?? before.description,
    engine,
    version: version === undefined ? before.version : versionOf(engine, version),
    nodeType: text(params, 'CacheNodeType') ?? before.nodeType,
    failover: flag(params, 'AutomaticFailoverEnabled') ?? before.failover,
    multiAz: flag(params, 'MultiAZEnabled') ?? before.multiAz,
    parameterGroup: text(params, 'CacheParameterGroupName') ?? before.parameterGroup,
    securityGroups: listed(params, 'SecurityGroupIds') ?? before.securityGroups,
    tls: tlsOf(params, before.tls),
    userGroups: userGroupsAfter(before, params),
    retention: number(params, 'SnapshotRetentionLimit') ?? before.retention,
    window: text(params, 'SnapshotWindow') ?? before.window,
    maintenance: text(params, 'PreferredMaintenanceWindow') ?? before.maintenance,
    autoMinor: flag(params, 'AutoMinorVersionUpgrade') ?? before.autoMinor,
  };
}

/** Sets a group on its way; what it is to be comes true at the end. */
function change(scene: Scene, group: Group, next: GroupSettings, stage: Stage): Params {
  group.next = next;
  // The description is no business of the nodes: it is shown at once.
  group.now = { ...group.now, description: next.description };
  under(scene, groupKey(group.id), [stage], () => {
    group.now = group.next;
    group.primary = Math.min(group.primary, group.now.nodes.length - 1);
  });
  return { ReplicationGroup: shownGroup(scene, group) };
}

function recount(scene: Scene, params: Params, direction: 'more' | 'fewer'): Params {
  const group = idle(scene, params);
  if (flag(params, 'ApplyImmediately') !== true)
    throw new Refusal('InvalidParameterValue', 'ApplyImmediately must be true.');
  const nodes = nodesFor(group.id, Number(needed(params, 'NewReplicaCount')) + 1);
  if (nodes.length === group.now.nodes.length)
    throw new Refusal('NoOperationFault', 'The number of replicas is the same.');
  if (nodes.length > group.now.nodes.length !== (direction === 'more'))
    throw new Refusal('InvalidParameterValue', `NewReplicaCount must be ${direction} than there are.`);
  const next = { ...group.now, nodes };
  checkChange(scene, group.now, next);
  return change(scene, group, next, direction === 'more' ? ADDING : REMOVING);
}

function keepSnapshot({ store, call }: Scene, group: Group, name: string): void {
  if (store.snapshots.has(name)) throw new Refusal('SnapshotAlreadyExistsFault', `Snapshot ${name} already exists.`);
  store.snapshots.set(name, {
    name,
    arn: `arn:aws:elasticache:${call.region}:${call.account}:snapshot:${name}`,
    source: group.id,
  });
}

/** The calls. */
export const GROUPS = {
  async CreateReplicationGroup(scene: Scene, params: Params): Promise<Params> {
    const id = nameIn(params, 'ReplicationGroupId', 40);
    if (scene.store.groups.has(id))
      throw new Refusal('ReplicationGroupAlreadyExists', `Replication group with id ${id} already exists.`);
    const subnetGroup = needed(params, 'CacheSubnetGroupName').toLowerCase();
    if (!scene.store.subnetGroups.has(subnetGroup))
      throw new Refusal('CacheSubnetGroupNotFoundFault', `Cache subnet group ${subnetGroup} does not exist.`);
    const now = initial(id, params);
    checkNew(scene, now);
    const group: Group = {
      id,
      arn: arn(scene, 'replicationgroup', id),
      subnetGroup,
      atRest: flag(params, 'AtRestEncryptionEnabled') ?? now.engine === 'valkey',
      kmsKey: text(params, 'KmsKeyId'),
      port: number(params, 'Port') ?? 6379,
      primary: 0,
      now,
      next: now,
    };
    await beginCache(scene, group);
    scene.store.groups.set(id, group);
    under(scene, groupKey(id), [CREATING]);
    under(scene, nodesKey(id), [CREATING_NODES]);
    born(scene, group.arn, tagsIn(params));
    return { ReplicationGroup: shownGroup(scene, group) };
  },

  DescribeReplicationGroups(scene: Scene, params: Params): Params {
    const found = chosen(scene, scene.store.groups, text(params, 'ReplicationGroupId'), MISSING);
    return pageOf(
      scene,
      'ReplicationGroups',
      found.map((group) => shownGroup(scene, group)),
    );
  },

  DescribeCacheClusters(scene: Scene, params: Params): Params {
    const id = text(params, 'CacheClusterId');
    const groups = chosen(scene, scene.store.groups, undefined, MISSING);
    const nodes = groups.flatMap((group) => shownNodes(scene, group));
    const found = nodes.filter((node) => id === undefined || text(node, 'CacheClusterId') === id.toLowerCase());
    if (id !== undefined && found.length === 0)
      throw new Refusal('CacheClusterNotFound', `CacheCluster not found: ${id}`, 404);
    return pageOf(scene, 'CacheClusters', found);
  },

  ModifyReplicationGroup(scene: Scene, params: Params): Params {
    const group = idle(scene, params);
    const next = changed(group.now, params);
    checkChange(scene, group.now, next);
    const isResized = next.nodeType !== group.now.nodeType || next.version !== group.now.version;
    return change(scene, group, next, isResized ? RESIZING : SETTING);
  },

  IncreaseReplicaCount: (scene: Scene, params: Params): Params => recount(scene, params, 'more'),
  DecreaseReplicaCount: (scene: Scene, params: Params): Params => recount(scene, params, 'fewer'),

  /** The replica takes over at once; AWS needs a while until it has a new replica. */
  TestFailover(scene: Scene, params: Params): Params {
    const group = idle(scene, params);
    if (!group.now.failover)
      throw new Refusal('InvalidParameterCombination', 'Automatic failover must be enabled to test it.');
    group.primary = (group.primary + 1) % group.now.nodes.length;
    return change(scene, group, group.now, FAILING_OVER);
  },

  DeleteReplicationGroup(scene: Scene, params: Params): Params {
    const group = one(scene, params);
    if (stateOfGroup(scene, group) !== 'available') {
      const message = `Replication group ${group.id} has status ${stateOfGroup(scene, group)} which is not valid for deletion.`;
      throw new Refusal('InvalidReplicationGroupState', message);
    }
    const snapshot = text(params, 'FinalSnapshotIdentifier');
    if (snapshot !== undefined) keepSnapshot(scene, group, snapshot);
    under(scene, groupKey(group.id), [...(snapshot === undefined ? [] : [SNAPSHOTTING]), DELETING], () => {
      endCache(scene, group);
      scene.store.groups.delete(group.id);
      scene.store.tags.delete(group.arn);
    });
    return { ReplicationGroup: shownGroup(scene, group) };
  },

  DescribeSnapshots(scene: Scene, params: Params): Params {
    const { snapshots } = scene.store;
    const found = chosen(scene, snapshots, text(params, 'SnapshotName'), 'SnapshotNotFoundFault');
    const shown = found.map(({ name, arn: ARN, source }) => ({
      SnapshotName: name,
      ReplicationGroupId: source,
      SnapshotStatus: stateOf(scene, groupKey(source)) === 'snapshotting' ? 'creating' : 'available',
      ARN,
    }));
    return pageOf(scene, 'Snapshots', shown);
  },
};
