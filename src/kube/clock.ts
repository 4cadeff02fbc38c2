/**
 * Time as the Kubernetes edge sees it: a monotonic clock for decisions, timers that can be taken back, and chance. Handed
 * in everywhere, so that tests own time. Wall-clock time is for people to read and must not decide anything.
 */

/** A source of time and chance. */
export interface Clock {
  /** Monotonic milliseconds; unaffected by changes of the wall clock. */
  now(): number;
  /** The wall clock, for timestamps in objects. */
  date(): Date;
  /** Calls back once after some milliseconds; the answer takes it back. */
  after(milliseconds: number, callback: () => void): () => void;
  /** At least 0 and less than 1. */
  random(): number;
}

/** Node refuses longer timers and fires them at once. */
const LONGEST_TIMER = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(milliseconds, 0), LONGEST_TIMER));
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** Waits, or until the signal aborts; never rejects. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(milliseconds, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}

/** Exponential back-off with full jitter: anything from nothing to `base` doubled for each failure before, at most `cap`. */
export function backoff(clock: Clock, failures: number, base: number, cap: number): number {
  return clock.random() * Math.min(cap, base * 2 ** Math.min(failures, 30));
}

/** A duration stretched by up to a share of itself, so that many of them do not end together. */
export function stretch(clock: Clock, milliseconds: number, share: number): number {
  return milliseconds * (1 + share * clock.random());
}

/** Milliseconds until a round that is due so many seconds after it `started`: up to a tenth less, so that rounds do not meet. */
export function spread(clock: Clock, seconds: number, started: number): number {
  return stretch(clock, seconds * 900, 0.1 / 0.9) - (clock.now() - started);
}

const TOGETHER = 250;

/** The same, a little later: whatever is due in one quarter of a second is woken for at once. */
export function together(clock: Clock, milliseconds: number): number {
  const now = clock.now();
  return Math.ceil((now + milliseconds) / TOGETHER) * TOGETHER - now;
}
