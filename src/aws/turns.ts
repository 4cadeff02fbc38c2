/**
 * Keeps the event loop free: whoever has something short to compute, of which there may be much at once, waits for a turn
 * before it. It measures no time and knows nothing of the work.
 */
import { setImmediate } from 'node:timers/promises';

/** Answers when so many at most have been let go in one turn of the event loop; first come, first served. */
export function turns(atOnce: number): () => Promise<unknown> {
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;
  return () => {
    count += 1;
    if (count % atOnce === 0) last = last.then(() => setImmediate());
    return last;
  };
}

/** A few milliseconds' worth of what is made of one record of AWS's. */
const RECORDS = 50;

/** What is made of each of many, in their order, some in one turn of the event loop. */
export async function mapInTurns<From, To>(items: readonly From[], make: (item: From) => To): Promise<readonly To[]> {
  const made: To[] = [];
  for (const item of items) {
    made.push(make(item));
    if (made.length % RECORDS === 0) await setImmediate();
  }
  return made;
}
