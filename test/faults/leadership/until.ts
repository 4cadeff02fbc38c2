/** Waiting for an answer to a question, with a name for it in the error. */
import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is yes; fails with the question. */
export async function until(question: string, holds: () => Promise<boolean>, seconds: number): Promise<void> {
  for (const end = performance.now() + seconds * 1000; !(await holds()); await delay(100)) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${question}`);
  }
}
