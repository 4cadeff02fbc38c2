/** Replication: the copy is made while the app writes, and only what was written last is left to the freeze. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answered, awsLog, failure, isTidy } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { completed, cutOver, frozen, replicated, traces } from './replicated.ts';
import { RICH, RICH_ROLES } from './rich.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

const source = (sql: string) => ground.source.query('app', sql);
const target = (sql: string) => ground.target.query('app', sql);

const TABLES = `
CREATE TABLE ledger (n bigint PRIMARY KEY, times int NOT NULL DEFAULT 0, note text);
CREATE TABLE parts (region text NOT NULL, id int NOT NULL, what text, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE parts_eu PARTITION OF parts FOR VALUES IN ('eu');
CREATE TABLE parts_rest PARTITION OF parts DEFAULT;
CREATE TABLE loose (n int, what text);
CREATE TABLE big (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
INSERT INTO big (what) SELECT md5(i::text) FROM generate_series(1, 30000) i;
INSERT INTO ledger SELECT -i FROM generate_series(1, 1000) i;
DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['ledger', 'parts', 'parts_eu', 'parts_rest', 'loose', 'big'] LOOP EXECUTE 'ALTER TABLE ' || name || ' OWNER TO app'; END LOOP;
END $$;`;

/** Writes without a pause as the app does, until it is refused for good; answers with what it was told is written. */
function writer() {
  const told: number[] = [];
  let isOver = false;
  const run = async (): Promise<void> => {
    for (let n = 1; !isOver; n += 1) {
      const sql = `BEGIN;
        INSERT INTO ledger (n, note) VALUES (${n}, 'note ' || ${n});
        UPDATE ledger SET times = times + 1 WHERE n IN (${-(n % 1000) - 1}, ${n - 3});
        INSERT INTO parts VALUES ('${n % 2 ? 'eu' : 'us'}', ${n}, 'p');
        UPDATE parts SET region = 'us' WHERE region = 'eu' AND id = ${n - 2};
        DELETE FROM parts WHERE id = ${n - 20};
        INSERT INTO loose VALUES (${n % 7}, 'x');
        UPDATE loose SET what = what || 'y' WHERE n = ${n % 7} AND length(what) < 4;
        DELETE FROM loose WHERE n = 5;
        INSERT INTO big (what) SELECT 'later' FROM generate_series(1, 5);
        UPDATE big SET id = DEFAULT WHERE id = (SELECT min(id) FROM big);
        COMMIT`;
      try {
        await asApp(ground, 'source', sql);
        told.push(n);
      } catch {
        await delay(20);
      }
    }
  };
  const ran = run();
  return {
    told,
    async end() {
      isOver = true;
      await ran;
    },
  };
}

test('writes go on all the way, and everything that was acknowledged is on RDS', async () => {
  await makeApp(ground, TABLES);
  const app = writer();
  answered(await ground.run('inspect-replication'));
  await replicated(ground);
  expect(await ground.target.query('postgres', "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app'")).toBe('f');
  const verified = app.told.length;
  while (app.told.length < verified + 3) await delay(20);
  const result = await completed(ground);
  await app.end();

  expect(verified).toBeGreaterThan(3);
  expect(result).toMatchObject({ tables: 5, rowsSource: result.rowsTarget });
  const missing = `SELECT count(*) FROM unnest(ARRAY[${app.told.join()}]) told WHERE told NOT IN (SELECT n FROM ledger)`;
  expect(await target(missing)).toBe('0');
  const sums = `SELECT (SELECT md5(string_agg(l::text, ',' ORDER BY n)) FROM ledger l), (SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM parts p),
    (SELECT md5(string_agg(l::text, ',' ORDER BY l::text)) FROM loose l), (SELECT md5(string_agg(b::text, ',' ORDER BY id)) FROM big b)`;
  expect(await target(sums)).toBe(await source(sums));
  await asApp(ground, 'target', "INSERT INTO big (what) VALUES ('next')");
  expect(await traces(ground)).toBe('');
  expect(isTidy(ground)).toBe(true);
  expect(awsLog(ground)).not.toMatch(/password/);
});

describe('a database that has something of everything', () => {
  beforeEach(async () => {
    await makeApp(ground, `${RICH_ROLES + RICH} ALTER TABLE sales.fast SET LOGGED;`);
    answered(await ground.run('inspect-replication'));
    await replicated(ground);
  });

  test('is the same on RDS as a copy would be', async () => {
    await asApp(ground, 'source', "INSERT INTO sales.orders (placed) VALUES ('2025-01-01')");
    await source(
      "SELECT lo_from_bytea(50010, 'made late'); SELECT nextval('sales.steps'); ALTER ROLE reader PASSWORD 'new'",
    );
    const result = await completed(ground);

    expect(result).toMatchObject({ tables: 14, rowsSource: 1779, rowsTarget: 1779 });
    const POSITION = String(result.position);
    expect(answered(await ground.run('compare', { arguments: { POSITION } }))).toMatchObject({ tables: 14 });
    expect(await target("SELECT convert_from(lo_get(50010), 'UTF8')")).toBe('made late');
    expect(await asApp(ground, 'target', 'SELECT what FROM sales.secret')).toBe('mine');
    expect(await asApp(ground, 'target', "SELECT nextval('sales.steps')")).toBe('-25');
    expect(await target('SELECT n FROM "Old Stuff".sums')).toBe('1000');
    expect(await target("SELECT string_agg(relname, ',') FROM pg_class WHERE relreplident = 'f'")).toBe('');
    expect(await traces(ground)).toBe('');
  });

  test('is as it was when all is taken back, and can be replicated anew', async () => {
    const schema = `SELECT md5(string_agg(c::text, ',' ORDER BY c.oid)) FROM (SELECT oid, relname, relreplident, relacl FROM pg_class WHERE oid >= 16384 AND relkind = 'r') c`;
    const before = await source(schema);
    answered(await ground.run('stop-replication', { undo: 1 }));

    expect(await traces(ground)).toBe('');
    expect(await source(schema)).not.toBe(before);
    expect(readFileSync(join(ground.source.data, 'pg_hba.conf'), 'utf8')).not.toContain('scalingtier');
    expect(await ground.target.query('postgres', "SELECT count(*) FROM pg_database WHERE datname = 'app'")).toBe('0');
    expect(await ground.target.query('postgres', 'SELECT count(*) FROM pg_subscription')).toBe('0');
    answered(await ground.run('stop-replication', { undo: 1 }));

    await replicated(ground);
    expect(await completed(ground)).toMatchObject({ rowsSource: 1778, rowsTarget: 1778 });
  });
});

