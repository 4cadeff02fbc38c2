/** What befalls a replication from outside: no answer, no room, a long wait, a tier that goes. No data are lost by it, and no time of the app's. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answered, failure } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { completed, cutOver, frozen, replicated, traces } from './replicated.ts';

const TABLE = `CREATE TABLE t (n int PRIMARY KEY, what text); ALTER TABLE t OWNER TO app;
  INSERT INTO t SELECT i, 'x' FROM generate_series(1, 2500) i;`;

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(ground, TABLE);
});
afterAll(() => ground.stop());

const source = (sql: string) => ground.source.query('app', sql);
const target = (sql: string) => ground.target.query('app', sql);
const rules = () => readFileSync(join(ground.source.data, 'pg_hba.conf'), 'utf8');

/** Does something with a program of the server's replaced. */
async function withCommand(name: string, body: string, act: () => Promise<void>): Promise<void> {
  ground.replaceCommand(name, body);
  try {
    await act();
  } finally {
    ground.restoreCommand(name);
  }
}

const withoutPointer = (act: () => Promise<void>) =>
  withCommand('cat', 'case $* in */pointer) echo ParameterNotFound >&2; exit 254 ;; esac; exec /bin/cat "$@"', act);

describe('a tier that is deleted', () => {
  test('after the switch keeps what serves on RDS', async () => {
    await replicated(ground);
    await completed(ground);
    await asApp(ground, 'target', "INSERT INTO t VALUES (-1, 'served')");
    await withoutPointer(async () => {
      expect(answered(await ground.run('stop-replication', { undo: 1 }))).toEqual({ kept: true });
      const retired = { undo: 1, arguments: { PORT: 5999 } };
      expect(answered(await ground.run('stop-replication', retired))).toEqual({ kept: true });
    });

    expect(await target('SELECT what FROM t WHERE n = -1')).toBe('served');
  });

  test('before the switch leaves nothing on the server', async () => {
    await replicated(ground);
    await withoutPointer(async () => {
      expect(answered(await ground.run('stop-replication', { undo: 1 }))).toEqual({ kept: true });
    });

    expect(await traces(ground)).toBe('');
    expect(await target('SELECT count(*) FROM t')).toBe('2500');
  });
});

test('RDS that cannot be reached any more does not keep the server from being left, and is cleaned by the next attempt', async () => {
  await replicated(ground);
  const away = { undo: 1, arguments: { RDS_HOST: '127.0.0.2' } };
  expect(answered(await ground.run('stop-replication', away))).toEqual({ stopped: true, copy: 'stays on RDS' });
  expect(await traces(ground)).toBe('');

  await replicated(ground);
  expect(await completed(ground)).toMatchObject({ rowsSource: 2500, rowsTarget: 2500 });
});

