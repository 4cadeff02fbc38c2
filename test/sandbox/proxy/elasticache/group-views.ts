/**
 * Replication groups and their nodes as AWS shows them: what is under way shows its old values, and some of the new ones as
 * pending; the nodes are ready a little later than the group, and not all lists have the same of them.
 */
import type { Params } from '../call.ts';
import { cacheOf, groupKey } from './caches.ts';
import type { Group, GroupSettings, Scene } from './store.ts';
import { stateOf } from './store.ts';

/** The course of a group's nodes. */
export const nodesKey = (id: string): string => `elasticachenodes-${id}`;

/** The state of a group. */
export const stateOfGroup = (scene: Scene, { id }: Group): string => stateOf(scene, groupKey(id)) ?? 'available';

const isNew = (scene: Scene, group: Group): boolean => stateOfGroup(scene, group) === 'creating';

function endpointOf(scene: Scene, group: Group, role: string): Params {
  const { id, port } = group;
  const name = `${role}.${id}.sandbox.${scene.call.region}.cache.amazonaws.com`;
  return { Address: cacheOf(scene, group)?.address ?? name, Port: port };
}

/** Nodes are spread over the zones of their subnets. */
function zoneOf({ store }: Scene, { subnetGroup }: Group, index: number): string | undefined {
  const zones = [...new Set(store.subnetGroups.get(subnetGroup)?.subnets.map(({ zone }) => zone))].sort();
  return zones[index % Math.max(1, zones.length)];
}

function memberOf(scene: Scene, group: Group, index: number): Params {
  return {
    CacheClusterId: group.now.nodes[index],
    CacheNodeId: '0001',
    PreferredAvailabilityZone: zoneOf(scene, group, index),
    CurrentRole: index === group.primary ? 'primary' : 'replica',
  };
}

/** For as long as nodes are worked on, the last one is missing in this list. */
function membersOf(scene: Scene, group: Group): readonly Params[] {
  const isLagging = stateOf(scene, nodesKey(group.id)) !== undefined;
  return group.now.nodes.map((_, index) => memberOf(scene, group, index)).slice(0, isLagging ? -1 : undefined);
}

function nodeGroup(scene: Scene, group: Group): Params {
  const state = stateOfGroup(scene, group);
  const common = { NodeGroupId: '0001', Status: state === 'snapshotting' ? 'available' : state };
  if (isNew(scene, group)) return common;
  return {
    ...common,
    PrimaryEndpoint: endpointOf(scene, group, 'master'),
    ReaderEndpoint: endpointOf(scene, group, 'replica'),
    NodeGroupMembers: membersOf(scene, group),
  };
}

function pendingOf({ now, next }: Group): Params {
  const adding = next.userGroups.filter((id) => !now.userGroups.includes(id));
  const removing = now.userGroups.filter((id) => !next.userGroups.includes(id));
  return {
    ...(next.failover === now.failover ? {} : { AutomaticFailoverStatus: next.failover ? 'enabled' : 'disabled' }),
    ...(adding.length + removing.length > 0
      ? { UserGroups: { UserGroupIdsToAdd: adding, UserGroupIdsToRemove: removing } }
      : {}),
    ...(next.tls === now.tls
      ? {}
      : {
          TransitEncryptionEnabled: next.tls !== 'disabled',
          ...(next.tls === 'disabled' ? {} : { TransitEncryptionMode: next.tls }),
        }),
  };
}

/** A group as DescribeReplicationGroups shows it. */
export function shownGroup(scene: Scene, group: Group): Params {
  const { now } = group;
  return {
    ReplicationGroupId: group.id,
    Description: now.description,
    Status: stateOfGroup(scene, group),
    PendingModifiedValues: pendingOf(group),
    MemberClusters: now.nodes,
    NodeGroups: [nodeGroup(scene, group)],
    AutomaticFailover: now.failover ? 'enabled' : 'disabled',
    MultiAZ: now.multiAz ? 'enabled' : 'disabled',
    SnapshotRetentionLimit: now.retention,
    SnapshotWindow: now.window,
    ClusterEnabled: false,
    CacheNodeType: now.nodeType,
    AuthTokenEnabled: false,
    TransitEncryptionEnabled: now.tls !== 'disabled',
    ...(now.tls === 'disabled' ? {} : { TransitEncryptionMode: now.tls }),
    AtRestEncryptionEnabled: group.atRest,
    KmsKeyId: group.kmsKey,
    ARN: group.arn,
    UserGroupIds: now.userGroups,
    AutoMinorVersionUpgrade: now.autoMinor,
    Engine: now.engine,
  };
}

/** ElastiCache tells little of what is pending on a node, and never that its type is. */
function pendingOfNode({ now, next }: Group): Params {
  return next.version === now.version ? {} : { EngineVersion: next.version };
}

function shownSecurityGroups({ securityGroups }: GroupSettings): readonly Params[] {
  return securityGroups.map((SecurityGroupId) => ({ SecurityGroupId, Status: 'active' }));
}

/** A group's nodes as DescribeCacheClusters shows them. */
export function shownNodes(scene: Scene, group: Group): readonly Params[] {
  const { now } = group;
  const state = stateOf(scene, nodesKey(group.id)) ?? stateOf(scene, groupKey(group.id)) ?? 'available';
  return now.nodes.map((CacheClusterId) => ({
    CacheClusterId,
    CacheNodeType: now.nodeType,
    Engine: now.engine,
    EngineVersion: now.version,
    CacheClusterStatus: state,
    NumCacheNodes: 1,
    PreferredMaintenanceWindow: now.maintenance,
    PendingModifiedValues: pendingOfNode(group),
    CacheParameterGroup: { CacheParameterGroupName: now.parameterGroup, ParameterApplyStatus: 'in-sync' },
    CacheSubnetGroupName: group.subnetGroup,
    AutoMinorVersionUpgrade: now.autoMinor,
    SecurityGroups: shownSecurityGroups(now),
    ReplicationGroupId: group.id,
    SnapshotRetentionLimit: now.retention,
    SnapshotWindow: now.window,
    TransitEncryptionEnabled: now.tls !== 'disabled',
    AtRestEncryptionEnabled: group.atRest,
    ARN: group.arn.replace(/:replicationgroup:.*/, `:cluster:${CacheClusterId}`),
  }));
}
