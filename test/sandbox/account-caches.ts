/** What stands of caches in one AWS account of the sandbox, as a person sees it. It must not use the operator's code. */
import {
  type ElastiCacheClient,
  ListTagsForResourceCommand,
  paginateDescribeCacheParameterGroups,
  paginateDescribeCacheSubnetGroups,
  paginateDescribeReplicationGroups,
  paginateDescribeServerlessCacheSnapshots,
  paginateDescribeServerlessCaches,
  paginateDescribeSnapshots,
  paginateDescribeUserGroups,
  paginateDescribeUsers,
} from '@aws-sdk/client-elasticache';
import { all, type Inventory, label, sorted } from './account-labels.ts';

/** What has a name and an ARN, as far as it stands. */
interface Standing {
  readonly name: string | undefined;
  readonly arn: string | undefined;
  readonly state?: string | undefined;
}

/** Every account has these. */
const isStandard = ({ name = '' }: Standing): boolean => /^default(\.|$)/.test(name);

/** Names of what is not on its way out, by tags, which no list returns; what went meanwhile does not stand. */
async function labelled(client: ElastiCacheClient, found: readonly Standing[]): Promise<readonly string[]> {
  const standing = found.filter((one) => !isStandard(one) && !/^deleting$/i.test(one.state ?? ''));
  const labels = await Promise.all(
    standing.map(async ({ name, arn }) => {
      const call = client.send(new ListTagsForResourceCommand({ ResourceName: arn }));
      const { TagList } = await call.catch(() => ({ TagList: [] }));
      return label(name, TagList);
    }),
  );
  return sorted(labels);
}

/** Everything but what every account has (the engines' own parameter groups, the default user). */
export async function cacheInventory(client: ElastiCacheClient): Promise<Inventory> {
  const config = { client };
  const [groups, serverless, users, userGroups, subnets, parameters, snapshots, others] = await Promise.all([
    all(paginateDescribeReplicationGroups(config, {}), ({ ReplicationGroups }) => ReplicationGroups),
    all(paginateDescribeServerlessCaches(config, {}), ({ ServerlessCaches }) => ServerlessCaches),
    all(paginateDescribeUsers(config, {}), ({ Users }) => Users),
    all(paginateDescribeUserGroups(config, {}), ({ UserGroups }) => UserGroups),
    all(paginateDescribeCacheSubnetGroups(config, {}), ({ CacheSubnetGroups }) => CacheSubnetGroups),
    all(paginateDescribeCacheParameterGroups(config, {}), ({ CacheParameterGroups }) => CacheParameterGroups),
    all(paginateDescribeSnapshots(config, {}), ({ Snapshots }) => Snapshots),
    all(paginateDescribeServerlessCacheSnapshots(config, {}), (page) => page.ServerlessCacheSnapshots),
  ]);
  const sorts: Readonly<Record<string, readonly Standing[]>> = {
    cache: [
      ...groups.map(({ ReplicationGroupId: name, ARN: arn, Status: state }) => ({ name, arn, state })),
      ...serverless.map(({ ServerlessCacheName: name, ARN: arn, Status: state }) => ({ name, arn, state })),
    ],
    cacheUser: users.map(({ UserId: name, ARN: arn, Status: state }) => ({ name, arn, state })),
    cacheUserGroup: userGroups.map(({ UserGroupId: name, ARN: arn, Status: state }) => ({ name, arn, state })),
    cacheSubnets: subnets.map(({ CacheSubnetGroupName: name, ARN: arn }) => ({ name, arn })),
    cacheParameters: parameters.map(({ CacheParameterGroupName: name, ARN: arn }) => ({ name, arn })),
  };
  const named = Object.entries(sorts).map(async ([sort, found]) => [sort, await labelled(client, found)] as const);
  return {
    ...Object.fromEntries(await Promise.all(named)),
    cacheSnapshot: sorted([
      ...snapshots.map(({ SnapshotName = '' }) => SnapshotName),
      ...others.map(({ ServerlessCacheSnapshotName = '' }) => ServerlessCacheSnapshotName),
    ]),
  };
}
