/**
 * Users of caches (ElastiCache API reference, "Authenticating users with role-based access control"): a password has 16 to 128
 * characters, and a user on its way takes no change.
 */
import { type Params, Refusal, structures, text, texts } from '../call.ts';
import type { Stage } from '../lifecycle.ts';
import { tellUsers } from './caches.ts';
import { arn, born, chosen, isSeen, type Scene, stateOf, type User, under } from './store.ts';
import { flag, nameIn, needed, pageOf, tagsIn } from './wire.ts';

const MISSING = 'UserNotFound';

const CREATING: Stage = { state: 'creating', seconds: [5, 15] };
const MODIFYING: Stage = { state: 'modifying', seconds: [5, 30] };
const DELETING: Stage = { state: 'deleting', seconds: [5, 30] };

const keyOf = (id: string): string => `elasticacheuser-${id}`;

/** The state of a user. */
export const stateOfUser = (scene: Scene, { id }: User): string => stateOf(scene, keyOf(id)) ?? 'active';

function shown(scene: Scene, user: User): Params {
  const groups = [...scene.store.userGroups.values()].filter(({ userIds }) => userIds.includes(user.id));
  return {
    UserId: user.id,
    UserName: user.name,
    Status: stateOfUser(scene, user),
    Engine: user.engine,
    MinimumEngineVersion: user.engine === 'redis' ? '6.0' : '7.2',
    AccessString: user.access,
    UserGroupIds: groups.map(({ id }) => id),
    Authentication: {
      Type: user.passwords.length > 0 ? 'password' : 'no-password',
      PasswordCount: user.passwords.length,
    },
    ARN: user.arn,
  };
}

/** The passwords that a call gives; nothing when it speaks of none. */
function passwordsIn(params: Params): readonly string[] | undefined {
  const passwords = texts(params, 'Passwords');
  const isOpen = flag(params, 'NoPasswordRequired') === true;
  if (isOpen && passwords.length > 0)
    throw new Refusal('InvalidParameterCombination', 'Passwords cannot be given together with NoPasswordRequired.');
  if (passwords.length > 2) throw new Refusal('InvalidParameterValue', 'A user can have at most two passwords.');
  if (passwords.some((one) => one.length < 16 || one.length > 128))
    throw new Refusal('InvalidParameterValue', 'Passwords length must be between 16-128 characters.');
  if (isOpen) return [];
  return passwords.length > 0 ? passwords : undefined;
}

function one(scene: Scene, params: Params): User {
  const id = needed(params, 'UserId');
  const [user] = chosen(scene, scene.store.users, id, MISSING);
  if (!user) throw new Refusal(MISSING, `User ${id} not found.`, 404);
  if (stateOfUser(scene, user) !== 'active')
    throw new Refusal('InvalidUserState', `User ${user.id} is not in an active state.`);
  return user;
}

function wanted(params: Params): ReadonlySet<string> | undefined {
  const filter = structures(params, 'Filters').find((one) => text(one, 'Name') === 'user-id');
  return filter && new Set(texts(filter, 'Values'));
}

/** The calls. */
export const USERS = {
  CreateUser(scene: Scene, params: Params): Params {
    const id = nameIn(params, 'UserId', 40);
    const passwords = passwordsIn(params);
    if (scene.store.users.has(id)) throw new Refusal('UserAlreadyExists', `User ${id} already exists.`);
    if (passwords === undefined)
      throw new Refusal(
        'InvalidParameterValue',
        'No password was provided. If you want to create the user without a password, use NoPasswordRequired.',
      );
    const user: User = {
      id,
      arn: arn(scene, 'user', id),
      name: needed(params, 'UserName'),
      engine: needed(params, 'Engine').toLowerCase(),
      access: needed(params, 'AccessString'),
      passwords,
    };
    scene.store.users.set(id, user);
    under(scene, keyOf(id), [CREATING]);
    born(scene, user.arn, tagsIn(params));
    return shown(scene, user);
  },

  DescribeUsers(scene: Scene, params: Params): Params {
    const { users } = scene.store;
    const ids = wanted(params);
    const found = ids
      ? [...users.values()].filter((user) => ids.has(user.id) && isSeen(scene, user))
      : chosen(scene, users, text(params, 'UserId'), MISSING);
    return pageOf(
      scene,
      'Users',
      found.map((user) => shown(scene, user)),
    );
  },

  ModifyUser(scene: Scene, params: Params): Params {
    const user = one(scene, params);
    user.passwords = passwordsIn(params) ?? user.passwords;
    user.access = text(params, 'AccessString') ?? user.access;
    user.engine = text(params, 'Engine')?.toLowerCase() ?? user.engine;
    tellUsers(scene);
    under(scene, keyOf(user.id), [MODIFYING]);
    return shown(scene, user);
  },

  DeleteUser(scene: Scene, params: Params): Params {
    const user = one(scene, params);
    const groups = [...scene.store.userGroups.values()].filter(({ userIds }) => userIds.includes(user.id));
    if (user.name === 'default' && groups.some(({ engine }) => engine === 'redis')) {
      const message = `User ${user.id} is the default user of a user group.`;
      throw new Refusal('DefaultUserAssociatedToUserGroup', message);
    }
    under(scene, keyOf(user.id), [DELETING], () => {
      for (const group of groups) group.userIds = group.userIds.filter((id) => id !== user.id);
      scene.store.users.delete(user.id);
    });
    return shown(scene, user);
  },
};
