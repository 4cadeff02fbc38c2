/**
 * Replication groups as real Valkey servers, with the setting `machines`: who may log in, and where their endpoints are. One server
 * stands for all nodes of a group; serverless caches, and groups without encryption in transit, stay records.
 */
import type { ValkeyUser } from '../../databases/valkey.ts';
import type { CacheServer } from '../machines/cache.ts';
import type { ServerName } from '../machines/servers.ts';
import { type Group, type Scene, type Store, stateOf } from './store.ts';

/** The course of a group. */
export const groupKey = (id: string): string => `elasticachegroup-${id}`;

const nameOf = ({ call }: Scene, id: string): ServerName => ({ account: call.account, region: call.region, id });

/** The server behind a group; `undefined` when it is a record only. */
export const cacheOf = (scene: Scene, { id }: Group): CacheServer | undefined =>
  scene.world.machines.caches.of(nameOf(scene, id));

function usersOf({ users, userGroups }: Store, { next }: Group): readonly ValkeyUser[] {
  const ids = next.userGroups.flatMap((id) => userGroups.get(id)?.userIds ?? []);
  return ids.flatMap((id) => {
    const user = users.get(id.toLowerCase());
    return user ? [{ name: user.name, access: user.access, passwords: user.passwords }] : [];
  });
}

/** Begins the server of a group that is being created. */
export async function beginCache(scene: Scene, group: Group): Promise<void> {
  const { world, call, store } = scene;
  if (!world.settings.of(call.account).machines || group.now.tls === 'disabled') return;
  const plan = { port: group.port, users: usersOf(store, group) };
  (await world.machines.caches.create(nameOf(scene, group.id), plan)).start();
}

/** Tells the servers who may log in now. */
export function tellUsers(scene: Scene): void {
  for (const group of scene.store.groups.values()) cacheOf(scene, group)?.setUsers(usersOf(scene.store, group));
}

/** Ends the server of a group that is gone. */
export function endCache(scene: Scene, { id }: Group): void {
  scene.world.machines.caches.end(nameOf(scene, id)).catch(() => {});
}

/** Waits for servers whose groups are shown: nobody sees a cache that does not answer yet. */
export async function cachesReady(scene: Scene): Promise<void> {
  const shown = [...scene.store.groups.values()].filter(({ id }) => stateOf(scene, groupKey(id)) !== 'creating');
  await Promise.all(shown.map((group) => cacheOf(scene, group)?.ready()));
}
