/** A real MySQL server as on a server of the user's, and another as RDS gives it. It must not know what a script does. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as scripts from '../../../../src/operations/database/mysql/scripts.ts';
import { freeAddress } from '../../../sandbox/databases/address.ts';
import { account, literal, mysql } from '../../../sandbox/databases/mysql/client.ts';
import { type ManagedMysql, startManagedMysql } from '../../../sandbox/databases/mysql/managed.ts';
import { endStrayMysql, type Mysql, startMysql } from '../../../sandbox/databases/mysql/server.ts';
import { APP, MASTER, type Machine, makeRoot, startMachine } from '../machine.ts';

const PORT = 3306;

/** Both servers, and the machine of the user's. */
export interface Ground extends Machine {
  readonly source: Mysql;
  readonly target: ManagedMysql;
  /** Empties both servers, and says `localhost` in the pointer. */
  reset(): Promise<void>;
  /** Stops the user's server and starts it again on its data. */
  restart(): Promise<void>;
  /** All that the steps have left on the server's disk. */
  kept(): string;
  stop(): Promise<void>;
}

/** Variables of a server on RDS that its user sets. */
const PARAMETERS = { log_bin_trust_function_creators: 'ON' };

/** Starts both servers. */
export async function startGround(): Promise<Ground> {
  const root = makeRoot();
  const spec = { folder: join(root, 'source'), host: await freeAddress(PORT), port: PORT };
  const address = { folder: join(root, 'target'), host: await freeAddress(PORT), port: PORT };
  let [source, target] = await Promise.all([
    startMysql(spec),
    startManagedMysql({ ...address, master: MASTER, database: 'app', settings: PARAMETERS }),
  ]);
  // As people write it there; what it says besides must not reach the scripts.
  const own = `[client]\nuser=root\nsocket=${source.socket}\n[mysql]\nforce\ntable\ninit-command="SET sql_mode='ANSI_QUOTES'"\n`;
  writeFileSync(join(root, 'root/.my.cnf'), own, { mode: 0o600 });
  const version = await target.query('SELECT VERSION()');
  const databases = { ...{ engine: 'mysql', scripts, port: PORT, position: '0' }, source, target, version };
  const machine = await startMachine(root, databases);
  return {
    ...{ ...machine, target },
    kept: () => contentsOf(join(root, 'var')),
    get source() {
      return source;
    },
    async reset() {
      machine.forget();
      await target.query('STOP REPLICA; RESET REPLICA ALL');
      await empty(source, ['root']);
      await source.query(`ALTER USER ${account('root', 'localhost')} ATTRIBUTE '{"scalingtier": null}'`);
      await empty(target, ['rdsadmin', 'rds_superuser_role', 'root', MASTER.name]);
      await target.query(`CREATE DATABASE app; ALTER USER ${account(MASTER.name)} ATTRIBUTE '{"scalingtier": null}'`);
    },
    async restart() {
      await source.stop();
      source = await startMysql(spec);
    },
    async stop() {
      await Promise.all([source.stop(), target.stop(), machine.close()]);
      await endStrayMysql(spec.folder);
      rmSync(root, { recursive: true });
    },
  };
}

async function empty(server: Mysql, kept: readonly string[]): Promise<void> {
  await server.query(
    'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF; RESET PERSIST IF EXISTS super_read_only; RESET PERSIST IF EXISTS read_only; SET GLOBAL event_scheduler = ON',
  );
  for (const database of await lines(
    server,
    "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')",
  ))
    await server.query(`DROP DATABASE \`${database}\``);
  const names = ['mysql.sys', 'mysql.session', 'mysql.infoschema', ...kept].map(literal).join();
  for (const user of await lines(
    server,
    `SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE User NOT IN (${names})`,
  ))
    await server.query(`DROP USER ${user}`);
}

async function lines(server: Mysql, sql: string): Promise<readonly string[]> {
  return (await server.query(sql)).split('\n').filter(Boolean);
}

/** Makes the app's database on the server, as people do it: an account of its own that may do everything there. */
export async function makeApp({ source }: Ground, sql = ''): Promise<void> {
  await source.query(`CREATE USER ${account(APP.name)} IDENTIFIED BY ${literal(APP.password)}`);
  await source.query(`CREATE DATABASE app; GRANT ALL ON app.* TO ${account(APP.name)}`);
  if (sql !== '') await source.query(sql, 'app');
}

/** Asks as the app does, over TCP and with its password. */
export function asApp(ground: Ground, side: 'source' | 'target', sql: string): Promise<string> {
  const { host, port } = ground[side];
  const sslMode = side === 'target' ? 'REQUIRED' : 'DISABLED';
  return mysql({ host, port, sslMode, user: APP.name, password: APP.password, database: 'app' }, sql);
}

/** All that a server is: its accounts with hashes and rights, what it keeps of its settings, its databases and all that the app's holds. */
export async function everythingOf(ground: Ground, side: 'source' | 'target'): Promise<string> {
  const server = ground[side];
  const users = await lines(
    server,
    "SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE User NOT LIKE 'rds%' AND User <> 'root' ORDER BY 1",
  );
  const accounts = users.map((user) => `SHOW CREATE USER ${user}; SHOW GRANTS FOR ${user};`).join('');
  const said = await server.query(
    `SET print_identified_with_as_hex = ON; ${accounts} SELECT @@super_read_only, @@event_scheduler; SHOW DATABASES;
     SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.persisted_variables ORDER BY 1; SELECT * FROM mysql.default_roles`,
  );
  const { stdout } = await promisify(execFile)(
    join(server.tools, 'mysqldump'),
    [
      ...['--no-defaults', `--socket=${server.socket}`, `--user=${side === 'source' ? 'root' : 'rdsadmin'}`],
      ...['--routines', '--events', '--triggers', '--skip-dump-date', '--single-transaction', '--set-gtid-purged=OFF'],
      ...['--hex-blob', '--databases', 'app'],
    ],
    { maxBuffer: 2 ** 30 },
  );
  return said + stdout;
}

function contentsOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return files
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}
