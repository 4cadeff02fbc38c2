/** A copy of the sources that a test may spoil. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the project. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** A check under test: one sentence for each problem. */
export type Check = (root: string) => readonly string[];

/** What a check says about `files` once they are planted among the project's sources. */
export function problemsOf(check: Check, files: Readonly<Record<string, string>>): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'scalingtier-check-'));
  try {
    cpSync(join(PROJECT, 'src'), join(root, 'src'), { recursive: true });
    cpSync(join(PROJECT, 'package.json'), join(root, 'package.json'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return check(root).filter((problem) => Object.keys(files).some((path) => problem.includes(`${path}: `)));
  } finally {
    rmSync(root, { recursive: true });
  }
}
