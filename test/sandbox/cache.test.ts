/** The build cache: built once, whole or not at all, and by one process at a time. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Build, built, cacheKey } from './cache.ts';
import { writeJson } from './files.ts';
import { cacheFolder } from './folders.ts';

const name = `test${process.pid}`;
const silent = (): void => {};

function build(inputs: readonly string[], make: Build['make']): Build {
  return { name, announcement: 'building a test, once, no time at all', inputs, make };
}

afterEach(() => {
  for (const entry of readdirSync(cacheFolder).filter((entry) => entry.startsWith(`${name}-`))) {
    rmSync(path.join(cacheFolder, entry), { recursive: true });
  }
});

test('the key depends on every input and on where one ends and the next begins', () => {
  const keys = [['a', 'b'], ['ab'], ['ab', ''], ['', 'ab'], ['b', 'a']].map(cacheKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(cacheKey(['a', 'b'])).toBe(keys[0]);
  expect(keys[0]).toMatch(/^[0-9a-f]{16}$/);
});

test('a build is made once, even when two ask for it at the same time', async () => {
  let made = 0;
  const make: Build['make'] = async (folder, run) => {
    made += 1;
    await run('sh', ['-c', 'sleep 0.2; echo whole > result'], { cwd: folder });
  };
  const folders = await Promise.all([1, 2].map(() => built(build(['same'], make), silent)));
  expect(made).toBe(1);
  expect(folders[0]).toBe(folders[1]);
  expect(readdirSync(String(folders[0]))).toEqual(['result']);
});

test('other inputs are another build', async () => {
  const make: Build['make'] = async (folder) => writeFileSync(path.join(folder, 'result'), '');
  expect(await built(build(['one'], make), silent)).not.toBe(await built(build(['two'], make), silent));
});

test('a failed step is an error with the end of its output, and leaves nothing that counts as built', async () => {
  const failing = build(['fails'], async (folder, run) => {
    writeFileSync(path.join(folder, 'half'), '');
    await run('sh', ['-c', 'echo the compiler says no >&2; exit 3']);
  });
  await expect(built(failing, silent)).rejects.toThrow(/exit code 3[\s\S]*the compiler says no/);
  expect(readdirSync(cacheFolder).filter((entry) => entry.startsWith(`${name}-`) && !entry.endsWith('.log'))).toEqual(
    [],
  );
});

test('the lock of a builder that was killed is taken over', async () => {
  const lock = path.join(cacheFolder, `${name}-${cacheKey(['locked'])}.lock`);
  mkdirSync(lock, { recursive: true });
  writeJson(path.join(lock, 'holder.json'), { pid: process.pid, started: 'in another life' });
  const folder = await built(
    build(['locked'], async () => {}),
    silent,
  );
  expect(existsSync(folder)).toBe(true);
  expect(existsSync(lock)).toBe(false);
});
