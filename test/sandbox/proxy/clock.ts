/**
 * Time and chance in the sandbox: AWS's own durations divided by a factor, and a seeded spread, so that a run can be
 * repeated. It must not know what the durations are for.
 */
import { createHash } from 'node:crypto';

/** Least and most seconds that AWS takes. */
export type Span = readonly [least: number, most: number];

/** Milliseconds since 1970. */
export function now(): number {
  return Date.now();
}

/** Milliseconds that a duration of AWS takes here; a factor of 0 means none. */
export function compressed(seconds: number, factor: number): number {
  return factor <= 0 ? 0 : (seconds * 1000) / factor;
}

/** A number in [0, 1) that depends on the seed and the key alone. */
export function chance(seed: string, key: string): number {
  return createHash('sha256').update(`${seed}/${key}`).digest().readUInt32BE(0) / 2 ** 32;
}

/** A duration within a span, in AWS's seconds. */
export function within([least, most]: Span, fraction: number): number {
  return least + (most - least) * fraction;
}
