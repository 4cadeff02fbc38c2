/** A MySQL database that a person copies: how that is done when the server is closed, and what it may not leave on RDS. */
import { setTimeout as delay } from 'node:timers/promises';
import { copyMysqlByHand } from '../../../sandbox/databases/mysql/by-hand.ts';
import type { MysqlConnection } from '../../../sandbox/databases/mysql/client.ts';
import { APP, answered, failure, MASTER, type Ran } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(
    ground,
    `CREATE TABLE t (n int PRIMARY KEY AUTO_INCREMENT, v float); INSERT INTO t (v) VALUES (0.5), (0.25);
     CREATE DEFINER = 'app'@'%' TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v * 2`,
  );
});
afterAll(() => ground.stop());

/** The account by which something of a person's reads the log along. */
const READER = { name: 'scalingtier_replication', password: 'reads along' };
const METHOD = { arguments: { METHOD: 'External' } };
const EVENT = (state: string): string =>
  `CREATE DEFINER = 'app'@'%' EVENT tick ON SCHEDULE EVERY 1 SECOND STARTS '2026-01-01' ${state} DO INSERT INTO t (v) VALUES (1)`;

const master = (): MysqlConnection => {
  const { host, port } = ground.target;
  return { host, port, sslMode: 'REQUIRED', user: MASTER.name, password: MASTER.password };
};
const copy = (): Promise<void> => copyMysqlByHand(ground.source.socket, master(), 'app');

async function freeze(): Promise<{ readonly arguments: { readonly POSITION: string } }> {
  const { position = '' } = answered(await ground.run('freeze'));
  return { arguments: { POSITION: String(position) } };
}

/** Copied when the server was closed, and changed by this statement on RDS. */
async function compared(change: string): Promise<Ran> {
  const given = await freeze();
  await copy();
  await ground.target.query(change, 'app');
  return ground.run('compare', given);
}

test("who is root on the server copies when it is closed, and is not taken for somebody else's session", async () => {
  await ground.source.query(EVENT('DISABLE'), 'app');
  answered(await ground.run('inspect', METHOD));
  const given = await freeze();
  await copy();
  await ground.target.query(EVENT('DISABLE'), 'app');
  const session = ground.source.query('DO SLEEP(8)');

  expect(answered(await ground.run('compare', given))).toMatchObject({ tables: 1, rowsSource: 2, rowsTarget: 2 });
  await asApp(ground, 'target', 'INSERT INTO t (v) VALUES (1)');
  expect(await ground.target.query('SELECT v FROM app.t ORDER BY n')).toBe('0.5\n0.25\n2');
  await session;
});

test('events that were left asleep on RDS run there when both sides were found equal, and not before', async () => {
  await ground.source.query(EVENT(''), 'app');
  const given = await freeze();
  await copy();
  await ground.target.query(EVENT('DISABLE'), 'app');
  const before = await ground.source.query('SELECT COUNT(*) FROM app.t');
  expect(await ground.target.query('SELECT COUNT(*) FROM app.t')).toBe(before);
  answered(await ground.run('compare', given));

  while ((await ground.target.query('SELECT COUNT(*) FROM app.t')) === before) await delay(100);
});

test('a replica that reads by the account for it is let through, stays in the freeze, and has all that was written', async () => {
  const [name, password] = [`'${READER.name}'@'%'`, READER.password];
  await ground.source.query(`CREATE USER ${name} IDENTIFIED BY '${password}' REQUIRE SSL`);
  await ground.source.query(`GRANT REPLICATION SLAVE ON *.* TO ${name}`);
  await copy();
  const [file, at] = (
    await ground.source.query(
      "SELECT LOCAL ->> '$.binary_log_file', LOCAL ->> '$.binary_log_position' FROM performance_schema.log_status",
    )
  ).split('\t');
  const { host, port } = ground.source;
  await ground.target.query(
    `CALL mysql.rds_set_external_source('${host}', ${port}, '${READER.name}', '${password}', '${file}', ${at}, 1);
     CALL mysql.rds_start_replication`,
  );
  const reads =
    "SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_COMMAND LIKE 'Binlog Dump%' AND PROCESSLIST_USER = 'scalingtier_replication'";
  while ((await ground.source.query(reads)) !== '1') await delay(50);
  expect(failure(await ground.run('inspect'))).toContain('replicas read along and would miss what comes');
  answered(await ground.run('inspect', METHOD));

  await asApp(ground, 'source', 'INSERT INTO t (v) VALUES (3), (4), (5)');
  const given = await freeze();
  expect(await ground.source.query(reads)).toBe('1');
  while ((await ground.target.query('SELECT COUNT(*) FROM app.t')) !== '5') await delay(50);
  expect(failure(await ground.run('compare', given))).toContain('RDS still replicates another server; end that there');
  await ground.target.query('CALL mysql.rds_stop_replication; CALL mysql.rds_reset_external_source');

  expect(answered(await ground.run('compare', given))).toMatchObject({ rowsSource: 5, rowsTarget: 5 });
  answered(await ground.run('thaw'));
  await asApp(ground, 'source', 'INSERT INTO t (v) VALUES (6)');
});

