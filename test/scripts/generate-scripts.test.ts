/** The generated texts: they are the scripts, character by character, and a stale one is named. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedScripts } from '../../scripts/generate-scripts.ts';
import * as database from '../../src/operations/database/postgresql/scripts.ts';
import { PRELUDE } from '../../src/operations/remote/scripts.ts';
import { PROJECT } from './copy.ts';

const script = (folder: string, name: string) =>
  readFileSync(join(PROJECT, 'src/operations', folder, 'scripts', `${name}.sh`), 'utf8');

test('the texts are the scripts', () => {
  expect(PRELUDE).toBe(script('remote', 'prelude'));
  const scripts = (...names: string[]) => names.map((name) => script('database/postgresql', name)).join('');
  expect(database).toMatchObject({
    LIBRARY: script('database', 'common') + scripts('library'),
    INSPECT: script('database', 'room') + scripts('facts', 'inspect'),
    REHEARSE:
      scripts('extensions', 'copying', 'roles-rds', 'transfer', 'contents') +
      script('database', 'foretell') +
      scripts('rehearse'),
    FREEZE: scripts('replication', 'schema', 'fresh', 'gate-server', 'freeze', 'close'),
    THAW: scripts('gate-server', 'thaw'),
    COPY: scripts('access', 'copying', 'roles-rds', 'transfer', 'accounts-rds', 'describe', 'copy'),
    COMPARE: script('database', 'differences') + scripts('access', 'tables', 'contents', 'compare', 'compare-closed'),
    RETIRE: scripts('process') + script('database', 'service') + script('database', 'retire'),
    COMPARE_RETURN:
      script('database', 'differences') + scripts('access', 'back', 'contents', 'compare', 'compare-closed'),
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
    appendFileSync(join(root, 'src/operations/database/postgresql/scripts/thaw.sh'), ['# `x` $', '{y} \\n\n'].join(''));

    expect(check()).toMatchObject({
      status: 1,
      stderr: 'src/operations/database/postgresql/scripts.ts is stale: run node scripts/generate-scripts.ts\n',
    });
    spawnSync(process.execPath, [join(root, 'scripts/generate-scripts.ts')]);
    expect(check()).toMatchObject({ status: 0 });
  } finally {
    rmSync(root, { recursive: true });
  }
});
