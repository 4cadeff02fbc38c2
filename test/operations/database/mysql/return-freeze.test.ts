/** The freeze of MySQL on RDS, by a master user who is no administrator: nobody else writes, and a thaw leaves everything as it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mysql } from '../../../sandbox/databases/mysql/client.ts';
import { plainEnvironment } from '../../../sandbox/environment.ts';
import { APP, answered, failure, MASTER, moveUp } from '../machine.ts';
import { asApp, everythingOf, type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

const EVENTS = `
  CREATE TABLE log (n int PRIMARY KEY AUTO_INCREMENT, what text);
  CREATE DEFINER = 'app'@'%' EVENT tick ON SCHEDULE EVERY 1 SECOND ON COMPLETION PRESERVE DO INSERT INTO log (what) VALUES ('tick');
  CREATE EVENT asleep ON SCHEDULE EVERY 1 SECOND DISABLE DO INSERT INTO log (what) VALUES ('asleep')`;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  await ground.source.query("CREATE USER 'away'@'%' IDENTIFIED BY 'x' ACCOUNT LOCK ATTRIBUTE '{\"team\": \"a\"}'");
});
afterAll(() => ground.stop());

const rds = (sql: string) => ground.target.query(sql, 'app');
const asMaster = () => {
  const { host, port } = ground.target;
  return { host, port, user: MASTER.name, password: MASTER.password, sslMode: 'REQUIRED', database: 'app' } as const;
};

test('the app is refused, the master user is not, and a thaw leaves everything as it was', async () => {
  await moveUp(ground);
  const before = await everythingOf(ground, 'target');
  expect(answered(await ground.run('freeze-return'))).toEqual({
    position: expect.stringMatching(/^\d+$/),
    proven: 'accounts',
  });
  answered(await ground.run('freeze-return'));

  await expect(asApp(ground, 'target', 'SELECT 1')).rejects.toThrow('Account is locked');
  expect(await mysql(asMaster(), 'SELECT COUNT(*) FROM t')).toBe('0');
  expect(answered(await ground.run('thaw-return'))).toEqual({ thawed: true });
  expect(await everythingOf(ground, 'target')).toBe(before);
  expect(answered(await ground.run('thaw-return'))).toEqual({ thawed: true });
  expect(await everythingOf(ground, 'target')).toBe(before);
});

test('events write nothing until the thaw, and those that slept before sleep on', async () => {
  await ground.source.query(EVENTS, 'app');
  await moveUp(ground);
  const status = () =>
    rds("SELECT EVENT_NAME, STATUS, DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'app' ORDER BY 1");
  const before = await status();
  answered(await ground.run('freeze-return'));
  const rows = await rds('SELECT COUNT(*) FROM log');
  await delay(2500);
  expect(await rds('SELECT COUNT(*) FROM log')).toBe(rows);

  answered(await ground.run('thaw-return'));
  expect(await status()).toBe(before);
  while ((await rds('SELECT COUNT(*) FROM log')) === rows) await delay(100);
});

test('a session that was idle in a transaction is ended, and its transaction is not there', async () => {
  await moveUp(ground);
  const { host, port } = ground.target;
  const session = spawn(
    join(ground.source.tools, 'mysql'),
    [
      '--no-defaults',
      `--host=${host}`,
      `--port=${port}`,
      `--user=${APP.name}`,
      '--unbuffered',
      '--ssl-mode=REQUIRED',
      'app',
    ],
    { env: plainEnvironment({ MYSQL_PWD: APP.password }), stdio: ['pipe', 'pipe', 'ignore'] },
  );
  session.stdin.on('error', () => {});
  session.stdin.write("BEGIN; INSERT INTO t VALUES (1); SELECT 'in';\n");
  await once(session.stdout, 'data');
  answered(await ground.run('freeze-return'));
  const isClosed = once(session, 'close');
  session.stdin.end('COMMIT;\n');
  await isClosed;

  expect(await rds('SELECT COUNT(*) FROM t')).toBe('0');
});

test('an app that comes back as the master user ends the freeze, and all is as it was', async () => {
  await moveUp(ground);
  const before = await everythingOf(ground, 'target');
  let isOver = false;
  const app = (async () => {
    while (!isOver) await mysql(asMaster(), 'DO SLEEP(60)').catch(() => {});
  })();
  try {
    expect(failure(await ground.run('freeze-return'))).toMatch(/the master user comes back to RDS and could write/);
  } finally {
    isOver = true;
    const sessions = await rds(`SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '${MASTER.name}'`);
    for (const id of sessions.split('\n').filter(Boolean)) await rds(`KILL ${id}`);
    await app;
  }
  expect(await everythingOf(ground, 'target')).toBe(before);
});

test('a freeze that was cut off goes on, and a thaw still knows who was locked', async () => {
  await moveUp(ground);
  const before = await everythingOf(ground, 'target');
  ground.replaceCommand('sleep', 'kill -9 $PPID');
  const cut = await ground.run('freeze-return');
  ground.restoreCommand('sleep');
  expect(cut.answer).toBeUndefined();
  await expect(asApp(ground, 'target', 'SELECT 1')).rejects.toThrow('Account is locked');

  answered(await ground.run('freeze-return', { operation: cut.operation }));
  answered(await ground.run('thaw-return'));
  expect(await everythingOf(ground, 'target')).toBe(before);
});

test('it is refused when the pointer names another host, and stays once that is the server', async () => {
  await moveUp(ground);
  for (const host of ['localhost', 'db.example.com']) {
    ground.setPointer(host);
    expect(failure(await ground.run('freeze-return'))).toContain(`names ${host} and not ${ground.target.host}`);
  }
  await asApp(ground, 'target', 'INSERT INTO t VALUES (1)');
  ground.setPointer(ground.target.host);
  answered(await ground.run('freeze-return'));
  ground.setPointer('localhost');
  expect(answered(await ground.run('thaw-return'))).toEqual({ kept: true });
  await expect(asApp(ground, 'target', 'SELECT 1')).rejects.toThrow('Account is locked');
});
