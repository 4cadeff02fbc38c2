/** The copy: everything that the database is arrives, the app works on with its old password, and nothing else is touched. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { psql } from '../../../sandbox/databases/psql.ts';
import { answered, failure, isTidy, MASTER } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { RICH, RICH_ROLES } from './rich.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

const target = (sql: string) => ground.target.query('app', sql);

/** Frozen and copied. */
async function copied(): Promise<void> {
  const { position = '' } = answered(await ground.run('freeze'));
  answered(await ground.run('copy', { arguments: { POSITION: String(position) } }));
}

test('an empty database', async () => {
  await makeApp(ground);
  await copied();

  expect(answered(await ground.run('compare'))).toMatchObject({ tables: 0, rowsSource: 0, rowsTarget: 0 });
  await asApp(ground, 'target', 'CREATE TABLE first (n int); INSERT INTO first VALUES (1)');
  expect(isTidy(ground)).toBe(true);
});

describe('a database that has something of everything', () => {
  beforeEach(async () => {
    await makeApp(ground, RICH_ROLES + RICH);
    await copied();
  });

  test('is the same on RDS, and the app works on', async () => {
    expect(answered(await ground.run('compare'))).toEqual({
      tables: 14,
      rowsSource: 1778,
      rowsTarget: 1778,
      checksums: 14,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });

    expect(await asApp(ground, 'target', "INSERT INTO sales.orders (placed) VALUES ('2025-01-01') RETURNING id")).toBe(
      '1001',
    );
    expect(await asApp(ground, 'target', 'INSERT INTO sales.kinds (b) VALUES (4) RETURNING id, au')).toBe('301|8');
    expect(await asApp(ground, 'target', "SELECT nextval('sales.steps'), nextval('sales.untouched')")).toBe('-20|77');
    expect(await asApp(ground, 'target', 'SELECT what FROM sales.secret')).toBe('mine');
    expect(await asApp(ground, 'target', 'SELECT count(*) FROM "Old Stuff".of_the_superuser')).toBe('2');
    await asApp(ground, 'target', 'ALTER TABLE sales.orders ADD COLUMN more int');
    await expect(asApp(ground, 'target', 'DROP TABLE "Old Stuff".of_another')).rejects.toThrow(/must be owner/);
    expect(await target('SELECT n FROM "Old Stuff".sums')).toBe('1000');
    expect(await target("SELECT relispopulated FROM pg_class WHERE relname = 'later'")).toBe('f');
  });

  test('has its roles, memberships and settings', async () => {
    const roles = `SELECT rolname, rolcanlogin, rolcreatedb, rolcreaterole, rolinherit, rolconnlimit, rolvaliduntil, rolpassword
      FROM pg_authid WHERE rolname IN ('app', 'reader', 'boss', 'owner_of_little', 'Report Readers', 'o''neil "x"') ORDER BY 1`;
    expect((await target(roles)).replaceAll('infinity', '')).toBe(await ground.source.query('app', roles));
    expect(await target("SELECT rolsuper OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = 'app'")).toBe(
      'f',
    );
    const members = `SELECT g.rolname, r.rolname, bool_or(m.admin_option), bool_or(m.inherit_option), bool_or(m.set_option)
      FROM pg_auth_members m JOIN pg_roles r ON r.oid = member JOIN pg_roles g ON g.oid = roleid
      WHERE r.rolname IN ('app', 'reader', 'boss') GROUP BY 1, 2 ORDER BY 1`;
    expect(await target(members)).toBe(await ground.source.query('app', members));

    const settings = `SELECT coalesce(rolname, ''), setdatabase <> 0, setting FROM pg_db_role_setting
      LEFT JOIN pg_roles r ON r.oid = setrole, unnest(setconfig) setting WHERE setting !~ '^(log_statement|scalingtier\\.)' ORDER BY 1, 2, 3`;
    expect(await target(settings)).toBe(await ground.source.query('app', settings));
    expect(await target("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = 'reader'")).toMatch(
      /^reads; /,
    );
    expect(await target("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'app'")).toMatch(
      /^the app's own; /,
    );
    expect(await target("SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolsuper OR rolname = 'postgres'")).toBe(
      'rdsadmin',
    );
  });

  test('belongs to the master user where it was a superuser’s', async () => {
    const owners = `SELECT relname, pg_get_userbyid(relowner) FROM pg_class WHERE relname IN ('of_the_superuser', 'of_another', 'sums', 'orders') ORDER BY 1`;
    expect(await target(owners)).toBe(
      `of_another|owner_of_little\nof_the_superuser|${MASTER.name}\norders|app\nsums|${MASTER.name}`,
    );
    expect(await target('SELECT pg_get_userbyid(lomowner) FROM pg_largeobject_metadata WHERE oid = 50003')).toBe(
      MASTER.name,
    );
    expect(await target("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'app'")).toBe('app');
    const { host, port } = ground.target;
    const master = {
      host,
      port,
      user: MASTER.name,
      password: MASTER.password,
      database: 'app',
      sslmode: 'require',
    } as const;
    // What a superuser gave by default, the master user gives.
    await psql(master, 'CREATE TABLE sales.made_later (n int)');
    await asApp(ground, 'target', 'INSERT INTO sales.made_later VALUES (1)');
  });

  test('is copied anew by another attempt, with what it has become', async () => {
    await asApp(ground, 'target', 'DELETE FROM sales.fast');
    answered(await ground.run('thaw'));
    await asApp(ground, 'source', 'INSERT INTO sales.fast VALUES (3)');
    await ground.source.query('app', 'ALTER ROLE reader PASSWORD \'new\'; DROP TABLE "Old Stuff".of_another');
    await copied();

    expect(answered(await ground.run('compare'))).toMatchObject({ rowsSource: 1779, rowsTarget: 1779 });
    const { host, port } = ground.target;
    expect(
      await psql(
        { host, port, user: 'reader', password: 'new', database: 'app', sslmode: 'require' },
        'SHOW search_path',
      ),
    ).toBe('"Old Stuff", public, "$user"');
  });
});

