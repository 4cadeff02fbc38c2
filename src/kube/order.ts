/**
 * The keys that wait, and which of them is next: ripe before unripe, a person's change before routine, then first come
 * first served. It knows no clock and no workers; the queue tells it the time.
 */
import { createSchedule } from './heap.ts';

/** `high`: somebody waits. `low`: routine. */
export type Priority = 'high' | 'low';

/** A key that waits. */
export interface Waiting {
  readonly key: string;
  readonly due: number;
  readonly priority: Priority;
}

/** The keys that wait, each once. */
export interface Order {
  /** Takes a key in, or moves it: the earlier time and the higher priority win. */
  add(waiting: Waiting): void;
  /** Makes ripe what is due; answers how many keys became ripe. */
  ripen(now: number): number;
  /** Takes out the next ripe key. */
  take(routineAllowed: boolean): Waiting | undefined;
  remove(key: string): void;
  /** When the next unripe key is due. */
  firstDue(): number | undefined;
  ripe(): number;
  unripe(): number;
}

/** After so many urgent keys in a row, one routine key has its turn. */
const FAIRNESS = 16;

/** Of two wishes for one key: the earlier time, the higher priority. */
export function merge(first: Waiting, second: Waiting): Waiting {
  const priority = first.priority === 'high' || second.priority === 'high' ? 'high' : 'low';
  return { key: first.key, due: Math.min(first.due, second.due), priority };
}

/** Nothing waits. */
export function createOrder(): Order {
  const waiting = new Map<string, Waiting>();
  const schedule = createSchedule();
  const ripe: Readonly<Record<Priority, Set<string>>> = { high: new Set(), low: new Set() };
  let urgentInARow = 0;
  const choose = (routineAllowed: boolean): string | undefined => {
    const [urgent] = ripe.high;
    const [routine] = routineAllowed ? ripe.low : [];
    const urgentFirst = urgent !== undefined && (routine === undefined || urgentInARow < FAIRNESS);
    urgentInARow = urgentFirst ? urgentInARow + 1 : 0;
    return urgentFirst ? urgent : routine;
  };
  const remove = (key: string): void => {
    waiting.delete(key);
    schedule.delete(key);
    ripe.high.delete(key);
    ripe.low.delete(key);
  };
  return {
    add: (wish) => {
      const { key } = wish;
      const known = waiting.get(key);
      const merged = known === undefined ? wish : merge(known, wish);
      waiting.set(key, merged);
      if (!ripe.high.has(key) && !ripe.low.has(key)) schedule.set(key, merged.due);
      else if (merged.priority === 'high' && ripe.low.delete(key)) ripe.high.add(key);
    },
    ripen: (now) => {
      let count = 0;
      for (let first = schedule.first(); first !== undefined && first.at <= now; first = schedule.first()) {
        schedule.delete(first.key);
        ripe[waiting.get(first.key)?.priority ?? 'low'].add(first.key);
        count++;
      }
      return count;
    },
    take: (routineAllowed) => {
      const key = choose(routineAllowed);
      const next = key === undefined ? undefined : waiting.get(key);
      if (next !== undefined) remove(next.key);
      return next;
    },
    remove,
    firstDue: () => schedule.first()?.at,
    ripe: () => ripe.high.size + ripe.low.size,
    unripe: () => schedule.size,
  };
}
