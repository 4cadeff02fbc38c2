/**
 * Ends a test run with one plain line, `N passed, N failed`, for programs that read the output. A test file that could not
 * run counts as a failure. With SCALINGTIER_TEST_SUMMARY set, the line goes to that file, so that a caller can print it last.
 */
import { writeFileSync } from 'node:fs';

/** The part of Jest's aggregated result that counts. */
export interface Result {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly wasInterrupted?: boolean;
}

/** The closing line of a result. */
export function summaryOf(result: Result): string {
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  // A run that ended early or ran nothing must not read like a good one.
  const cutShort = result.wasInterrupted === true || result.numPassedTests === 0;
  return `${result.numPassedTests} passed, ${failed === 0 && cutShort ? 1 : failed} failed`;
}

/** The reporter, in the form that Jest asks for. */
export default class PlainReporter {
  onRunComplete(_contexts: unknown, result: Result): void {
    const line = `${summaryOf(result)}\n`;
    const file = process.env.SCALINGTIER_TEST_SUMMARY;
    if (file) writeFileSync(file, line);
    else process.stdout.write(line);
  }
}