describe('a difference', () => {
  beforeEach(() => makeApp(ground, TABLES));

  const LOST =
    "UPDATE big SET what = 'secret' WHERE id = 777; DELETE FROM ledger WHERE n = -5; INSERT INTO parts_eu VALUES ('eu', 1000)";

  test('is found before the freeze, without a word of the data', async () => {
    const { schema } = answered(await ground.run('replicate'));
    const values = { arguments: { SCHEMA: String(schema) } };
    answered(await ground.run('follow', values));
    await target(LOST);

    expect(failure(await ground.run('verify', values))).toBe(
      'VerificationMismatch: public.big: 1 row differs; public.ledger: 1 row differs; public.parts_eu: 1 row differs',
    );
  });

  test('of rows that were written after the comparison is found in the freeze', async () => {
    await replicated(ground);
    await asApp(ground, 'source', "UPDATE big SET what = 'new' WHERE id = 777");
    await frozen(ground);
    while ((await target('SELECT what FROM big WHERE id = 777')) !== 'new') await delay(20);
    await target("UPDATE big SET what = 'secret' WHERE id = 777");

    expect(failure(await cutOver(ground))).toBe('VerificationMismatch: public.big: 1 row differs');
    expect(await ground.target.query('postgres', "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app'")).toBe('f');
  });

  test('of a row is found by a key of any type', async () => {
    await source(String.raw`CREATE SCHEMA more; CREATE EXTENSION citext SCHEMA more; GRANT USAGE ON SCHEMA more TO app; SET ROLE app;
      CREATE TABLE folded (name more.citext PRIMARY KEY, v int);
      INSERT INTO folded SELECT CASE x % 2 WHEN 0 THEN 'a' ELSE 'B' END || x, x FROM generate_series(1, 12000) x;
      CREATE TABLE mixed (name more.citext, n int, v int, PRIMARY KEY (n, name));
      INSERT INTO mixed SELECT name, v / 3, v FROM folded;
      CREATE TYPE state AS ENUM ('it''s', '"b"'); CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0);
      CREATE TABLE keys (a boolean, b char(5), c text COLLATE "C", d numeric(10, 3), e timestamptz, f bytea, g inet, h float8, i interval, j uuid,
        k state, l even, m int[], "odd ""name" date, n jsonb, o int,
        PRIMARY KEY (o, a, b, c, d, e, f, g, h, i, j, k, l, m, "odd ""name", n));
      INSERT INTO keys SELECT x % 2 = 0, 'x', E'tab\t nl\n \\ '' "' || x, x / 3.0, '2024-03-31 01:30:00.123456+00', '\x00ff', '10.0.0.1',
        x / 3.0::float8, '-1 mon 3 days 00:00:00.1', md5(x::text)::uuid, 'it''s', 2 * x, ARRAY[x, NULL], '2024-02-29', '{"a": [1, "\u00fc"]}', x
      FROM generate_series(1, 30) x; ALTER TABLE keys ADD v int DEFAULT 0`);
    await replicated(ground);
    await asApp(
      ground,
      'source',
      'UPDATE keys SET v = 1 WHERE o < 20; UPDATE keys SET o = o + 100 WHERE o > 25; UPDATE folded SET v = 0 WHERE v = 7',
    );
    await frozen(ground);
    while ((await target('SELECT sum(v) + max(o) + (SELECT min(v) FROM folded) FROM keys')) !== '149') await delay(20);
    await target('UPDATE keys SET v = 2 WHERE o IN (3, 4, 126); UPDATE folded SET v = 2 WHERE v = 0');

    expect(failure(await cutOver(ground))).toBe(
      'VerificationMismatch: public.folded: 1 row differs; public.keys: 3 rows differ',
    );
  });

  test('of a table without a key is found in the freeze', async () => {
    await source("INSERT INTO loose VALUES (1, 'a'), (1, 'a')");
    await replicated(ground);
    await frozen(ground);
    await target("DELETE FROM loose WHERE ctid = '(0,1)'");

    expect(failure(await cutOver(ground))).toBe('VerificationMismatch: public.loose: 2 on the server, 1 on RDS');
  });
});

test('a table that was emptied is compared again as a whole, and a bulk change row by row', async () => {
  await makeApp(ground, TABLES);
  await replicated(ground);
  await asApp(
    ground,
    'source',
    "TRUNCATE ledger; INSERT INTO ledger SELECT i FROM generate_series(1, 50) i; UPDATE big SET what = 'all'",
  );

  expect(await completed(ground)).toMatchObject({ tables: 5 });
  expect(await target("SELECT count(*) FROM ledger UNION ALL SELECT count(*) FROM big WHERE what = 'all'")).toBe(
    '50\n30000',
  );
});
