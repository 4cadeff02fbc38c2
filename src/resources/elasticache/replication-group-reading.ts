/**
 * How caches are found and what they look like. The group says part of it and its nodes the rest; what AWS has accepted and
 * not yet done counts as done. It must not write.
 */
import {
  type CacheCluster,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  type ReplicationGroup as Group,
  paginateDescribeCacheClusters,
  paginateDescribeReplicationGroups,
} from '@aws-sdk/client-elasticache';
import type { Aws, Scope } from '../../aws/driver.ts';
import type { Owned } from '../../core/kind.ts';
import { ifExists } from '../existing.ts';
import { inScope } from '../scope.ts';
import { finalSnapshotName, finalSnapshotOf } from './final-snapshot.ts';
import { healthOf } from './replication-group-health.ts';
import type { ReplicationGroupAttributes, ReplicationGroupSpec } from './replication-group-spec.ts';
import { nodeTypeInForce, REQUESTED_NODE_TYPE } from './requested-node-type.ts';
import { described, PAGE, tagsOf } from './tagging.ts';

/** With more nodes than this, one read of all of a region is cheaper than one of each. */
const FEW = 12;

type Observed = Owned<ReplicationGroupSpec, ReplicationGroupAttributes>;
type Spec = Observed['spec'];

async function* groupsIn(aws: Aws, scope: Scope): AsyncIterable<readonly Group[]> {
  if (scope.by !== 'ids') {
    const pages = paginateDescribeReplicationGroups({ client: aws.elastiCache, pageSize: PAGE }, {});
    for await (const { ReplicationGroups = [] } of pages) {
      yield ReplicationGroups.filter(({ Description }) => inScope(scope, described(Description).claim.owner));
    }
    return;
  }
  for (const ReplicationGroupId of scope.ids) {
    const answer = await ifExists(aws.elastiCache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId })));
    yield answer?.ReplicationGroups ?? [];
  }
}

/** The nodes of these groups. */
async function clustersOf(aws: Aws, groups: readonly Group[]): Promise<readonly CacheCluster[]> {
  const ids = groups.flatMap(({ MemberClusters = [] }) => MemberClusters);
  if (ids.length === 0) return [];
  const found: CacheCluster[] = [];
  if (ids.length > FEW) {
    const pages = paginateDescribeCacheClusters({ client: aws.elastiCache, pageSize: PAGE }, {});
    for await (const { CacheClusters = [] } of pages) found.push(...CacheClusters);
    return found;
  }
  for (const CacheClusterId of ids) {
    const answer = await ifExists(aws.elastiCache.send(new DescribeCacheClustersCommand({ CacheClusterId })));
    found.push(...(answer?.CacheClusters ?? []));
  }
  return found;
}

/** One of several values, when AWS says any: a field that was not looked at is left out. */
function known<K extends keyof ReplicationGroupSpec>(
  key: K,
  value: ReplicationGroupSpec[K] | null | undefined,
): { readonly [P in K]?: ReplicationGroupSpec[K] | null } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: ReplicationGroupSpec[K] | null });
}

/** Failover as it is, or as AWS has accepted that it will be. */
function isFailoverOn({ AutomaticFailover, PendingModifiedValues }: Group): boolean {
  const pending = PendingModifiedValues?.AutomaticFailoverStatus;
  if (pending !== undefined) return pending === 'enabled';
  return AutomaticFailover === 'enabled' || AutomaticFailover === 'enabling';
}

function encryptionOf(group: Group): ReplicationGroupSpec['transitEncryption'] {
  const { TransitEncryptionEnabled, TransitEncryptionMode, PendingModifiedValues = {} } = group;
  const isOn = PendingModifiedValues.TransitEncryptionEnabled ?? TransitEncryptionEnabled ?? false;
  // Groups that were never without TLS have no mode.
  const mode = PendingModifiedValues.TransitEncryptionMode ?? TransitEncryptionMode ?? 'required';
  return isOn ? mode : 'disabled';
}

function userGroupsOf({ UserGroupIds = [], PendingModifiedValues }: Group): readonly string[] {
  const { UserGroupIdsToAdd = [], UserGroupIdsToRemove = [] } = PendingModifiedValues?.UserGroups ?? {};
  const all = [...new Set([...UserGroupIds, ...UserGroupIdsToAdd])];
  return all.filter((id) => !UserGroupIdsToRemove.includes(id));
}

/** Groups that are on their way out do not count. */
const securityGroupsOf = ({ SecurityGroups = [] }: CacheCluster): readonly string[] =>
  SecurityGroups.flatMap(({ SecurityGroupId, Status }) => (Status === 'removing' ? [] : (SecurityGroupId ?? [])));

const majorOf = (version: string | undefined): string | undefined => version?.split('.', 1)[0];

