/**
 * Who is logged in: in files of the data volume, so that a restart logs nobody out, or in the tier's cache as soon as there is one,
 * so that every server knows. Whoever was logged in before stays so: what lies in files is brought to the cache when the app first
 * hears of it, and looked for there when the cache does not know a session. It must not let a name become a path.
 */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Cache, CachePlace } from './cache.ts';
import { namesIn, readWhole, writeWhole } from './files.ts';
import type { Follower, Published } from './published.ts';

/** All sessions. */
export interface Sessions extends Follower {
  /** Begins one; answers with its id, which is all that a browser needs to know. */
  begin(user: string): Promise<string>;
  /** Whose it is; nothing when there is none. */
  userOf(id: string): Promise<string | undefined>;
  close(): void;
}

const ID = /^[0-9a-f]{32}$/;

function placeOf(published: Published): CachePlace | undefined {
  const [host, port, secret] = ['cache/primary', 'cache/port', 'cache/secret-arn'].map((name) => published.get(name));
  return host && port && secret ? { host, port: Number(port), secret } : undefined;
}

/** Sessions in a folder until a cache is published; `open` reaches one. */
export function createSessions(folder: string, open: (place: CachePlace) => Promise<Cache>): Sessions {
  let current: { readonly place: CachePlace; readonly cache: Cache } | undefined;

  const inFiles = async (id: string): Promise<string | undefined> => (await readWhole(folder, id))?.toString();

  async function bring(cache: Cache, id: string): Promise<string | undefined> {
    const user = await inFiles(id);
    if (user !== undefined) await cache.set(id, user);
    return user;
  }

  async function bringAll(cache: Cache): Promise<void> {
    for (const id of await namesIn(folder)) if (ID.test(id)) await bring(cache, id);
  }

  return {
    async follow(published) {
      const place = placeOf(published);
      if (isDeepStrictEqual(place, current?.place)) return;
      const before = current?.cache;
      const cache = place && (await open(place));
      current = place && cache && { place, cache };
      // What this misses, because the cache does not answer yet, is brought when it is asked for.
      if (cache) await bringAll(cache).catch(() => {});
      before?.close();
    },
    async begin(user) {
      const id = randomBytes(16).toString('hex');
      await (current ? current.cache.set(id, user) : writeWhole(folder, id, user));
      return id;
    },
    async userOf(id) {
      if (!ID.test(id)) return undefined;
      if (!current) return inFiles(id);
      const { cache } = current;
      return (await cache.get(id)) ?? bring(cache, id);
    },
    close: () => current?.cache.close(),
  };
}
