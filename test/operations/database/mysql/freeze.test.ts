/** The freeze of a MySQL server: nobody gets in, nobody writes, what was acknowledged is there, and it is given back exactly. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { APP, answered, failure } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
});
afterAll(() => ground.stop());

/** Who may log in, what is noted, and whether anybody may write. A note that is gone leaves an account without notes an empty list. */
const standing = () =>
  ground.source.query(`SELECT CONCAT_WS(' ', User, Host, account_locked, NULLIF(CAST(User_attributes AS CHAR), '{"metadata": {}}')) FROM mysql.user ORDER BY User, Host;
    SELECT @@read_only, @@super_read_only; SELECT VARIABLE_NAME FROM performance_schema.persisted_variables`);

test('the app is refused, and an administrator cannot write either', async () => {
  expect(answered(await ground.run('freeze'))).toEqual({ position: expect.stringMatching(/^\d+$/), proven: 'write' });

  await expect(asApp(ground, 'source', 'SELECT 1')).rejects.toThrow('Account is locked');
  await expect(ground.source.query('INSERT INTO app.t VALUES (1)')).rejects.toThrow('--super-read-only');
  expect(await ground.source.query('SELECT COUNT(*) FROM app.t')).toBe('0');
});

test('it comes back exactly as it was, with those that were locked before, and after two freezes', async () => {
  await ground.source.query(`CREATE USER 'away'@'%' IDENTIFIED BY 'x' ACCOUNT LOCK ATTRIBUTE '{"since": 2024}';
    CREATE USER 'boss'@'10.%' IDENTIFIED BY 'x' COMMENT 'the boss'; GRANT ALL ON *.* TO 'boss'@'10.%'; CREATE ROLE 'readers'`);
  const before = await standing();
  answered(await ground.run('freeze'));
  answered(await ground.run('freeze'));

  expect(await standing()).not.toBe(before);
  expect(answered(await ground.run('thaw'))).toEqual({ thawed: true });
  expect(await standing()).toBe(before);
  await asApp(ground, 'source', 'INSERT INTO t VALUES (1)');
});

test('it survives a restart of the server, and is thawed after it', async () => {
  const before = await standing();
  answered(await ground.run('freeze'));
  await ground.restart();

  await expect(asApp(ground, 'source', 'SELECT 1')).rejects.toThrow('Account is locked');
  await expect(ground.source.query('INSERT INTO app.t VALUES (1)')).rejects.toThrow('--super-read-only');
  answered(await ground.run('thaw'));
  expect(await standing()).toBe(before);
});

test('what it was before goes with the data: a server that came in the place of another one thaws it', async () => {
  const before = await standing();
  answered(await ground.run('freeze'));
  rmSync(join(ground.root, 'var/lib/scalingtier'), { recursive: true });

  answered(await ground.run('freeze'));
  expect(answered(await ground.run('thaw'))).toEqual({ thawed: true });
  expect(await standing()).toBe(before);
});

test('writers are cut off, come back in vain, and all they were told is there', async () => {
  const told: number[] = [];
  let refusals = 0;
  let isOver = false;
  const write = async (from: number): Promise<void> => {
    for (let n = from; !isOver; n += 10) {
      try {
        await asApp(ground, 'source', `INSERT INTO t VALUES (${n})`);
        told.push(n);
      } catch {
        refusals += 1;
        await delay(20);
      }
    }
  };
  const writers = [0, 1, 2].map(write);
  while (told.length < 20) await delay(20);
  answered(await ground.run('freeze'));
  const [rows, before] = [await ground.source.query('SELECT COUNT(*) FROM app.t'), refusals];
  while (refusals < before + 5) await delay(20);
  isOver = true;
  await Promise.all(writers);

  expect(await ground.source.query('SELECT COUNT(*) FROM app.t')).toBe(rows);
  expect(await ground.source.query(`SELECT COUNT(*) FROM app.t WHERE n IN (${told.join()})`)).toBe(`${told.length}`);
});

test('a session that was idle in a transaction is ended, and its transaction is not there', async () => {
  const { host, port, tools } = ground.source;
  const place = [`--host=${host}`, `--port=${port}`, '--protocol=TCP', '--get-server-public-key'];
  const session = spawn(
    join(tools, 'mysql'),
    ['--no-defaults', '-n', '-B', '-N', ...place, `--user=${APP.name}`, 'app'],
    {
      env: { ...process.env, MYSQL_PWD: APP.password },
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  session.stdin.on('error', () => {});
  session.stdin.write("BEGIN; INSERT INTO t VALUES (1); SELECT 'in';\n");
  await once(session.stdout, 'data');
  answered(await ground.run('freeze'));
  const isClosed = once(session, 'close');
  session.stdin.end('COMMIT;\n');
  await isClosed;

  expect(await ground.source.query('SELECT COUNT(*) FROM app.t')).toBe('0');
});

test('a thaw without a freeze changes nothing', async () => {
  await ground.source.query('SET GLOBAL read_only = ON');
  const before = await standing();

  expect(answered(await ground.run('thaw'))).toEqual({ thawed: true });
  expect(await standing()).toBe(before);
});

test.each([
  ['once the pointer names another host', () => ground.setPointer('db.example.com')],
  [
    'without a pointer, when the tier is on its way out',
    () =>
      ground.replaceCommand(
        'cat',
        'case $* in */pointer) echo ParameterNotFound >&2; exit 254 ;; esac; exec /bin/cat "$@"',
      ),
  ],
])('%s it stays frozen', async (_, prepare) => {
  answered(await ground.run('freeze'));
  const frozen = await standing();
  prepare();
  try {
    expect(answered(await ground.run('thaw'))).toEqual({ kept: true });
  } finally {
    rmSync(join(ground.root, 'commands/cat'), { force: true });
  }
  expect(await standing()).toBe(frozen);
});

test('a server that somebody else has closed is refused: nobody would know what to come back to', async () => {
  await ground.source.query('SET GLOBAL read_only = ON');
  const before = await standing();

  expect(failure(await ground.run('freeze'))).toContain('takes no writes already');
  expect(await standing()).toBe(before);
});

test('a prepared transaction is refused, and all is as it was', async () => {
  const before = await standing();
  await ground.source.query("XA START 'x'; INSERT INTO app.t VALUES (1); XA END 'x'; XA PREPARE 'x'");
  try {
    expect(failure(await ground.run('freeze'))).toContain('1 prepared transactions wait for their second phase');
    expect(await standing()).toBe(before);
  } finally {
    await ground.source.query("XA ROLLBACK 'x'");
  }
});

test('it is refused when the pointer names another host, and what is taken back does not run afterwards', async () => {
  const before = await standing();
  const operation = 'ab'.repeat(32);
  answered(await ground.run('thaw', { operation, undo: 1 }));
  expect(failure(await ground.run('freeze', { operation }))).toBe('it was taken back');
  ground.setPointer('db.example.com');
  expect(failure(await ground.run('freeze'))).toContain('the pointer /app/db/writer names another host');
  expect(await standing()).toBe(before);
});

test('a freeze that was cut off between its halves is thawed', async () => {
  const before = await standing();
  answered(await ground.run('freeze'));
  await ground.source.query('SET GLOBAL super_read_only = OFF; RESET PERSIST super_read_only');

  answered(await ground.run('thaw'));
  expect(await standing()).toBe(before);
});
