/**
 * How far a cache is. AWS calls one available while its nodes are not, and its lists of nodes differ for a while: it serves
 * when the group, each of its node groups and each node say so, and all lists have the same nodes. It must not ask AWS.
 */
import type { CacheCluster, ReplicationGroup } from '@aws-sdk/client-elasticache';
import type { Health } from '../../core/kind.ts';
import type { ReplicationGroupSpec } from './replication-group-spec.ts';

/** What AWS does not change while it makes the daily snapshot, which takes nothing from whoever uses the cache. */
const CHANGEABLE: readonly (keyof ReplicationGroupSpec)[] = [
  'description',
  'engine',
  'engineVersion',
  'cacheNodeType',
  'replicas',
  'multiAz',
  'automaticFailover',
  'parameterGroupName',
  'securityGroupIds',
  'transitEncryption',
  'userGroupIds',
  'snapshotRetentionLimit',
  'snapshotWindow',
  'preferredMaintenanceWindow',
  'autoMinorVersionUpgrade',
];

const SERVING: ReadonlySet<string> = new Set(['available', 'snapshotting']);

const BROKEN: ReadonlySet<string> = new Set(['create-failed', 'restore-failed', 'incompatible-network']);

const WORKED_ON: ReadonlySet<string> = new Set(['creating', 'modifying', 'deleting']);

const UNKNOWN = 'unknown';

interface Node {
  readonly id: string;
  readonly state: string;
}

/** The nodes that any list names, with what AWS says of each. */
function nodesOf(group: ReplicationGroup, clusters: readonly CacheCluster[]): readonly Node[] {
  const states = new Map(
    clusters.map(({ CacheClusterId, CacheClusterStatus }) => [CacheClusterId, CacheClusterStatus]),
  );
  const members = (group.NodeGroups ?? []).flatMap(({ NodeGroupMembers = [] }) => NodeGroupMembers);
  const inGroups = new Set(members.map(({ CacheClusterId }) => CacheClusterId));
  const named = [...new Set([...(group.MemberClusters ?? []), ...[...inGroups].filter((id) => id !== undefined)])];
  return named.map((id) => ({ id, state: inGroups.has(id) ? (states.get(id) ?? 'unlisted') : 'joining' }));
}

function nodeHealth(nodes: readonly Node[]): Health {
  const waiting = nodes.filter(({ state }) => !SERVING.has(state));
  const [first] = waiting;
  if (!first) return { state: 'available', phase: 'ready' };
  const reason = waiting.map(({ id, state }) => `node ${id} is ${state}`).join(', ');
  const isBroken = waiting.some(({ state }) => BROKEN.has(state));
  const isWorkedOn = waiting.some(({ state }) => WORKED_ON.has(state));
  return { state: first.state, phase: isBroken ? 'failed' : isWorkedOn ? 'settling' : 'warming', reason };
}

/** How far a group is, by all that AWS says of it and of its nodes. */
export function healthOf(group: ReplicationGroup, clusters: readonly CacheCluster[]): Health {
  const { Status: state = UNKNOWN, NodeGroups = [] } = group;
  if (state === 'deleting') return { state, phase: 'deleting' };
  if (BROKEN.has(state)) return { state, phase: 'failed', reason: `AWS says ${state}` };
  if (!SERVING.has(state)) return { state, phase: 'settling' };
  const unready = NodeGroups.find(({ Status = UNKNOWN }) => !SERVING.has(Status));
  if (unready || NodeGroups.length === 0) {
    const found = unready?.Status ?? 'without nodes';
    return { state: found, phase: 'settling', reason: `node group ${unready?.NodeGroupId ?? ''} is ${found}` };
  }
  const health = nodeHealth(nodesOf(group, clusters));
  const isOpen = state === 'available' || health.phase !== 'ready';
  return isOpen ? health : { state, phase: 'ready', closed: CHANGEABLE, reason: `AWS says ${state}` };
}
