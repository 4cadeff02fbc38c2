/** A real PostgreSQL server as on a server of the user's, and another as RDS gives it. It must not know what a script does. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as scripts from '../../../../src/operations/database/postgresql/scripts.ts';
import { freeAddress } from '../../../sandbox/databases/address.ts';
import { type ManagedPostgres, startManagedPostgres } from '../../../sandbox/databases/managed.ts';
import { type Postgres, startPostgres } from '../../../sandbox/databases/postgres.ts';
import { psql } from '../../../sandbox/databases/psql.ts';
import { APP, MASTER, type Machine, makeRoot, startMachine } from '../machine.ts';

const PORT = 5432;

/** Both servers, and the machine of the user's. */
export interface Ground extends Machine {
  readonly source: Postgres;
  readonly target: ManagedPostgres;
  /** Empties both servers, and says `localhost` in the pointer. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both servers; `settings` are the source's own. */
export async function startGround(settings: Readonly<Record<string, string>> = {}): Promise<Ground> {
  const root = makeRoot();
  const replicated = { max_prepared_transactions: '4', wal_level: 'logical' };
  const source = await startPostgres({
    folder: join(root, 'source'),
    host: await freeAddress(PORT),
    port: PORT,
    settings: { ...replicated, max_slot_wal_keep_size: '1GB', ...settings },
  });
  const target = await startManagedPostgres({
    folder: join(root, 'target'),
    host: await freeAddress(PORT),
    port: PORT,
    master: MASTER,
    database: 'app',
    settings: replicated,
  });
  const version = await target.query('postgres', "SELECT split_part(current_setting('server_version'), ' ', 1)");
  const environment = { PGHOST: source.folder, PGUSER: 'postgres' };
  const databases = { ...{ engine: 'postgres', scripts, port: PORT, position: '0/0' }, source, target, version };
  const machine = await startMachine(root, { ...databases, environment });
  return {
    ...{ ...machine, source, target },
    async reset() {
      machine.forget();
      // RDS reads from the server, not the other way.
      await empty(target, ['rdsadmin', MASTER.name]);
      await empty(source, ['postgres']);
      await target.query('postgres', `CREATE DATABASE app OWNER ${MASTER.name}`);
    },
    async stop() {
      await Promise.all([source.stop(), target.stop(), machine.close()]);
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
