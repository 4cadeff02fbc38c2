/** The freeze: nobody but a superuser gets in, what was acknowledged is there, and it can be taken back until the switch. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { plainEnvironment } from '../../../sandbox/environment.ts';
import { answered, failure } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY); ALTER TABLE t OWNER TO app');
});
afterAll(() => ground.stop());

const limit = () => ground.source.query('postgres', "SELECT datconnlimit FROM pg_database WHERE datname = 'app'");
const REFUSED = /too many connections for database "app"/;

test('the app is refused, and a superuser is not', async () => {
  expect(answered(await ground.run('freeze'))).toEqual({
    position: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    proven: 'connection',
  });

  await expect(asApp(ground, 'source', 'SELECT 1')).rejects.toThrow(REFUSED);
  expect(await ground.source.query('app', 'SELECT count(*) FROM t')).toBe('0');
  expect(await ground.source.query('postgres', "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'scalingtier%'")).toBe(
    '0',
  );
});

test('its own commits wait for their place on the disk, and not for a standby that is gone', async () => {
  const { source } = ground;
  const set = async (standby: string): Promise<void> => {
    await source.query('postgres', `ALTER SYSTEM SET synchronous_standby_names TO '${standby}'`);
    await source.query('postgres', 'SELECT pg_reload_conf()');
    while ((await source.query('postgres', 'SHOW synchronous_standby_names')) !== standby) await delay(20);
  };
  await set('gone');
  try {
    expect(answered(await ground.run('freeze'))).toMatchObject({ proven: 'connection' });
  } finally {
    await set('');
  }
});

test('it is proven where not everybody may connect, and who may stays the same', async () => {
  await ground.source.query('postgres', 'REVOKE CONNECT ON DATABASE app FROM PUBLIC');
  const rights = () => ground.source.query('postgres', "SELECT datacl FROM pg_database WHERE datname = 'app'");
  const before = await rights();

  expect(answered(await ground.run('freeze'))).toMatchObject({ proven: 'connection' });
  expect(await rights()).toBe(before);
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
  const [rows, before] = [await ground.source.query('app', 'SELECT count(*) FROM t'), refusals];
  while (refusals < before + 5) await delay(20);
  isOver = true;
  await Promise.all(writers);

  expect(await ground.source.query('app', 'SELECT count(*) FROM t')).toBe(rows);
  const missing = `SELECT count(*) FROM unnest(ARRAY[${told.join()}]) told WHERE told NOT IN (SELECT n FROM t)`;
  expect(await ground.source.query('app', missing)).toBe('0');
});

test('a session that was idle in a transaction is ended, and its transaction is not there', async () => {
  const { source } = ground;
  const env = plainEnvironment({ PGHOST: source.folder, PGUSER: 'app', PGDATABASE: 'app' });
  const session = spawn(join(source.tools, 'psql'), ['-X', '-q', '-A', '-t'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  session.stdin.write("BEGIN; INSERT INTO t VALUES (1) RETURNING 'in';\n");
  await once(session.stdout, 'data');
  answered(await ground.run('freeze'));
  const isClosed = once(session, 'close');
  session.stdin.end('COMMIT;\n');
  await isClosed;

  expect(await source.query('app', 'SELECT count(*) FROM t')).toBe('0');
});

test('frozen twice it comes back as it was', async () => {
  await ground.source.query('postgres', 'ALTER DATABASE app CONNECTION LIMIT 23');
  answered(await ground.run('freeze'));
  answered(await ground.run('freeze'));

  expect(await limit()).toBe('0');
  expect(answered(await ground.run('thaw'))).toEqual({ thawed: true });
  expect(await limit()).toBe('23');
  await asApp(ground, 'source', 'INSERT INTO t VALUES (1)');
});

test('a thaw without a freeze changes nothing', async () => {
  await ground.source.query('postgres', 'ALTER DATABASE app CONNECTION LIMIT 23');

  expect(answered(await ground.run('thaw'))).toEqual({ thawed: true });
  expect(await limit()).toBe('23');
});

test('once the pointer names another host it stays frozen', async () => {
  answered(await ground.run('freeze'));
  ground.setPointer('db.example.com');

  expect(answered(await ground.run('thaw'))).toEqual({ kept: true });
  expect(await limit()).toBe('0');
});

test('without a pointer the tier is on its way out, and it stays frozen', async () => {
  answered(await ground.run('freeze'));
  ground.replaceCommand(
    'cat',
    'case $* in */pointer) echo ParameterNotFound >&2; exit 254 ;; esac; exec /bin/cat "$@"',
  );
  try {
    expect(answered(await ground.run('thaw'))).toEqual({ kept: true });
  } finally {
    ground.restoreCommand('cat');
  }
  expect(await limit()).toBe('0');
});

