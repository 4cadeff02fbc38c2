/** The copy back to a MySQL server: cut off it begins anew, taken back it leaves what stood there, and a difference stops it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answered, failure, freezeRds, isTidy, moveUp, openServer } from '../machine.ts';
import { asApp, everythingOf, type Ground, makeApp, startGround } from './ground.ts';
import { RICH, RICH_ACCOUNTS, RICH_VIEWS } from './rich.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

const server = (sql: string) => ground.source.query(sql);
const databases = () =>
  server("SELECT GROUP_CONCAT(SCHEMA_NAME ORDER BY 1) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'app%'");

async function makeSimple(): Promise<void> {
  await makeApp(
    ground,
    'CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3); CREATE VIEW v AS SELECT n FROM t',
  );
  await moveUp(ground);
  await asApp(ground, 'target', 'DELETE FROM t WHERE n = 3');
}

/** Once that statement is done, everything ends. */
function endAfter(statement: string): void {
  ground.replaceCommand(
    'mysql',
    `input=$(mktemp); for last; do :; done; cat >$input
    ${ground.source.tools}/mysql "$@" <$input || exit
    case "$last $(cat $input)" in *"${statement.replaceAll('`', '\\`')}"*) rm $input; kill -9 0 ;; esac; rm $input`,
  );
}

test('taken back, it leaves everything that the move up has left as it was, and another attempt finds it so', async () => {
  await makeApp(ground);
  await ground.source.query(RICH_ACCOUNTS);
  await ground.source.query(RICH, 'app');
  await ground.source.query(RICH_VIEWS, 'app');
  await moveUp(ground);
  const before = await everythingOf(ground, 'source');
  answered(await ground.run('rehearse-return'));
  const options = await freezeRds(ground);
  expect((await everythingOf(ground, 'source')) === before).toBe(true);
  answered(await ground.run('copy-return', options));
  expect(await databases()).toBe('app,app_retired');
  expect(answered(await ground.run('put-back'))).toEqual({ putBack: true });

  // It is long.
  expect((await everythingOf(ground, 'source')) === before).toBe(true);
  expect(answered(await ground.run('put-back'))).toEqual({ putBack: true });
  expect((await everythingOf(ground, 'source')) === before).toBe(true);
  expect(isTidy(ground)).toBe(true);
  answered(await ground.run('copy-return', options));
  answered(await ground.run('compare-return', options));
});

test('cut off between two statements, it can be taken back, and goes on', async () => {
  await makeSimple();
  const before = await everythingOf(ground, 'source');
  const options = await freezeRds(ground);
  for (const statement of [
    'CREATE TABLE `app_retired`',
    'RENAME TABLE `app`',
    'DROP DATABASE IF EXISTS `app`',
    "RENAME USER 'app'",
    'CREATE USER `app`',
    'CREATE DATABASE `app` CHARACTER',
  ]) {
    for (const isTakenBack of [true, false]) {
      endAfter(statement);
      const cut = await ground.run('copy-return', options);
      expect([statement, cut.answer]).toEqual([statement, undefined]);
      ground.restoreCommand('mysql');
      if (isTakenBack) {
        answered(await ground.run('put-back'));
        expect([statement, (await everythingOf(ground, 'source')) === before]).toEqual([statement, true]);
      }
    }
    answered(await ground.run('copy-return', options));
    expect(answered(await ground.run('compare-return', options))).toMatchObject({ rowsTarget: 2 });
    answered(await ground.run('put-back'));
    expect([statement, (await everythingOf(ground, 'source')) === before]).toEqual([statement, true]);
  }
});

test('killed in the dump and run again, it is whole, also after a restart of the server', async () => {
  await makeSimple();
  const options = await freezeRds(ground);
  const begun = join(ground.root, 'restoring');
  ground.replaceCommand('gzip', `case $* in -dc*) : >${begun}; sleep 30 ;; esac; exec /bin/gzip "$@"`);
  const { child, ran } = ground.start('copy-return', options);
  while (!existsSync(begun)) await delay(50);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  const cut = await ran;
  ground.restoreCommand('gzip');
  await ground.restart();
  // What the freeze has kept in the data holds again.
  expect(await server('SELECT @@super_read_only')).toBe('1');

  answered(await ground.run('copy-return', { ...options, operation: cut.operation }));
  expect(answered(await ground.run('compare-return', options))).toMatchObject({ rowsTarget: 2 });
  await openServer(ground);
  await ground.restart();
  expect(await asApp(ground, 'source', 'INSERT INTO t VALUES (3); SELECT COUNT(*) FROM t')).toBe('3');
});

