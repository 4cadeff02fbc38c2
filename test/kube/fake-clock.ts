/** Time that moves only when a test says so, and chance that a test chooses. */
import type { Clock } from '../../src/kube/clock.ts';

/** A clock in a test's hand. */
export interface FakeClock extends Clock {
  /** Moves time on, firing timers in order, and lets what they started settle. */
  advance(milliseconds: number): Promise<void>;
  /** Moves time on without firing anything, as a stopped process sees it when it goes on. */
  jump(milliseconds: number): void;
  /** Shifts the wall clock only. */
  setWall(date: Date): void;
  setRandom(value: () => number): void;
  /** Timers that are set. */
  pending(): number;
}

interface Timer {
  readonly at: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  // By the time that the loop has turned, every chain of promises has run as far as it goes without a timer.
  await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that stands still at 1,000,000. */
export function createFakeClock(): FakeClock {
  const timers = new Set<Timer>();
  let now = 1_000_000;
  let sequence = 0;
  let wall = Date.UTC(2030, 0, 1) - now;
  let random = () => 0.5;
  const earliest = (until: number) =>
    [...timers]
      .filter((timer) => timer.at <= until)
      .sort((a, b) => a.at - b.at || a.sequence - b.sequence)
      .at(0);
  return {
    now: () => now,
    date: () => new Date(now + wall),
    random: () => random(),
    after: (milliseconds, callback) => {
      const timer = { at: now + Math.max(0, milliseconds), sequence: sequence++, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: async (milliseconds) => {
      const until = now + milliseconds;
      await settle();
      for (let timer = earliest(until); timer !== undefined; timer = earliest(until)) {
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.callback();
        await settle();
      }
      now = Math.max(now, until);
      await settle();
    },
    jump: (milliseconds) => {
      now += milliseconds;
    },
    setWall: (date) => {
      wall = date.getTime() - now;
    },
    setRandom: (value) => {
      random = value;
    },
    pending: () => timers.size,
  };
}
