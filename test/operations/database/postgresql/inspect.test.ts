/** Inspection: what RDS would refuse is named before anything is built, all at once, and nothing is changed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { plainEnvironment } from '../../../sandbox/environment.ts';
import { answered, failure } from '../machine.ts';
import { type Ground, makeApp, startGround } from './ground.ts';
import { RICH, RICH_ROLES } from './rich.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

test('an empty database can move', async () => {
  await makeApp(ground);

  const answer = answered(await ground.run('inspect'));
  expect(answer).toEqual({
    bytes: expect.any(Number),
    tables: 0,
    rows: 0,
    largeObjects: 0,
    extensions: ['plpgsql'],
    tablesWithoutKey: 0,
    ownedBySuperuser: 0,
    version: expect.stringMatching(/^\d+\.\d+$/),
    freeBytes: expect.any(Number),
  });
  expect(answer.bytes).toBeGreaterThan(1_000_000);
  expect(answer.freeBytes).toBeGreaterThan(1_000_000);
});

test('a database that has everything that can move', async () => {
  await makeApp(ground, RICH_ROLES + RICH);

  expect(answered(await ground.run('inspect'))).toMatchObject({
    tables: 15,
    largeObjects: 4,
    extensions: ['citext', 'hstore', 'pgcrypto', 'plpgsql'],
    tablesWithoutKey: 6,
    ownedBySuperuser: 4,
  });
});

test('it changes nothing', async () => {
  await makeApp(ground);
  const state = () =>
    ground.source.query(
      'app',
      'SELECT pg_current_wal_insert_lsn() IS NOT NULL, (SELECT max(oid::bigint) FROM pg_class)',
    );
  const before = await state();
  answered(await ground.run('inspect'));

  expect(await state()).toBe(before);
});

test('a second run answers what the first did, and asks nobody', async () => {
  await makeApp(ground);
  const first = await ground.run('inspect');
  await ground.source.query('app', 'CREATE TABLE later ()');

  const second = await ground.run('inspect', { operation: first.operation });
  expect(second.answer).toEqual(answered(first));
  expect(second.said).not.toContain('progress');
  expect(second.code).toBe(0);
});

/** What is done to a database as superuser, and how it is refused. */
const REFUSALS: readonly { readonly name: string; readonly sql: string; readonly reason: RegExp }[] = [
  {
    name: 'an extension that RDS does not have',
    sql: 'CREATE EXTENSION file_fdw',
    reason: /RDS does not offer these extensions.*: file_fdw/,
  },
  {
    name: 'a function in C',
    sql: "CREATE FUNCTION public.in_c(text) RETURNS text LANGUAGE internal AS 'upper'",
    reason: /language that RDS does not trust.*: public\.in_c\(text\)/,
  },
  {
    name: 'a leakproof function',
    sql: "CREATE FUNCTION public.tight() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'",
    reason: /LEAKPROOF.*: public\.tight\(\)/,
  },
  {
    name: 'an operator class',
    sql: 'CREATE OPERATOR CLASS public.own FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int)',
    reason: /only a superuser may create.*operator class public\.own USING btree/,
  },
  {
    name: 'a cast between types of PostgreSQL',
    sql: 'CREATE CAST (bytea AS text) WITHOUT FUNCTION',
    reason: /only a superuser may create.*cast \(pg_catalog\.bytea AS pg_catalog\.text\)/,
  },
  {
    name: 'an event trigger',
    sql: "CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.f()",
    reason: /event triggers need a superuser.*: watch/,
  },
  {
    name: 'a subscription',
    sql: "CREATE SUBSCRIPTION from_elsewhere CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    reason: /subscriptions would stay behind.*: from_elsewhere/,
  },
  {
    name: 'a publication for all tables',
    sql: 'CREATE PUBLICATION everything FOR ALL TABLES',
    reason: /publications FOR ALL TABLES.*: everything/,
  },
  {
    name: 'a replication slot',
    sql: "SELECT pg_create_logical_replication_slot('reader_of_changes', 'pgoutput')",
    reason: /replication slots.*: reader_of_changes/,
  },
  {
    name: 'a prepared transaction',
    sql: "CREATE TABLE t (n int); BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'second phase'",
    reason: /prepared transactions.*: second phase/,
  },
  {
    name: 'a member of a superuser role',
    sql: 'GRANT postgres TO app',
    reason: /members of a superuser or of a role.*: app/,
  },
  {
    name: 'a role that reads files of the server',
    sql: 'GRANT pg_read_server_files TO app',
    reason: /reads or runs files of the server.*: app/,
  },
  {
    name: 'BYPASSRLS where it matters',
    sql: 'ALTER ROLE app BYPASSRLS; CREATE TABLE t (n int); ALTER TABLE t ENABLE ROW LEVEL SECURITY',
    reason: /BYPASSRLS.*: app/,
  },
  {
    name: 'a name that RDS keeps for itself',
    sql: 'CREATE ROLE rdsmine LOGIN',
    reason: /names that RDS keeps.*: rdsmine/,
  },
];

test.each(REFUSALS)('$name is refused', async ({ sql, reason }) => {
  await makeApp(ground, sql);

  const words = failure(await ground.run('inspect'));
  expect(words).toMatch(reason);
  expect(words).toMatch(/^the database cannot move to RDS as it is: \(1\) /);
  expect(words).not.toContain('(2)');
});

test('a foreign server is refused', async () => {
  await makeApp(ground, 'CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw');

  expect(failure(await ground.run('inspect'))).toMatch(/\(1\) foreign servers.*: far$/);
});

test('a superuser that is connected is refused', async () => {
  await makeApp(ground);
  const { source } = ground;
  const env = plainEnvironment({ PGHOST: source.folder, PGUSER: 'postgres', PGAPPNAME: 'the shop', PGDATABASE: 'app' });
  const session = spawn(join(source.tools, 'psql'), ['-X', '-A', '-t', '-c', '\\echo in', '-f', '-'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await once(session.stdout, 'data');
    expect(failure(await ground.run('inspect'))).toMatch(/must not connect as superuser.*: postgres \(the shop\)$/);
  } finally {
    session.stdin.end();
    await once(session, 'close');
  }
});

test('a newer server than the target is refused, and so is a full volume; both at once', async () => {
  await makeApp(ground);
  ground.replaceCommand('df', 'echo head; echo "/dev/x 100 99 1 99% /"');
  try {
    const words = failure(await ground.run('inspect', { arguments: { RDS_VERSION: '14.2' } }));
    expect(words).toMatch(
      /\(1\) the server runs PostgreSQL \d+ and RDS would run 14\.2.*\(2\) the dump needs up to 1\.2 times/,
    );
    expect(words).toContain('/srv/data/scratch has 1024 bytes free');
  } finally {
    ground.restoreCommand('df');
  }
});

test('a database that is not there', async () => {
  expect(failure(await ground.run('inspect'))).toContain('there is no database "app" on the server');
});

test('a server that does not answer', async () => {
  expect(failure(await ground.run('inspect', { arguments: { PORT: 5999 } }))).toMatch(
    /does not answer at port 5999 as user postgres: .*5999/,
  );
});
