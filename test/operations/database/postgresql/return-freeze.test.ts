/** The freeze on RDS, by a master user who is no superuser: nobody else gets in, and a thaw leaves everything as it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { psql } from '../../../sandbox/databases/psql.ts';
import { plainEnvironment } from '../../../sandbox/environment.ts';
import { answered, failure, MASTER, moveUp } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY); ALTER TABLE t OWNER TO app');
  await moveUp(ground);
});
afterAll(() => ground.stop());

const rds = (sql: string) => ground.target.query('app', sql);
const connection = (user: string, password: string) =>
  ({ ...address(), user, password, database: 'app', sslmode: 'require' }) as const;
const address = () => ({ host: ground.target.host, port: ground.target.port });

/** Who may what on the database, comments, roles and memberships: all that a freeze might leave traces in. */
const state = () =>
  rds(`SELECT string_agg(entry::text, ';' ORDER BY entry::text) FROM (
      SELECT coalesce(r.rolname, 'PUBLIC'), privilege_type, is_grantable, pg_get_userbyid(grantor), datconnlimit, shobj_description(d.oid, 'pg_database')
      FROM pg_database d, aclexplode(coalesce(datacl, acldefault('d', datdba))) LEFT JOIN pg_roles r ON r.oid = grantee WHERE datname = 'app') entry;
    SELECT string_agg(concat_ws(' ', rolname, rolcanlogin, rolconnlimit, shobj_description(oid, 'pg_authid')), ';' ORDER BY rolname) FROM pg_roles;
    SELECT string_agg(concat_ws(' ', roleid::regrole, member::regrole, grantor::regrole, to_jsonb(m) - 'oid'), ';' ORDER BY roleid, member, grantor) FROM pg_auth_members m`);

const REFUSED = /permission denied for database "app"/;

test('the app is refused, and the master user is not', async () => {
  expect(answered(await ground.run('freeze-return'))).toEqual({
    position: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    proven: 'connection',
  });

  await expect(asApp(ground, 'target', 'SELECT 1')).rejects.toThrow(REFUSED);
  expect(await psql(connection(MASTER.name, MASTER.password), 'SELECT count(*) FROM t')).toBe('0');
  expect(await rds("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'scalingtier%'")).toBe('0');
});

test('a thaw leaves everything as it was: rights that were given on, comments, memberships', async () => {
  await rds(`SET ROLE ${MASTER.name}; CREATE ROLE giver LOGIN; CREATE ROLE taker LOGIN PASSWORD 'take'; CREATE ROLE "odd; ""role""";
    COMMENT ON ROLE taker IS 'takes';
    SET ROLE app; REVOKE ALL ON DATABASE app FROM PUBLIC; GRANT CONNECT ON DATABASE app TO giver WITH GRANT OPTION;
    GRANT CONNECT, TEMP ON DATABASE app TO "odd; ""role""", ${MASTER.name}; COMMENT ON DATABASE app IS 'it''s; mine';
    RESET ROLE; SET ROLE giver; GRANT CONNECT ON DATABASE app TO taker`);
  const before = await state();
  answered(await ground.run('freeze-return'));
  answered(await ground.run('freeze-return'));
  await expect(psql(connection('taker', 'take'), 'SELECT 1')).rejects.toThrow(REFUSED);
  expect(await state()).not.toBe(before);

  expect(answered(await ground.run('thaw-return'))).toEqual({ thawed: true });
  expect(await state()).toBe(before);
  expect(await psql(connection('taker', 'take'), 'SELECT 1')).toBe('1');
  await asApp(ground, 'target', 'INSERT INTO t VALUES (1)');
});

test('a thaw without a freeze changes nothing', async () => {
  const before = await state();

  expect(answered(await ground.run('thaw-return'))).toEqual({ thawed: true });
  expect(await state()).toBe(before);
});

test('writers are cut off, come back in vain, and all they were told is there', async () => {
  const told: number[] = [];
  let [refusals, isOver] = [0, false];
  const write = async (from: number): Promise<void> => {
    for (let n = from; !isOver; n += 10) {
      try {
        await asApp(ground, 'target', `INSERT INTO t VALUES (${n})`);
        told.push(n);
      } catch {
        refusals += 1;
        await delay(20);
      }
    }
  };
  const writers = [0, 1, 2].map(write);
  while (told.length < 20) await delay(20);
  answered(await ground.run('freeze-return'));
  const [rows, before] = [await rds('SELECT count(*) FROM t'), refusals];
  while (refusals < before + 5) await delay(20);
  isOver = true;
  await Promise.all(writers);

  expect(await rds('SELECT count(*) FROM t')).toBe(rows);
  const missing = `SELECT count(*) FROM unnest(ARRAY[${told.join()}]) told WHERE told NOT IN (SELECT n FROM t)`;
  expect(await rds(missing)).toBe('0');
});

