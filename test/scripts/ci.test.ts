/** What continuous integration sees: the exit code, and a plain last line. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summaryOf } from '../../scripts/jest-plain-reporter.ts';
import { PROJECT } from './copy.ts';

/** How each part of a run ends, and what the tests leave as their summary. */
interface Ends {
  readonly check: number;
  readonly tests: number;
  readonly soak: number;
  readonly summary: string;
}

/** Runs the script with a `make` that ends its targets as told. */
function run({ check, tests, soak, summary }: Ends): {
  readonly code: number | null;
  readonly last: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'scalingtier-ci-'));
  const make = `#!/bin/sh
case "$*" in
*check) exit ${check} ;;
*' test TEST=') printf '${summary}' >"$SCALINGTIER_TEST_SUMMARY"; echo 'make: *** done' >&2; exit ${tests} ;;
*' soak MINUTES=5 SEED='[0-9]*) exit ${soak} ;;
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

const WELL: Ends = { check: 0, tests: 0, soak: 0, summary: '7 passed, 0 failed\\n' };

test.each([
  { name: 'all is well', ends: WELL, code: 0, last: '8 passed, 0 failed' },
  {
    name: 'a test fails',
    ends: { ...WELL, tests: 2, summary: '6 passed, 1 failed\\n' },
    code: 2,
    last: '7 passed, 1 failed',
  },
  { name: 'a check fails', ends: { ...WELL, check: 2 }, code: 2, last: '8 passed, 0 failed' },
  { name: 'the soak fails', ends: { ...WELL, soak: 1 }, code: 1, last: '7 passed, 1 failed' },
  { name: 'the tests never start', ends: { ...WELL, tests: 1, summary: '' }, code: 1, last: '1 passed, 1 failed' },
])('when $name, the run ends with $code and says so', ({ ends, code, last }) => {
  expect(run(ends)).toEqual({ code, last });
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
