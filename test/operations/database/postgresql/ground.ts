/**
 * What the scripts of a move run on in these tests: a real PostgreSQL server as on a server of the user's, another as RDS
 * gives it, and the programs of a server, of which only `aws` is played. It must not know what a script does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import * as scripts from '../../../../src/operations/database/postgresql/scripts.ts';
import { compose } from '../../../../src/operations/remote/compose.ts';
import { freeAddress } from '../../../sandbox/databases/address.ts';
import { type ManagedPostgres, startManagedPostgres } from '../../../sandbox/databases/managed.ts';
import { type Postgres, startPostgres } from '../../../sandbox/databases/postgres.ts';
import { psql } from '../../../sandbox/databases/psql.ts';
import { plainEnvironment } from '../../../sandbox/environment.ts';
import { LOOPBACK, startMetadata } from '../../../sandbox/metadata.ts';

/** Every printable character of ASCII. */
export const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

/** The master user of "RDS", and a password that would break careless quoting. */
export const MASTER = { name: 'appadmin', password: PRINTABLE.trim() };

/** The app's own role, and its password. */
export const APP = { name: 'app', password: [...PRINTABLE].reverse().join('').trim() };

const PORT = 5432;

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
  'stop-replication': scripts.STOP_REPLICATION,
  follow: scripts.FOLLOW,
  verify: scripts.VERIFY,
  'cut-over': scripts.CUT_OVER,
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

/** How a run of a step ended. */
export interface Ran {
  readonly code: number | null;
  /** The last line of what it printed, when that is JSON. */
  readonly answer: Readonly<Record<string, unknown>> | undefined;
  readonly said: string;
  readonly operation: string;
}

/** What a run may have otherwise. */
export interface RunOptions {
  /** Default: a new operation. */
  readonly operation?: string;
  /** The how manieth time that it is taken back. */
  readonly undo?: number;
  readonly arguments?: Readonly<Record<string, string | number>>;
}

