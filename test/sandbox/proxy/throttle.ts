/**
 * AWS's request limits as token buckets, one set for each account and region. Which limits hold is the services' data;
 * real time counts, whatever the factor, because clients count it too.
 */
import { type Call, Refusal, type Step } from './call.ts';
import type { World } from './world.ts';

/** One bucket: `rate` calls a second after a burst of `burst`. The first row whose pattern fits an operation counts. */
export interface LimitRow {
  readonly name: string;
  readonly operations: RegExp;
  /** When given, it must hold for the call too. */
  readonly when?: (call: Call) => boolean;
  readonly rate: number;
  readonly burst: number;
}

/** The limits of a service and how it says that they were exceeded. */
export interface Limits {
  readonly throttled: string;
  readonly status: number;
  readonly rows: readonly LimitRow[];
}

interface Bucket {
  tokens: number;
  time: number;
}

/** Takes one token; false when there is none. */
export function take(bucket: Bucket, row: LimitRow, time: number): boolean {
  const refilled = Math.min(row.burst, bucket.tokens + ((time - bucket.time) / 1000) * row.rate);
  bucket.time = time;
  bucket.tokens = refilled < 1 ? refilled : refilled - 1;
  return refilled >= 1;
}

function refuseOver(world: World, limits: Limits, call: Call): void {
  const row = limits.rows.find(({ operations, when }) => operations.test(call.operation) && (when?.(call) ?? true));
  if (!row || !world.settings.of(call.account).throttle) return;
  const buckets = world.memory(call).store<Bucket>('throttle');
  const key = `${call.service}/${row.name}`;
  const bucket = buckets.get(key) ?? { tokens: row.burst, time: call.time };
  buckets.set(key, bucket);
  if (!take(bucket, row, call.time)) throw new Refusal(limits.throttled, 'Request limit exceeded.', limits.status);
}

/** Refuses calls above the limits. */
export function throttle(world: World, limits: Limits): Step {
  return async (call, next) => {
    refuseOver(world, limits, call);
    return next(call);
  };
}
