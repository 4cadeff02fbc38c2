/** Counts the rounds of the event loop that go by during some work: others get as many turns. */
import { setImmediate } from 'node:timers/promises';

/** The rounds until the work is over; fails when it does. */
export async function roundsDuring(work: Promise<unknown>): Promise<number> {
  let rounds = 0;
  let over = false;
  const end = (): void => {
    over = true;
  };
  work.then(end, end);
  while (!over) {
    await setImmediate();
    rounds += 1;
  }
  await work;
  return rounds;
}
