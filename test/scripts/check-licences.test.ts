/** Licences of what is shipped. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAllowed, licenceProblems } from '../../scripts/check-licences.ts';
import { PROJECT } from './copy.ts';

test('the shipped packages have licences that are on the list', () => {
  expect(licenceProblems(PROJECT)).toEqual([]);
});

test('a package with another licence, or none, is named; one that only builds is not', () => {
  const root = mkdtempSync(join(tmpdir(), 'scalingtier-licences-'));
  const packages = {
    '': { license: 'Proprietary' },
    'node_modules/good': { license: 'MIT' },
    'node_modules/good/node_modules/@x/viral': { license: 'AGPL-3.0-only' },
    'node_modules/silent': {},
    'node_modules/tool': { license: 'GPL-3.0-only', dev: true },
  };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
  try {
    expect(licenceProblems(root)).toEqual([
      '@x/viral has the licence AGPL-3.0-only, which is not on the list',
      'silent names no licence',
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test.each([
  ['MIT', true],
  ['GPL-3.0-only', false],
  ['(MIT OR GPL-3.0-only)', true],
  ['MIT AND GPL-3.0-only', false],
  ['Apache-2.0 AND MIT', true],
  ['GPL-2.0-only OR MIT AND ISC', true],
  ['(GPL-2.0-only OR MIT) AND AGPL-3.0-only', false],
  ['GPL-2.0-only WITH Classpath-exception-2.0', false],
  ['SEE LICENSE IN LICENSE', false],
  ['MIT OR', false],
  ['MIT)', false],
  ['', false],
])('%j: %j', (expression, allowed) => {
  expect(isAllowed(expression)).toBe(allowed);
});
