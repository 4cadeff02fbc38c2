/** The end of the database on the server: only when the app works elsewhere, and by the service manager where there is one. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answered, failure } from '../machine.ts';
import { type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

beforeEach(async () => {
  ground = await startGround();
  await ground.reset();
  await makeApp(ground);
});
afterEach(() => ground.stop());

const isServing = () =>
  ground.source.query('postgres', 'SELECT 1').then(
    () => true,
    () => false,
  );

test('it is refused while the pointer says localhost', async () => {
  answered(await ground.run('freeze'));

  expect(failure(await ground.run('retire'))).toContain('the pointer says localhost');
  expect(await isServing()).toBe(true);
});

test('it is refused while the pointer cannot be read', async () => {
  answered(await ground.run('freeze'));
  ground.replaceCommand('aws', 'exit 254');

  expect(failure(await ground.run('retire'))).toContain('cannot read where the database is');
  expect(await isServing()).toBe(true);
});

test('it is refused while the database is not frozen', async () => {
  ground.setPointer('db.example.com');

  expect(failure(await ground.run('retire'))).toContain('is not frozen');
  expect(await isServing()).toBe(true);
});

test('without systemd the server is told to stop; a second run, and another attempt, find it so', async () => {
  answered(await ground.run('freeze'));
  ground.setPointer('db.example.com');
  const first = await ground.run('retire');

  expect(answered(first)).toEqual({ stopped: true });
  await ground.source.ended;
  expect(await isServing()).toBe(false);
  expect((await ground.run('retire', { operation: first.operation })).answer).toEqual({ stopped: true });
  expect(answered(await ground.run('retire'))).toEqual({ stopped: true });
  expect(existsSync(join(ground.source.data, 'PG_VERSION'))).toBe(true);
});

test('one that somebody else has stopped already is stopped', async () => {
  answered(await ground.run('freeze'));
  ground.setPointer('db.example.com');
  await ground.source.stop();

  expect(answered(await ground.run('retire'))).toEqual({ stopped: true });
});

test('with systemd its service is stopped, disabled and masked', async () => {
  answered(await ground.run('freeze'));
  ground.setPointer('db.example.com');
  const { root, source } = ground;
  for (const folder of ['run/systemd/system', `proc/${source.pid}`]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(
    join(root, `proc/${source.pid}/cgroup`),
    '0::/system.slice/system-postgresql.slice/postgresql@18-main.service\n',
  );
  ground.replaceCommand(
    'systemctl',
    `echo "$*" >>"$SCALINGTIER_ROOT/systemctl.log"; [ "$1" != disable ] || kill -INT ${source.pid}`,
  );

  expect(answered(await ground.run('retire'))).toEqual({ stopped: true });
  await source.ended;
  expect(readFileSync(join(root, 'systemctl.log'), 'utf8')).toBe(
    'disable --now postgresql@18-main.service\nmask postgresql@18-main.service\n',
  );
});