test('nobody can log in before it is whole; killed in the middle and run again, it is whole', async () => {
  await makeApp(
    ground,
    'CREATE TABLE t AS SELECT n, repeat(md5(n::text), 20) AS what FROM generate_series(1, 60000) n; ALTER TABLE t OWNER TO app',
  );
  const { position = '' } = answered(await ground.run('freeze'));
  const options = { arguments: { POSITION: String(position) } };
  const begun = join(ground.root, 'restoring');
  const { tools } = ground.source;
  ground.replaceCommand(
    'pg_restore',
    `case $* in *objects*) : >${begun}; sleep 30 ;; esac; exec ${tools}/pg_restore "$@"`,
  );
  // The tools of the server's own folder would come first.
  ground.replaceCommand('readlink', 'exit 1');
  const { child, ran } = ground.start('copy', options);
  while (!existsSync(begun)) await delay(50);
  expect(await ground.target.query('postgres', "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app'")).toBe('f');
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  const cut = await ran;
  expect(cut).toMatchObject({ code: null, answer: undefined });
  ground.restoreCommand('pg_restore');
  ground.restoreCommand('readlink');

  answered(await ground.run('copy', { ...options, operation: cut.operation }));
  expect(answered(await ground.run('compare'))).toMatchObject({ rowsTarget: 60_000 });
  expect(isTidy(ground)).toBe(true);
});

test('a second run of a copy answers the same and touches nothing', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int); ALTER TABLE t OWNER TO app');
  answered(await ground.run('freeze'));
  const first = await ground.run('copy');
  expect(answered(first)).toEqual({
    seconds: expect.any(Number),
    bytes: expect.any(Number),
    completed: expect.stringMatching(/^20.* [0-9a-f]{12}$/),
  });
  await asApp(ground, 'target', 'INSERT INTO t VALUES (1)');

  expect((await ground.run('copy', { operation: first.operation })).answer).toEqual(first.answer);
  expect(await target('SELECT count(*) FROM t')).toBe('1');
});

describe('is refused', () => {
  beforeEach(() => makeApp(ground, 'CREATE TABLE t (n int); ALTER TABLE t OWNER TO app'));

  test('while the database is not frozen', async () => {
    expect(failure(await ground.run('copy'))).toContain('is not frozen');
    await ground.source.query('postgres', 'ALTER DATABASE app CONNECTION LIMIT 0');
    expect(failure(await ground.run('copy'))).toContain('is not frozen');
  });

  test('once the pointer names another host: that copy serves', async () => {
    await copied();
    ground.setPointer('db.example.com');
    await asApp(ground, 'target', 'INSERT INTO t VALUES (1)');

    expect(failure(await ground.run('copy'))).toMatch(/names another host than the server/);
    expect(await target('SELECT count(*) FROM t')).toBe('1');
  });

  test('where the target holds what was not copied', async () => {
    await target('CREATE TABLE precious (n int)');
    answered(await ground.run('freeze'));

    expect(failure(await ground.run('copy'))).toContain(
      'the database "app" on RDS is not empty and was not copied from the server',
    );
    expect(await target('SELECT count(*) FROM precious')).toBe('0');
  });

  test('where the target has a role of the same name', async () => {
    await ground.target.query('postgres', "CREATE ROLE app LOGIN PASSWORD 'theirs'");
    answered(await ground.run('freeze'));

    expect(failure(await ground.run('copy'))).toMatch(
      /roles on RDS that have the names of roles on the server and are none of ours.*: app$/,
    );
  });

  test('where the server has the master user’s name', async () => {
    await ground.source.query('postgres', `CREATE ROLE ${MASTER.name} LOGIN`);
    answered(await ground.run('freeze'));

    expect(failure(await ground.run('copy'))).toMatch(new RegExp(`none of ours.*: ${MASTER.name}$`));
  });

  test('where the server is behind the freeze', async () => {
    answered(await ground.run('freeze'));

    expect(failure(await ground.run('copy', { arguments: { POSITION: 'FFFF/0' } }))).toContain(
      'is behind the position of the freeze',
    );
  });

  test('without the secret, and says nothing of it', async () => {
    answered(await ground.run('freeze'));
    const secret = JSON.stringify({ username: MASTER.name, password: 'wrong%s' });
    const file = join(ground.root, 'secret.json');
    ground.replaceCommand(
      'cat',
      `case $* in */secret.json) file=$1.wrong ;; *) file=$1 ;; esac; exec /bin/cat "$file"`,
    );
    writeFileSync(`${file}.wrong`, JSON.stringify({ SecretString: secret }));
    try {
      const words = failure(await ground.run('copy'));
      expect(words).toMatch(/cannot reach the database on RDS: .*password authentication failed/);
      expect(words).not.toContain('wrong%s');
    } finally {
      ground.restoreCommand('cat');
    }
  });
});