/** What only the nodes say; all are alike, and while they change the last one lags behind. */
function nodeSpec(clusters: readonly CacheCluster[]): Spec {
  const [node] = clusters;
  if (!node) return {};
  const majors = clusters.map((one) => majorOf(one.PendingModifiedValues?.EngineVersion ?? one.EngineVersion));
  return {
    ...known('engine', node.Engine?.toLowerCase() as ReplicationGroupSpec['engine'] | undefined),
    ...known('engineVersion', majors.sort((a, b) => Number(a) - Number(b))[0]),
    ...known('subnetGroupName', node.CacheSubnetGroupName?.toLowerCase()),
    ...known('parameterGroupName', node.CacheParameterGroup?.CacheParameterGroupName?.toLowerCase()),
    securityGroupIds: securityGroupsOf(node),
    ...known('preferredMaintenanceWindow', node.PreferredMaintenanceWindow),
  };
}

const pendingNodeType = (clusters: readonly CacheCluster[]): string | undefined =>
  clusters.map(({ PendingModifiedValues }) => PendingModifiedValues?.CacheNodeType).find((type) => type !== undefined);

function groupSpec(group: Group): Spec {
  const port = group.NodeGroups?.[0]?.PrimaryEndpoint?.Port;
  return {
    identifier: group.ReplicationGroupId?.toLowerCase() ?? null,
    description: described(group.Description).description,
    ...known('replicas', group.MemberClusters && group.MemberClusters.length - 1),
    automaticFailover: isFailoverOn(group),
    multiAz: group.MultiAZ === 'enabled',
    transitEncryption: encryptionOf(group),
    atRestEncryption: group.AtRestEncryptionEnabled ?? false,
    ...known('kmsKeyId', group.KmsKeyId ?? null),
    userGroupIds: userGroupsOf(group),
    snapshotRetentionLimit: group.SnapshotRetentionLimit ?? 0,
    ...known('snapshotWindow', group.SnapshotWindow),
    ...known('port', port),
    autoMinorVersionUpgrade: group.AutoMinorVersionUpgrade ?? true,
  };
}

/** The zone of the primary: with several zones AWS moves it. */
function placeOf({ MultiAZ, NodeGroups = [] }: Group): { readonly place?: string } {
  const members = NodeGroups.flatMap(({ NodeGroupMembers = [] }) => NodeGroupMembers);
  const zone = members.find(({ CurrentRole }) => CurrentRole === 'primary')?.PreferredAvailabilityZone;
  return MultiAZ === 'enabled' && zone !== undefined ? { place: zone } : {};
}

/** Everything that AWS says of one cache. */
export interface Reading {
  readonly group: Group;
  readonly clusters: readonly CacheCluster[];
  /** Missing in a sweep. */
  readonly tags: Owned['tags'];
  readonly now: Date;
}

/** One cache as the planner sees it. */
export function ownedOf({ group, clusters, tags, now }: Reading): Observed {
  const { ReplicationGroupId = '', ARN: arn = '', NodeGroups = [] } = group;
  const { PrimaryEndpoint, ReaderEndpoint } = NodeGroups[0] ?? {};
  const health = healthOf(group, clusters);
  const shown = { shown: group.CacheNodeType, busy: health.phase === 'settling', now };
  const { claim } = described(group.Description);
  const leaves = finalSnapshotName({ ...claim, tags, health });
  const nodeType = pendingNodeType(clusters) ?? nodeTypeInForce({ ...shown, tag: tags?.[REQUESTED_NODE_TYPE] });
  return {
    ...claim,
    id: ReplicationGroupId,
    spec: {
      ...groupSpec(group),
      ...nodeSpec(clusters),
      ...known('cacheNodeType', nodeType),
      ...finalSnapshotOf({ tags, health }),
    },
    attributes: {
      identifier: ReplicationGroupId,
      arn,
      ...(PrimaryEndpoint?.Address ? { endpoint: PrimaryEndpoint.Address } : {}),
      ...(ReaderEndpoint?.Address ? { readerEndpoint: ReaderEndpoint.Address } : {}),
      ...(PrimaryEndpoint?.Port ? { port: PrimaryEndpoint.Port } : {}),
    },
    ...(tags ? { tags } : {}),
    health,
    ...placeOf(group),
    ...(leaves ? { leaves } : {}),
  };
}

/** All caches in a scope. */
export async function* readGroups(aws: Aws, scope: Scope): AsyncIterable<readonly Observed[]> {
  for await (const groups of groupsIn(aws, scope)) {
    const clusters = await clustersOf(aws, groups);
    yield await Promise.all(
      groups.map(async (group) =>
        ownedOf({
          group,
          clusters: clusters.filter(({ CacheClusterId }) => group.MemberClusters?.includes(CacheClusterId ?? '')),
          tags: scope.by === 'cluster' ? undefined : await tagsOf(aws, group.ARN ?? ''),
          now: new Date(),
        }),
      ),
    );
  }
}
