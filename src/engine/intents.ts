/**
 * Memory of what AWS may not show yet. Whatever brings a new resource into being is announced in the status, and accepted by
 * the API server, before it is done; it is remembered for the grace, because AWS's reads lag behind its writes and do not all
 * lag alike. It must not decide what is done.
 */
import type { Intent } from '../api/types.ts';
import { type Action, mayRun } from '../core/action.ts';
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
 * something that this very pass makes or changes and that is, or may be, final at once.
 */
export function toAnnounce(actions: readonly Action[], { live }: Snapshot): readonly Action[] {
  const running = actions.filter(mayRun);
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
    if (!needs.every(isUsable) || !refsOf(spec).every(isKnown)) return false;
    if (kind.prompt ? type === 'create' || type === 'update' : type === 'create' && kind.settle === 0) final.add(node);
    return type === 'create' || type === 'replace';
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
    const startedAt = now.toISOString();
    const incarnation = Math.max(next, known?.incarnation ?? 0);
    // One that is asked for again is the same; one that had gone is not.
    const since = known?.incarnation === incarnation ? known.since : startedAt;
    return { role: node, incarnation, startedAt, ...(since ? { since } : {}) };
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

/** Intents that are kept, and seconds until one of them may be over. */
export interface Kept {
  readonly intents: readonly Intent[];
  readonly within: number;
}

/** What tells an announcement that nothing came of. */
export interface Holding {
  /** Whether a node is wanted, seen or known. */
  readonly holds: (node: NodeId) => boolean;
  readonly now: Date;
  readonly graceSeconds: number;
}

/**
 * Forgets what was announced by a process that died before it did it, once AWS would have shown it: as long as it is remembered, it
 * counts as standing. What is wanted stays announced, because going back on that is not this decision's.
 */
export function forgetVain(intents: readonly Intent[], { holds, now, graceSeconds }: Holding): Kept {
  const vain = intents.filter(({ role }) => !holds(role as NodeId));
  const over = new Set(vain.filter((intent) => !isYoung(intent, now, graceSeconds)));
  const seconds = vain
    .filter((intent) => !over.has(intent))
    .map(({ startedAt }) => graceSeconds - (now.getTime() - Date.parse(startedAt)) / 1000);
  return { intents: intents.filter((intent) => !over.has(intent)), within: Math.min(...seconds) };
}
