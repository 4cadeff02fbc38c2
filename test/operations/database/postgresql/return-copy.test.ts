/** The copy back to the server: killed it begins anew, taken back it leaves what stood there, and a difference stops it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answered, failure, isTidy, moveUp, openServer } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(
    ground,
    'CREATE TABLE t AS SELECT n, repeat(md5(n::text), 20) AS what FROM generate_series(1, 5000) n; ALTER TABLE t OWNER TO app',
  );
  await moveUp(ground);
  await asApp(ground, 'target', 'DELETE FROM t WHERE n > 4000');
});
afterAll(() => ground.stop());

const server = (sql: string) => ground.source.query('postgres', sql);
const databases = () =>
  server(`SELECT string_agg(concat_ws(' ', datname, datconnlimit, shobj_description(oid, 'pg_database')), ', ' ORDER BY datname)
    FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'`);

/** Frozen; answers with what the copy needs. */
async function frozen() {
  const { position = '' } = answered(await ground.run('freeze-return'));
  return { arguments: { POSITION: String(position) } };
}

test('the old database stands aside until the way back is over, and nobody gets in before it is opened', async () => {
  const options = await frozen();
  answered(await ground.run('copy-return', options));

  expect(await databases()).toBe('app 0 scalingtier: copied from RDS, app_retired 0');
  expect(await ground.source.query('app_retired', 'SELECT count(*) FROM t')).toBe('5000');
  await expect(asApp(ground, 'source', 'SELECT 1')).rejects.toThrow(/too many connections for database/);
  expect(answered(await ground.run('compare-return', options))).toMatchObject({ rowsSource: 4000, rowsTarget: 4000 });
  await openServer(ground);
  expect(await databases()).toBe('app -1, app_retired 0');
  answered(await ground.run('open-return'));
  answered(await ground.run('discard-return'));
  expect(await databases()).toBe('app -1');
  answered(await ground.run('discard-return'));
  expect(isTidy(ground)).toBe(true);
});

test('taken back, it leaves what stood there, and another attempt finds it so', async () => {
  const before = await databases();
  const options = await frozen();
  answered(await ground.run('copy-return', options));
  expect(answered(await ground.run('put-back'))).toEqual({ putBack: true });

  expect(await databases()).toBe(before);
  expect(answered(await ground.run('put-back'))).toEqual({ putBack: true });
  expect(await ground.source.query('app', 'SELECT count(*) FROM t')).toBe('5000');
  answered(await ground.run('thaw-return'));
  answered(await ground.run('inspect-return'));
  answered(await ground.run('copy-return', await frozen()));
});

test('killed in the middle and run again, it is whole', async () => {
  const options = await frozen();
  const begun = join(ground.root, 'restoring');
  ground.replaceCommand('pg_restore', `case $* in *--version*) exit ;; esac; : >${begun}; sleep 30`);
  // The tools of the server's own folder would come first.
  ground.replaceCommand('readlink', 'exit 1');
  const { child, ran } = ground.start('copy-return', options);
  while (!existsSync(begun)) await delay(50);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  const cut = await ran;
  expect(cut).toMatchObject({ code: null, answer: undefined });
  ground.restoreCommand('pg_restore');
  ground.restoreCommand('readlink');
  expect(await databases()).toBe('app 0 scalingtier: copied from RDS, app_retired 0');

  answered(await ground.run('copy-return', { ...options, operation: cut.operation }));
  expect(answered(await ground.run('compare-return', options))).toMatchObject({ rowsTarget: 4000 });
  expect(isTidy(ground)).toBe(true);
});

test('killed between two statements, it goes on, and can be taken back', async () => {
  const before = await databases();
  const options = await frozen();
  for (const statement of ['RENAME TO', 'CREATE DATABASE']) {
    // Once that statement is done, everything ends.
    ground.replaceCommand(
      'psql',
      `input=$(mktemp); [ -t 0 ] || cat >$input
      ${ground.source.tools}/psql "$@" <$input || exit
      case "$* $(cat $input)" in *'${statement}'*) rm $input; kill -9 0 ;; esac; rm $input`,
    );
    ground.replaceCommand('readlink', 'exit 1');
    const cut = await ground.run('copy-return', options);
    for (const name of ['psql', 'readlink']) ground.restoreCommand(name);
    // Where the server's user is another, that may end its own processes only: the script is told of its command's end.
    expect([null, 137]).toContain(cut.code);
    expect(cut.answer).toBeUndefined();
    answered(await ground.run('put-back'));
    expect(await databases()).toBe(before);
    answered(await ground.run('copy-return', options));
    expect(answered(await ground.run('compare-return', options))).toMatchObject({ rowsTarget: 4000 });
    answered(await ground.run('put-back'));
  }
});

test('a second run of a copy answers the same and touches nothing', async () => {
  const first = await ground.run('copy-return', await frozen());
  await ground.source.query('app', 'DELETE FROM t');

  expect((await ground.run('copy-return', { operation: first.operation })).answer).toEqual(answered(first));
  expect(await ground.source.query('app', 'SELECT count(*) FROM t')).toBe('0');
});

