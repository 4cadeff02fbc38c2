/** Replication of MySQL: the copy is made while the app writes, and only what was written last is left to the freeze. */
import { setTimeout as delay } from 'node:timers/promises';
import { answered, awsLog, isTidy, MASTER } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { completed, replicated } from './replicated.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

const TABLES = `
CREATE TABLE ledger (n bigint PRIMARY KEY, times int NOT NULL DEFAULT 0, note text);
CREATE TABLE parts (region varchar(9) NOT NULL, id int NOT NULL, what text, PRIMARY KEY (region, id)) PARTITION BY KEY (region) PARTITIONS 2;
CREATE TABLE loose (n int, what text);
CREATE TABLE big (id bigint PRIMARY KEY AUTO_INCREMENT, what text, twice int GENERATED ALWAYS AS (length(what) * 2) STORED);
CREATE TABLE children (id int PRIMARY KEY AUTO_INCREMENT, ledger bigint, FOREIGN KEY (ledger) REFERENCES ledger (n) ON DELETE CASCADE);
CREATE TABLE audit (id int PRIMARY KEY AUTO_INCREMENT, n bigint);
CREATE TRIGGER audited AFTER INSERT ON ledger FOR EACH ROW INSERT INTO audit (n) VALUES (NEW.n);
SET SESSION cte_max_recursion_depth = 100000;
INSERT INTO big (what) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT SHA2(i, 256) FROM n;
INSERT INTO ledger (n) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT -i FROM n;`;

/** Writes without a pause as the app does, until it is told to end; answers with what it was told is written. */
function writer() {
  const told: number[] = [];
  let isOver = false;
  const run = async (): Promise<void> => {
    for (let n = 1; !isOver; n += 1) {
      const sql = `BEGIN;
        INSERT INTO ledger (n, note) VALUES (${n}, 'note ${n}');
        UPDATE ledger SET times = times + 1 WHERE n IN (${-(n % 1000) - 1}, ${n - 3});
        INSERT INTO parts VALUES ('${n % 2 ? 'eu' : 'us'}', ${n}, 'p');
        UPDATE parts SET region = 'us' WHERE region = 'eu' AND id = ${n - 2};
        DELETE FROM parts WHERE id = ${n - 20};
        INSERT INTO loose VALUES (${n % 7}, 'x');
        UPDATE loose SET what = concat(what, 'y') WHERE n = ${n % 7} AND length(what) < 4 LIMIT 1;
        INSERT INTO big (what) VALUES ('later'), (uuid());
        INSERT INTO children (ledger) VALUES (${n}), (${-((n * 7) % 1000) - 1});
        DELETE FROM ledger WHERE n = ${-((n * 3) % 1000) - 1};
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

/** What the tables hold, as one line for each. */
const SUMS = Object.entries({
  ledger: 'n, times, note',
  parts: 'region, id, what',
  loose: 'n, what',
  big: 'id, what, twice',
  children: 'id, ledger',
  audit: 'id, n',
})
  .map(([table, columns]) => `SELECT COUNT(*), SUM(CRC32(CONCAT_WS(',', ${columns}))) FROM ${table}`)
  .join('; ');

test('writes go on all the way, and everything that was acknowledged is on RDS', async () => {
  await makeApp(ground, TABLES);
  const app = writer();
  expect(answered(await ground.run('inspect-replication'))).toEqual({ tables: 6, withoutKey: 1, tls: true });
  const verified = await replicated(ground);
  await expect(asApp(ground, 'target', 'SELECT 1')).rejects.toThrow('Account is locked');
  const before = app.told.length;
  while (app.told.length < before + 3) await delay(20);
  const result = await completed(ground);
  await app.end();

  expect(before).toBeGreaterThan(3);
  expect(verified).toMatchObject({ tables: 6, rows: expect.any(Number) });
  expect(result).toMatchObject({
    tables: 6,
    rowsSource: result.rowsTarget,
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const { target } = ground;
  const there = `SELECT COUNT(*) FROM ledger WHERE n IN (${app.told.join()})`;
  expect(await target.query(there, 'app')).toBe(`${app.told.length}`);
  expect(await target.query(SUMS, 'app')).toBe(await ground.source.query(SUMS, 'app'));
  await asApp(ground, 'target', "INSERT INTO big (what) VALUES ('next')");
  expect(await target.query('SHOW REPLICA STATUS')).toBe('');
  expect(isTidy(ground)).toBe(true);
  for (const secret of [MASTER.password, 'Sc-1']) {
    expect(awsLog(ground)).not.toContain(secret);
    expect(ground.kept()).not.toContain(secret);
  }
});