test.each([
  ['a changed row', 'UPDATE app.t SET n = 7 WHERE n = 1', /: t: the contents differ, 2 on both$/],
  ['a missing row', 'DELETE FROM app.t WHERE n = 1', /: t: 2 on RDS, 1 on the server$/],
  ['a table too many', 'CREATE TABLE app.extra (n int)', /table extra: only on the server/],
  ['another password', "ALTER USER 'app'@'%' IDENTIFIED BY 'other'", /account `app`@`%`: differs$/],
  ['an account too many', "CREATE USER 'extra'@'%'", /login extra@%: only on the server$/],
])('%s is found by the comparison', async (_, sql, words) => {
  await makeSimple();
  const options = await freezeRds(ground);
  answered(await ground.run('copy-return', options));
  await server(sql);

  const said = failure(await ground.run('compare-return', options));
  expect(said).toMatch(/^VerificationMismatch: /);
  expect(said).toMatch(words);
});

test('copy and comparison are refused while RDS is not frozen, behind the freeze, or does not serve', async () => {
  await makeSimple();
  for (const step of ['copy-return', 'compare-return'] as const)
    expect(failure(await ground.run(step))).toBe('the database "app" on RDS is not frozen');
  const options = await freezeRds(ground);
  expect(failure(await ground.run('copy-return', { arguments: { POSITION: '999999999999' } }))).toContain(
    'RDS is behind the position of the freeze',
  );
  ground.setPointer('localhost');
  expect(failure(await ground.run('copy-return', options))).toContain('RDS does not serve');
  expect(await databases()).toBe('app');
});

test('what stands on the server and is none of ours is not touched', async () => {
  await makeSimple();
  const options = await freezeRds(ground);
  // Somebody has opened it by hand.
  await server(
    "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF; ALTER USER 'app'@'%' ACCOUNT UNLOCK; INSERT INTO app.t VALUES (4)",
  );

  expect(failure(await ground.run('copy-return', options))).toMatch(
    /none of ours; rename or drop one of each: 'app'@'%'/,
  );
  await server("RENAME USER 'app'@'%' TO 'other'@'%'");
  expect(failure(await ground.run('copy-return', options))).toContain('is not empty and was not copied from RDS');
  expect(await server('SELECT COUNT(*) FROM app.t')).toBe('4');
});

test('while RDS serves nothing is opened and nothing dropped, and only the copy is ever opened', async () => {
  await makeSimple();
  answered(await ground.run('copy-return', await freezeRds(ground)));
  ground.replaceCommand('sleep', 'exit 0');
  try {
    for (const step of ['open-return', 'discard-return'] as const)
      expect(failure(await ground.run(step))).toContain('RDS serves');
  } finally {
    ground.restoreCommand('sleep');
  }
  expect(await databases()).toBe('app,app_retired');
  answered(await ground.run('put-back'));
  ground.setPointer('localhost');
  expect(failure(await ground.run('open-return'))).toContain('is that of the move to RDS, and not the copy');
  await expect(asApp(ground, 'source', 'SELECT 1')).rejects.toThrow('Account is locked');
});

test('once the server serves, nothing is put back', async () => {
  await makeSimple();
  answered(await ground.run('copy-return', await freezeRds(ground)));
  await openServer(ground);

  expect(answered(await ground.run('put-back'))).toEqual({ kept: true });
  expect(await databases()).toBe('app,app_retired');
});

test('a rehearsal that takes too long is refused, with the field to raise, and leaves nothing', async () => {
  await makeSimple();
  const before = await everythingOf(ground, 'source');
  expect(failure(await ground.run('rehearse-return', { arguments: { SECONDS_ALLOWED: 1 } }))).toMatch(
    /raise spec\.transition\.dataMigration\.maxWriteDowntimeSeconds/,
  );

  expect((await everythingOf(ground, 'source')) === before).toBe(true);
  expect(isTidy(ground)).toBe(true);
});