test.each([
  ['a changed value', "UPDATE t SET what = 'other' WHERE n = 7", /: public\.t: the contents differ, 4000 on both$/],
  ['a missing row', 'DELETE FROM t WHERE n = 7', /: public\.t: 4000 on RDS, 3999 on the server$/],
  ['a table too many', 'CREATE TABLE extra (); ALTER TABLE extra OWNER TO app', /public\.extra: only on the server/],
  ['another owner', 'ALTER TABLE t OWNER TO postgres', /relation public\.t: differs/],
  ['a right of the database too few', 'REVOKE CONNECT ON DATABASE app FROM PUBLIC', /rights of database : differs$/],
])('%s is found by the comparison', async (_, sql, words) => {
  const options = await frozen();
  answered(await ground.run('copy-return', options));
  await ground.source.query('app', sql);

  const said = failure(await ground.run('compare-return', options));
  expect(said).toMatch(/^VerificationMismatch: /);
  expect(said).toMatch(words);
});

test('copy and comparison are refused while RDS is not frozen, or behind the freeze', async () => {
  for (const step of ['copy-return', 'compare-return'] as const)
    expect(failure(await ground.run(step))).toBe('the database "app" on RDS is not frozen');
  await frozen();
  expect(failure(await ground.run('copy-return', { arguments: { POSITION: 'FFFF/0' } }))).toContain(
    'RDS is behind the position of the freeze',
  );
  await ground.target.query('postgres', 'GRANT CONNECT ON DATABASE app TO app');
  expect(failure(await ground.run('copy-return'))).toBe('the database "app" on RDS is not frozen');
});

test('the copy is refused once the pointer names the server', async () => {
  const options = await frozen();
  ground.setPointer('localhost');

  expect(failure(await ground.run('copy-return', options))).toContain('RDS does not serve');
  expect(await databases()).toBe('app 0');
});

test('what stands on the server and is none of ours is not touched', async () => {
  const options = await frozen();
  await server('ALTER DATABASE app CONNECTION LIMIT -1');

  expect(failure(await ground.run('copy-return', options))).toContain(
    'the database "app" on the server is not empty and was not copied from RDS',
  );
  expect(await ground.source.query('app', 'SELECT count(*) FROM t')).toBe('5000');
});

test('while RDS serves, the copy is not opened and nothing is dropped', async () => {
  answered(await ground.run('copy-return', await frozen()));
  ground.replaceCommand('sleep', 'exit 0');
  try {
    for (const step of ['open-return', 'discard-return'] as const)
      expect(failure(await ground.run(step))).toContain('RDS serves');
  } finally {
    ground.restoreCommand('sleep');
  }
  expect(await databases()).toBe('app 0 scalingtier: copied from RDS, app_retired 0');
});

test('the copy is opened as soon as the pointer names the server, and not before', async () => {
  answered(await ground.run('copy-return', await frozen()));
  const looks = join(ground.root, 'looks');
  ground.replaceCommand('sleep', `echo >>${looks}; exec /bin/sleep 0.1`);
  const { ran } = ground.start('open-return');
  while (!existsSync(looks)) await delay(20);
  expect(await databases()).toBe('app 0 scalingtier: copied from RDS, app_retired 0');
  ground.setPointer('localhost');

  expect(answered(await ran)).toEqual({ opened: true });
  ground.restoreCommand('sleep');
  expect(await databases()).toBe('app -1, app_retired 0');
});

test('once the server serves, nothing is put back', async () => {
  answered(await ground.run('copy-return', await frozen()));
  await openServer(ground);

  expect(answered(await ground.run('put-back'))).toEqual({ kept: true });
  expect(await databases()).toBe('app -1, app_retired 0');
});

test('the database of the move up is never opened in the place of the copy', async () => {
  ground.setPointer('localhost');

  expect(failure(await ground.run('open-return'))).toContain('is that of the move to RDS, and not the copy');
  expect(await databases()).toBe('app 0');
});

test('a rehearsal that takes too long is refused, with the field to raise, and leaves nothing', async () => {
  const before = await databases();
  // The clock goes a minute further each time it is looked at.
  ground.replaceCommand(
    'date',
    'n=$(cat "$SCALINGTIER_ROOT/clock" 2>/dev/null || echo 0); n=$((n + 60)); echo $n >"$SCALINGTIER_ROOT/clock"; echo $n',
  );
  try {
    expect(failure(await ground.run('rehearse-return', { arguments: { SECONDS_ALLOWED: 279 } }))).toMatch(
      /took 120 s in the rehearsal and comparing it 60 s.*maxWriteDowntimeSeconds to 280 or more/,
    );
    expect(answered(await ground.run('rehearse-return', { arguments: { SECONDS_ALLOWED: 280 } }))).toMatchObject({
      seconds: 120,
      expectedInterruptionSeconds: 190,
    });
  } finally {
    ground.restoreCommand('date');
  }
  expect(await databases()).toBe(before);
  expect(isTidy(ground)).toBe(true);
  await asApp(ground, 'target', 'DELETE FROM t');
});

test('a second copy waits for the first, and a rehearsal too', async () => {
  const options = await frozen();
  const [first, second] = [ground.start('copy-return', options), ground.start('rehearse-return')];
  answered(await first.ran);
  answered(await second.ran);
  expect(answered(await ground.run('compare-return', options))).toMatchObject({ rowsTarget: 4000 });
});
