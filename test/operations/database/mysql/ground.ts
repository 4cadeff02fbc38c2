/**
 * What the scripts of a MySQL move run on in these tests: a real MySQL server as on a server of the user's, another as RDS gives it,
 * and the programs of a server, of which only `aws` is played. It must not know what a script does.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import * as scripts from '../../../../src/operations/database/mysql/scripts.ts';
import { compose } from '../../../../src/operations/remote/compose.ts';
import { freeAddress } from '../../../sandbox/databases/address.ts';
import { account, literal, mysql } from '../../../sandbox/databases/mysql/client.ts';
import { type ManagedMysql, startManagedMysql } from '../../../sandbox/databases/mysql/managed.ts';
import { endStrayMysql, type Mysql, startMysql } from '../../../sandbox/databases/mysql/server.ts';
import { plainEnvironment } from '../../../sandbox/environment.ts';
import { LOOPBACK, startMetadata } from '../../../sandbox/metadata.ts';
import { answered, PRINTABLE, type Ran, type RunOptions } from '../postgresql/ground.ts';

/** The master user of "RDS", and a password that would break careless quoting. */
export const MASTER = { name: 'appadmin', password: PRINTABLE.trim() };

/** The app's own account, and its password. */
export const APP = { name: 'app', password: [...PRINTABLE].reverse().join('').trim() };

const PORT = 3306;

/** The steps by their names. */
export const STEPS = {
  inspect: scripts.INSPECT,
  rehearse: scripts.REHEARSE,
  freeze: scripts.FREEZE,
  thaw: scripts.THAW,
  copy: scripts.COPY,
  compare: scripts.COMPARE,
  retire: scripts.RETIRE,
  'inspect-replication': scripts.INSPECT_REPLICATION,
  replicate: scripts.REPLICATE,
  follow: scripts.FOLLOW,
  verify: scripts.VERIFY,
  'cut-over': scripts.CUT_OVER,
  'stop-replication': scripts.STOP_REPLICATION,
  'inspect-return': scripts.INSPECT_RETURN,
  'sleep-return': scripts.SLEEP_RETURN,
  'rehearse-return': scripts.REHEARSE_RETURN,
  'freeze-return': scripts.FREEZE_RETURN,
  'thaw-return': scripts.THAW_RETURN,
  'copy-return': scripts.COPY_RETURN,
  'put-back': scripts.PUT_BACK,
  'compare-return': scripts.COMPARE_RETURN,
  'open-return': scripts.OPEN_RETURN,
  'discard-return': scripts.DISCARD_RETURN,
} as const;

/** Both servers and a folder that stands for the server's root. */
export interface Ground {
  readonly root: string;
  readonly source: Mysql;
  readonly target: ManagedMysql;
  /** Empties both servers, and says `localhost` in the pointer. */
  reset(): Promise<void>;
  /** Stops the user's server and starts it again on its data. */
  restart(): Promise<void>;
  /** Runs a step to its end. */
  run(step: keyof typeof STEPS, options?: RunOptions): Promise<Ran>;
  /** Starts a step in a process group of its own, and answers with the process. */
  start(step: keyof typeof STEPS, options?: RunOptions): { readonly child: ChildProcess; readonly ran: Promise<Ran> };
  setPointer(host: string): void;
  /** Has the server's metadata say that it is in another network, until the next reset. */
  setNetwork(network: string): void;
  /** All that the steps have left on the server's disk. */
  kept(): string;
  /** Puts an executable before a program of the server's. */
  replaceCommand(name: string, body: string): void;
  restoreCommand(name: string): void;
  stop(): Promise<void>;
}

const AWS = `
echo "$*" >>"$SCALINGTIER_ROOT/aws.log"
case "$1 $2" in
  'secretsmanager get-secret-value') exec cat "$SCALINGTIER_ROOT/secret.json" ;;
  'ssm get-parameter') exec cat "$SCALINGTIER_ROOT/pointer" ;;
esac
exit 2`;

/** Variables of a server on RDS that its user sets. */
const PARAMETERS = { log_bin_trust_function_creators: 'ON' };

