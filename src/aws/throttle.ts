/**
 * Keeps our calls below AWS's own limits: one token bucket per account, region and API group, from one table. It delays a
 * call for a moment at most; beyond that it refuses, so that a pass never stands still. Sweeps, which are many calls that
 * nobody waits for, are never refused but spread: they leave what a bucket holds to those who are in a hurry.
 */
import { isSweep } from './lane.ts';

/** A bucket's size and its refill per second. */
export interface Limit {
  readonly burst: number;
  readonly perSecond: number;
}

interface Row extends Limit {
  readonly service: string;
  readonly operation: RegExp;
}

/** What AWS's guides name for a whole account and region; the last row is for all others. */
const LIMITS: readonly Row[] = [
  { service: 'EC2', operation: /^RunInstances$/, burst: 8, perSecond: 2 },
  { service: 'EC2', operation: /^(Describe|Get)/, burst: 100, perSecond: 20 },
  { service: 'EC2', operation: /./, burst: 50, perSecond: 5 },
  { service: 'CloudWatch', operation: /^DescribeAlarms/, burst: 18, perSecond: 9 },
  { service: 'CloudWatch', operation: /^ListTagsForResource$/, burst: 20, perSecond: 10 },
  { service: 'CloudWatch', operation: /./, burst: 12, perSecond: 3 },
  { service: 'IAM', operation: /./, burst: 30, perSecond: 15 },
  { service: 'ElasticLoadBalancingV2', operation: /^Describe/, burst: 40, perSecond: 10 },
  { service: 'ElasticLoadBalancingV2', operation: /./, burst: 20, perSecond: 5 },
  { service: 'AutoScaling', operation: /^Describe/, burst: 40, perSecond: 20 },
  { service: 'AutoScaling', operation: /./, burst: 20, perSecond: 10 },
  { service: 'RDS', operation: /./, burst: 300, perSecond: 12 },
  { service: 'SecretsManager', operation: /^DescribeSecret$/, burst: 40_000, perSecond: 40_000 },
  { service: 'SecretsManager', operation: /^GetSecretValue$/, burst: 10_000, perSecond: 10_000 },
  { service: 'SecretsManager', operation: /^ListSecrets$/, burst: 100, perSecond: 100 },
  { service: 'SecretsManager', operation: /./, burst: 50, perSecond: 50 },
  { service: 'SSM', operation: /^(Get|Describe|List)/, burst: 40, perSecond: 20 },
  // ElastiCache and S3 publish no figures for these calls: what others were seen to get through.
  { service: 'ElastiCache', operation: /^(Describe|List)/, burst: 40, perSecond: 20 },
  { service: 'ElastiCache', operation: /./, burst: 20, perSecond: 5 },
  { service: 'S3', operation: /^(Get|Head|List)/, burst: 100, perSecond: 50 },
  { service: 'S3', operation: /./, burst: 50, perSecond: 10 },
  { service: 'ACM', operation: /./, burst: 20, perSecond: 10 },
  { service: 'Route53', operation: /./, burst: 5, perSecond: 5 },
  { service: 'ServiceQuotas', operation: /./, burst: 20, perSecond: 5 },
  { service: '', operation: /./, burst: 20, perSecond: 5 },
];

/** The share of AWS's limits that we take, in percent: other tools in the account need room. */
const RATE_PERCENT = 50;

/** Longest that a call is held back, in milliseconds; whoever must wait longer is told `Throttled` at once. */
const PATIENCE = 5_000;

/** Of our share, what sweeps take of each second; the rest is for those who come meanwhile. */
const SWEEP_SHARE = 0.8;

/** A local refusal, in the words that `classify` knows. */
export class ThrottledLocally extends Error {
  override readonly name = 'ThrottledLocally';
}

interface Bucket {
  tokens: number;
  at: number;
  /** When the next call of a sweep may be made. */
  turn: number;
  readonly row: Row;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Hands out permission to call. */
export interface Throttle {
  /** Resolves when the call may be made; rejects with `ThrottledLocally` when that would take too long. */
  take(service: string, operation: string): Promise<void>;
  /** AWS said that we call too much: empties the bucket. */
  empty(service: string, operation: string): void;
}

/** How to throttle. */
export interface ThrottleOptions {
  /** The share of AWS's limits to take; more than 100 where AWS has raised them for the account. Default 50. */
  readonly ratePercent?: number;
  /** In milliseconds. */
  readonly now?: () => number;
}

/** Starts full buckets for one account and region. */
export function throttle({
  ratePercent = RATE_PERCENT,
  now = () => performance.now(),
}: ThrottleOptions = {}): Throttle {
  const buckets = new Map<Row, Bucket>();
  const shares = LIMITS.map(
    (row): Row => ({
      ...row,
      burst: Math.max(1, (row.burst * ratePercent) / 100),
      perSecond: (row.perSecond * ratePercent) / 100,
    }),
  );

  const bucketOf = (service: string, operation: string): Bucket => {
    const row = shares.find(
      (limit) => (limit.service === '' || limit.service === service) && limit.operation.test(operation),
    );
    if (!row) throw new Error(`find limit of ${service} ${operation}: the table has no last row`);
    const found = buckets.get(row) ?? { tokens: row.burst, at: now(), turn: 0, row };
    buckets.set(row, found);
    const time = now();
    found.tokens = Math.min(row.burst, found.tokens + ((time - found.at) / 1000) * row.perSecond);
    found.at = time;
    return found;
  };

  /** Milliseconds until a sweep's next turn. Calls of others put it off, though not for ever. */
  const turnOf = (bucket: Bucket): number => {
    const turn = Math.max(now(), bucket.turn);
    const next = turn + 1000 / (bucket.row.perSecond * SWEEP_SHARE);
    bucket.turn = isSweep() ? next : Math.max(turn, Math.min(next, now() + PATIENCE));
    return turn - now();
  };

  return {
    async take(service, operation) {
      const turn = turnOf(bucketOf(service, operation));
      if (isSweep() && turn > 0) await pause(turn);
      const bucket = bucketOf(service, operation);
      const wait = bucket.tokens >= 1 ? 0 : ((1 - bucket.tokens) / bucket.row.perSecond) * 1000;
      if (wait > PATIENCE && !isSweep())
        throw new ThrottledLocally(`call ${service} ${operation}: its token bucket is empty`);
      bucket.tokens -= 1;
      if (wait > 0) await pause(wait);
    },
    empty(service, operation) {
      const bucket = bucketOf(service, operation);
      bucket.tokens = Math.min(bucket.tokens, 0);
    },
  };
}