test('a session that was idle in a transaction is ended, and its transaction is not there', async () => {
  const { tools } = ground.source;
  const { password } = connection('app', 'idle');
  await ground.target.query('postgres', `ALTER ROLE app PASSWORD '${password}'`);
  const env = plainEnvironment({
    PGHOST: ground.target.host,
    PGPORT: `${ground.target.port}`,
    PGUSER: 'app',
    PGPASSWORD: password,
    PGDATABASE: 'app',
  });
  const session = spawn(join(tools, 'psql'), ['-X', '-q', '-A', '-t'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  session.stdin.write("BEGIN; INSERT INTO t VALUES (1) RETURNING 'in';\n");
  await once(session.stdout, 'data');
  answered(await ground.run('freeze-return'));
  const isClosed = once(session, 'close');
  session.stdin.end('COMMIT;\n');
  await isClosed;

  expect(await rds('SELECT count(*) FROM t')).toBe('0');
});

test('a session that is in the making is waited for, and ended', async () => {
  // A transaction of RDS's own that holds a lock on the database, as a session does while it is made.
  const env = plainEnvironment({ PGHOST: ground.target.folder, PGUSER: 'rdsadmin', PGDATABASE: 'postgres' });
  const holder = spawn(join(ground.source.tools, 'psql'), ['-X', '-q', '-A', '-t'], {
    env: { ...env, PGPORT: `${ground.target.port}` },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  holder.stdin.write("BEGIN; ALTER ROLE rdsadmin IN DATABASE app SET work_mem TO '5MB'; SELECT 'held';\n");
  await once(holder.stdout, 'data');
  const looks = join(ground.root, 'looks');
  ground.replaceCommand('sleep', `echo >>${looks}; exec /bin/sleep "$@"`);
  const { ran } = ground.start('freeze-return');
  while (!existsSync(looks) || statSync(looks).size < 4) await delay(20);
  holder.stdin.end('ROLLBACK;\n');
  ground.restoreCommand('sleep');

  answered(await ran);
});

test('once the pointer names the server it stays frozen', async () => {
  answered(await ground.run('freeze-return'));
  ground.setPointer('localhost');
  const before = await state();

  expect(answered(await ground.run('thaw-return'))).toEqual({ kept: true });
  expect(await state()).toBe(before);
});

test('without a pointer, or while it cannot be read, it stays frozen', async () => {
  answered(await ground.run('freeze-return'));
  const before = await state();
  const refuse = (words: string) =>
    ground.replaceCommand('cat', `case $* in */pointer) echo ${words} >&2; exit 254 ;; esac; exec /bin/cat "$@"`);
  try {
    refuse('ParameterNotFound');
    expect(answered(await ground.run('thaw-return'))).toEqual({ kept: true });
    refuse('AccessDenied error: no');
    expect(failure(await ground.run('thaw-return'))).toMatch(/cannot read where the database is: .*AccessDenied/);
  } finally {
    ground.restoreCommand('cat');
  }
  expect(await state()).toBe(before);
});

test('it is refused when the pointer names another host', async () => {
  const before = await state();
  for (const host of ['localhost', 'db.example.com']) {
    ground.setPointer(host);
    expect(failure(await ground.run('freeze-return'))).toContain(`names ${host} and not ${ground.target.host}`);
  }
  expect(await state()).toBe(before);
});

test('what is taken back does not run afterwards: it finds that it is over', async () => {
  const operation = 'ab'.repeat(32);
  answered(await ground.run('thaw-return', { operation, undo: 1 }));

  expect(failure(await ground.run('freeze-return', { operation }))).toBe('it was taken back');
});

test('a second run of each answers the same and does nothing', async () => {
  const open = await state();
  const freeze = await ground.run('freeze-return');
  const closed = await state();
  const thaw = await ground.run('thaw-return');

  expect((await ground.run('freeze-return', { operation: freeze.operation })).answer).toEqual(answered(freeze));
  expect(await state()).toBe(open);
  answered(await ground.run('freeze-return'));
  expect((await ground.run('thaw-return', { operation: thaw.operation })).answer).toEqual(answered(thaw));
  expect(await state()).toBe(closed);
});

test('an app that comes back as the master user ends the freeze, and all is as it was', async () => {
  const before = await state();
  const env = plainEnvironment({
    PGHOST: ground.target.host,
    PGPORT: `${ground.target.port}`,
    PGUSER: MASTER.name,
    PGPASSWORD: MASTER.password,
    PGDATABASE: 'app',
    PGAPPNAME: 'the shop',
  });
  let isOver = false;
  const app = (async () => {
    while (!isOver)
      await once(
        spawn(join(ground.source.tools, 'psql'), ['-X', '-c', 'SELECT pg_sleep(60)'], { env, stdio: 'ignore' }),
        'close',
      );
  })();
  try {
    expect(failure(await ground.run('freeze-return'))).toMatch(
      /master users come back.*: appadmin \(the shop\); the app must not connect as master user/,
    );
  } finally {
    isOver = true;
    await rds("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'the shop'");
    await app;
  }
  expect(await state()).toBe(before);
});

test('a role that goes in as the master user’s member is found, and all is as it was', async () => {
  await rds(`CREATE ROLE shadow LOGIN; GRANT ${MASTER.name} TO shadow`);
  const before = await state();

  expect(failure(await ground.run('freeze-return'))).toMatch(/members of the master user.*: shadow/);
  expect(await state()).toBe(before);
});

test('a freeze that was cut off goes on, and still knows who had the right', async () => {
  await rds('SET ROLE app; REVOKE CONNECT ON DATABASE app FROM PUBLIC');
  const before = await state();
  ground.replaceCommand('sleep', 'kill -9 $PPID');
  const cut = await ground.run('freeze-return');
  ground.restoreCommand('sleep');
  expect(cut).toMatchObject({ code: null, answer: undefined });
  await expect(asApp(ground, 'target', 'SELECT 1')).rejects.toThrow(REFUSED);

  answered(await ground.run('freeze-return', { operation: cut.operation }));
  answered(await ground.run('thaw-return'));
  expect(await state()).toBe(before);
});
