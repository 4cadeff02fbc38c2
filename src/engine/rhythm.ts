/** When to look again: at AWS's own pace while something settles, rarely while nothing does. Pure. */
import type { Action, Plan } from '../core/action.ts';
import { CHANGING, isRestricted } from '../core/action.ts';
import { deadlineOf, heldBack, timeOf } from '../core/approval.ts';
import type { Failure, Outcome } from '../core/outcome.ts';
import type { NodeId } from '../core/ref.ts';
import { typeOf } from '../core/snapshot.ts';

/** Seconds between looks at a kind that does not say. */
const SETTLE_SECONDS = 2;
/** Seconds until a refusal of each class is tried again. */
const REFUSED_SECONDS: Readonly<Partial<Record<string, number>>> = { throttled: 10, transient: 5, capacity: 120 };
const REFUSED_OTHERWISE_SECONDS = 60;
/** What was only waiting for this very pass to end. */
export const AT_ONCE_SECONDS = 0.2;

/** What is at once as asked, once AWS shows it, may be shown late: that is waited for at the ordinary pace. */
const paceOf = ({ kind, live }: Action): number => live?.health.pace ?? (kind.settle || SETTLE_SECONDS);

const refusedFor = (sort: string | undefined): number => REFUSED_SECONDS[sort ?? ''] ?? REFUSED_OTHERWISE_SECONDS;

/** Seconds until a read that failed so is made again: whether its answer was lost or never came is one and the same. */
export const rereadAfter = (sort: string): number => refusedFor(sort === 'ambiguous' ? 'transient' : sort);

/** Why nothing can be said about an action: what it is about, or what that stands on, could not be read. */
function blindness({ kind, needs }: Action, unread: ReadonlyMap<string, Failure>): Failure | undefined {
  return [kind.type, ...needs.map(typeOf)].flatMap((type) => unread.get(type) ?? [])[0];
}

function secondsFor(
  action: Action,
  outcome: Outcome | undefined,
  { unread, outdatedSeconds = 0, now }: Pick<Pace, 'unread' | 'outdatedSeconds' | 'now'>,
): number | undefined {
  const time = timeOf(action) ?? deadlineOf(action);
  if (time !== undefined) return Math.max(AT_ONCE_SECONDS, (Date.parse(time) - now.getTime()) / 1000);
  if (outcome?.result === 'failed') return refusedFor(outcome.failure?.class);
  const failure = action.type === 'wait' ? blindness(action, unread) : undefined;
  if (failure) return rereadAfter(failure.class);
  if (outcome?.result === 'done') return AT_ONCE_SECONDS;
  if (outcome?.result === 'settling' || action.type === 'wait') return paceOf(action);
  if (action.type === 'hold') return REFUSED_OTHERWISE_SECONDS;
  // A change that waits for AWS waits at AWS's pace; what else waits does so for something that has a pace of its own.
  if (action.waitsFor !== undefined && action.live?.health.phase === 'settling') return paceOf(action);
  // What AWS takes no changes of stays so for seconds or for hours: the longer it was, the longer it may last.
  if (isRestricted(action)) return Math.max(paceOf(action), Math.min(REFUSED_OTHERWISE_SECONDS, outdatedSeconds / 10));
  return undefined;
}

/** What the next look depends on besides plan and outcomes. */
export interface Pace {
  readonly restSeconds: number;
  readonly confirmationSeconds: number;
  readonly passive: boolean;
  readonly now: Date;
  /** For how long AWS has not equalled the spec. */
  readonly outdatedSeconds?: number;
  /** Kinds whose reading failed, by type. */
  readonly unread: ReadonlyMap<string, Failure>;
}

/** Seconds until the next look. */
export function requeueAfter(plan: Plan, outcomes: ReadonlyMap<NodeId, Outcome>, pace: Pace): number {
  const { restSeconds, confirmationSeconds, passive } = pace;
  if (passive) return restSeconds;
  const seconds = plan.actions.flatMap((action) => secondsFor(action, outcomes.get(action.node), pace) ?? []);
  const unseen = plan.findings.some(({ action }) => action === 'Pending');
  const looks = [...seconds, ...(unseen ? [Math.max(confirmationSeconds, AT_ONCE_SECONDS)] : [])];
  // A person's word comes with an event of its own.
  const held = heldBack(plan.actions);
  const work = plan.actions.some((action) => CHANGING.has(action.type) && !held.has(action));
  // Work that neither ran nor waits for AWS waits for this pass's own record: go on at once.
  return work && looks.length === 0 ? AT_ONCE_SECONDS : Math.min(restSeconds, ...looks);
}
