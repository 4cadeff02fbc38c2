import { failure } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { cutOver, replicated } from './replicated.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(
    ground,
    "CREATE TABLE t (n int PRIMARY KEY, what text); CREATE TABLE loose (n int, m int); INSERT INTO t VALUES (1, 'x')",
  );
});
afterAll(() => ground.stop());

test('a server that is not set for it, that does not listen there, and tables without a key', async () => {
  await ground.source.query(
    "SET GLOBAL binlog_row_image = 'MINIMAL'; SET GLOBAL binlog_expire_logs_seconds = 60; SET GLOBAL server_id = 0",
  );
  try {
    const words = failure(
      await ground.run('inspect-replication', { arguments: { SOURCE_HOST: '127.0.0.2', FROZEN_BYTES: 100 } }),
    );
    expect(words).toMatch(
      /^the database cannot be replicated to RDS as it is: \(1\) binlog_row_image is MINIMAL and must be FULL/,
    );
    expect(words).toContain('(2) server_id is 0');
    expect(words).toContain('(3) binlog_expire_logs_seconds is 60');
    expect(words).toMatch(
      /\(4\) tables without a primary key .* give them a key: loose; \(5\) the server does not listen at 127\.0\.0\.2/,
    );
  } finally {
    await ground.source.query(
      "SET GLOBAL binlog_row_image = 'FULL'; SET GLOBAL binlog_expire_logs_seconds = 2592000; SET GLOBAL server_id = 1",
    );
  }
});

test('a server with the number of RDS', async () => {
  const number = await ground.target.query('SELECT @@server_id');
  await ground.source.query(`SET GLOBAL server_id = ${number}`);
  try {
    expect(failure(await ground.run('replicate'))).toMatch(new RegExp(`^server_id is ${number} on both sides`));
  } finally {
    await ground.source.query('SET GLOBAL server_id = 1');
  }
});

test('an address from which RDS is not let in, and nothing stays on the server', async () => {
  ground.setNetwork('10.0.0.0/16');

  expect(failure(await ground.run('replicate'))).toMatch(
    /^RDS cannot replicate the server at .* port 3306: .*Access denied/,
  );
  expect(await ground.source.query("SELECT COUNT(*) FROM mysql.user WHERE User LIKE 'scalingtier%'")).toBe('0');
});

test.each(['inspect-replication', 'replicate'] as const)(
  'by %s a server that does not say what network it is in',
  async (step) => {
    ground.setNetwork('no network');

    expect(failure(await ground.run(step))).toMatch(
      /^the server's instance metadata do not say what network it is in: ValueError/,
    );
    expect(await ground.source.query("SELECT COUNT(*) FROM mysql.user WHERE User LIKE 'scalingtier%'")).toBe('0');
  },
);

test('a freeze, once the schema has changed or too much was written, and the app works on', async () => {
  await replicated(ground);
  await asApp(ground, 'source', "UPDATE t SET what = REPEAT('y', 1000)");
  expect(failure(await cutOver(ground, { LEFT_BYTES: -1 }))).toMatch(/so much is not waited for/);
  await asApp(ground, 'source', 'ALTER TABLE t ADD late int');

  expect(failure(await cutOver(ground))).toMatch(/^the schema of the database "app" has changed since it was copied/);
  await asApp(ground, 'source', "INSERT INTO t VALUES (2, 'still written', 1)");
});
