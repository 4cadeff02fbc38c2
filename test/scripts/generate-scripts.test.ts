/** The generated texts: they are the scripts, character by character, and a stale one is named. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedScripts } from '../../scripts/generate-scripts.ts';
import * as database from '../../src/operations/database/scripts.ts';
import { PRELUDE } from '../../src/operations/remote/scripts.ts';
import { PROJECT } from './copy.ts';

const script = (folder: string, name: string) =>
  readFileSync(join(PROJECT, 'src/operations', folder, 'scripts', `${name}.sh`), 'utf8');

test('the texts are the scripts', () => {
  expect(PRELUDE).toBe(script('remote', 'prelude'));
  const scripts = (...names: string[]) => names.map((name) => script('database', name)).join('');
  expect(database).toMatchObject({
    LIBRARY: scripts('library'),
    INSPECT: scripts('facts', 'inspect'),
    REHEARSE: scripts('extensions', 'copying', 'roles-rds', 'transfer', 'rehearse'),
    FREEZE: scripts('replication', 'schema', 'fresh', 'gate-server', 'freeze'),
    THAW: scripts('gate-server', 'thaw'),
    COPY: scripts('access', 'copying', 'roles-rds', 'transfer', 'accounts-rds', 'describe', 'copy'),
    COMPARE: scripts('access', 'tables', 'compare'),
    RETIRE: scripts('service', 'retire'),
    COMPARE_RETURN: scripts('access', 'back', 'compare'),
  });
});

test('what is written is up to date', () => {
  for (const [path, text] of generatedScripts(PROJECT))
    expect([path, readFileSync(join(PROJECT, path), 'utf8')]).toEqual([path, text]);
});

test('a script that changed makes its text stale, and the check says which', () => {
  const root = mkdtempSync(join(tmpdir(), 'scalingtier-scripts-'));
  try {
    for (const folder of ['src/operations', 'scripts'])
      cpSync(join(PROJECT, folder), join(root, folder), { recursive: true });
    const check = () =>
      spawnSync(process.execPath, [join(root, 'scripts/generate-scripts.ts'), '--check'], { encoding: 'utf8' });
    expect(check()).toMatchObject({ status: 0, stderr: '' });
    // The characters that a template would take for its own.
    appendFileSync(join(root, 'src/operations/database/scripts/thaw.sh'), ['# `x` $', '{y} \\n\n'].join(''));

    expect(check()).toMatchObject({
      status: 1,
      stderr: 'src/operations/database/scripts.ts is stale: run node scripts/generate-scripts.ts\n',
    });
    spawnSync(process.execPath, [join(root, 'scripts/generate-scripts.ts')]);
    expect(check()).toMatchObject({ status: 0 });
  } finally {
    rmSync(root, { recursive: true });
  }
});
