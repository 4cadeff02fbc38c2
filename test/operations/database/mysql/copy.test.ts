import { literal, mysql } from '../../../sandbox/databases/mysql/client.ts';
import { answered, awsLog, failure, isTidy, MASTER, move } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { RICH, RICH_ACCOUNTS, RICH_VIEWS } from './rich.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

async function makeRich(): Promise<void> {
  await makeApp(ground);
  await ground.source.query(RICH_ACCOUNTS);
  await ground.source.query(RICH, 'app');
  await ground.source.query(RICH_VIEWS, 'app');
}

test('everything that a database can hold moves, and works there', async () => {
  await makeRich();
  expect(answered(await ground.run('inspect'))).toMatchObject({
    tables: 7,
    accounts: 7,
    routines: 2,
    triggers: 2,
    events: 3,
  });
  expect(answered(await ground.run('rehearse'))).toMatchObject({ seconds: expect.any(Number) });
  expect(
    await ground.target.query("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%rehearsal'"),
  ).toBe('0');
  const compared = await move(ground);

  expect(compared).toMatchObject({ tables: 7, checksums: 7, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(compared.rowsSource).toBe(compared.rowsTarget);
  expect(isTidy(ground)).toBe(true);
  const { host, port } = ground.target;
  const there = { host, port, sslMode: 'REQUIRED', database: 'app' } as const;
  await asApp(
    ground,
    'target',
    "CALL spell(2, @said); INSERT INTO orders (kind, placed, total) VALUES (NULL, '2024-01-01', NULL)",
  );
  expect(
    await mysql({ ...there, user: 'reader', password: 'read' }, 'SELECT CURRENT_ROLE(); SELECT COUNT(*) FROM totals'),
  ).toBe('`report readers`@`%`\n251');
  await expect(mysql({ ...there, user: 'away', password: 'away' }, 'SELECT 1')).rejects.toThrow('Account is locked');
  // Nobody has the name of an administrator there; what it defined is the master user's.
  expect(
    await ground.target.query(
      "SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'app' UNION SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'app' ORDER BY 1",
    ),
  ).toBe(`app@localhost\n${MASTER.name}@%`);
  expect(
    await ground.target.query(
      "SELECT EVENT_NAME, STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'app' ORDER BY 1",
    ),
  ).toBe('asleep\tDISABLED\nlate\tENABLED\ntick\tENABLED');
  expect(await ground.target.query("SELECT COUNT(*) FROM mysql.user WHERE User = 'keeper'")).toBe('0');
});

test('no password is in an argument, in what is kept, or in what is said', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  answered(await ground.run('rehearse'));
  await move(ground);
  const hash = await ground.source.query("SELECT HEX(authentication_string) FROM mysql.user WHERE User = 'app'");
  const kept = ground.kept();

  expect(awsLog(ground)).not.toContain(MASTER.password);
  for (const secret of [MASTER.password, hash]) expect(kept).not.toContain(secret);
});

test('what events write begins when both sides were found equal, and not before', async () => {
  await makeApp(
    ground,
    "CREATE TABLE log (what text); CREATE DEFINER = 'app'@'%' EVENT tick ON SCHEDULE EVERY 1 SECOND DO INSERT INTO log VALUES ('tick')",
  );
  const { position = '' } = answered(await ground.run('freeze'));
  const POSITION = { arguments: { POSITION: String(position) } };
  answered(await ground.run('copy', POSITION));
  const before = await ground.source.query('SELECT COUNT(*) FROM app.log');
  expect(await ground.target.query('SELECT COUNT(*) FROM app.log')).toBe(before);
  answered(await ground.run('compare', POSITION));

  while ((await ground.target.query('SELECT COUNT(*) FROM app.log')) === before)
    await ground.target.query('DO SLEEP(0.1)');
  expect(await ground.source.query('SELECT COUNT(*) FROM app.log')).toBe(before);
});

test('a copy that was cut off is made anew, over what it left', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t VALUES (1)');
  const { position = '' } = answered(await ground.run('freeze'));
  const given = { arguments: { POSITION: String(position) } };
  const options = { operation: 'ab'.repeat(32), ...given };
  ground.replaceCommand('gzip', 'case $* in -dc*) kill -KILL -$$; kill -KILL 0 ;; esac; exec /bin/gzip "$@"');
  expect((await ground.run('copy', options)).answer).toBeUndefined();
  ground.restoreCommand('gzip');

  answered(await ground.run('copy', options));
  expect(answered(await ground.run('compare', given))).toMatchObject({ rowsTarget: 1 });
});

test('a dump that breaks off is no copy', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t VALUES (1)');
  const { position = '' } = answered(await ground.run('freeze'));
  ground.replaceCommand('mysqldump', 'echo "mysqldump: Error 2013: Lost connection" >&2; exit 3');
  try {
    const said = failure(await ground.run('copy', { arguments: { POSITION: String(position) } }));
    expect(said).toMatch(/cannot dump the database: mysqldump: Error 2013/);
  } finally {
    ground.restoreCommand('mysqldump');
  }
  expect(isTidy(ground)).toBe(true);
});

test.each([
  ['a database that is not frozen', 'is not frozen', async () => {}],
  [
    'a database on RDS that came from elsewhere',
    'is not empty and was not copied from the server',
    async () => {
      await ground.target.query('CREATE TABLE app.mine (n int PRIMARY KEY)');
      answered(await ground.run('freeze'));
    },
  ],
  [
    'an account on RDS that came from elsewhere',
    "none of ours; rename or drop one of each: 'app'@'%'",
    async () => {
      await ground.target.query(`CREATE USER 'app'@'%' IDENTIFIED BY ${literal('theirs')}`);
      answered(await ground.run('freeze'));
    },
  ],
  [
    'a server behind the position of the freeze',
    'its data were replaced since',
    async () => void answered(await ground.run('freeze')),
  ],
])('%s is refused, and nothing is touched', async (_, words, prepare) => {
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY)');
  await prepare();
  const position = words.includes('replaced') ? '999999999999999' : '0';

  expect(failure(await ground.run('copy', { arguments: { POSITION: position } }))).toContain(words);
  expect(
    await ground.target.query(
      "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'app' AND TABLE_NAME = 't'",
    ),
  ).toBe('0');
});