test('what it was before goes with the data: a server that came in the place of another one thaws it', async () => {
  await ground.source.query('postgres', 'ALTER DATABASE app CONNECTION LIMIT 23');
  answered(await ground.run('freeze'));
  rmSync(join(ground.root, 'var/lib/scalingtier'), { recursive: true });

  answered(await ground.run('freeze'));
  expect(answered(await ground.run('thaw'))).toEqual({ thawed: true });
  expect(await limit()).toBe('23');
});

test('a database that somebody else has closed is refused: nobody would know what to come back to', async () => {
  await ground.source.query('postgres', 'ALTER DATABASE app CONNECTION LIMIT 0');

  expect(failure(await ground.run('freeze'))).toContain('takes no connections already');
  expect(await limit()).toBe('0');
});

test('what is taken back does not run afterwards: it finds that it is over', async () => {
  const operation = 'ab'.repeat(32);
  answered(await ground.run('thaw', { operation, undo: 1 }));

  expect(failure(await ground.run('freeze', { operation }))).toBe('it was taken back');
  expect(await limit()).toBe('-1');
});

test('while the pointer cannot be read it stays frozen', async () => {
  answered(await ground.run('freeze'));
  ground.replaceCommand(
    'cat',
    'case $* in */pointer) echo AccessDenied error: no >&2; exit 254 ;; esac; exec /bin/cat "$@"',
  );
  try {
    expect(failure(await ground.run('thaw'))).toMatch(/cannot read where the database is: .*AccessDenied/);
  } finally {
    ground.restoreCommand('cat');
  }
  expect(await limit()).toBe('0');
});

test('it is refused when the pointer names another host', async () => {
  ground.setPointer('db.example.com');

  expect(failure(await ground.run('freeze'))).toContain('the pointer /app/db/writer names another host');
  expect(await limit()).toBe('-1');
});

test('a thaw that keeps asks nothing of the server, which may be stopped', async () => {
  ground.setPointer('db.example.com');

  expect(answered(await ground.run('thaw', { arguments: { PORT: 5999 } }))).toEqual({ kept: true });
});

test('a second run of each answers the same and does nothing', async () => {
  const freeze = await ground.run('freeze');
  const thaw = await ground.run('thaw');

  expect((await ground.run('freeze', { operation: freeze.operation })).answer).toEqual(answered(freeze));
  expect(await limit()).toBe('-1');
  answered(await ground.run('freeze'));
  expect((await ground.run('thaw', { operation: thaw.operation })).answer).toEqual(answered(thaw));
  expect(await limit()).toBe('0');
});

test('a superuser that comes back ends the freeze, and all is as it was', async () => {
  const { source } = ground;
  const env = plainEnvironment({ PGHOST: source.folder, PGUSER: 'postgres', PGDATABASE: 'app', PGAPPNAME: 'the shop' });
  let isOver = false;
  const app = (async () => {
    while (!isOver)
      await once(
        spawn(join(source.tools, 'psql'), ['-X', '-c', 'SELECT pg_sleep(60)'], { env, stdio: 'ignore' }),
        'close',
      );
  })();
  try {
    expect(failure(await ground.run('freeze'))).toMatch(
      /superusers come back.*: postgres \(the shop\); the app must not connect as superuser/,
    );
  } finally {
    isOver = true;
    await source.query(
      'postgres',
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'the shop'",
    );
    await app;
  }
  expect(await limit()).toBe('-1');
  await asApp(ground, 'source', 'INSERT INTO t VALUES (1)');
});

test('a prepared transaction ends the freeze, and all is as it was', async () => {
  await ground.source.query('app', "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'x'");

  expect(failure(await ground.run('freeze'))).toMatch(/1 prepared transactions/);
  expect(await limit()).toBe('-1');
});

test('a freeze that was cut off goes on, and still knows the old limit', async () => {
  await ground.source.query('postgres', 'ALTER DATABASE app CONNECTION LIMIT 23');
  ground.replaceCommand('sleep', 'kill -9 $PPID');
  const cut = await ground.run('freeze');
  ground.restoreCommand('sleep');
  expect(cut).toMatchObject({ code: null, answer: undefined });
  expect(await limit()).toBe('0');

  answered(await ground.run('freeze', { operation: cut.operation }));
  answered(await ground.run('thaw'));
  expect(await limit()).toBe('23');
});