test.each([
  ['a right on the whole server', 'GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO'],
  ['all rights', 'GRANT ALL ON *.* TO'],
  ['a role', 'CREATE ROLE strong; GRANT strong TO'],
])('the account that stays open may not have %s, and nothing was changed', async (_, grant) => {
  await ground.source.query(`CREATE USER '${READER.name}'@'%' IDENTIFIED BY 'x'; ${grant} '${READER.name}'@'%'`);

  expect(failure(await ground.run('freeze'))).toContain('stays open in a freeze and may do more than read');
  await asApp(ground, 'source', 'INSERT INTO t (v) VALUES (3)');
});

test('a replica that reads by another account is refused', async () => {
  await ground.source.query("CREATE USER 'mine'@'%' IDENTIFIED BY 'x'; GRANT REPLICATION SLAVE ON *.* TO 'mine'@'%'");
  const { host, port } = ground.source;
  await ground.target.query(
    `CALL mysql.rds_set_external_source('${host}', ${port}, 'mine', 'x', 'binlog.000001', 4, 1);
     CALL mysql.rds_start_replication`,
  );
  const reads = "SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_COMMAND LIKE 'Binlog Dump%'";
  while ((await ground.source.query(reads)) !== '1') await delay(50);

  expect(failure(await ground.run('inspect', METHOD))).toContain('replicas read along and would miss what comes');
});

test.each([
  ['a lock that was copied', `ALTER USER 'app'@'%' ACCOUNT LOCK ATTRIBUTE '{"scalingtier": "locked"}'`, "'app'@'%'"],
  ['an account of the tool that copied', "CREATE USER 'tool'@'%'", 'login tool@%: only on RDS'],
  ['an account that is missing', "RENAME USER 'app'@'%' TO 'app'@'10.%'", 'login app@%: only on the server'],
  ['another password', `ALTER USER 'app'@'%' IDENTIFIED BY '${APP.name}'; DO 0`, 'account `app`@`%`: differs'],
  [
    'an object that is somebody else there',
    'DROP TRIGGER r; CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v * 2',
    'trigger r: differs',
  ],
  ['a row less', 'DELETE FROM t WHERE n = 2', 't: 2 on the server, 1 on RDS'],
])('%s is found', async (_, change, words) => {
  const said = failure(await compared(change));

  expect(said).toMatch(/^VerificationMismatch: /);
  expect(said).toContain(words);
});

test('an event that runs on RDS alone is found', async () => {
  await ground.source.query(EVENT('DISABLE'), 'app');

  expect(failure(await compared(EVENT('').replace('EVERY 1 SECOND', 'EVERY 1 YEAR')))).toBe(
    'VerificationMismatch: these events run on RDS and not on the server; ALTER EVENT ... DISABLE: tick',
  );
});

test('a setting that the app would notice is found', async () => {
  await ground.target.query("SET GLOBAL sql_mode = 'ANSI_QUOTES'");
  const said = failure(await compared('DO 0'));
  await ground.target.query('SET GLOBAL sql_mode = DEFAULT');

  expect(said).toMatch(/^RDS is not set as the server is, .*: sql_mode \(/);
});

test('there need be no room for a dump', async () => {
  ground.replaceCommand('df', 'echo "x 0 0 0 0 /"');
  try {
    answered(await ground.run('inspect', METHOD));
    const said = failure(await ground.run('inspect'));
    for (const words of ['grow the volume', 'columns of type FLOAT']) expect(said).toContain(words);
  } finally {
    ground.restoreCommand('df');
  }
});
