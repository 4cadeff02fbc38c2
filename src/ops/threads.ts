/**
 * V8's helper threads, which collect memory and compile beside the main thread, give way to it. On one core they would otherwise
 * take more than half of it whenever they have work, and the event loop would stop for so much longer. It knows Linux only and
 * changes nothing elsewhere; where it is not allowed to, the operator is less prompt and nothing else.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const TASKS = '/proc/self/task';

/**
 * A niceness at which the main thread has twice the share of a helper. With more the helpers are late: the heap grows, and what
 * they have not collected in time the main thread has to, at once.
 */
const NICENESS = 3;

function isHelper(thread: string): boolean {
  return readFileSync(`${TASKS}/${thread}/comm`, 'utf8').startsWith('V8Worker');
}

/** Lowers the priority of all helper threads; answers with how many there are. */
export function letHelpersGiveWay(): number {
  try {
    const helpers = readdirSync(TASKS).filter(isHelper);
    for (const helper of helpers) setPriority(Number(helper), NICENESS);
    return helpers.length;
  } catch {
    return 0;
  }
}
