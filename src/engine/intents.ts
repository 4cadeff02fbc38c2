/**
 * Memory of what AWS may not show yet. Whatever brings a new resource into being is announced in the status, and accepted by
 * the API server, before it is done; it is remembered for the grace, because AWS's reads lag behind its writes and do not all
 * lag alike. It must not decide what is done.
 */
import type { Intent } from '../api/types.ts';
import { type Action, CHANGING } from '../core/action.ts';
import type { Outcome } from '../core/outcome.ts';
import { type NodeId, type Ref, refsOf } from '../core/ref.ts';
import type { Recorded, Snapshot } from '../core/snapshot.ts';

/** What the status can hold; what is beyond waits for the next pass. */
const MOST = 100;

/** The incarnation that a create of this node makes: one more than what was there before. */
export function incarnationOf(recorded: Recorded | undefined): number {
  if (!recorded) return 1;
  return recorded.id === undefined ? recorded.incarnation : recorded.incarnation + 1;
}

/** Whether an intent is young enough for AWS to owe us a sight of its result. */
export function isYoung({ startedAt }: Intent, now: Date, graceSeconds: number): boolean {
  return now.getTime() - Date.parse(startedAt) < graceSeconds * 1000;
}

/** Whether an action makes a new resource now. */
export const isCreating = ({ type, kind }: Pick<Action, 'type' | 'kind'>): boolean =>
  type === 'create' || (type === 'replace' && kind.replace === 'createFirst');

/**
 * What must be announced before this plan is carried out: every create and replacement that can run in this pass, also on
 * something that this very pass makes and that is final at once.
 */
export function toAnnounce(actions: readonly Action[], { live }: Snapshot): readonly Action[] {
  const running = actions.filter(({ type, waitsFor }) => CHANGING.has(type) && !waitsFor);
  // The end of what was replaced changes nothing for whoever stands on its successor.
  const isCurrent = ({ node, live: seen }: Action): boolean => !seen || (live.get(node)?.id ?? seen.id) === seen.id;
  const changing = new Set(running.filter(isCurrent).map(({ node }) => node));
  const final = new Set<NodeId>();
  const isUsable = (need: NodeId): boolean => {
    if (changing.has(need)) return final.has(need);
    const phase = live.get(need)?.health.phase;
    return phase !== undefined && phase !== 'settling' && phase !== 'deleting';
  };
  // What a step that failed does not yield is no reason to announce what stands on it.
  const isKnown = ({ $ref, attr }: Ref<unknown>): boolean => {
    const attributes = live.get($ref)?.attributes as Readonly<Record<string, unknown>> | undefined;
    return final.has($ref) || (attributes?.[attr] ?? undefined) !== undefined;
  };
  return running.filter((action) => {
    const { type, node, kind, needs, spec } = action;
    if ((type !== 'create' && type !== 'replace') || !needs.every(isUsable)) return false;
    if (!refsOf(spec).every(isKnown)) return false;
    if (type === 'create' && kind.settle === 0) final.add(node);
    return true;
  });
}

/** What announcing needs to see. */
export interface Announcing {
  readonly recorded: ReadonlyMap<NodeId, Recorded>;
  readonly now: Date;
  readonly graceSeconds: number;
}

/**
 * Intents for these actions, added to those that AWS still owes us; as many as the status can hold. A create is dated anew each
 * time that it is asked for. What makes room is not: asking again is no news.
 */
export function announce(
  intents: readonly Intent[],
  actions: readonly Action[],
  { recorded, now, graceSeconds }: Announcing,
): readonly Intent[] {
  if (actions.length === 0) return intents;
  const young = new Map(
    intents.filter((intent) => isYoung(intent, now, graceSeconds)).map((intent) => [intent.role, intent]),
  );
  const announced = actions.map((action): Intent => {
    const { node, live } = action;
    const next = live ? live.incarnation + 1 : incarnationOf(recorded.get(node));
    const known = young.get(node);
    if (known && known.incarnation >= next && !isCreating(action)) return known;
    return { role: node, incarnation: Math.max(next, known?.incarnation ?? 0), startedAt: now.toISOString() };
  });
  const kept = new Map(young);
  for (const intent of announced) {
    if (kept.has(intent.role) || kept.size < MOST) kept.set(intent.role, intent);
  }
  return [...kept.values()];
}

/** What a pass ends with. */
export interface Remembering {
  /** The intents before this pass announced anything. */
  readonly earlier: readonly Intent[];
  readonly announced: readonly Intent[];
  readonly outcomes: ReadonlyMap<NodeId, Outcome>;
}

/** What an outcome leaves of an announcement: itself, what had been announced earlier, or nothing. */
function leftOf(intent: Intent, before: Intent | undefined, outcome: Outcome): Intent | undefined {
  const { action, id, incarnation, made, taken, ended } = outcome;
  if (action === 'delete' || action === 'forget')
    return id !== undefined && intent.incarnation <= incarnation ? undefined : intent;
  if (taken) return before ?? intent;
  return made || ended || action === 'update' ? intent : before;
}

/**
 * The intents to keep after a pass. A sight does not end one, for another reading may lag further behind; our own delete does.
 * A pass that did nothing leaves them as they are: at rest no status is written for them.
 */
export function remember({ earlier, announced, outcomes }: Remembering): readonly Intent[] {
  const before = new Map(earlier.map((intent) => [intent.role, intent]));
  return announced.flatMap((intent) => {
    const outcome = outcomes.get(intent.role as NodeId);
    return (outcome ? leftOf(intent, before.get(intent.role), outcome) : intent) ?? [];
  });
}
