/**
 * One real Valkey server behind a replication group of ElastiCache. What it is told is done in order, in the background; `ready`
 * waits for all of it. What it holds is lost with it. It must not know states: when the group is shown is others' business.
 */
import { rmSync } from 'node:fs';
import { startValkey, type Valkey, type ValkeyUser } from '../../databases/valkey.ts';
import { createQueue } from './queue.ts';
import type { ServerPlace } from './servers.ts';

/** What a cache begins with. */
export interface CachePlan {
  readonly port: number;
  readonly users: readonly ValkeyUser[];
}

/** One cache. */
export interface CacheServer {
  readonly address: string;
  /** Waits until everything that it was told is done; fails when some of it failed. */
  ready(): Promise<void>;
  start(): void;
  setUsers(users: readonly ValkeyUser[]): void;
  end(): Promise<void>;
}

/** A cache that is not started yet. */
export function createCache({ run, name, folder, address }: ServerPlace, { port, users }: CachePlan): CacheServer {
  let running: Valkey | undefined;
  const { add, ready } = createQueue();
  return {
    ...{ address, ready },
    start: () =>
      add(async () => {
        running = await startValkey({ folder, host: address, port, users, run: { folder: run, name } });
      }),
    setUsers: (changed) => add(async () => running?.setUsers(changed)),
    async end() {
      await ready().catch(() => {});
      await running?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
