/** A token bucket: so many at once, so many a second. It answers at once and never waits. */
import type { Clock } from './clock.ts';

/** A bucket. */
export interface Bucket {
  /** Takes one token if there is one. */
  take(): boolean;
  /** Milliseconds until there is one. */
  wait(): number;
  /** Whether it is full again, so that forgetting it changes nothing. */
  full(): boolean;
}

/** A full bucket. */
export function createBucket(clock: Clock, burst: number, perSecond: number): Bucket {
  let tokens = burst;
  let filledAt = clock.now();
  const fill = () => {
    const now = clock.now();
    tokens = Math.min(burst, tokens + ((now - filledAt) * perSecond) / 1000);
    filledAt = now;
  };
  return {
    take: () => {
      fill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    wait: () => {
      fill();
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1000) / perSecond);
    },
    full: () => {
      fill();
      return tokens >= burst;
    },
  };
}
