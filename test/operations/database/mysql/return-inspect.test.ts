import { mysql } from '../../../sandbox/databases/mysql/client.ts';
import { answered, comeBack, failure, MASTER, moveUp, openServer } from '../machine.ts';
import { asApp, everythingOf, type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

async function prepare(): Promise<void> {
  await ground.reset();
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  await moveUp(ground);
}

const rds = (sql: string) => ground.target.query(sql, 'app');
const server = (sql: string) => ground.source.query(sql);
const open = 'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF';

describe('with a server that runs', () => {
  beforeAll(async () => {
    ground = await startGround();
  });
  beforeEach(prepare);
  afterAll(() => ground.stop());

  test('it says what will move, and changes nothing', async () => {
    const before = [await everythingOf(ground, 'source'), await everythingOf(ground, 'target')];
    expect(answered(await ground.run('inspect-return'))).toMatchObject({ tables: 1, accounts: 1, events: 0 });

    expect([await everythingOf(ground, 'source'), await everythingOf(ground, 'target')]).toEqual(before);
  });

  test.each<[string, RegExp, () => Promise<unknown>]>([
    [
      'a table of another engine',
      /another engine than InnoDB.*: m \(MyISAM\)$/,
      () => rds('CREATE TABLE m (n int) ENGINE = MyISAM'),
    ],
    [
      'another database on RDS',
      /other databases on RDS would stay behind.*: other$/,
      () => rds('CREATE DATABASE other'),
    ],
    [
      'an account with a role of RDS',
      /a role that is an administrator's.*: 'app'@'%'$/,
      () => rds("GRANT rds_superuser_role TO 'app'@'%'"),
    ],
    [
      'rights that are partly revoked',
      /partial revokes.*: 'app'@'%'$/,
      () => rds("GRANT SELECT ON *.* TO 'app'@'%'; REVOKE SELECT ON sys.* FROM 'app'@'%'"),
    ],
    [
      'an event that is asleep already',
      /disabled on replicas.*: e$/,
      () => rds('CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE ON REPLICA DO DO 1'),
    ],
    [
      'an account without what the server lets in by',
      /log in by what the server does not have.*: 'odd'@'%' \(sha256_password\)$/,
      () => rds("CREATE USER 'odd'@'%' IDENTIFIED WITH sha256_password BY 'x'"),
    ],
    [
      'an administrator of the server with the name of an account on RDS',
      /administrators on the server have the names of accounts on RDS.*: 'boss'@'%'$/,
      async () => {
        await rds("CREATE USER 'boss'@'%' IDENTIFIED BY 'x'");
        await server(`${open}; CREATE USER 'boss'@'%' ACCOUNT LOCK; GRANT ALL ON *.* TO 'boss'@'%'`);
      },
    ],
    [
      'a database that somebody has opened by hand',
      /neither empty nor the one that the move to RDS has left, closed/,
      () => server(`${open}; ALTER USER 'app'@'%' ACCOUNT UNLOCK`),
    ],
    [
      'a database in the place where the old one is to stand',
      /"app_retired" on the server has the name that the old "app" gets; drop it$/,
      () => server(`${open}; CREATE DATABASE app_retired; CREATE TABLE app_retired.x (n int)`),
    ],
  ])('%s is named', async (_, words, make) => {
    await make();
    expect(failure(await ground.run('inspect-return'))).toMatch(words);
  });

  test('the master user in the database, and a full disk, are said at once', async () => {
    const { host, port } = ground.target;
    const master = {
      host,
      port,
      user: MASTER.name,
      password: MASTER.password,
      sslMode: 'REQUIRED',
      database: 'app',
    } as const;
    const sleeping = mysql(master, 'DO SLEEP(600)').catch(() => {});
    const sessions = `SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '${MASTER.name}'`;
    while ((await rds(sessions)) === '') await rds('DO SLEEP(0.05)');
    ground.replaceCommand('df', 'echo "x 0 0 0 0 /"');
    try {
      const said = failure(await ground.run('inspect-return'));
      expect(said).toContain('the app must not connect as master user');
      expect(said).toContain('needs 2.5 times');
    } finally {
      ground.restoreCommand('df');
      await rds(`KILL ${await rds(sessions)}`);
      await sleeping;
    }
  });

  test('while the server serves there is nothing to bring back', async () => {
    ground.setPointer('localhost');
    expect(failure(await ground.run('inspect-return'))).toContain('RDS does not serve');
  });
});

describe('with a server that the move up has stopped', () => {
  // What has started it anew is not ours to stop.
  beforeEach(async () => {
    ground = await startGround();
    await prepare();
    answered(await ground.run('retire'));
    await ground.source.ended;
  });
  afterEach(() => ground.stop());

  const isServing = () =>
    server('SELECT 1').then(
      () => true,
      () => false,
    );

  test('it is started, and stopped again when that is taken back, or when the inspection fails', async () => {
    expect(answered(await ground.run('inspect-return'))).toMatchObject({ tables: 1 });
    expect(await isServing()).toBe(true);
    expect(answered(await ground.run('sleep-return'))).toEqual({ stopped: true });
    expect(await isServing()).toBe(false);
    expect(answered(await ground.run('sleep-return'))).toEqual({ stopped: true });
    await rds('CREATE DATABASE other');
    expect(failure(await ground.run('inspect-return'))).toContain('other databases on RDS');
    expect(await isServing()).toBe(false);
  });

  test('the database comes back to it, and it stays up', async () => {
    await asApp(ground, 'target', 'INSERT INTO t VALUES (1)');
    expect(await comeBack(ground)).toMatchObject({ rowsTarget: 1 });
    expect(failure(await ground.run('sleep-return'))).toContain('not in its place yet');
    await openServer(ground);

    expect(answered(await ground.run('sleep-return'))).toEqual({ stopped: true });
    expect(await isServing()).toBe(true);
    answered(await ground.run('discard-return'));
    expect(await asApp(ground, 'source', 'SELECT COUNT(*) FROM t')).toBe('1');
  });
});
