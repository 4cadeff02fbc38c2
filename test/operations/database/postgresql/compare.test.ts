import { answered, failure } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';

const TABLES = `
CREATE TABLE keyed (id int PRIMARY KEY, name text, n bigint);
INSERT INTO keyed SELECT i, 'secret' || i, i FROM generate_series(1, 2000) i;
CREATE INDEX by_name ON keyed (name);
CREATE TABLE loose (what text);
INSERT INTO loose VALUES ('a'), ('a'), ('b');
CREATE TABLE "Odd ""name" (n int);
CREATE SEQUENCE numbers;
SELECT nextval('numbers'), nextval('numbers');
CREATE FUNCTION three() RETURNS int LANGUAGE sql AS 'SELECT 3';
CREATE VIEW few AS SELECT * FROM keyed WHERE id < 10;
GRANT SELECT ON keyed TO PUBLIC;
SELECT lo_from_bytea(70000, 'large');
DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['keyed', 'loose', '"Odd ""name"'] LOOP EXECUTE 'ALTER TABLE ' || name || ' OWNER TO app'; END LOOP;
  ALTER SEQUENCE numbers OWNER TO app; ALTER LARGE OBJECT 70000 OWNER TO app;
END $$;`;

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
  await ground.reset();
  await makeApp(ground, TABLES);
  answered(await ground.run('freeze'));
  answered(await ground.run('copy'));
  await ground.target.query('postgres', 'CREATE DATABASE good TEMPLATE app');
});
// Each test spoils the copy.
beforeEach(async () => {
  await ground.target.query('postgres', 'DROP DATABASE app WITH (FORCE)');
  await ground.target.query('postgres', 'CREATE DATABASE app OWNER app TEMPLATE good');
});
afterAll(() => ground.stop());

const compare = (limit?: number) =>
  ground.run('compare', limit === undefined ? {} : { arguments: { ROWS_LIMIT: limit } });

test('equal databases have one fingerprint, and a second run answers the same', async () => {
  const first = await compare();
  expect(answered(first)).toMatchObject({ tables: 3, rowsSource: 2003, rowsTarget: 2003, checksums: 3 });
  expect(answered(await compare()).fingerprint).toBe(answered(first).fingerprint);
  await asApp(ground, 'target', 'DELETE FROM loose');

  expect((await ground.run('compare', { operation: first.operation })).answer).toEqual(first.answer);
  expect(failure(await compare())).toMatch(/^VerificationMismatch: public\.loose: 3 on the server, 0 on RDS$/);
});

