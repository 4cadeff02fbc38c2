/**
 * One real PostgreSQL server behind a database of RDS. What it is told is done in order, in the background, as RDS does;
 * `ready` waits for all of it. It must not know states: when the database is shown is the lifecycles' business.
 */
import { rmSync } from 'node:fs';
import { type ManagedPostgres, startManagedPostgres } from '../../databases/managed.ts';

/** What a server begins with. */
export interface ServerPlan {
  readonly port: number;
  readonly master: { readonly name: string; readonly password: string };
  readonly database: string | undefined;
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

/** Where a server has its place in the run. */
export interface ServerPlace {
  readonly run: string;
  readonly name: string;
  readonly folder: string;
  readonly address: string;
}

/** A server that is not started yet. */
export function createServer({ run, name, folder, address }: ServerPlace, plan: ServerPlan): Server {
  let password = plan.master.password;
  let running: ManagedPostgres | undefined;
  let last: Promise<void> = Promise.resolve();

  function then(work: () => Promise<void>): void {
    last = last.then(work);
    // Whoever waits for `ready` learns of it; until then nobody does.
    last.catch(() => {});
  }

  async function start(): Promise<void> {
    running ??= await startManagedPostgres({
      ...{ folder, host: address, port: plan.port, database: plan.database },
      ...{ master: { name: plan.master.name, password }, run: { folder: run, name } },
    });
  }

  async function stop(): Promise<void> {
    await running?.stop();
    running = undefined;
  }

  return {
    address,
    ready: () => last,
    start: () => then(start),
    stop: () => then(stop),
    setPassword(changed) {
      password = changed;
      then(async () => running?.setPassword(changed));
    },
    async end() {
      await last.catch(() => {});
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