/** Starts both servers. */
export async function startGround(): Promise<Ground> {
  const root = mkdtempSync(join(tmpdir(), 'st-mysql-'));
  // The server's own user passes through it.
  chmodSync(root, 0o755);
  for (const folder of ['commands', 'srv/data', 'root']) mkdirSync(join(root, folder), { recursive: true });
  const commands = join(root, 'commands');
  const replaceCommand = (name: string, body: string): void => {
    writeFileSync(join(commands, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  };
  replaceCommand('aws', AWS);
  const metadata = await startMetadata();
  const secret = JSON.stringify({ username: MASTER.name, password: MASTER.password, engine: 'mysql' });
  writeFileSync(join(root, 'secret.json'), JSON.stringify({ Name: 'db', SecretString: secret }));
  const setPointer = (host: string): void => writeFileSync(join(root, 'pointer'), `${host}\n`);
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
  const environment = plainEnvironment({
    PATH: [commands, source.tools, process.env.PATH ?? ''].join(delimiter),
    SCALINGTIER_ROOT: root,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.endpoint,
  });
  const start: Ground['start'] = (step, options = {}) => {
    const operation = options.operation ?? createHash('sha256').update(randomUUID()).digest('hex');
    const script = compose({
      step: `mysql.${step}`,
      operation,
      library: scripts.LIBRARY,
      script: STEPS[step],
      ...(options.undo === undefined ? {} : { undo: options.undo }),
      arguments: {
        ...{ DATABASE: 'app', PORT, SCRATCH: '/srv/data/scratch', POINTER: '/app/db/writer', SECONDS_ALLOWED: 600 },
        ...{ SECONDS_BESIDES: 10, SOURCE_HOST: source.host, PATIENCE: 60 },
        ...{ RDS_HOST: target.host, RDS_PORT: PORT, RDS_VERSION: version, SECRET_ARN: 'arn:db', POSITION: '0' },
        ...options.arguments,
      },
    });
    const file = join(root, `${randomUUID()}.sh`);
    writeFileSync(file, script);
    const child = spawn('sh', [file], {
      env: environment,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ran = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
      ([stdout, stderr, [code]]): Ran => ({ code, operation, said: stdout + stderr, answer: answerOf(stdout) }),
    );
    return { child, ran };
  };

  return {
    ...{ root, target, start, setPointer, setNetwork: metadata.say, replaceCommand },
    kept: () => contentsOf(join(root, 'var')),
    get source() {
      return source;
    },
    run: (step, options) => start(step, options).ran,
    restoreCommand: (name) => rmSync(join(commands, name)),
    async reset() {
      setPointer('localhost');
      metadata.say(LOOPBACK);
      rmSync(join(root, 'var'), { recursive: true, force: true });
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
      await Promise.all([source.stop(), target.stop(), metadata.close()]);
      await endStrayMysql(spec.folder);
      rmSync(root, { recursive: true });
    },
  };
}

function answerOf(stdout: string): Ran['answer'] {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? (JSON.parse(line) as Ran['answer']) : undefined;
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

/** Whether the folder of dumps is gone. */
export function isTidy({ root }: Ground): boolean {
  return !existsSync(join(root, 'srv/data/scratch/scalingtier-app'));
}

function contentsOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return files
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

/** What `aws` was asked. */
export function awsLog({ root }: Ground): string {
  return readFileSync(join(root, 'aws.log'), 'utf8');
}

/** Moves the database as the steps of the move do it, until both sides were found equal; answers with what the comparison said. */
export async function move(ground: Ground): Promise<Readonly<Record<string, unknown>>> {
  const { position = '' } = answered(await ground.run('freeze'));
  const options = { arguments: { POSITION: String(position) } };
  answered(await ground.run('copy', options));
  return answered(await ground.run('compare', options));
}

/** Moves it, and sends the app there. */
export async function moveUp(ground: Ground): Promise<void> {
  await move(ground);
  ground.setPointer(ground.target.host);
}

/** Freezes RDS; answers with what copy and comparison are told. */
export async function freezeRds(ground: Ground): Promise<RunOptions> {
  const { position = '' } = answered(await ground.run('freeze-return'));
  return { arguments: { POSITION: String(position) } };
}

/** Brings it back until both sides were found equal; answers with what the comparison said. */
export async function comeBack(ground: Ground): Promise<Readonly<Record<string, unknown>>> {
  answered(await ground.run('inspect-return'));
  answered(await ground.run('rehearse-return'));
  const options = await freezeRds(ground);
  answered(await ground.run('copy-return', options));
  return answered(await ground.run('compare-return', options));
}

/** Sends the app to the server, and opens the copy there. */
export async function openServer(ground: Ground): Promise<void> {
  ground.setPointer('localhost');
  answered(await ground.run('open-return'));
}
