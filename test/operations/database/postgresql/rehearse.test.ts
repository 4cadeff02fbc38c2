import { answered, failure, isTidy } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { RICH, RICH_ROLES } from './rich.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

const databases = () =>
  ground.target.query(
    'postgres',
    "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE NOT datistemplate",
  );

test('a database that has something of everything', async () => {
  await makeApp(ground, RICH_ROLES + RICH);
  const answer = answered(await ground.run('rehearse'));

  expect(answer).toEqual({
    dumpSeconds: expect.any(Number),
    restoreSeconds: expect.any(Number),
    seconds: expect.any(Number),
    compareSeconds: expect.any(Number),
    expectedInterruptionSeconds: expect.any(Number),
    bytes: expect.any(Number),
  });
  expect(answer.bytes).toBeGreaterThan(1_000_000);
  expect(await databases()).toBe('app,postgres,rdsadmin');
  expect(await ground.target.query('app', 'SELECT count(*) FROM pg_class WHERE oid >= 16384')).toBe('0');
  expect(isTidy(ground)).toBe(true);
  expect(await asApp(ground, 'source', 'SELECT count(*) FROM sales.orders')).toBe('1000');
  await expect(asApp(ground, 'target', 'SELECT')).rejects.toThrow(/authentication failed|not permitted/);

  const { position = '' } = answered(await ground.run('freeze'));
  answered(await ground.run('copy', { arguments: { POSITION: String(position) } }));
  answered(await ground.run('compare'));
});

test('one that takes too long is refused, with the field to raise', async () => {
  await makeApp(ground, 'CREATE TABLE t (n int)');
  // The clock goes a minute further each time it is looked at.
  ground.replaceCommand(
    'date',
    'n=$(cat "$SCALINGTIER_ROOT/clock" 2>/dev/null || echo 0); n=$((n + 60)); echo $n >"$SCALINGTIER_ROOT/clock"; echo $n',
  );
  try {
    expect(failure(await ground.run('rehearse', { arguments: { SECONDS_ALLOWED: 279 } }))).toMatch(
      /took 120 s in the rehearsal and comparing it 60 s; .* without it for 190 s, and up to 280 s .*279 s are allowed: raise spec\.transition\.dataMigration\.maxWriteDowntimeSeconds to 280 or more/,
    );
    expect(answered(await ground.run('rehearse', { arguments: { SECONDS_ALLOWED: 280 } }))).toMatchObject({
      dumpSeconds: 60,
      restoreSeconds: 60,
      seconds: 120,
      compareSeconds: 60,
      expectedInterruptionSeconds: 190,
    });
  } finally {
    ground.restoreCommand('date');
  }
  expect(await databases()).toBe('app,postgres,rdsadmin');
  expect(isTidy(ground)).toBe(true);
});

test('an extension that this version of RDS does not have is named', async () => {
  await makeApp(ground, 'CREATE EXTENSION hstore');
  await ground.source.query('app', "UPDATE pg_extension SET extname = 'h4' WHERE extname = 'hstore'");

  expect(failure(await ground.run('rehearse'))).toMatch(
    /does not offer these extensions: h4; .*spec\.database\.rds\.engineVersion/,
  );
});

test('what cannot be restored says why, and nothing stays', async () => {
  await makeApp(ground, "CREATE FUNCTION public.f(text) RETURNS text LANGUAGE internal AS 'upper'");

  expect(failure(await ground.run('rehearse'))).toMatch(
    /cannot restore the dump on RDS: .*permission denied for language internal/,
  );
  expect(await databases()).toBe('app,postgres,rdsadmin');
  expect(isTidy(ground)).toBe(true);
});

test('the scratch database of a long name is not the database itself', async () => {
  const name = 'a'.repeat(63);
  await ground.source.query('postgres', `CREATE DATABASE ${name}`);
  await ground.target.query('postgres', `CREATE DATABASE ${name}`);
  await ground.target.query(name, 'CREATE TABLE precious (n int)');
  answered(await ground.run('rehearse', { arguments: { DATABASE: name } }));

  expect(await ground.target.query(name, 'SELECT count(*) FROM precious')).toBe('0');
});

test('a second run answers the same without doing anything', async () => {
  await makeApp(ground);
  const first = await ground.run('rehearse');
  ground.replaceCommand('aws', 'exit 3');
  try {
    expect((await ground.run('rehearse', { operation: first.operation })).answer).toEqual(answered(first));
  } finally {
    ground.restoreCommand('aws');
  }
});
