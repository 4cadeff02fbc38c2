/** A pass that ends before it could plan: the account cannot be entered, the spec names what does not exist, a fact is not to be had. */
import type { TierStatus } from '../api/types.ts';
import { classify } from '../aws/errors.ts';
import { WrongAccount } from '../aws/session.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Stall } from '../core/progress.ts';
import { projectObstacle } from '../core/status.ts';
import type { Tier, TierEvent, Verdict } from '../core/tier.ts';
import { rereadAfter } from './rhythm.ts';

/** Seconds until what a person must mend is looked at again. */
const STALLED_SECONDS = 60;

function stallsOf(error: unknown): readonly Stall[] {
  const { class: sort, code, message } = classify(error);
  if (error instanceof InvalidSpec) return [{ reason: 'Invalid', message }];
  if (error instanceof WrongAccount) return [{ reason: 'AccessDenied', message: `spec.aws: ${message}` }];
  if (sort === 'quota') return [{ reason: 'QuotaExceeded', message }];
  return sort === 'denied' ? [{ reason: 'AccessDenied', message: `spec.aws: ${code}: ${message}` }] : [];
}

function newStalls(before: TierStatus, after: TierStatus): readonly TierEvent[] {
  const [old, now] = [before, after].map((status) => status.conditions?.find(({ type }) => type === 'Stalled'));
  if (!now || old?.reason === now.reason) return [];
  return [{ type: 'Warning', reason: now.reason, action: 'Observe', message: now.message }];
}

function verdictOf(tier: Tier, status: TierStatus, stalled: boolean, requeueAfter = STALLED_SECONDS): Verdict {
  return {
    status,
    events: newStalls(tier.status, status),
    requeueAfter,
    gone: false,
    result: stalled ? 'success' : 'error',
  };
}

/** The verdict of a pass that an error ended. */
export function obstructed(tier: Tier, error: unknown, now: Date): Verdict {
  const { class: sort, code, message } = classify(error);
  const stalls = stallsOf(error);
  const reason = sort === 'throttled' ? 'Throttled' : sort === 'denied' ? 'CredentialsInvalid' : 'ReconcileError';
  // Which of AWS's places it is decides what can be done: a region that does not exist answers nobody.
  const said = stalls[0]?.message ?? `${code}: ${message} (spec.aws.region ${tier.spec.aws.region})`;
  const status = projectObstacle(tier, { stalls, synced: { reason, message: said } }, now);
  return verdictOf(tier, status, stalls.length > 0, stalls.length > 0 ? STALLED_SECONDS : rereadAfter(sort));
}

/** The verdict of a tier whose spec names Kubernetes objects that cannot be read. */
export function unreadable(tier: Tier, now: Date): Verdict {
  const message = [...tier.references.problems].sort().join('; ');
  const obstacle = {
    stalls: [{ reason: 'Invalid' as const, message }],
    synced: { reason: 'ReconcileError' as const, message },
  };
  return verdictOf(tier, projectObstacle(tier, obstacle, now), true);
}

/** The verdict of a deletion that a person ends although AWS may still hold something: it is listed, and nobody's any more. */
export function orphaned(tier: Tier): Verdict {
  const left = (tier.status.resources ?? []).map(({ role, id = '' }) => `${role} ${id}`);
  const message = `left in AWS, as scalingtier.dev/force-orphan asks: ${left.join(', ') || 'nothing that is known of'}`;
  return {
    status: tier.status,
    events: [{ type: 'Warning', reason: 'Retained', action: 'Delete', message }],
    requeueAfter: STALLED_SECONDS,
    gone: true,
    result: 'success',
  };
}
