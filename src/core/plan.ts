/**
 * Compares graph and snapshot and answers with everything that would have to be done. It cannot call AWS, and planning
 * the same world twice gives the same plan, hash included.
 */
import { type Action, CHANGING, isInPlace, type Plan } from './action.ts';
import { afterTheirTime, gate, NO_APPROVAL, remaining } from './approval.ts';
import { hashOf } from './canonical.ts';
import type { Graph, Node } from './graph.ts';
import { keepFirst } from './keeping.ts';
import type { Kind } from './kind.ts';
import { planDesired } from './plan-desired.ts';
import { planEnds } from './plan-end.ts';
import type { Policy } from './policy.ts';
import type { NodeId } from './ref.ts';
import { type Recorded, type Snapshot, typeOf } from './snapshot.ts';

/** Everything that a plan depends on. */
export interface PlanInput {
  /** What is wanted; empty while the tier is being deleted. */
  readonly desired: Graph;
  /** The stage's graph, also while deleting: it says how nodes end and what stands on what. */
  readonly reference: Graph;
  readonly snapshot: Snapshot;
  readonly recorded: ReadonlyMap<string, Recorded>;
  readonly policy: Policy;
  /** All kinds, in the order in which they are built. */
  readonly kinds: readonly Kind[];
}

/** What an action adds to the hash: what it would do, not why or when. */
const digest = ({ type, node, changes, impact }: Action): unknown => ({
  type,
  node,
  impact: impact ?? null,
  changes: changes.map(({ path, to }) => [path, to]),
});

/** What is wanted and not yet as it should be, and what goes must be kept for. */
function unreadyOf(actions: readonly Action[]): readonly Action[] {
  return actions.filter((action) => {
    const { type, kind } = action;
    // What is to make room cannot go before what stands on it.
    if (type === 'replace' && kind.replace !== 'createFirst') return false;
    return !isInPlace(action);
  });
}

/**
 * Has what is made only after the end of something wait for that, also while that is still wanted: what decides about it may be done
 * in this very pass. Answers too with all that waits so, directly or not: what goes
 * cannot wait for it.
 */
function afterTheEnds(
  actions: readonly Action[],
  { desired, snapshot }: PlanInput,
): { readonly actions: readonly Action[]; readonly after: ReadonlySet<NodeId> } {
  const after = new Set<NodeId>();
  const mayStand = (id: NodeId): boolean => snapshot.live.has(id) || snapshot.unread.has(typeOf(id));
  const waiting = actions.map((action) => {
    const { node, type, needs } = action;
    const first = type === 'create' ? desired.get(node)?.afterEndOf?.find(mayStand) : undefined;
    if (first !== undefined || needs.some((need) => after.has(need))) after.add(node);
    return first === undefined ? action : { ...action, waitsFor: first };
  });
  return { actions: waiting, after };
}

/** Has whatever restarts or replaces something wait while nothing may be touched. A step of what goes on is not meant. */
function keptStill(actions: readonly Action[], still: NodeId | undefined): readonly Action[] {
  if (still === undefined) return actions;
  return actions.map((action) => {
    const { type, impact = 'online', kind, waitsFor } = action;
    const isChange = (type === 'update' || type === 'replace') && !kind.operation && !waitsFor;
    return isChange && impact !== 'online' ? { ...action, waitsFor: still } : action;
  });
}

/** Plans one pass. */
export function plan(input: PlanInput): Plan {
  const { desired, snapshot, policy } = input;
  // What is about to go is not made any more.
  const isOver = ({ id }: Node): boolean => policy.passing?.has(id) === true && !snapshot.live.has(id);
  const decisions = [...desired.values()].filter((node) => !isOver(node)).map((node) => planDesired(node, input));
  const ordered = afterTheEnds(afterTheirTime(decisions.map((decision) => decision.action)), input);
  const gated = gate(keptStill(ordered.actions, policy.still), policy.approval ?? NO_APPROVAL);
  const replaced = gated.actions.flatMap(({ type, waitsFor, node }) => (type === 'replace' && !waitsFor ? [node] : []));
  const setting = { approval: gated.granted.plan, replaced: new Set(replaced) };
  const guarded = gated.actions.map((action) => keepFirst(action, input, setting));
  const needed = new Set(guarded.flatMap(({ copies }) => copies));
  const unready = unreadyOf(guarded.map(({ action }) => action)).filter(({ node }) => !ordered.after.has(node));
  const ends = planEnds({ ...input, needed, unready });
  const actions = [...guarded.flatMap((one) => one.actions), ...ends];
  const granted = remaining(gated.granted, actions);
  return {
    actions,
    findings: decisions.flatMap((decision) => decision.findings),
    hash: gated.hash ?? `sha256:${hashOf(actions.filter((action) => CHANGING.has(action.type)).map(digest), 64)}`,
    ...(granted.plan === '' ? {} : { granted }),
  };
}
