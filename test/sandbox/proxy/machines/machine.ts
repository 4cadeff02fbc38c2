/**
 * What an instance is when it is more than a record: a folder that stands for its disk, databases at an address of its
 * own, and processes. It must not know a call of AWS.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freeAddress } from '../../databases/address.ts';
import type { DatabaseServer, EngineName } from '../../databases/engines.ts';
import { createDatabase, type MachineDatabase } from './database.ts';
import { createService, type Service, type ServiceSpec } from './service.ts';

/** Where a database listens. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  /** Folder of the socket, at which the administrator (`postgres`, `root`) needs no password. */
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
  /** Its database of an engine; started when it is first asked for, and after each start of the instance. */
  database(engine: EngineName): Promise<DatabaseServer>;
  /** All of its databases that somebody has asked for. */
  databases(): Promise<readonly (readonly [EngineName, DatabaseServer])[]>;
  address(): Promise<MachineAddress>;
  /** Its loopback address, once somebody has asked for it. */
  host(): string | undefined;
  /** Keeps a program running from now on, also after each start of the instance; one of the same name gives way. */
  serve(spec: ServiceSpec): Promise<void>;
  /** Whether it runs programs that serve. */
  serves(): boolean;
  readonly work: Set<Work>;
  /** It stops: processes end, the disk stays. */
  halt(): Promise<void>;
  /** It runs again. */
  boot(): void;
  /** It ends, and its disk with it. */
  end(): Promise<void>;
}

/** Where nobody listens at this port, the address is taken for nobody's. */
const PORT = 5432;

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
  let address: string | undefined;
  const known = new Map<EngineName, MachineDatabase>();
  let halted = false;

  function hostOf(): Promise<string> {
    host ??= freeAddress(PORT).then((free) => {
      address = free;
      return free;
    });
    return host;
  }

  async function halt(): Promise<void> {
    halted = true;
    await Promise.all([...work].map((one) => one.halted()));
    await Promise.all([...services.values()].map((service) => service.stop()));
    await Promise.all([...known.values()].map((one) => one.halt()));
  }

  async function database(engine: EngineName): Promise<DatabaseServer> {
    if (halted) throw new Error(`asking for the database of ${id}: the instance does not run`);
    const one = known.get(engine) ?? createDatabase({ run, id, folder }, engine, hostOf);
    known.set(engine, one);
    return one.server();
  }

  const databases = (): Promise<readonly (readonly [EngineName, DatabaseServer])[]> =>
    Promise.all([...known.keys()].map(async (engine) => [engine, await database(engine)] as const));

  return {
    ...{ run, root, work, halt, database, databases },
    address: async () => ({ host: await hostOf(), root }),
    host: () => address,
    serves: () => services.size > 0,
    async serve(spec) {
      await services.get(spec.name)?.stop();
      const service = createService({ run, root, id }, spec);
      services.set(spec.name, service);
      if (!halted) service.start();
    },
    boot() {
      halted = false;
      for (const service of services.values()) service.start();
      // A database is a service too; where it does not start, whoever asks for it is told why.
      databases().catch(() => {});
    },
    async end() {
      await halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
