/**
 * What an instance is when it is more than a record: a folder that stands for its disk, a PostgreSQL server with an address
 * of its own, and processes. It must not know a call of AWS.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freeAddress } from '../../databases/address.ts';
import { endStray, type Postgres, startPostgres } from '../../databases/postgres.ts';
import { createService, type Service, type ServiceSpec } from './service.ts';

/** Where a database listens. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  /** Folder of the socket, at which the superuser `postgres` needs no password. */
  readonly folder: string;
}

/** How a machine is reached. */
export interface MachineAddress {
  /** A loopback address of its own: whatever it serves, it serves there. */
  readonly host: string;
  /** The folder that stands for `/`. */
  readonly root: string;
}

/** Work on a machine that ends with it. */
export interface Work {
  /** The machine stops or ends now. */
  halted(): Promise<void> | void;
}

/** One instance. */
export interface Machine {
  /** The folder of the run that its processes are written down in. */
  readonly run: string;
  /** The folder that stands for `/`. */
  readonly root: string;
  /** Its database; started when it is first asked for, and after each start of the instance. */
  database(): Promise<Postgres>;
  address(): Promise<MachineAddress>;
  /** Its loopback address, once somebody has asked for it. */
  host(): string | undefined;
  /** Keeps a program running from now on, also after each start of the instance; one of the same name gives way. */
  serve(spec: ServiceSpec): Promise<void>;
  readonly work: Set<Work>;
  /** It stops: processes end, the disk stays. */
  halt(): Promise<void>;
  /** It runs again. */
  boot(): void;
  /** It ends, and its disk with it. */
  end(): Promise<void>;
}

const PORT = 5432;

/** As people set a server that is to be replicated; nothing else notices. */
const SETTINGS: Readonly<Record<string, string>> = { wal_level: 'logical', max_slot_wal_keep_size: '1GB' };

/** Folders that a script finds on any server. */
const FOLDERS: readonly string[] = ['root', 'tmp', 'var/lib', 'var/tmp', 'run'];

/** A machine of the run in `run`. */
export function createMachine(run: string, id: string): Machine {
  const folder = path.join(run, 'machines', id);
  const root = path.join(folder, 'root');
  for (const name of FOLDERS) mkdirSync(path.join(root, name), { recursive: true });
  for (const name of ['tmp', 'var/tmp']) chmodSync(path.join(root, name), 0o1777);
  const work = new Set<Work>();
  const services = new Map<string, Service>();
  let host: Promise<string> | undefined;
  let known: string | undefined;
  let started: Promise<Postgres> | undefined;
  /** Somebody has stopped the service: it stays stopped, as a service that was disabled. */
  let disabled = false;
  let halted = false;

  function hostOf(): Promise<string> {
    host ??= freeAddress(PORT).then((address) => {
      known = address;
      return address;
    });
    return host;
  }

  async function start(): Promise<Postgres> {
    const server = await startPostgres({
      ...{ folder: path.join(folder, 'pg'), host: await hostOf(), port: PORT, settings: SETTINGS },
      run: { folder: run, name: `postgres-${id}` },
    });
    server.ended.then(() => {
      if (!halted) disabled = true;
    });
    return server;
  }

  async function halt(): Promise<void> {
    halted = true;
    await Promise.all([...work].map((one) => one.halted()));
    await Promise.all([...services.values()].map((service) => service.stop()));
    const server = await started?.catch(() => undefined);
    await server?.stop();
    await endStray(path.join(folder, 'pg'));
    if (!disabled) started = undefined;
  }

  function database(): Promise<Postgres> {
    if (halted) return Promise.reject(new Error(`asking for the database of ${id}: the instance does not run`));
    started ??= start().catch((error: unknown) => {
      started = undefined;
      throw error;
    });
    return started;
  }

  return {
    ...{ run, root, work, halt, database },
    address: async () => ({ host: await hostOf(), root }),
    host: () => known,
    async serve(spec) {
      await services.get(spec.name)?.stop();
      const service = createService({ run, root, id }, spec);
      services.set(spec.name, service);
      if (!halted) service.start();
    },
    boot() {
      halted = false;
      for (const service of services.values()) service.start();
      // The database is a service too; where it does not start, whoever asks for it is told why.
      if (services.size > 0) database().catch(() => {});
    },
    async end() {
      await halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