/** Both servers and a folder that stands for the server's root. */
export interface Ground {
  readonly root: string;
  readonly source: Postgres;
  readonly target: ManagedPostgres;
  /** Empties both servers, and says `localhost` in the pointer. */
  reset(): Promise<void>;
  /** Runs a step to its end. */
  run(step: keyof typeof STEPS, options?: RunOptions): Promise<Ran>;
  /** Starts a step in a process group of its own, and answers with the process. */
  start(step: keyof typeof STEPS, options?: RunOptions): { readonly child: ChildProcess; readonly ran: Promise<Ran> };
  setPointer(host: string): void;
  /** Has the server's metadata say that it is in another network, until the next reset. */
  setNetwork(network: string): void;
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

/** Starts both servers; `settings` are the source's own. */
export async function startGround(settings: Readonly<Record<string, string>> = {}): Promise<Ground> {
  const root = mkdtempSync(join(tmpdir(), 'st-move-'));
  // The server's own user passes through it.
  chmodSync(root, 0o755);
  for (const folder of ['commands', 'srv/data']) mkdirSync(join(root, folder), { recursive: true });
  const commands = join(root, 'commands');
  const replaceCommand = (name: string, body: string): void => {
    writeFileSync(join(commands, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  };
  replaceCommand('aws', AWS);
  const metadata = await startMetadata();
  const secret = JSON.stringify({ username: MASTER.name, password: MASTER.password, engine: 'postgres' });
  writeFileSync(join(root, 'secret.json'), JSON.stringify({ Name: 'db', SecretString: secret }));
  const setPointer = (host: string): void => writeFileSync(join(root, 'pointer'), `${host}\n`);
  const source = await startPostgres({
    folder: join(root, 'source'),
    host: await freeAddress(PORT),
    port: PORT,
    settings: { max_prepared_transactions: '4', wal_level: 'logical', max_slot_wal_keep_size: '1GB', ...settings },
  });
  const target = await startManagedPostgres({
    folder: join(root, 'target'),
    host: await freeAddress(PORT),
    port: PORT,
    master: MASTER,
    database: 'app',
    settings: { max_prepared_transactions: '4', wal_level: 'logical' },
  });

  const version = await target.query('postgres', "SELECT split_part(current_setting('server_version'), ' ', 1)");
  const environment = plainEnvironment({
    PATH: [commands, source.tools, process.env.PATH ?? ''].join(delimiter),
    SCALINGTIER_ROOT: root,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.endpoint,
    PGHOST: source.folder,
    PGUSER: 'postgres',
  });
  const start: Ground['start'] = (step, options = {}) => {
    const operation = options.operation ?? createHash('sha256').update(randomUUID()).digest('hex');
    const script = compose({
      step: `database.${step}`,
      operation,
      library: scripts.LIBRARY,
      script: STEPS[step],
      ...(options.undo === undefined ? {} : { undo: options.undo }),
      arguments: {
        ...{ SOURCE_HOST: source.host, PATIENCE: 60 },
        ...{ DATABASE: 'app', PORT, SCRATCH: '/srv/data/scratch', POINTER: '/app/db/writer' },
        ...{ SECONDS_ALLOWED: 600, SECONDS_BESIDES: 10 },
        ...{
          RDS_HOST: target.host,
          RDS_PORT: PORT,
          RDS_VERSION: version,
          SECRET_ARN: 'arn:db',
          POSITION: '0/0',
        },
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
    ...{ root, source, target, start, setPointer, setNetwork: metadata.say, replaceCommand },
    run: (step, options) => start(step, options).ran,
    restoreCommand: (name) => rmSync(join(commands, name)),
    async reset() {
      setPointer('localhost');
      metadata.say(LOOPBACK);
      rmSync(join(root, 'var'), { recursive: true, force: true });
      // RDS reads from the server, not the other way.
      await empty(target, ['rdsadmin', MASTER.name]);
      await empty(source, ['postgres']);
      await target.query('postgres', `CREATE DATABASE app OWNER ${MASTER.name}`);
    },
    async stop() {
      await Promise.all([source.stop(), target.stop(), metadata.close()]);
      await endStarted(source);
      rmSync(root, { recursive: true });
    },
  };
}

/** A script may have started the server anew, as nobody's child. */
async function endStarted({ data }: Postgres): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGINT');
  while (existsSync(file)) await delay(50);
}

function answerOf(stdout: string): Ran['answer'] {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? (JSON.parse(line) as Ran['answer']) : undefined;
}

// Superusers that a test made go too.
async function empty(server: Postgres, kept: readonly string[]): Promise<void> {
  for (const line of await lines(server, "SELECT database || '|' || gid FROM pg_prepared_xacts")) {
    const [database = '', gid = ''] = line.split('|');
    await server.query(database, `ROLLBACK PREPARED '${gid}'`);
  }
  for (const database of await lines(
    server,
    'SELECT DISTINCT datname FROM pg_subscription JOIN pg_database d ON d.oid = subdbid',
  )) {
    for (const name of await lines(server, 'SELECT quote_ident(subname) FROM pg_subscription'))
      await server.query(
        database,
        `ALTER SUBSCRIPTION ${name} DISABLE; ALTER SUBSCRIPTION ${name} SET (slot_name = NONE); DROP SUBSCRIPTION ${name}`,
      );
  }
  const drops = await lines(
    server,
    `SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1', 'rdsadmin')
     UNION ALL SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname NOT IN ('${kept.join("', '")}') AND rolname !~ '^(pg_|rds_)'`,
  );
  await dropSlots(server);
  for (const drop of drops) await server.query('postgres', drop);
}

/** A reader that is cut off ends a moment later. */
async function dropSlots(server: Postgres): Promise<void> {
  for (;;) {
    await server.query('postgres', 'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active');
    await server.query(
      'postgres',
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active',
    );
    if ((await lines(server, 'SELECT slot_name FROM pg_replication_slots')).length === 0) return;
  }
}

async function lines(server: Postgres, sql: string): Promise<readonly string[]> {
  return (await server.query('postgres', sql)).split('\n').filter(Boolean);
}

/** Makes the app's database on the server, as people do it: a role of its own that owns the database. */
export async function makeApp(ground: Ground, sql = ''): Promise<void> {
  const { source } = ground;
  await source.query('postgres', `CREATE ROLE ${APP.name} LOGIN PASSWORD '${APP.password.replaceAll("'", "''")}'`);
  await source.query('postgres', `CREATE DATABASE app OWNER ${APP.name}`);
  if (sql !== '') await source.query('app', sql);
}

/** Asks as the app does, over TCP and with its password. */
export function asApp(ground: Ground, side: 'source' | 'target', sql: string): Promise<string> {
  const { host, port } = ground[side];
  const sslmode = side === 'target' ? 'require' : 'disable';
  return psql({ host, port, sslmode, user: APP.name, password: APP.password, database: 'app' }, sql);
}

/** What a run answered; the run must have succeeded. */
export function answered({ code, answer, said }: Ran): Readonly<Record<string, unknown>> {
  if (code !== 0 || answer === undefined) throw new Error(`the step ended with ${code}: ${said}`);
  return answer;
}

/** Why a run failed; it must have. */
export function failure({ code, answer, said }: Ran): string {
  if (code !== 1 || typeof answer?.failed !== 'string')
    throw new Error(`the step did not fail, but ended with ${code}: ${said}`);
  return answer.failed;
}

/** Whether the folder of dumps is gone. */
export function isTidy({ root }: Ground): boolean {
  return !existsSync(join(root, 'srv/data/scratch/scalingtier-app'));
}

/** What `aws` was asked. */
export function awsLog({ root }: Ground): string {
  return readFileSync(join(root, 'aws.log'), 'utf8');
}

/** Moves the database up to RDS, as the steps of that move do it. */
export async function moveUp(ground: Ground): Promise<void> {
  const { position = '' } = answered(await ground.run('freeze'));
  answered(await ground.run('copy', { arguments: { POSITION: String(position) } }));
  answered(await ground.run('compare'));
  ground.setPointer(ground.target.host);
}

/** Brings it back until both sides were found equal; answers with what the comparison said. */
export async function comeBack(ground: Ground): Promise<Readonly<Record<string, unknown>>> {
  answered(await ground.run('inspect-return'));
  answered(await ground.run('rehearse-return'));
  const { position = '' } = answered(await ground.run('freeze-return'));
  const options = { arguments: { POSITION: String(position) } };
  answered(await ground.run('copy-return', options));
  return answered(await ground.run('compare-return', options));
}

/** Sends the app to the server, and opens the copy there. */
export async function openServer(ground: Ground): Promise<void> {
  ground.setPointer('localhost');
  answered(await ground.run('open-return'));
}
