/** Tags by ARN (ElastiCache API reference): other calls return none. A group that AWS works on takes none. */
import { type Params, Refusal, texts } from '../call.ts';
import { isSeen, type Scene, stateOf, type Tags } from './store.ts';
import { needed, tagsIn } from './wire.ts';

const SORTS: Readonly<Record<string, string>> = {
  replicationgroup: 'ReplicationGroupNotFoundFault',
  subnetgroup: 'CacheSubnetGroupNotFoundFault',
  parametergroup: 'CacheParameterGroupNotFound',
  serverlesscache: 'ServerlessCacheNotFoundFault',
  user: 'UserNotFound',
  usergroup: 'UserGroupNotFound',
  snapshot: 'SnapshotNotFoundFault',
};

function isThere({ store }: Scene, sort: string, name: string): boolean {
  const stores: Readonly<Record<string, ReadonlyMap<string, unknown>>> = {
    replicationgroup: store.groups,
    subnetgroup: store.subnetGroups,
    parametergroup: store.parameterGroups,
    serverlesscache: store.caches,
    user: store.users,
    usergroup: store.userGroups,
    snapshot: store.snapshots,
  };
  return stores[sort]?.has(name) === true;
}

function place(scene: Scene, params: Params): string {
  const arn = needed(params, 'ResourceName');
  const [, , , , , sort = '', name = ''] = arn.split(':');
  const missing = SORTS[sort];
  if (!missing) throw new Refusal('InvalidARN', `ARN ${arn} is not valid.`);
  if (!isThere(scene, sort, name) || !isSeen(scene, { arn })) throw new Refusal(missing, `${name} not found.`, 404);
  if (scene.call.write && sort === 'replicationgroup' && stateOf(scene, `elasticachegroup-${name}`))
    throw new Refusal('InvalidReplicationGroupState', `Cluster ${name} is not in available state.`);
  return arn;
}

const shown = (tags: Tags): Params => ({ TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });

/** The calls. */
export const TAGS = {
  ListTagsForResource(scene: Scene, params: Params): Params {
    return shown(scene.store.tags.get(place(scene, params)) ?? {});
  },

  AddTagsToResource(scene: Scene, params: Params): Params {
    const arn = place(scene, params);
    const tags = { ...scene.store.tags.get(arn), ...tagsIn(params) };
    scene.store.tags.set(arn, tags);
    return shown(tags);
  },

  RemoveTagsFromResource(scene: Scene, params: Params): Params {
    const arn = place(scene, params);
    const keys = new Set(texts(params, 'TagKeys'));
    const tags = Object.fromEntries(Object.entries(scene.store.tags.get(arn) ?? {}).filter(([key]) => !keys.has(key)));
    scene.store.tags.set(arn, tags);
    return shown(tags);
  },
};
