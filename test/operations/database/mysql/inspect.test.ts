import { mysql } from '../../../sandbox/databases/mysql/client.ts';
import { APP, answered, failure } from '../machine.ts';
import { type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

test('a database that can move is described', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY); CREATE TABLE u (n int)');

  expect(answered(await ground.run('inspect'))).toEqual({
    ...{ bytes: expect.any(Number), tables: 2, rows: expect.any(Number), accounts: 1 },
    ...{ routines: 0, triggers: 0, events: 0, version: expect.stringMatching(/^\d/), freeBytes: expect.any(Number) },
  });
});

test.each([
  ['tables of another engine than InnoDB', 'CREATE TABLE t (n int) ENGINE = MyISAM', 't (MyISAM)'],
  ['columns of type FLOAT', 'CREATE TABLE t (n float)', 't.n'],
  [
    'foreign keys into other databases',
    'CREATE DATABASE b; CREATE TABLE b.p (n int PRIMARY KEY); CREATE TABLE t (n int REFERENCES b.p (n), CONSTRAINT f FOREIGN KEY (n) REFERENCES b.p (n))',
    't (b.p)',
  ],
  ['other databases on the server', 'CREATE DATABASE b', 'b'],
  [
    'of a definer that does not exist (gone@localhost)',
    "CREATE DEFINER = 'gone'@'localhost' VIEW v AS SELECT 1",
    'view v',
  ],
  [
    'accounts with rights on the whole server that RDS does not give',
    "CREATE USER 'files'@'%' IDENTIFIED BY 'x'; GRANT FILE ON *.* TO 'files'@'%'; CREATE USER 'saver'@'%' IDENTIFIED BY 'x'; GRANT BACKUP_ADMIN ON *.* TO 'saver'@'%'",
    "'files'@'%', 'saver'@'%'",
  ],
  [
    "accounts with a role that is an administrator's",
    "CREATE ROLE boss; GRANT SUPER ON *.* TO boss; GRANT boss TO 'app'@'%'",
    "'app'@'%'",
  ],
  [
    'accounts that log in by what RDS does not have',
    "CREATE USER 'old'@'%' IDENTIFIED WITH sha256_password BY 'x'",
    "'old'@'%' (sha256_password)",
  ],
  ['accounts that log in as another one', "GRANT PROXY ON 'root'@'localhost' TO 'app'@'%'", "'app'@'%'"],
  ["accounts with rights on a database of MySQL's own", "GRANT SELECT ON mysql.* TO 'app'@'%'", "'app'@'%'"],
  [
    'accounts that may come from the server alone',
    "CREATE USER 'local'@'localhost' IDENTIFIED BY 'x'",
    "'local'@'localhost'",
  ],
  ['there is no account that the app could have on RDS', "DROP USER 'app'@'%'", 'CREATE USER'],
  ['the server takes no writes already', 'SET GLOBAL read_only = ON', 'read_only'],
  ['these settings are kept in the data', 'SET PERSIST read_only = OFF', 'read_only'],
])('%s', async (words, sql, name) => {
  await makeApp(ground, sql);

  const said = failure(await ground.run('inspect'));
  expect(said).toContain(words);
  expect(said).toMatch(/^the database cannot move to RDS as it is: \(1\) /);
  expect(said.split(/; \(\d+\) /).find((part) => part.includes(words))).toMatch(
    new RegExp(`: ${name.replaceAll(/[()'$.*]/g, '\\$&')}$`),
  );
});

test('administrators that are connected to the database', async () => {
  await makeApp(ground);
  const { source } = ground;
  await source.query("CREATE USER 'boss'@'%' IDENTIFIED BY 'x'; GRANT ALL ON *.* TO 'boss'@'%'");
  const connection = { host: source.host, port: source.port, sslMode: 'DISABLED' } as const;
  const sleeping = mysql({ ...connection, user: 'boss', password: 'x', database: 'app' }, 'DO SLEEP(600)').catch(
    () => {},
  );
  const sessions = "SELECT PROCESSLIST_ID FROM performance_schema.threads WHERE PROCESSLIST_USER = 'boss'";
  while ((await source.query(sessions)) === '') await source.query('DO SLEEP(0.05)');

  expect(failure(await ground.run('inspect'))).toContain('administrators are connected to the database');
  await source.query(`KILL ${await source.query(sessions)}`);
  await sleeping;
});

test('an older version on RDS, a full disk and a prepared transaction are said at once', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  await ground.source.query("XA START 'x'; INSERT INTO app.t VALUES (1); XA END 'x'; XA PREPARE 'x'");
  ground.replaceCommand('df', 'echo "x 0 0 0 0 /"');
  try {
    const said = failure(await ground.run('inspect', { arguments: { RDS_VERSION: '8.0' } }));
    for (const words of ['RDS would run 8.0, which is older', 'XA COMMIT', 'grow the volume'])
      expect(said).toContain(words);
  } finally {
    ground.restoreCommand('df');
    await ground.source.query("XA ROLLBACK 'x'");
  }
});

test.each([
  ['another port', { PORT: 3307 }, 'spec.database.onInstance.port says 3307'],
  ['another database', { DATABASE: 'other' }, 'spec.database.name must name'],
  ['a name that is none', { DATABASE: 'a`b' }, 'is no name that a database can have on RDS'],
])('%s is refused', async (_, given, words) => {
  await makeApp(ground);

  expect(failure(await ground.run('inspect', { arguments: given }))).toContain(words);
});

test('a server that does not let root in is told so, without a password of anybody', async () => {
  ground.replaceCommand(
    'mysql',
    "echo \"ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: NO)\" >&2; exit 1",
  );
  try {
    const said = failure(await ground.run('inspect'));
    expect(said).toMatch(/does not let the system's root in at its socket: ERROR 1045/);
    expect(said).not.toContain(APP.password);
  } finally {
    ground.restoreCommand('mysql');
  }
});
