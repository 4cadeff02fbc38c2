/** What continuous integration sees: the exit code, and a plain last line. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summaryOf } from '../../scripts/jest-plain-reporter.ts';
import { PROJECT } from './copy.ts';

/** Runs the script with a `make` that ends its two targets as told. */
function run(check: number, test: number, summary: string): { readonly code: number | null; readonly last: string } {
  const folder = mkdtempSync(join(tmpdir(), 'scalingtier-ci-'));
  const make = `#!/bin/sh
case "$*" in
*check) exit ${check} ;;
*' test TEST=') printf '${summary}' >"$SCALINGTIER_TEST_SUMMARY"; echo 'make: *** done' >&2; exit ${test} ;;
esac
`;
  writeFileSync(join(folder, 'make'), make);
  chmodSync(join(folder, 'make'), 0o755);
  try {
    const { status, stdout } = spawnSync(join(PROJECT, '.ci/run'), {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    });
    return { code: status, last: stdout.trimEnd().split('\n').at(-1) ?? '' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each([
  { name: 'all is well', check: 0, test: 0, summary: '7 passed, 0 failed\\n', code: 0, last: '7 passed, 0 failed' },
  { name: 'a test fails', check: 0, test: 2, summary: '6 passed, 1 failed\\n', code: 2, last: '6 passed, 1 failed' },
  { name: 'a check fails', check: 2, test: 0, summary: '7 passed, 0 failed\\n', code: 2, last: '7 passed, 0 failed' },
  { name: 'the tests never start', check: 0, test: 1, summary: '', code: 1, last: '0 passed, 1 failed' },
])('when $name, the run ends with $code and says so', ({ check, test: tests, summary, code, last }) => {
  expect(run(check, tests, summary)).toEqual({ code, last });
});

test.each([
  {
    numPassedTests: 3,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    wasInterrupted: false,
    line: '3 passed, 0 failed',
  },
  {
    numPassedTests: 3,
    numFailedTests: 2,
    numRuntimeErrorTestSuites: 1,
    wasInterrupted: false,
    line: '3 passed, 3 failed',
  },
  {
    numPassedTests: 3,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    wasInterrupted: true,
    line: '3 passed, 1 failed',
  },
  {
    numPassedTests: 0,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    wasInterrupted: false,
    line: '0 passed, 1 failed',
  },
])('the closing line is $line', ({ line, ...result }) => {
  expect(summaryOf(result)).toBe(line);
});
