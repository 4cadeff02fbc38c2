/** The bundle: it runs alone, holds what is used, and the licences of what is inside it. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUNDLE, bundle, withPlainFields } from '../../scripts/bundle.ts';
import { importedFrom } from '../../scripts/later-packages.ts';
import { PROJECT } from './copy.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scalingtier-bundle-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (...args: readonly string[]) =>
  execFileSync(process.execPath, [join(folder, 'dist', BUNDLE), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: {},
    stdio: 'pipe',
  });

test('it holds everything, also packages that ask for require', async () => {
  const root = join(folder, 'project');
  mkdirSync(join(root, 'src'), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(
    join(root, 'src/main.ts'),
    "import pino from 'pino';\npino({ base: null, timestamp: false }).info('started');\n",
  );
  await bundle(root, join(folder, 'dist'));
  rmSync(root, { recursive: true });

  expect(start()).toBe('{"level":30,"msg":"started"}\n');
  expect(existsSync(join(folder, 'dist', `${BUNDLE}.map`))).toBe(true);
  const notices = readFileSync(join(folder, 'dist/THIRD-PARTY-LICENCES.txt'), 'utf8');
  expect(/^==== pino \S+ \(MIT\) ====$/m.test(notices)).toBe(true);
  expect(/^Permission is hereby granted/m.test(notices)).toBe(true);
});

test('the operator starts from its bundle alone', async () => {
  await bundle(PROJECT, join(folder, 'dist'));

  expect(start('--help')).toMatch(/^Usage: /);
  // What no command of ours uses is not carried along.
  const text = readFileSync(join(folder, 'dist', BUNDLE), 'utf8');
  expect(text).toContain('RunInstancesRequest');
  expect(text).not.toContain('ScheduledInstancesLaunchSpecification');
  // What only later stages use is beside it.
  expect(text).not.toContain('CreateDBInstanceMessage');
  expect(readFileSync(join(folder, 'dist/later/client-rds.mjs'), 'utf8')).toContain('CreateDBInstanceMessage');
});

test('a package that few need is loaded by the first who does', async () => {
  const root = join(folder, 'project');
  mkdirSync(join(root, 'src'), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(
    join(root, 'src/main.ts'),
    [
      "import { GetSecretValueCommand, paginateListSecrets, type Tag } from '@aws-sdk/client-secrets-manager';",
      "const command = new GetSecretValueCommand({ SecretId: 'a' });",
      'const pages = paginateListSecrets({ client: {} as never }, {});',
      'const tag: Tag | undefined = undefined;',
      'console.log(command.constructor.name, command.input.SecretId, typeof pages.next, tag);',
    ].join('\n'),
  );
  await bundle(root, join(folder, 'dist'));
  rmSync(root, { recursive: true });

  expect(start()).toBe('GetSecretValueCommand a function undefined\n');
  rmSync(join(folder, 'dist/later'), { recursive: true });
  expect(() => start()).toThrow('client-secrets-manager');
});

test('only values are imported, whatever they are called by', () => {
  const text = "import { A, type B, C as D } from '@x/y';\nimport type { E } from '@x/y';\nimport { F } from '@x/z';\n";
  expect(importedFrom('@x/y', text)).toEqual(['A', 'C']);
});

test('fields named by a constant become plain, others stay', () => {
  const text = 'const _a = "A";\nconst $b = name();\nexport const s = { [_a]: 1, [$b]: 2, [_c]: [_a] };\n';
  expect(withPlainFields(text)).toBe(text.replace('[_a]: 1', '"A": 1'));
});
