/** What replication refuses, with the words that help; and that whatever ends it leaves nothing on the server. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answered, failure } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { completed, cutOver, frozen, replicated, traces } from './replicated.ts';

const TABLE = `CREATE TABLE t (n int PRIMARY KEY, what text); ALTER TABLE t OWNER TO app;
  INSERT INTO t SELECT i, 'x' FROM generate_series(1, 25000) i;`;

describe('a server as it comes', () => {
  let ground: Ground;

  beforeAll(async () => {
    const settings = {
      wal_level: 'replica',
      max_slot_wal_keep_size: '-1',
      max_replication_slots: '2',
      max_wal_senders: '3',
    };
    ground = await startGround(settings);
  });
  beforeEach(() => ground.reset());
  afterAll(() => ground.stop());

  test('is told how it has to be set, all at once', async () => {
    await makeApp(ground);

    const words = failure(
      await ground.run('inspect-replication', { arguments: { RDS_VERSION: '15.4', SOURCE_HOST: '127.0.0.2' } }),
    );
    expect(words).toContain(
      '(1) wal_level is replica and must be logical: ALTER SYSTEM SET wal_level = logical, and restart',
    );
    expect(words).toMatch(
      /\(2\) max_slot_wal_keep_size is not limited: .* which has \d+ MB free, .*; ALTER SYSTEM SET max_slot_wal_keep_size = '\d+ MB'/,
    );
    expect(words).toContain(
      '(3) 2 of 2 replication slots are free and 4 are needed: ALTER SYSTEM SET max_replication_slots = 10',
    );
    expect(words).toContain('(4) 3 of 3 WAL senders are free and 4 are needed');
    expect(words).toContain('(5) RDS would run PostgreSQL 15, where only 16 and later');
    expect(words).toMatch(/\(6\) the server does not listen at 127\.0\.0\.2 port 5432, where RDS would reach it/);
  });
});

describe('a server that is set for it', () => {
  let ground: Ground;

  beforeAll(async () => {
    ground = await startGround();
  });
  beforeEach(() => ground.reset());
  afterAll(() => ground.stop());

  const source = (sql: string) => ground.source.query('app', sql);
  const target = (sql: string) => ground.target.query('app', sql);

  const CONTENTS: readonly { readonly name: string; readonly sql: string; readonly words: RegExp }[] = [
    {
      name: 'an unlogged table',
      sql: 'CREATE UNLOGGED TABLE fast (n int)',
      words: /\(1\) unlogged tables are not replicated; .*: public\.fast$/,
    },
    {
      name: 'a trigger that runs on RDS too',
      sql: `CREATE TABLE t (n int PRIMARY KEY); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER twice BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t ENABLE ALWAYS TRIGGER twice`,
      words:
        /\(1\) triggers that are enabled ALWAYS or REPLICA would run again on RDS; ENABLE TRIGGER: public\.t\.twice$/,
    },
    {
      name: 'a table without a key whose rows cannot be told apart',
      sql: 'CREATE TABLE loose (n int, a json, b text, c json[], d point)',
      words: /cannot be compared, .*: public\.loose\.a, public\.loose\.c, public\.loose\.d$/,
    },
    {
      name: 'a large table without a key',
      sql: 'CREATE TABLE loose AS SELECT repeat(md5(i::text), 10) FROM generate_series(1, 1000) i; CREATE TABLE keyed (n int PRIMARY KEY)',
      words: /tables without a primary key .* more than 98 kB with the large objects; give them a key: public\.loose$/,
    },
    {
      name: 'a table of an extension with rows of the user’s',
      sql: `CREATE EXTENSION pgcrypto; CREATE TABLE config (n int PRIMARY KEY); INSERT INTO config VALUES (7); ALTER EXTENSION pgcrypto ADD TABLE config;
        UPDATE pg_extension SET extconfig = ARRAY['config'::regclass::oid], extcondition = ARRAY['WHERE n > 5'] WHERE extname = 'pgcrypto'`,
      words: /hold rows that are not the extension's own, .*: public\.config of pgcrypto$/,
    },
    {
      name: 'many large objects',
      sql: "SELECT lo_from_bytea(0, decode(md5(i::text), 'hex')) FROM generate_series(1, 3000) i",
      words: /large objects are copied while nobody can write, and are more than 98 kB; .*: \d+ kB$/,
    },
  ];

  test.each(CONTENTS)('$name is refused', async ({ sql, words }) => {
    await makeApp(ground, sql);

    expect(failure(await ground.run('inspect-replication', { arguments: { FROZEN_BYTES: 100_000 } }))).toMatch(words);
  });

  test('and by its limits is taken', async () => {
    await makeApp(ground, 'CREATE TABLE loose (n int, b text); CREATE TABLE keyed (n int PRIMARY KEY, j json)');

    expect(answered(await ground.run('inspect-replication'))).toEqual({ tables: 2, withoutKey: 1, tls: false });
    expect(await traces(ground)).toBe('');
  });

  test('RDS that is not let in is said, and nothing stays', async () => {
    await makeApp(ground, TABLE);

    ground.setNetwork('10.0.0.0/16');
    const words = failure(await ground.run('replicate', { arguments: { SOURCE_HOST: '127.0.0.2' } }));
    expect(words).toMatch(
      /^RDS cannot subscribe to the server at 127\.0\.0\.2 port 5432: .*could not connect to the publisher/,
    );
    expect(await traces(ground)).toBe('');
  });

  test('a transaction that stays open is waited for, but not for ever', async () => {
    await makeApp(ground, TABLE);
    await source("BEGIN; INSERT INTO t VALUES (-1); PREPARE TRANSACTION 'open'");

    const words = failure(await ground.run('replicate', { arguments: { PATIENCE: 3 } }));
    expect(words).toMatch(/^a transaction on the server has been open for more than 3 s/);
    expect(await traces(ground)).toBe('');
  });

  test('rules that cannot be read are not made worse', async () => {
    await makeApp(ground, TABLE);
    const file = join(ground.source.data, 'pg_hba.conf');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}nonsense\n`);
    try {
      expect(failure(await ground.run('replicate'))).toMatch(/rules for clients \(.*pg_hba\.conf\) have errors/);
      expect(readFileSync(file, 'utf8')).toBe(`${before}nonsense\n`);
    } finally {
      writeFileSync(file, before);
    }
    expect(await traces(ground)).toBe('');
  });

  test('a server with TLS is read with TLS', async () => {
    await makeApp(ground, TABLE);
    const folder = join(ground.target.data, '..');
    const set = (sql: string) => ground.source.query('postgres', sql);
    for (const [name, value] of [
      ['ssl_cert_file', `${folder}/server.crt`],
      ['ssl_key_file', `${folder}/server.key`],
      ['ssl', 'on'],
    ])
      await set(`ALTER SYSTEM SET ${name} TO '${value}'`);
    await set('SELECT pg_reload_conf()');
    try {
      while ((await set('SHOW ssl')) !== 'on') await delay(20);
      expect(answered(await ground.run('replicate'))).toMatchObject({ tls: true });
      const encrypted =
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_replication USING (pid) WHERE usename = 'scalingtier_replication'";
      expect(await set(encrypted)).toBe('t');
      expect(readFileSync(join(ground.source.data, 'pg_hba.conf'), 'utf8')).toMatch(
        /^# scalingtier: begin.*\nhostssl "app" scalingtier_replication 127\.0\.0\.0\/8 scram-sha-256\n# scalingtier: end\n/,
      );
    } finally {
      await set('ALTER SYSTEM RESET ALL');
      await set('SELECT pg_reload_conf()');
    }
  });

  test('an index that is made in mid-way ends it, before anything is interrupted', async () => {
    await makeApp(ground, TABLE);
    const { schema } = answered(await ground.run('replicate'));
    const values = { arguments: { SCHEMA: String(schema) } };
    answered(await ground.run('follow', values));
    await asApp(ground, 'source', 'CREATE INDEX ON t (what)');

    for (const step of ['follow', 'verify'] as const)
      expect(failure(await ground.run(step, values))).toMatch(
        /^the schema of the database "app" has changed since it was copied to RDS/,
      );
    answered(await ground.run('stop-replication', { undo: 1 }));
    expect(await traces(ground)).toBe('');
  });

  test('what RDS cannot write ends it, instead of waiting for ever', async () => {
    await makeApp(ground, TABLE);
    const { schema } = answered(await ground.run('replicate'));
    const values = { arguments: { SCHEMA: String(schema) } };
    answered(await ground.run('follow', values));
    await target("INSERT INTO t VALUES (30000, 'in the way')");
    await asApp(ground, 'source', "INSERT INTO t VALUES (30000, 'x')");

    expect(failure(await ground.run('verify', { arguments: { ...values.arguments, PATIENCE: 5 } }))).toMatch(
      /^RDS is (not connected to the server any more|\d+ bytes behind the server after 5 s)$/,
    );
  });

  test('a freeze leaves our own reader', async () => {
    await makeApp(ground, TABLE);
    await replicated(ground);
    const readers = () =>
      source("SELECT string_agg(pid::text, ',') FROM pg_stat_replication WHERE usename = 'scalingtier_replication'");
    const before = await readers();
    answered(await ground.run('freeze'));

    expect(await readers()).toBe(before);
    await expect(asApp(ground, 'source', 'SELECT')).rejects.toThrow(/too many connections/);
  });

  test('a reader that is cut off in the freeze comes back, and goes on', async () => {
    await makeApp(ground, TABLE);
    await replicated(ground);
    await frozen(ground);
    const reader = () => source("SELECT pid FROM pg_stat_replication WHERE usename = 'scalingtier_replication'");
    const before = await reader();
    await source(`SELECT pg_terminate_backend(${before}, 10000)`);
    while (['', before].includes(await reader())) await delay(20);

    answered(await cutOver(ground));
    expect(await traces(ground)).toBe('');
  });

  test('a reader that stays away in the freeze is not waited for without end', async () => {
    await makeApp(ground, TABLE);
    await replicated(ground);
    await target('ALTER SUBSCRIPTION scalingtier DISABLE');
    await frozen(ground);

    expect(failure(await cutOver(ground, { PATIENCE: 3 }))).toBe('RDS is not connected to the server any more');
    answered(await ground.run('thaw'));
    await asApp(ground, 'source', 'INSERT INTO t VALUES (-1)');
    answered(await ground.run('stop-replication', { undo: 1 }));
    expect(await traces(ground)).toBe('');
  });

  test('without a comparison before the freeze there is no end', async () => {
    await makeApp(ground, TABLE);
    await replicated(ground);
    await frozen(ground);
    rmSync(join(ground.root, 'var/lib/scalingtier/replication/app.json'));

    expect(failure(await cutOver(ground))).toContain('the rows were not compared before the freeze');
  });

  test('once the pointer names another host the copy is not touched', async () => {
    await makeApp(ground, TABLE);
    await replicated(ground);
    await completed(ground);
    ground.setPointer('db.example.com');
    await asApp(ground, 'target', "INSERT INTO t VALUES (-1, 'served')");

    expect(answered(await ground.run('stop-replication', { undo: 1, arguments: { PORT: 5999 } }))).toEqual({
      kept: true,
    });
    expect(await target('SELECT what FROM t WHERE n = -1')).toBe('served');
  });

  test('each step can be cut off anywhere and run again', async () => {
    await makeApp(
      ground,
      `${TABLE} CREATE TABLE loose (n int); INSERT INTO loose VALUES (1); ALTER TABLE loose OWNER TO app; SELECT lo_from_bytea(70000, 'large');`,
    );
    const values = { SCHEMA: '', METHOD: 'LogicalReplication' };
    let cuts = 0;
    /** Ends the step's processes later and later, until it gets through before. */
    const insist = async (step: 'replicate' | 'follow' | 'verify' | 'cut-over' | 'stop-replication', undo?: number) => {
      const options = { arguments: values, ...(undo === undefined ? {} : { undo }) };
      let operation: string | undefined;
      for (let milliseconds = 150; ; milliseconds += 150 + milliseconds / 4) {
        const { child, ran } = ground.start(step, operation === undefined ? options : { ...options, operation });
        const timer = setTimeout(() => child.exitCode ?? process.kill(-(child.pid ?? 0), 'SIGKILL'), milliseconds);
        const result = await ran;
        clearTimeout(timer);
        operation = result.operation;
        if (result.code !== null) return answered(result);
        cuts += 1;
      }
    };
    values.SCHEMA = String((await insist('replicate')).schema);
    await insist('stop-replication', 1);
    expect(await traces(ground)).toBe('');
    values.SCHEMA = String((await insist('replicate')).schema);
    await insist('follow');
    await asApp(ground, 'source', "UPDATE t SET what = 'later' WHERE n % 100 = 0");
    await insist('verify');
    await asApp(ground, 'source', 'DELETE FROM t WHERE n % 100 = 1');
    const POSITION = String((await insist('cut-over')).position);

    expect(cuts).toBeGreaterThan(10);
    expect(answered(await ground.run('compare', { arguments: { POSITION } }))).toMatchObject({
      tables: 2,
      rowsSource: 24_751,
      rowsTarget: 24_751,
    });
    expect(await traces(ground)).toBe('');
  });
});
