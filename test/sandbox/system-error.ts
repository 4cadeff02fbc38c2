/**
 * The code of a system error (`ENOENT`, `EEXIST` …). Not by `instanceof`: errors of Node's own modules come from another
 * realm when a test runner gives each file one of its own.
 */

/** Whether something thrown is a system error of this code. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
