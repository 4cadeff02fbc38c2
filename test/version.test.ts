/** The version that the operator tells is the package's. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { VERSION } from '../src/version.ts';

test('the operator and its package have one version', () => {
  const file = path.join(import.meta.dirname, '..', 'package.json');
  expect(VERSION).toBe((JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version);
});
