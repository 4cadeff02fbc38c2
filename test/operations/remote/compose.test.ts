/** Composing a command: every value reaches the script as it is, and none becomes part of it. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as database from '../../../src/operations/database/postgresql/scripts.ts';
import { COMMAND_LIMIT, compose } from '../../../src/operations/remote/compose.ts';

const OPERATION = 'ab'.repeat(32);
const parts = { step: 'a.step', operation: OPERATION, arguments: {}, script: "answer '{}'\n" };

test.each([
  "it's",
  "'",
  "''",
  '$(touch x)',
  '`id`',
  '\\',
  '\\n',
  '"',
  'two\nlines',
  ' ',
  '',
  '$HOME',
  'Größe',
  '*',
  '-n',
  '#',
])('the value %j arrives as it is', (value) => {
  const root = mkdtempSync(join(tmpdir(), 'scalingtier-compose-'));
  try {
    const script = compose({
      ...parts,
      arguments: { VALUE: value },
      script: 'answer "{\\"value\\":$(json "$VALUE")}"\n',
    });
    const { stdout } = spawnSync('sh', ['-c', script], {
      encoding: 'utf8',
      env: { ...process.env, SCALINGTIER_ROOT: root },
    });
    expect(JSON.parse(stdout)).toEqual({ value });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('arguments come before the frame, the frame before the library, the library before the script', () => {
  const text = compose({ ...parts, arguments: { PORT: 5432 }, library: 'the library\n', script: 'the script\n' });

  expect(
    text.startsWith(
      `#!/bin/sh\nOPERATION='${OPERATION}'\nSTEP='a.step'\nUNDO=''\nPORT='5432'\n# shellcheck shell=sh\n`,
    ),
  ).toBe(true);
  expect(text.endsWith('\nthe library\nthe script\n')).toBe(true);
});

test.each([
  'lower',
  'A-B',
  'A B',
  '',
  '1A',
  'A=',
  'PATH',
  'IFS',
  'OPERATION',
  'STEP',
  'PGHOST',
  'AWS_PROFILE',
  'LD_PRELOAD',
  'SCALINGTIER_ROOT',
  '__proto__',
])('the name %j is refused', (name) => {
  const values = Object.fromEntries([[name, 'x']]);
  expect(() => compose({ ...parts, arguments: values })).toThrow(
    `composing "a.step": argument name ${JSON.stringify(name)}`,
  );
});

test.each(['', 'xyz', 'AB'.repeat(32), 'ab'.repeat(31), '../'.repeat(21)])(
  'the operation %j is refused',
  (operation) => {
    expect(() => compose({ ...parts, operation })).toThrow('composing "a.step": operation');
  },
);

test('what Systems Manager would replace, a zero character and a text that is too long are refused', () => {
  expect(() => compose({ ...parts, arguments: { A: '{{ssm:secret}}' } })).toThrow('two opening braces');
  expect(() => compose({ ...parts, arguments: { A: '\0' } })).toThrow('zero character');
  const incompressible = randomBytes(COMMAND_LIMIT).toString('base64');
  expect(() => compose({ ...parts, script: incompressible })).toThrow(`at most ${COMMAND_LIMIT} are sent`);
});

test('a script that is too long for a command arrives as it is, and what it is given stays readable', () => {
  const root = mkdtempSync(join(tmpdir(), 'scalingtier-compose-'));
  try {
    const script = `# ${'x'.repeat(COMMAND_LIMIT)}\ncat >"$FOLDER/kept" <<'END'\n$VALUE \\ '"\nEND\nanswer "{\\"kept\\":$(json "$(cat "$FOLDER/kept")")}"\n`;
    const text = compose({ ...parts, arguments: { VALUE: 'readable' }, script });
    const { stdout } = spawnSync('sh', ['-c', text], {
      encoding: 'utf8',
      env: { ...process.env, SCALINGTIER_ROOT: root },
    });
    expect(text.length).toBeLessThan(COMMAND_LIMIT);
    expect(text).toContain("VALUE='readable'\n");
    expect(JSON.parse(stdout)).toEqual({ kept: `$VALUE \\ '"` });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('every step of a move fits, with room for its arguments', () => {
  const { LIBRARY, ...steps } = database;
  const given = { ROOM: 'x'.repeat(4000) };
  for (const [step, script] of Object.entries(steps)) {
    expect(compose({ ...parts, step, arguments: given, library: LIBRARY, script }).length).toBeLessThanOrEqual(
      COMMAND_LIMIT,
    );
  }
});
