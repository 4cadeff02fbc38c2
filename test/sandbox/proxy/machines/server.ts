/**
 * One real server behind a database of RDS. What it is told is done in order, in the background, as RDS does;
 * `ready` waits for all of it. It must not know states: when the database is shown is the lifecycles' business.
 */
import { rmSync } from 'node:fs';
import { ENGINES, type EngineName, type ManagedPlan, type ManagedServer } from '../../databases/engines.ts';
import { createQueue } from './queue.ts';
import type { ServerPlace } from './servers.ts';

/** What a server begins with. */
export interface ServerPlan extends Pick<ManagedPlan, 'port' | 'master' | 'database' | 'parameters'> {
  readonly engine: EngineName;
}

/** One server. */
export interface Server {
  readonly address: string;
  /** Waits until everything that it was told is done; fails when some of it failed. */
  ready(): Promise<void>;
  start(): void;
  /** Ends sessions and server; the data stay. */
  stop(): void;
  setPassword(password: string): void;
  /** Ends it, and its data with it. */
  end(): Promise<void>;
}

/** A server that is not started yet. */
export function createServer({ run, name, folder, address }: ServerPlace, plan: ServerPlan): Server {
  let password = plan.master.password;
  let running: ManagedServer | undefined;
  const { add, ready } = createQueue();

  async function start(): Promise<void> {
    const { engine, ...asked } = plan;
    const place = { folder, host: address, run: { folder: run, name } };
    running ??= await ENGINES[engine].startManaged({ ...asked, ...place, master: { ...asked.master, password } });
  }

  async function stop(): Promise<void> {
    await running?.stop();
    running = undefined;
  }

  return {
    ...{ address, ready },
    start: () => add(start),
    stop: () => add(stop),
    setPassword(changed) {
      password = changed;
      add(async () => running?.setPassword(changed));
    },
    async end() {
      await ready().catch(() => {});
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
