/** What befalls a replication of MySQL: a difference, an error, a death, a tier that goes back. No data are lost by it, and all of it is taken back. */
import { setTimeout as delay } from 'node:timers/promises';
import { answered, failure, isTidy } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { completed, copied, cutOver, replicated, traces } from './replicated.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(
    ground,
    `CREATE TABLE t (n int PRIMARY KEY, what varchar(100)) CHARACTER SET utf8mb4;
     INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i, 'x' FROM n`,
  );
});
afterAll(() => ground.stop());

const target = (sql: string) => ground.target.query(sql, 'app');
const until = async (sql: string, said: string): Promise<void> => {
  while ((await target(sql)) !== said) await delay(50);
};

test('a row that is other on RDS is found before the freeze, without a word of the data', async () => {
  const given = await copied(ground);
  await target("UPDATE t SET what = 'secret' WHERE n = 7");

  expect(failure(await ground.run('verify', { arguments: given }))).toBe(
    'VerificationMismatch: t: the contents differ, 900 on both',
  );
});

test('a row of a small table that is other since then is found in the freeze, which opens the server again', async () => {
  await replicated(ground);
  await target("UPDATE t SET what = 'secret' WHERE n = 7");

  expect(failure(await cutOver(ground))).toBe('VerificationMismatch: t: the contents differ, 900 on both');
  await asApp(ground, 'source', "INSERT INTO t VALUES (-1, 'still written')");
  await expect(asApp(ground, 'target', 'SELECT 1')).rejects.toThrow('Account is locked');
});

test('an error that RDS meets is said in words, without the data, and ends it', async () => {
  const given = await copied(ground);
  await target("INSERT INTO t VALUES (5000, 'theirs')");
  await asApp(ground, 'source', "INSERT INTO t VALUES (5000, 'secret')");

  await until('SELECT SERVICE_STATE FROM performance_schema.replication_applier_status', 'OFF');
  const words = failure(await ground.run('follow', { arguments: given }));
  expect(words).toMatch(/^RDS could not do what was done on the server, .*Duplicate entry '\.\.\.' for key/);
  expect(words).not.toContain('5000');
});

test('one that does not get on is given up, and the words say how far it is', async () => {
  const given = await copied(ground);
  await target('FLUSH TABLES t WITH READ LOCK; UNLOCK TABLES');
  const lock = ground.target.query('LOCK TABLES app.t WRITE; DO SLEEP(12)');
  await delay(500);
  await asApp(ground, 'source', "UPDATE t SET what = 'later'");

  expect(failure(await ground.run('follow', { arguments: { ...given, PATIENCE: 3, NEAR_BYTES: 10 } }))).toMatch(
    /^the replication to RDS has not got on for 3 s, \d+ bytes behind, at binlog\.\d+ \d+$/,
  );
  await lock;
});

test('what is taken back before the freeze leaves nothing, and another attempt finds nothing in its way', async () => {
  await replicated(ground);
  expect(answered(await ground.run('stop-replication', { undo: 1 }))).toEqual({ stopped: true });

  expect(await traces(ground)).toBe('');
  expect(isTidy(ground)).toBe(true);
  expect(await ground.target.query("SELECT COUNT(*) FROM mysql.user WHERE User = 'app'")).toBe('0');
  expect(answered(await ground.run('stop-replication', { undo: 1 }))).toEqual({ stopped: true });
  expect(failure(await cutOver(ground))).toMatch(/^the rows were not compared before the freeze/);
  await replicated(ground);
  await completed(ground);
});

test('what is taken back after the cut-over opens the server, and the copy goes', async () => {
  await replicated(ground);
  await completed(ground);
  expect(answered(await ground.run('thaw'))).toEqual({ thawed: true });
  expect(answered(await ground.run('stop-replication', { undo: 1 }))).toEqual({ stopped: true });

  await asApp(ground, 'source', "INSERT INTO t VALUES (-1, 'still written')");
  expect(await traces(ground)).toBe('');
});

test('a copy that serves is kept', async () => {
  await replicated(ground);
  await completed(ground);
  ground.setPointer('db.example.com');

  expect(answered(await ground.run('stop-replication', { undo: 1 }))).toEqual({ kept: true });
  expect(failure(await ground.run('replicate'))).toContain('names another host');
  expect(await target('SELECT COUNT(*) FROM t')).toBe('900');
});

test.each(['make the database on RDS', 'restore the dump on RDS', 'begin to replicate'])(
  'a copy that died at "%s" is made anew',
  async (place) => {
    const operation = 'ab'.repeat(32);
    await killedAt('replicate', place, operation);
    await asApp(ground, 'source', "INSERT INTO t VALUES (-1, 'meanwhile')");

    const { schema } = answered(await ground.run('replicate', { operation }));
    answered(await ground.run('verify', { arguments: { SCHEMA: String(schema) } }));
    expect(await completed(ground)).toMatchObject({ rowsTarget: 901 });
  },
);

test('a comparison that died begins anew', async () => {
  const given = await copied(ground);
  await killedAt('verify', 'apply the log', 'cd'.repeat(32), given);
  await asApp(ground, 'source', "INSERT INTO t VALUES (-1, 'meanwhile')");

  expect(answered(await ground.run('verify', { operation: 'cd'.repeat(32), arguments: given }))).toMatchObject({
    rows: 901,
  });
});

test.each([
  'freeze the database',
  'prove that',
  'wait until RDS has what was written last',
  'compare the databases',
  'end the replication on RDS',
  'compare what the databases are',
  'let the events run',
])('a cut-over that died at "%s" goes on', async (place) => {
  await replicated(ground);
  await asApp(ground, 'source', "INSERT INTO t VALUES (-1, 'last')");
  const operation = 'ef'.repeat(32);
  await killedAt('cut-over', place, operation);

  expect(answered(await ground.run('cut-over', { operation }))).toMatchObject({ rowsSource: 901, rowsTarget: 901 });
  await asApp(ground, 'target', "INSERT INTO t VALUES (-2, 'served')");
});

/** Runs a step until it says that it comes to a place, and kills all of it. */
async function killedAt(
  step: 'replicate' | 'verify' | 'cut-over',
  place: string,
  operation: string,
  values: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { child, ran } = ground.start(step, { operation, arguments: values });
  let said = '';
  child.stdout?.on('data', (text) => {
    said += String(text);
    if (said.includes(`progress: ${place}`) && child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
  });
  expect((await ran).answer).toBeUndefined();
}
