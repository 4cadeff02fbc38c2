/**
 * A real PostgreSQL server on loopback, as on a server of the user's: a superuser at its socket, everybody else by password.
 * It ends with whoever started it and with the run that it is written down in. It must not know AWS.
 */
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runStep, type Say } from '../cache.ts';
import { plainEnvironment } from '../environment.ts';
import { identify } from '../identity.ts';
import { endProcess, forgetProcess, type RunningProcess, startProcess, untilReady } from '../processes.ts';
import { psql } from './psql.ts';
import { databaseTools } from './tools.ts';
import { asDatabaseUser, databaseUser } from './user.ts';

/** What to start. */
export interface PostgresSpec {
  /** Its own folder: data, socket, key. Data that are there are used. The path is to be short: a socket's has at most 107 bytes. */
  readonly folder: string;
  /** A loopback address. */
  readonly host: string;
  readonly port: number;
  /** Default `postgres`. */
  readonly superuser?: string;
  /** PEM files of a certificate and its key, readable for the server's user. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Parameters of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of `pg_hba.conf`; default: everybody at the socket, by password elsewhere. */
  readonly access?: readonly string[];
  /** The run that it ends with, and its name there; default: its own folder. */
  readonly run?: { readonly folder: string; readonly name: string };
  /** Where the installation of the programs is told, when it is needed. */
  readonly say?: Say;
}

/** A server that accepts connections. */
export interface Postgres {
  readonly host: string;
  readonly port: number;
  /** Folder of the socket. */
  readonly folder: string;
  readonly data: string;
  readonly pid: number;
  /** Folder with `psql`, `pg_dump` and all the others. */
  readonly tools: string;
  /** Settles when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Runs SQL as superuser; answers with rows as lines, columns separated by `|`. */
  query(database: string, sql: string): Promise<string>;
  /** Ends sessions and server; the data stay. Harmless when repeated. */
  stop(): Promise<void>;
}

const ACCESS: readonly string[] = ['local all all trust', 'host all all all scram-sha-256'];

/** What a server in a test has: little memory, and no waiting for disks, since only the machine's own death would lose data. */
const SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '60',
  shared_buffers: '32MB',
  fsync: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
};

/** Starts a server and waits until it accepts connections; makes its data when there are none. */
export async function startPostgres(spec: PostgresSpec): Promise<Postgres> {
  const tools = await databaseTools(spec.say);
  const { folder, host, port, superuser = 'postgres', run = { folder: spec.folder, name: 'postgres' } } = spec;
  const data = path.join(folder, 'data');
  prepareFolder(folder);
  if (!existsSync(path.join(data, 'PG_VERSION'))) await initialize(tools, folder, superuser);
  configure(data, spec);
  const running = await startProcess(run.folder, {
    name: run.name,
    // A signal of the kernel's at the death of whoever started it; SIGINT is a fast shutdown.
    ...asDatabaseUser({ command: path.join(tools, 'postgres'), args: ['-D', data] }, ['--pdeathsig', 'INT']),
    env: plainEnvironment({ LC_ALL: 'C.UTF-8' }),
    rank: 0,
    endSignal: 'SIGINT',
  });
  const ended = running.exited.then(() => forgetProcess(run.folder, run.name));
  await untilReady(running, async () => isReady(data, running));
  return {
    ...{ host, port, folder, data, tools, ended, pid: running.record.pid },
    query: (database, sql) => psql({ host: folder, port, user: superuser, database }, sql),
    async stop() {
      await endProcess(running.record);
      await ended;
    },
  };
}

/** Ends a server that works on the data below this folder and is nobody's child: a script has started it. */
export async function endStray(folder: string): Promise<void> {
  const file = path.join(folder, 'data', 'postmaster.pid');
  const identity = existsSync(file) ? identify(Number(readFileSync(file, 'utf8').split('\n')[0])) : undefined;
  if (identity) await endProcess({ ...identity, name: 'postgres', rank: 0, graceSeconds: 10, endSignal: 'SIGINT' });
}

/** The server's user owns the folder. */
function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const user = databaseUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
}

function initialize(tools: string, folder: string, superuser: string): Promise<void> {
  const args = ['--pgdata', path.join(folder, 'data'), '--username', superuser, '--auth', 'trust', '--no-sync'];
  const all = [...args, '--encoding', 'UTF8', '--locale', 'C.UTF-8'];
  const program = asDatabaseUser({ command: path.join(tools, 'initdb'), args: all });
  return runStep(path.join(folder, 'initdb.log'), program.command, program.args, { cwd: folder });
}

/** Written anew with every start: what a test has changed by hand in these files does not last. */
function configure(data: string, { folder, host, port, tls, settings, access = ACCESS }: PostgresSpec): void {
  const all = {
    ...SETTINGS,
    ...{ listen_addresses: host, port: `${port}`, unix_socket_directories: folder },
    ...(tls ? { ssl: 'on', ssl_cert_file: tls.certificate, ssl_key_file: tls.key } : {}),
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  writeFileSync(path.join(data, 'postgresql.conf'), `${lines.join('\n')}\n`);
  writeFileSync(path.join(data, 'pg_hba.conf'), `${access.join('\n')}\n`);
}

/** As `pg_ctl` sees it: the server writes its state into the file that holds its pid. */
function isReady(data: string, { record }: RunningProcess): boolean {
  const file = path.join(data, 'postmaster.pid');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines[0] === `${record.pid}` && lines[7]?.trim() === 'ready';
}
