/**
 * Golden texts: what a plan says, kept in files that are reviewed like code. `UPDATE_GOLDEN=1` writes them anew; without it
 * a difference fails, and so does a file that is not there.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', 'golden');

/** Compares a text with its golden file. */
export function expectGolden(name: string, text: string): void {
  const path = join(FOLDER, `${name}.txt`);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, `${text}\n`);
  expect(existsSync(path) ? readFileSync(path, 'utf8') : `no file ${name}.txt; run with UPDATE_GOLDEN=1`).toBe(
    `${text}\n`,
  );
}
