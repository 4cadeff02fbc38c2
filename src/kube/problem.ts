/**
 * What is in the way on the side of Kubernetes, said in the words that the engine uses for what is in the way on the side of
 * AWS. It adds to a verdict and takes nothing back.
 */
import type { TierStatus } from '../api/types.ts';
import type { TierEvent, TierMetadata, Verdict } from '../core/tier.ts';

/** Something that only a person can mend: what it is, and the way out. */
export interface Problem {
  readonly reason: 'AccessDenied' | 'OwnershipConflict' | 'Invalid';
  readonly message: string;
}

/** Of which tier, what its status said before, and when. */
export interface Occasion {
  readonly tier: Pick<TierMetadata, 'generation'>;
  readonly before: TierStatus;
  readonly now: Date;
}

/** Seconds until what a person must mend is looked at again. */
const STALLED_SECONDS = 60;
const LONGEST_MESSAGE = 1024;

const stalledIn = ({ conditions }: TierStatus) => conditions?.find(({ type }) => type === 'Stalled');

/** The same verdict, stalled: what the engine found stalled as well is said first. */
export function withProblem(verdict: Verdict, { reason, message }: Problem, { tier, before, now }: Occasion): Verdict {
  const { still: _, ...rest } = verdict;
  const [old, other] = [stalledIn(before), stalledIn(verdict.status)];
  const said = (other ? `${other.message}; ${message}` : message).slice(0, LONGEST_MESSAGE);
  const condition = {
    type: 'Stalled',
    status: 'True',
    reason: other?.reason ?? reason,
    message: said,
    lastTransitionTime: old?.lastTransitionTime ?? other?.lastTransitionTime ?? now.toISOString(),
    observedGeneration: tier.generation,
  } as const;
  const conditions = [...(verdict.status.conditions ?? []).filter(({ type }) => type !== 'Stalled'), condition];
  const event: TierEvent = { type: 'Warning', reason, action: 'Update', message };
  return {
    ...rest,
    status: { ...verdict.status, message: said, conditions },
    events: old?.message.includes(message) ? verdict.events : [...verdict.events, event],
    requeueAfter: Math.min(verdict.requeueAfter, STALLED_SECONDS),
  };
}