const DIFFERENCES: readonly { readonly name: string; readonly sql: string; readonly words: RegExp }[] = [
  {
    name: 'a changed value',
    sql: "UPDATE keyed SET name = 'other' WHERE id = 1000",
    words: /: public\.keyed: the contents differ, 2000 on both$/,
  },
  {
    name: 'values that changed places',
    sql: 'UPDATE keyed SET n = 2001 - n WHERE id IN (1, 2000)',
    words: /: public\.keyed: the contents differ/,
  },
  {
    name: 'a missing row',
    sql: 'DELETE FROM keyed WHERE id = 7',
    words: /: public\.keyed: 2000 on the server, 1999 on RDS$/,
  },
  {
    name: 'another number of equal rows',
    sql: "UPDATE loose SET what = 'b' WHERE ctid = '(0,1)'",
    words: /: public\.loose: the contents differ, 3 on both$/,
  },
  { name: 'a missing index', sql: 'DROP INDEX by_name', words: /index public\.by_name: only on the server/ },
  {
    name: 'a changed index',
    sql: 'DROP INDEX by_name; CREATE INDEX by_name ON keyed (n)',
    words: /: index public\.by_name: differs$/,
  },
  {
    name: 'a missing key',
    sql: 'ALTER TABLE keyed DROP CONSTRAINT keyed_pkey',
    words: /constraint public\.keyed\.keyed_pkey: only on the server/,
  },
  {
    name: 'a sequence that is behind',
    sql: "SELECT setval('numbers', 1)",
    words: /: next value public\.numbers: 3 on the server, 2 on RDS$/,
  },
  {
    name: 'a table too many',
    sql: 'CREATE TABLE extra (n int); ALTER TABLE extra OWNER TO app',
    words: /public\.extra: only on RDS/,
  },
  { name: 'a missing table', sql: 'DROP TABLE "Odd ""name"', words: /public\."Odd ""name": only on the server/ },
  {
    name: 'a changed column',
    sql: 'ALTER TABLE loose ALTER what SET NOT NULL',
    words: /: column public\.loose\.what: differs$/,
  },
  {
    name: 'a changed default',
    sql: "ALTER TABLE loose ALTER what SET DEFAULT 'z'",
    words: /: column public\.loose\.what: differs$/,
  },
  {
    name: 'a changed function',
    sql: "CREATE OR REPLACE FUNCTION three() RETURNS int LANGUAGE sql AS 'SELECT 4'",
    words: /: function public\.three\(\): differs$/,
  },
  {
    name: 'a changed view',
    sql: 'CREATE OR REPLACE VIEW few AS SELECT * FROM keyed WHERE id < 11',
    words: /: relation public\.few: differs$/,
  },
  { name: 'another owner', sql: 'ALTER TABLE loose OWNER TO appadmin', words: /relation public\.loose: differs/ },
  {
    name: 'a right too few',
    sql: 'REVOKE SELECT ON keyed FROM PUBLIC',
    words: /: rights of relation public\.keyed: only on the server$/,
  },
  {
    name: 'a changed large object',
    sql: "SELECT lo_put(70000, 0, 'L')",
    words: /: large objects: the contents differ, 1 on both$/,
  },
  { name: 'a missing large object', sql: 'SELECT lo_unlink(70000)', words: /large objects: 1 on the server, 0 on RDS/ },
  { name: 'an extension too many', sql: 'CREATE EXTENSION pgcrypto', words: /: extension pgcrypto: only on RDS$/ },
];

test('a role that cannot log in there is found, whatever else is equal', async () => {
  await ground.target.query('postgres', 'ALTER ROLE app NOLOGIN');
  const said = failure(await compare());
  await ground.target.query('postgres', 'ALTER ROLE app LOGIN');
  expect(said).toBe('VerificationMismatch: these roles log in on the server and cannot on RDS: app');
});

test.each(DIFFERENCES)('$name is found', async ({ sql, words }) => {
  await ground.target.query('app', sql);

  const said = failure(await compare());
  expect(said).toMatch(/^VerificationMismatch: /);
  expect(said).toMatch(words);
  expect(said).not.toMatch(/secret|other/);
});

test('no more than five differences are named', async () => {
  await ground.target.query(
    'app',
    'CREATE TABLE many (a int, b int, c int, d int, e int, f int); ALTER TABLE many OWNER TO app',
  );

  const said = failure(await compare());
  expect(said.split('; ')).toHaveLength(6);
  expect(said).toMatch(/; and \d+ more$/);
});

test('of a large table every row is counted and a hundredth is summed, the same on both sides', async () => {
  const full = answered(await compare());
  const sampled = answered(await compare(1000));
  expect(sampled).toMatchObject({ rowsSource: 2003, rowsTarget: 2003 });
  expect(sampled.fingerprint).not.toBe(full.fingerprint);

  await ground.target.query('app', "UPDATE keyed SET name = 'other'");
  expect(failure(await compare(1000))).toMatch(/: public\.keyed: the contents differ, 2000 on both$/);
});

test('settings of a role and of the database do not make texts differ', async () => {
  await ground.target.query(
    'postgres',
    "ALTER DATABASE app SET timezone TO 'Asia/Tokyo'; ALTER DATABASE app SET datestyle TO german",
  );

  expect(answered(await compare())).toMatchObject({ rowsTarget: 2003 });
});

test('it is refused while the database is not frozen', async () => {
  answered(await ground.run('thaw'));
  try {
    expect(failure(await compare())).toContain('is not frozen');
  } finally {
    answered(await ground.run('freeze'));
  }
});

test('it leaves no trace on either side', async () => {
  const relations = 'SELECT count(*), max(oid::bigint) FROM pg_class';
  const before = await ground.target.query('app', relations);
  answered(await compare());

  expect(await ground.target.query('app', relations)).toBe(before);
});
