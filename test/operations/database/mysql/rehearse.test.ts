import { answered, failure, isTidy, move } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

const scratch = () =>
  ground.target.query("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%rehearsal'");

test('it goes on beside the app, and leaves accounts that cannot log in', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  const rehearsed = ground.run('rehearse');
  let n = 0;
  let isOver = false;
  rehearsed.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    n += 1;
    await asApp(ground, 'source', `INSERT INTO t VALUES (${n})`);
  }

  expect(answered(await rehearsed)).toEqual({
    ...{ dumpSeconds: expect.any(Number), restoreSeconds: expect.any(Number) },
    ...{ seconds: expect.any(Number), compareSeconds: expect.any(Number), bytes: expect.any(Number) },
    expectedInterruptionSeconds: expect.any(Number),
  });
  expect(await ground.source.query('SELECT COUNT(*) FROM app.t')).toBe(`${n}`);
  expect(await scratch()).toBe('');
  expect(isTidy(ground)).toBe(true);
  await expect(asApp(ground, 'target', 'SELECT 1')).rejects.toThrow('Account is locked');
});

test('what takes too long is refused, with what would do', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  ground.replaceCommand('mysqldump', `sleep 2; exec "${ground.source.tools}/mysqldump" "$@"`);
  try {
    expect(failure(await ground.run('rehearse', { arguments: { SECONDS_ALLOWED: 1 } }))).toMatch(
      /1 s are allowed: raise spec.transition.dataMigration.maxWriteDowntimeSeconds to \d+ or more/,
    );
  } finally {
    ground.restoreCommand('mysqldump');
  }
  expect(await scratch()).toBe('');
});

test.each([
  [
    'sql_mode',
    "SET GLOBAL sql_mode = 'ANSI_QUOTES'",
    'SET GLOBAL sql_mode = DEFAULT',
    /sql_mode \(ANSI_QUOTES on the server, ONLY_FULL/,
  ],
  [
    'time_zone',
    "SET GLOBAL time_zone = '+02:00'",
    "SET GLOBAL time_zone = '+00:00'",
    /time_zone \(\+02:00 on the server, UTC on RDS\)/,
  ],
  [
    'a longer packet',
    'SET GLOBAL max_allowed_packet = 1073741824',
    'SET GLOBAL max_allowed_packet = DEFAULT',
    /max_allowed_packet \(1073741824 on the server/,
  ],
])('another %s on the server is refused', async (_, set, unset, words) => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  await ground.source.query(set);
  try {
    const said = failure(await ground.run('rehearse'));
    expect(said).toMatch(words);
    expect(said).toContain('set spec.database.rds.parameters, or the server');
  } finally {
    await ground.source.query(unset);
  }
});

test('what RDS needs for functions and events is asked for', async () => {
  await makeApp(
    ground,
    'CREATE FUNCTION one() RETURNS int DETERMINISTIC RETURN 1; CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @x = 1',
  );
  await ground.target.query('SET GLOBAL log_bin_trust_function_creators = OFF; SET GLOBAL event_scheduler = OFF');
  try {
    const said = failure(await ground.run('rehearse'));
    expect(said).toContain('log_bin_trust_function_creators (has to be 1');
    expect(said).toContain('event_scheduler (has to be ON');
  } finally {
    await ground.target.query('SET GLOBAL log_bin_trust_function_creators = ON; SET GLOBAL event_scheduler = ON');
  }
});

test('after an attempt that was taken back another one moves the database', async () => {
  await makeApp(
    ground,
    "CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE DEFINER = 'app'@'%' VIEW v AS SELECT * FROM t",
  );
  answered(await ground.run('rehearse'));
  await move(ground);
  answered(await ground.run('thaw'));
  await asApp(ground, 'source', 'INSERT INTO t VALUES (2)');

  answered(await ground.run('rehearse'));
  expect(await move(ground)).toMatchObject({ rowsTarget: 2 });
  expect(await asApp(ground, 'target', 'SELECT COUNT(*) FROM v')).toBe('2');
});
