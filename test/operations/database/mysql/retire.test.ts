/** The end of the old MySQL server: it stops once the app works with RDS, and not before; its data stay. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { answered, failure } from '../machine.ts';
import { type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(async () => {
  await ground.reset();
  await makeApp(ground, 'CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t VALUES (1)');
});
afterAll(() => ground.stop());

test('a database that serves is not stopped', async () => {
  answered(await ground.run('freeze'));

  expect(failure(await ground.run('retire'))).toContain('still serves');
  expect(await ground.source.query('SELECT 1')).toBe('1');
});

test('a database that is not frozen is not stopped', async () => {
  ground.setPointer('db.example.com');

  expect(failure(await ground.run('retire'))).toContain('is not frozen');
  expect(await ground.source.query('SELECT 1')).toBe('1');
});

test('it stops, a second attempt finds it stopped, and what it held is there, frozen', async () => {
  answered(await ground.run('freeze'));
  ground.setPointer('db.example.com');

  expect(answered(await ground.run('retire'))).toEqual({ stopped: true });
  await ground.source.ended;
  expect(answered(await ground.run('retire'))).toEqual({ stopped: true });
  expect(existsSync(join(ground.root, 'source/data/app/t.ibd'))).toBe(true);
  await ground.restart();
  expect(await ground.source.query('SELECT n FROM app.t')).toBe('1');
  await expect(ground.source.query('DELETE FROM app.t')).rejects.toThrow('--super-read-only');
});
