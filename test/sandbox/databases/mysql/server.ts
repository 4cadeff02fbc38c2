/**
 * A real MySQL server on loopback, as on a server of the user's: the system's root is its administrator at the socket, everybody else
 * comes by password. It ends with whoever started it and with the run that it is written down in. It must not know AWS.
 */
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runStep, type Say } from '../../cache.ts';
import { plainEnvironment } from '../../environment.ts';
import { identify } from '../../identity.ts';
import { endProcess, forgetProcess, startProcess, untilReady } from '../../processes.ts';
import { asDatabaseUser, databaseUser } from '../user.ts';
import { mysql } from './client.ts';
import { mysqlPrograms } from './tools.ts';

/** What to start. */
export interface MysqlSpec {
  /** Its own folder: data, socket, options. Data that are there are used. The path is to be short: a socket's has at most 107 bytes. */
  readonly folder: string;
  /** A loopback address. */
  readonly host: string;
  readonly port: number;
  /** Variables of the section `mysqld`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Runs as administrator before anybody is let in, where the data are new. */
  readonly creation?: string;
  /** Who the administrator at the socket is after that; default `root`. */
  readonly administrator?: string;
  /** The run that it ends with, and its name there; default: its own folder. */
  readonly run?: { readonly folder: string; readonly name: string };
  /** Where the making of the programs is told, when it is needed. */
  readonly say?: Say;
}

/** A server that accepts connections. */
export interface Mysql {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
  readonly socket: string;
  readonly pid: number;
  /** Folder with `mysql` and `mysqldump`. */
  readonly tools: string;
  /** Settles when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Runs SQL as administrator; answers with rows as lines, columns separated by tabs. */
  query(sql: string, database?: string): Promise<string>;
  /** Ends sessions and server; the data stay. Harmless when repeated. */
  stop(): Promise<void>;
}

/** What a server in a test has: little memory, and no waiting for disks, since only the machine's own death would lose data. */
const SETTINGS: Readonly<Record<string, string>> = {
  innodb_buffer_pool_size: '64M',
  innodb_redo_log_capacity: '32M',
  innodb_flush_log_at_trx_commit: '0',
  sync_binlog: '0',
  max_connections: '60',
  default_time_zone: '+00:00',
  mysqlx: 'OFF',
  secure_file_priv: 'NULL',
};

/** Where the socket of a server lies, by its folder. */
export const socketOf = (folder: string): string => path.join(folder, 'mysql.sock');

const dataOf = (folder: string): string => path.join(folder, 'data');
const pidFileOf = (folder: string): string => path.join(folder, 'mysqld.pid');

/** Starts a server and waits until it accepts connections; makes its data when there are none. */
export async function startMysql(spec: MysqlSpec): Promise<Mysql> {
  const programs = await mysqlPrograms(spec.say);
  const { folder, host, port, creation, administrator = 'root', run = { folder: spec.folder, name: 'mysql' } } = spec;
  const socket = socketOf(folder);
  prepareFolder(folder);
  const isNew = !existsSync(path.join(dataOf(folder), 'mysql.ibd'));
  const options = writeOptions(programs, spec, socket);
  const server = (more: readonly string[]) =>
    asDatabaseUser({ command: path.join(programs, 'tools/mysqld'), args: [`--defaults-file=${options}`, ...more] }, [
      '--pdeathsig',
      'TERM',
    ]);
  if (isNew) await initialize(server, folder, creation);
  const running = await startProcess(run.folder, {
    ...{ name: run.name, ...server([]), env: plainEnvironment(), rank: 0, graceSeconds: 20 },
  });
  const ended = running.exited.then(() => forgetProcess(run.folder, run.name));
  const query: Mysql['query'] = (sql, database) => mysql({ socket, user: administrator, database }, sql);
  await untilReady(
    running,
    () =>
      query('SELECT 1').then(
        () => true,
        () => false,
      ),
    60,
  );
  return {
    ...{ host, port, folder, socket, ended, query, pid: running.record.pid, tools: path.join(programs, 'tools') },
    async stop() {
      await endProcess(running.record);
      await ended;
    },
  };
}

/** Ends a server that works on the data below this folder and is nobody's child: a script has started it. */
export async function endStrayMysql(folder: string): Promise<void> {
  const file = pidFileOf(folder);
  const identity = existsSync(file) ? identify(Number(readFileSync(file, 'utf8'))) : undefined;
  if (identity) await endProcess({ ...identity, name: 'mysql', rank: 0, graceSeconds: 20 });
}

/** The server's user owns the folder. */
function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const user = databaseUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
}

/** Its administrator has no password, and comes by the socket alone. */
async function initialize(
  server: (more: readonly string[]) => ReturnType<typeof asDatabaseUser>,
  folder: string,
  creation?: string,
): Promise<void> {
  const first = path.join(folder, 'creation.sql');
  writeFileSync(first, creation ?? '', { mode: 0o644 });
  const { command, args } = server(['--initialize-insecure', `--init-file=${first}`]);
  await runStep(path.join(folder, 'initialize.log'), command, args, { cwd: folder });
}

/** Written anew with every start. */
function writeOptions(programs: string, { folder, host, port, settings }: MysqlSpec, socket: string): string {
  const usr = path.join(programs, 'root/usr');
  const all = {
    ...{ basedir: usr, lc_messages_dir: `${usr}/share/mysql`, character_sets_dir: `${usr}/share/mysql/charsets` },
    ...{ plugin_dir: `${usr}/lib/mysql/plugin`, datadir: dataOf(folder), pid_file: pidFileOf(folder), socket },
    ...{ port: `${port}`, bind_address: host },
    ...SETTINGS,
    ...settings,
  };
  const file = path.join(folder, 'my.cnf');
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(file, `[mysqld]\n${lines.join('\n')}\n`);
  return file;
}
