/** PostgreSQL servers of the sandbox: who may come in, what stays over a restart, and that RDS's is not kinder than RDS. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { identify } from '../identity.ts';
import { nodeProgram } from '../node.ts';
import { recordsOf, untilGone } from '../processes.ts';
import { freeAddress } from './address.ts';
import { type ManagedPostgres, startManagedPostgres } from './managed.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { type Connection, psql } from './psql.ts';
import { databaseTools } from './tools.ts';

const PORT = 5432;
const PASSWORD = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

let folder: string;
let servers: Postgres[];

// The first time it is installed.
beforeAll(() => databaseTools(), 300_000);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pg-'));
  servers = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true });
});

async function start(host: string): Promise<Postgres> {
  const server = await startPostgres({ folder, host, port: PORT, settings: { max_prepared_transactions: '3' } });
  servers.push(server);
  return server;
}

async function startManaged(): Promise<ManagedPostgres> {
  const master = { name: 'Master', password: PASSWORD };
  const server = await startManagedPostgres({
    folder,
    host: await freeAddress(PORT),
    port: PORT,
    master,
    database: 'shop',
  });
  servers.push(server);
  return server;
}

const masterOf = ({ host, port }: Postgres, more: Partial<Connection> = {}): Connection => ({
  ...{ host, port, user: 'Master', password: PASSWORD, database: 'shop', sslmode: 'require', ...more },
});

test('the superuser comes in at the socket, others by password, and the data outlive a stop', async () => {
  const host = await freeAddress(PORT);
  const first = await start(host);
  const facts = `SELECT datcollate FROM pg_database WHERE datname = 'postgres'; SHOW server_encoding; SHOW max_prepared_transactions`;
  expect(await first.query('postgres', facts)).toBe('C.UTF-8\nUTF8\n3');
  await first.query('postgres', `CREATE ROLE app LOGIN PASSWORD 'secret'`);
  const app = { host, port: PORT, user: 'app', password: 'secret', database: 'postgres' };
  expect(await psql(app, 'SELECT current_user')).toBe('app');
  await expect(psql({ ...app, password: 'wrong' }, 'SELECT 1')).rejects.toThrow('password authentication failed');
  await first.stop();
  await first.stop();
  expect(identify(first.pid)).toBeUndefined();
  expect(recordsOf(folder)).toEqual([]);
  await expect(psql(app, 'SELECT 1')).rejects.toThrow('refused');
  const second = await start(host);
  expect(await second.query('postgres', 'SELECT 1')).toBe('1');
  expect(await psql(app, 'SELECT current_user')).toBe('app');
});

test('sessions do not keep a server from stopping', async () => {
  const server = await start(await freeAddress(PORT));
  const session = server.query('postgres', 'SELECT pg_sleep(1000)');
  const refused = expect(session).rejects.toThrow('terminating connection');
  const asleep = `SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`;
  while ((await server.query('postgres', asleep)) !== '1') await delay(20);
  await server.stop();
  await refused;
});

test('a server ends when whoever started it is killed', async () => {
  const module = JSON.stringify(path.join(import.meta.dirname, 'postgres.ts'));
  const spec = JSON.stringify({ folder, host: await freeAddress(PORT), port: PORT });
  const script = `const { startPostgres } = await import(${module});
    console.log((await startPostgres(${spec})).pid);
    setInterval(() => {}, 1000);`;
  const starter = spawn(nodeProgram(), ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [pid] = await once(starter.stdout.setEncoding('utf8'), 'data');
  const server = identify(Number(pid));
  expect(server).toBeDefined();
  starter.kill('SIGKILL');
  expect(server !== undefined && (await untilGone(server, 20))).toBe(true);
});

test('SQL that fails is an error with what the server said', async () => {
  const server = await start(await freeAddress(PORT));
  await expect(server.query('postgres', 'SELECT 1; SELECT nonsense')).rejects.toThrow(
    'column "nonsense" does not exist',
  );
});

test('RDS: over TLS only, with a certificate that names the address', async () => {
  const server = await startManaged();
  const { authority } = server;
  expect(await psql(masterOf(server, { sslmode: 'verify-full', authority }), 'SELECT current_user')).toBe('Master');
  await expect(psql(masterOf(server, { sslmode: 'disable' }), 'SELECT 1')).rejects.toThrow('no encryption');
});

test('RDS: the master user makes roles, databases and trusted extensions, and is no superuser', async () => {
  const server = await startManaged();
  const master = masterOf(server);
  await psql(master, 'CREATE ROLE app LOGIN; CREATE TABLE item (id int); CREATE EXTENSION pgcrypto');
  await psql(master, 'CREATE DATABASE other OWNER "Master"');
  expect(await psql(master, 'SHOW is_superuser')).toBe('off');
  for (const sql of ['SELECT * FROM pg_authid', 'CREATE ROLE boss SUPERUSER', `COPY item FROM '/etc/hostname'`]) {
    await expect(psql(master, sql)).rejects.toThrow('permission denied');
  }
});

test('RDS: its own superuser and its own database are out of reach', async () => {
  const server = await startManaged();
  await expect(psql(masterOf(server, { database: 'rdsadmin' }), 'SELECT 1')).rejects.toThrow('pg_hba.conf rejects');
  await expect(psql(masterOf(server, { user: 'rdsadmin' }), 'SELECT 1')).rejects.toThrow('pg_hba.conf rejects');
});

test('RDS: a new password', async () => {
  const server = await startManaged();
  await server.setPassword('another');
  expect(await psql(masterOf(server, { password: 'another' }), 'SELECT 1')).toBe('1');
  await expect(psql(masterOf(server), 'SELECT 1')).rejects.toThrow('password authentication failed');
});
