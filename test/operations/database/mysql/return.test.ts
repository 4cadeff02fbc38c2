/** The way back of a MySQL database, whole: what was written on RDS is on the server, as it was, and all log in with their passwords of before. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { account, mysql } from '../../../sandbox/databases/mysql/client.ts';
import { APP, answered, awsLog, comeBack, isTidy, MASTER, move, moveUp, openServer } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { RICH, RICH_ACCOUNTS, RICH_VIEWS } from './rich.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

const server = (sql: string) => ground.source.query(sql, 'app');
const rds = (sql: string) => ground.target.query(sql, 'app');

const COLUMNS =
  'User, Host, account_locked, plugin, HEX(authentication_string), max_user_connections, password_lifetime';
const ACCOUNTS = `SELECT ${COLUMNS} FROM mysql.user WHERE User NOT LIKE 'mysql.%' AND User NOT LIKE 'rds%'
  AND User NOT IN ('root', 'keeper', '${MASTER.name}') ORDER BY User, Host`;
const EVENTS = "SELECT EVENT_NAME, STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'app' ORDER BY 1";

async function makeRich(): Promise<void> {
  await makeApp(ground);
  await ground.source.query(RICH_ACCOUNTS);
  await ground.source.query(RICH, 'app');
  await ground.source.query(RICH_VIEWS, 'app');
}

test('everything that a database can hold comes back with what it has become, and goes up again', async () => {
  await makeRich();
  await moveUp(ground);
  await asApp(ground, 'target', "INSERT INTO orders (kind, placed, total) VALUES (NULL, '2025-01-01', 7)");
  await asApp(ground, 'target', 'CREATE TABLE newer (n int PRIMARY KEY AUTO_INCREMENT); INSERT INTO newer VALUES (41)');
  // As people do it there, with its master user.
  const { host, port } = ground.target;
  await mysql(
    { host, port, user: MASTER.name, password: MASTER.password, sslMode: 'REQUIRED', database: 'app' },
    `ALTER USER 'reader'@'%' IDENTIFIED BY 'read more'; CREATE USER 'newcomer'@'%' IDENTIFIED BY 'new'; GRANT SELECT ON app.* TO 'newcomer'@'%';
     CREATE VIEW of_master AS SELECT 1 AS one; DROP USER 'away'@'%'`,
  );
  const before = await rds(ACCOUNTS);

  expect(await comeBack(ground)).toMatchObject({ tables: 8, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await server("SELECT GROUP_CONCAT(User) FROM mysql.user WHERE account_locked = 'N'")).toBe('root');
  expect(await server(EVENTS)).toBe('asleep\tDISABLED\nlate\tREPLICA_SIDE_DISABLED\ntick\tREPLICA_SIDE_DISABLED');
  await openServer(ground);

  expect(await server(`${ACCOUNTS.replace('WHERE', "WHERE Host NOT LIKE '%.retired.scalingtier' AND")}`)).toBe(before);
  expect(await server(EVENTS)).toBe('asleep\tDISABLED\nlate\tENABLED\ntick\tENABLED');
  const there = { host: ground.source.host, port: ground.source.port, sslMode: 'DISABLED', database: 'app' } as const;
  // Who comes from the server itself is another account there.
  const app = { ...there, user: APP.name, password: 'local' };
  expect(await mysql(app, 'INSERT INTO newer VALUES (NULL); SELECT MAX(n) FROM newer')).toBe('42');
  expect(await mysql({ ...there, user: 'reader', password: 'read more' }, 'SELECT CURRENT_ROLE()')).toBe(
    '`report readers`@`%`',
  );
  expect(await mysql({ ...there, user: 'newcomer', password: 'new' }, 'SELECT one FROM of_master')).toBe('1');
  expect(await server("SELECT account_locked FROM mysql.user WHERE User = 'keeper'")).toBe('N');
  expect(await server("SELECT DEFINER FROM information_schema.VIEWS WHERE TABLE_NAME = 'of_master'")).toBe(
    'root@localhost',
  );
  expect(isTidy(ground)).toBe(true);

  expect(answered(await ground.run('discard-return'))).toEqual({ discarded: true });
  expect(answered(await ground.run('discard-return'))).toEqual({ discarded: true });
  expect(await server("SELECT COUNT(*) FROM mysql.user WHERE Host LIKE '%.scalingtier'")).toBe('0');
  expect(await server("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'app%'")).toBe('1');
  // As a new instance of RDS has it.
  await ground.target.query('DROP DATABASE app; CREATE DATABASE app');
  for (const user of (await rds(ACCOUNTS)).split('\n')) {
    const [name = '', at = ''] = user.split('\t');
    await ground.target.query(`DROP USER ${account(name, at)}`);
  }
  expect(await move(ground)).toMatchObject({ tables: 8 });
});

test('all that writers were told, on either side, is on the server in the end', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  await moveUp(ground);
  const told: number[] = [];
  let [refusals, isOver] = [0, false];
  const sideOfPointer = () =>
    readFileSync(join(ground.root, 'pointer'), 'utf8').trim() === 'localhost' ? 'source' : 'target';
  const write = async (from: number): Promise<void> => {
    for (let n = from; !isOver; n += 10) {
      try {
        await asApp(ground, sideOfPointer(), `INSERT INTO t VALUES (${n})`);
        told.push(n);
      } catch {
        refusals += 1;
        await delay(50);
      }
    }
  };
  const writers = [0, 1].map(write);
  while (told.length < 20) await delay(20);
  await comeBack(ground);
  const [onRds, before] = [await rds('SELECT COUNT(*) FROM t'), refusals];
  while (refusals < before + 4) await delay(20);
  expect(await rds('SELECT COUNT(*) FROM t')).toBe(onRds);
  await openServer(ground);
  const atOpening = told.length;
  while (told.length < atOpening + 20) await delay(20);
  isOver = true;
  await Promise.all(writers);

  const there = new Set((await server('SELECT n FROM t')).split('\n').map(Number));
  expect(told.filter((n) => !there.has(n))).toEqual([]);
  expect(await rds('SELECT COUNT(*) FROM t')).toBe(onRds);
});

test('a server that never had the database', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  await moveUp(ground);
  await asApp(ground, 'target', 'INSERT INTO t VALUES (1)');
  await ground.source.query(
    `SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF; RESET PERSIST; DROP DATABASE app; DROP USER ${account(APP.name)}`,
  );

  expect(await comeBack(ground)).toMatchObject({ tables: 1, rowsTarget: 1 });
  await expect(asApp(ground, 'source', 'SELECT 1')).rejects.toThrow('Account is locked');
  await openServer(ground);
  expect(await asApp(ground, 'source', 'INSERT INTO t VALUES (2); SELECT COUNT(*) FROM t')).toBe('2');
  expect(answered(await ground.run('discard-return'))).toEqual({ discarded: true });
});

test('no password is in an argument, in what is kept, or in what is said', async () => {
  await makeApp(ground, "CREATE TABLE t (n int PRIMARY KEY); CREATE VIEW v AS SELECT 'definition'");
  await moveUp(ground);
  await comeBack(ground);
  await openServer(ground);
  const hash = await ground.source.query(
    "SELECT HEX(authentication_string) FROM mysql.user WHERE User = 'app' AND Host = '%'",
  );

  expect(awsLog(ground)).not.toContain(MASTER.password);
  for (const secret of [MASTER.password, hash]) expect(ground.kept()).not.toContain(secret);
});
