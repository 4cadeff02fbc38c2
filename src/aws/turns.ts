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