test('rules that cannot be written whole stay as they are, and the slot goes all the same', async () => {
  const before = rules();
  // As on a full disk: what takes our own rule out gets no further than one line.
  const full = `case $* in *'scalingtier: begin'*) ;; *) exec /bin/sed "$@" ;; esac
    lines=$(/bin/cat)
    case $lines in *'scalingtier: begin'*) echo cut; exit 4 ;; esac
    printf '%s\\n' "$lines"`;
  await withCommand('sed', full, async () => {
    ground.setNetwork('10.0.0.0/16');
    const away = { SOURCE_HOST: '127.0.0.2' };
    expect(failure(await ground.run('replicate', { arguments: away }))).toMatch(/^RDS cannot subscribe to the server/);
    expect(rules()).toMatch(/^# scalingtier: begin/);
    expect(rules().endsWith(before)).toBe(true);
    expect(await source('SELECT count(*) FROM pg_replication_slots')).toBe('0');
  });
  answered(await ground.run('stop-replication', { undo: 1 }));

  expect(rules()).toBe(before);
  expect(await traces(ground)).toBe('');
});

test('changes in more transactions than are read at once are all compared', async () => {
  await replicated(ground);
  const updates = Array.from({ length: 60 }, (_, n) => `UPDATE t SET what = 'new' WHERE n = ${n + 1};`);
  await asApp(ground, 'source', updates.map((update) => `BEGIN; ${update} COMMIT;`).join('\n'));
  await frozen(ground);
  while ((await target("SELECT count(*) FROM t WHERE what = 'new'")) !== '60') await delay(20);
  await target("UPDATE t SET what = 'secret' WHERE n = 60");

  expect(failure(await cutOver(ground, { BATCH: 40 }))).toBe('VerificationMismatch: public.t: 1 row differs');
});

test('large objects wait for roles that were made last', async () => {
  await replicated(ground);
  await source('CREATE ROLE late LOGIN; SELECT lo_create(50010); ALTER LARGE OBJECT 50010 OWNER TO late');
  await frozen(ground);
  await ground.target.query('postgres', "BEGIN; LOCK pg_authid IN SHARE MODE; PREPARE TRANSACTION 'slow roles'");
  const { child, ran } = ground.start('cut-over', { arguments: { METHOD: 'LogicalReplication' } });
  await Promise.race([
    ran,
    new Promise<void>((resolve) => {
      child.stdout?.on('data', (text) => {
        if (String(text).includes('make the roles on RDS')) resolve();
      });
    }),
  ]);
  await ground.target.query('postgres', "COMMIT PREPARED 'slow roles'");

  answered(await ran);
  expect(await target('SELECT lomowner::regrole FROM pg_largeobject_metadata')).toBe('late');
});

describe('after a long wait for an approval', () => {
  const refused = async (values: Readonly<Record<string, number>> = {}): Promise<string> => {
    const words = failure(await ground.run('freeze', { arguments: values }));
    await asApp(ground, 'source', "INSERT INTO t VALUES (-1, 'still written')");
    return words;
  };

  test('a freeze is refused when too much was written', async () => {
    await replicated(ground);
    await asApp(ground, 'source', "UPDATE t SET what = repeat('y', 1000)");

    expect(await refused({ LEFT_BYTES: 1_000_000 })).toMatch(
      /^too much was written .*scalingtier_changes is (reserved|extended), \d+ kB behind; nothing was changed/,
    );
  });

  test('a freeze is refused when the slot is gone', async () => {
    await replicated(ground);
    await source("SELECT pg_drop_replication_slot('scalingtier_changes')");

    expect(await refused()).toMatch(/the replication slot scalingtier_changes is gone/);
  });

  test('a freeze is refused when the schema has changed', async () => {
    await replicated(ground);
    await asApp(ground, 'source', 'CREATE INDEX ON t (what)');

    expect(await refused()).toMatch(/^the schema of the database "app" has changed since it was copied to RDS/);
  });

  test('a freeze is refused when the server is another one', async () => {
    await replicated(ground);
    rmSync(join(ground.root, 'var/lib/scalingtier/replication'), { recursive: true });

    expect(await refused()).toMatch(/^the rows were not compared before the freeze, or another server has come since$/);
  });
});

describe('a side that does not answer', () => {
  const allow = (side: 'source' | 'target', value: boolean) =>
    ground[side].query('postgres', `ALTER DATABASE app ALLOW_CONNECTIONS ${value}`);
  const CLOSED = 'not currently accepting connections';

  test('is waited for while rows are copied, but not for ever', async () => {
    const { schema } = answered(await ground.run('replicate'));
    const SCHEMA = String(schema);
    await allow('target', false);
    expect(failure(await ground.run('follow', { arguments: { SCHEMA, PATIENCE: 2 } }))).toMatch(
      /^the server and RDS could not both be asked for 2 s: .*not currently accepting connections/,
    );
    const operation = 'f0'.repeat(32);
    const { ran } = ground.start('follow', { operation, arguments: { SCHEMA } });
    const errors = join(ground.root, 'var/lib/scalingtier/operations', operation, 'stderr');
    while (!existsSync(errors) || !readFileSync(errors, 'utf8').includes(CLOSED)) await delay(20);
    await allow('target', true);

    expect(answered(await ran)).toMatchObject({ tables: 1 });
  });

  test('is no change of the schema', async () => {
    const { schema } = answered(await ground.run('replicate'));
    await allow('source', false);
    const words = failure(await ground.run('follow', { arguments: { SCHEMA: String(schema) } }));
    await allow('source', true);

    expect(words).toMatch(
      /^database\.follow: cannot wait until RDS has all rows: .*not currently accepting connections/,
    );
  });
});

test('what a slot may keep must leave half of the room, together with other logs', async () => {
  // Room for 3,000 MB; the slot may keep 1,024, and the server keeps up to 1,024 beside.
  await withCommand('df', 'echo; echo "disk 9000000 0 3072000 0% /"', async () => {
    expect(failure(await ground.run('inspect-replication'))).toMatch(
      /\(1\) max_slot_wal_keep_size is 1024 MB: .* has 3000 MB free, half of which .* max_wal_size, 1024 MB; ALTER SYSTEM SET max_slot_wal_keep_size = '476 MB'/,
    );
  });
  await withCommand('df', 'echo; echo "disk 9000000 0 1024000 0% /"', async () => {
    expect(failure(await ground.run('inspect-replication'))).toMatch(/1000 MB free, .* 1024 MB; make room$/);
  });
  await withCommand('df', 'echo; echo "disk 9000000 0 4194304 0% /"', async () => {
    expect(answered(await ground.run('inspect-replication'))).toMatchObject({ tables: 1 });
  });
});

test('thousands of tables can be compared', async () => {
  // Their names together are longer than what one argument of a program may be.
  await source(`DO $$ DECLARE space text := repeat('s', 63); BEGIN
    EXECUTE format('CREATE SCHEMA %s AUTHORIZATION app', space);
    FOR n IN 1..1100 LOOP EXECUTE format('CREATE TABLE %s.%s (n int)', space, repeat('t', 59) || lpad(n::text, 4, '0')); END LOOP;
    EXECUTE format('INSERT INTO %s.%s VALUES (1)', space, repeat('t', 59) || '1100');
  END $$`);
  const { POSITION } = await frozen(ground);
  answered(await ground.run('copy', { arguments: { POSITION } }));

  const values = { POSITION, METHOD: 'LogicalReplication' };
  expect(answered(await ground.run('compare', { arguments: values }))).toMatchObject({
    tables: 1101,
    rowsTarget: 2501,
  });
  await target(`DELETE FROM ${'s'.repeat(63)}.${'t'.repeat(59)}1100`);
  expect(failure(await ground.run('compare', { arguments: values }))).toMatch(/t1100: 1 on the server, 0 on RDS$/);
});
