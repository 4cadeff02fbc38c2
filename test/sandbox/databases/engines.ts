/**
 * The engines that a database of the sandbox can be of, on an instance and as RDS gives it: all that whoever runs one has to know. No
 * engine is branched on elsewhere in the sandbox, and none is installed or started that nobody asks for.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startManagedPostgres } from './managed.ts';
import { startManagedMysql } from './mysql/managed.ts';
import { endStrayMysql, socketOf, startMysql } from './mysql/server.ts';
import { endStray, startPostgres } from './postgres.ts';

/** An engine, as RDS and tiers call it. */
export type EngineName = 'postgres' | 'mysql';

/** A server that accepts connections. */
export interface DatabaseServer {
  readonly host: string;
  readonly port: number;
  /** Folder of the socket, at which the administrator needs no password. */
  readonly folder: string;
  /** Folder of the client programs. */
  readonly tools: string;
  /** Settles when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Ends sessions and server; the data stay. */
  stop(): Promise<void>;
}

/** The same as RDS gives it. */
export interface ManagedServer extends DatabaseServer {
  /** Changes the master user's password. */
  setPassword(password: string): Promise<void>;
}

/** Where a server has its place. */
export interface DatabasePlace {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  /** The run that it ends with, and its name there. */
  readonly run: { readonly folder: string; readonly name: string };
}

/** What RDS is asked for. */
export interface ManagedPlan extends DatabasePlace {
  readonly master: { readonly name: string; readonly password: string };
  readonly database: string | undefined;
  /** What its parameter group sets. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** One engine. */
export interface Engine {
  readonly port: number;
  /** Name of its folder on a machine: short, because a socket's path is. */
  readonly folder: string;
  start(place: DatabasePlace): Promise<DatabaseServer>;
  /** Ends a server that works on the data below a folder and that a script has started. */
  endStray(folder: string): Promise<void>;
  startManaged(plan: ManagedPlan): Promise<ManagedServer>;
  /** How scripts on a server find its database as administrators: variables, and what lies in the home of the system's root. */
  introduce(server: DatabaseServer, home: string): Readonly<Record<string, string>>;
}

/** As people set a server that is to be replicated; nothing else notices. */
const REPLICABLE: Readonly<Record<string, string>> = { wal_level: 'logical', max_slot_wal_keep_size: '1GB' };

/** Values that depend on the class of the database mean nothing here. */
const plainOf = (parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => !/[{(]/.test(value)));

/** As people write it there; what is there already is theirs. */
function writeOptions({ folder }: DatabaseServer, home: string): void {
  const file = path.join(home, '.my.cnf');
  if (!existsSync(file)) writeFileSync(file, `[client]\nuser=root\nsocket=${socketOf(folder)}\n`, { mode: 0o600 });
}

/** Every engine. */
export const ENGINES: Readonly<Record<EngineName, Engine>> = {
  postgres: {
    ...{ port: 5432, folder: 'pg', endStray },
    start: (place) => startPostgres({ ...place, settings: REPLICABLE }),
    // Names of its parameter groups are partly RDS's own, and no server takes them.
    startManaged: ({ parameters: _, ...plan }) => startManagedPostgres(plan),
    introduce: ({ folder, port }) => ({ PGHOST: folder, PGPORT: `${port}`, PGUSER: 'postgres' }),
  },
  mysql: {
    ...{ port: 3306, folder: 'my', endStray: endStrayMysql },
    start: startMysql,
    startManaged: ({ parameters, ...plan }) => startManagedMysql({ ...plan, settings: plainOf(parameters) }),
    introduce(server, home) {
      writeOptions(server, home);
      return {};
    },
  },
};

/** Whether a database of this engine can be real. */
export const isEngine = (name: string | undefined): name is EngineName => name !== undefined && name in ENGINES;
