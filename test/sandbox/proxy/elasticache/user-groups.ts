/**
 * Groups of users (ElastiCache API reference): two users of a group never have the same name; a group for redis has a user
 * named `default`; one that a cache uses cannot be deleted.
 */
import { type Params, Refusal, text, texts } from '../call.ts';
import type { Stage } from '../lifecycle.ts';
import { tellUsers } from './caches.ts';
import { arn, born, chosen, type Scene, stateOf, type UserGroup, under } from './store.ts';
import { nameIn, needed, pageOf, tagsIn } from './wire.ts';

const MISSING = 'UserGroupNotFound';

const CREATING: Stage = { state: 'creating', seconds: [15, 40] };
const MODIFYING: Stage = { state: 'modifying', seconds: [15, 60] };
const DELETING: Stage = { state: 'deleting', seconds: [15, 40] };

const keyOf = (id: string): string => `elasticacheusergroup-${id}`;

const usedBy = ({ store }: Scene, id: string): readonly string[] =>
  [...store.groups.values()]
    .filter(({ now, next }) => [now, next].some((one) => one.userGroups.includes(id)))
    .map((one) => one.id);

const servedBy = ({ store }: Scene, id: string): readonly string[] =>
  [...store.caches.values()].filter(({ userGroup }) => userGroup === id).map(({ name }) => name);

function shown(scene: Scene, group: UserGroup): Params {
  const isPending = group.adding.length + group.removing.length > 0;
  return {
    UserGroupId: group.id,
    Status: stateOf(scene, keyOf(group.id)) ?? 'active',
    Engine: group.engine,
    UserIds: group.userIds,
    MinimumEngineVersion: group.engine === 'redis' ? '6.0' : '7.2',
    ...(isPending ? { PendingChanges: { UserIdsToAdd: group.adding, UserIdsToRemove: group.removing } } : {}),
    ReplicationGroups: usedBy(scene, group.id),
    ServerlessCaches: servedBy(scene, group.id),
    ARN: group.arn,
  };
}

function checkUsers({ store }: Scene, engine: string, ids: readonly string[]): void {
  const users = ids.map((id) => {
    const user = store.users.get(id.toLowerCase());
    if (!user) throw new Refusal('UserNotFound', `User ${id} not found.`, 404);
    return user;
  });
  const names = users.map(({ name }) => name);
  if (new Set(names).size < names.length)
    throw new Refusal('DuplicateUserName', 'A user group cannot have two users of the same name.');
  if (engine === 'redis' && !names.includes('default'))
    throw new Refusal('DefaultUserRequired', 'You must add default user to a user group.');
}

function one(scene: Scene, params: Params): UserGroup {
  const id = needed(params, 'UserGroupId');
  const [group] = chosen(scene, scene.store.userGroups, id, MISSING);
  if (!group) throw new Refusal(MISSING, `UserGroup ${id} not found.`, 404);
  if (stateOf(scene, keyOf(group.id)))
    throw new Refusal('InvalidUserGroupState', `User group ${group.id} is not in an active state.`);
  return group;
}

/** Refuses a group that is not there or not ready for a cache. */
export function checkUserGroups(scene: Scene, ids: readonly string[]): void {
  for (const UserGroupId of ids) one(scene, { UserGroupId });
}

/** The calls. */
export const USER_GROUPS = {
  CreateUserGroup(scene: Scene, params: Params): Params {
    const id = nameIn(params, 'UserGroupId', 40);
    const engine = needed(params, 'Engine').toLowerCase();
    const userIds = texts(params, 'UserIds');
    if (scene.store.userGroups.has(id)) throw new Refusal('UserGroupAlreadyExists', `User Group ${id} already exists.`);
    checkUsers(scene, engine, userIds);
    const group: UserGroup = { id, arn: arn(scene, 'usergroup', id), engine, userIds, adding: [], removing: [] };
    scene.store.userGroups.set(id, group);
    under(scene, keyOf(id), [CREATING]);
    born(scene, group.arn, tagsIn(params));
    return shown(scene, group);
  },

  DescribeUserGroups(scene: Scene, params: Params): Params {
    const found = chosen(scene, scene.store.userGroups, text(params, 'UserGroupId'), MISSING);
    return pageOf(
      scene,
      'UserGroups',
      found.map((group) => shown(scene, group)),
    );
  },

  ModifyUserGroup(scene: Scene, params: Params): Params {
    const group = one(scene, params);
    const [adding, removing] = [texts(params, 'UserIdsToAdd'), texts(params, 'UserIdsToRemove')];
    const engine = text(params, 'Engine')?.toLowerCase() ?? group.engine;
    const after = [...group.userIds, ...adding].filter((id) => !removing.includes(id));
    checkUsers(scene, engine, after);
    Object.assign(group, { adding, removing, engine });
    under(scene, keyOf(group.id), [MODIFYING], () => {
      Object.assign(group, { userIds: after, adding: [], removing: [] });
      tellUsers(scene);
    });
    return shown(scene, group);
  },

  DeleteUserGroup(scene: Scene, params: Params): Params {
    const group = one(scene, params);
    if (usedBy(scene, group.id).length + servedBy(scene, group.id).length > 0) {
      const message = `User group ${group.id} is associated with a cache and cannot be deleted.`;
      throw new Refusal('InvalidUserGroupState', message);
    }
    under(scene, keyOf(group.id), [DELETING], () => scene.store.userGroups.delete(group.id));
    return shown(scene, group);
  },
};
