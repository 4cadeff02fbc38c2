/**
 * What to do about resources that are not wanted any more: after everything that is wanted is ready, dependents first,
 * and data only as the policy says. Pure.
 */
import { type Action, impactOf } from './action.ts';
import { nodesIn } from './approval.ts';
import { diffSpec } from './diff.ts';
import { keepCopy } from './keeping.ts';
import type { Kind, Owned } from './kind.ts';
import { basesOf, type Departure, keeperNode, type Leaver, leaversOf, mentions, standsOn } from './leavers.ts';
import { RETAINED_TAG } from './names.ts';
import { busyWith, resolveLive } from './plan-desired.ts';
import type { Policy } from './policy.ts';
import type { NodeId } from './ref.ts';
import { type Recorded, typeOf } from './snapshot.ts';

/** What planning ends needs to see. */
export interface EndView extends Departure {
  readonly recorded: ReadonlyMap<string, Recorded>;
  readonly policy: Policy;
  /** Copies that changes of what stays still need. */
  readonly needed: ReadonlySet<NodeId>;
  /** What is wanted and not ready yet. */
  readonly unready: readonly Action[];
}

/** All that leaves, and what it is seen by. */
interface Exodus extends EndView {
  readonly leavers: readonly Leaver[];
  /** What was asked for, is not wanted, and is not seen: it may be there. */
  readonly hidden: readonly NodeId[];
}

/** Why a node that is not seen may be there all the same. */
function whyUnseen(node: NodeId, { snapshot, hidden }: Exodus): string | undefined {
  if (snapshot.unread.has(typeOf(node))) return `${node} (could not be read)`;
  return hidden.includes(node) ? `${node} (not visible yet)` : undefined;
}

const base = ({ node, kind, owned }: Leaver): Omit<Action, 'type' | 'reason'> => ({
  node,
  kind,
  changes: [],
  drift: false,
  needs: [],
  live: owned,
});

const waitFor = (node: NodeId, kind: Kind, reason: string): Action => ({
  type: 'wait',
  node,
  kind,
  reason,
  changes: [],
  drift: false,
  needs: [],
});

const isMarked = ({ tags }: Owned): boolean => tags?.[RETAINED_TAG] === 'true';

/**
 * What still stands on this resource and must go first. What is not seen may stand on it too, and so may whatever the
 * graph does not speak of any more and is built later.
 */
function blockersOf({ node, rank }: Leaver, view: Exodus): readonly string[] {
  const { leavers, reference } = view;
  const standing = [...reference.values()].filter(({ id, needs }) => id !== node && needs.includes(node));
  const mayStand = (other: Leaver): boolean =>
    reference.has(other.node) ? standing.some(({ id }) => id === other.node) : other.rank > rank;
  const leaving = leavers.filter((other) => !other.stays && mayStand(other)).map((other) => other.node);
  return [...new Set([...leaving, ...standing.flatMap(({ id }) => whyUnseen(id, view) ?? [])])];
}

/** Marking makes it invisible, so what it stands on is marked before: else that would seem to be free to go. */
function retain(leaver: Leaver, view: Exodus): readonly Action[] {
  const { leavers, reference, policy } = view;
  const isDone = ({ node, owned }: Leaver): boolean => isMarked(owned) || (!owned.tags && policy.left(node, owned.id));
  if (isDone(leaver)) return [];
  const below = leavers.find((other) => other.stays && standsOn(leaver, other, reference) && !isDone(other));
  const needs = reference.get(leaver.node)?.needs ?? [];
  const first = below?.node ?? needs.flatMap((need) => whyUnseen(need, view) ?? [])[0];
  const { stays = '' } = leaver;
  return [{ ...base(leaver), type: 'forget', reason: stays, ...(first ? { waitsFor: first } : {}) }];
}

/** A copy first, its id in status next, the delete last. */
function keep(leaver: Leaver, view: Exodus): readonly Action[] {
  const { kind, node, owned } = leaver;
  const copy = keeperNode(kind, node);
  if (!copy) throw new Error(`plan the end of ${node}: nothing can keep a copy of it`);
  const remove: Action = {
    ...base(leaver),
    type: 'delete',
    reason: 'not wanted any more; its data is kept in a final copy',
  };
  const first = view.leavers.find((other) => other.node === node);
  if (first && first !== leaver) return [{ ...remove, waitsFor: first.owned.id }];
  const { first: actions, waitsFor, failed } = keepCopy({ kind, owned }, copy, view);
  if (failed) {
    const reason = `the final copy ${failed}; delete that copy in AWS to have another made`;
    return [{ ...base(leaver), type: 'hold', reason, problem: 'Failed' }];
  }
  return [...actions, { ...remove, ...(waitsFor ? { waitsFor } : {}) }];
}

/**
 * The first of what is wanted that this leaver is still kept for. Changes in place of what it stands on are not among it, nor
 * those that let go of what leaves below it, nor what waits for either: AWS may not make them before it is gone, as RDS takes
 * over no password of a database that has replicas, and servers stay with a target group that a rule still sends requests to.
 */
function firstUnready(leaver: Leaver, { unready, ...view }: Exodus): NodeId | undefined {
  if (unready.length === 0) return undefined;
  const bases = basesOf(leaver, view);
  const { desired, snapshot } = view;
  const leaving = [...bases].flatMap((base) => (desired.has(base) ? [] : (snapshot.live.get(base)?.id ?? [])));
  const isTied = ({ type, node, live }: Action): boolean =>
    type === 'update' && (bases.has(node) || leaving.some((id) => mentions(live?.spec, id)));
  const tied = new Set(unready.filter(isTied).map(({ node }) => node));
  const follows = ({ type, waitsFor = '' }: Action): boolean =>
    type === 'update' && nodesIn(waitsFor).some((node) => tied.has(node));
  return unready.find((action) => !isTied(action) && !follows(action))?.node;
}

/** What the delete of something waits for whose last copy AWS makes with it. */
export const LAST_COPY = 'the id of its last copy in status';

/** What must come before a resource may go, when nothing stands on it any more; nothing when it may. */
function beforeTheEnd({ kind, node, owned, end }: Leaver, { policy }: Exodus): Partial<Action> | undefined {
  if (owned.holds !== undefined) return { type: 'hold', reason: `holds ${owned.holds}`, problem: 'DataLossRefused' };
  if (owned.leaves !== undefined && !policy.left(node, owned.leaves)) return { waitsFor: LAST_COPY };
  if (!kind.stateful || end === 'DeleteIfEmpty' || policy.acceptDataLoss) return undefined;
  const reason = "holds data; set spec.deletionPolicy.confirmDataLoss to the tier's name to delete it without a copy";
  return { type: 'hold', reason, problem: 'DataLossRefused' };
}

/** What its node wants of its end and AWS does not hold: it may never have been made, or no tier asked for it before the end. */
function lastWish(leaver: Leaver, { reference, snapshot }: Exodus): Action | undefined {
  const { kind, node, owned } = leaver;
  const wish = reference.get(node);
  const { ending = [] } = kind;
  if (!wish || ending.length === 0) return undefined;
  const wanted = Object.entries(resolveLive(wish, snapshot)).filter(([field]) => ending.some((one) => one === field));
  const changes = diffSpec(kind, Object.fromEntries(wanted), owned);
  if (changes.length === 0) return undefined;
  return {
    ...base(leaver),
    type: 'update',
    reason: 'what becomes of it at its end',
    changes,
    impact: impactOf(changes),
    spec: { ...owned.spec, ...Object.fromEntries(wanted) },
    ...busyWith(owned, changes),
  };
}

const isStep = ({ kind }: Leaver): boolean => kind.operation === true && !kind.stateful;

/**
 * A step is taken back whatever else is not ready, and so is what came of it: a closed database does not wait for an alarm, and an
 * app that was sent to a cache with which it does not serve is not sent back when it serves.
 */
function isTakenBack(leaver: Leaver, view: Exodus): boolean {
  if (isStep(leaver)) return true;
  const steps = view.leavers.filter(isStep);
  if (leaver.kind.stateful || view.unready.length === 0 || steps.length === 0) return false;
  const bases = basesOf(leaver, view);
  return steps.some(({ node }) => bases.has(node));
}

function planLeaver(leaver: Leaver, view: Exodus): readonly Action[] {
  const { kind, owned, end, stays } = leaver;
  if (stays) return retain(leaver, view);
  const remove: Action = { ...base(leaver), type: 'delete', reason: 'not wanted any more' };
  if (owned.health.phase === 'deleting') return [{ ...remove, type: 'wait', reason: `AWS says ${owned.health.state}` }];
  const first = isTakenBack(leaver, view) ? undefined : firstUnready(leaver, view);
  if (first) return [{ ...remove, waitsFor: first }];
  const blockers = blockersOf(leaver, view);
  if (blockers.length > 0) return [{ ...remove, waitsFor: blockers.slice(0, 3).join(', ') }];
  const wish = lastWish(leaver, view);
  if (wish) return [wish];
  if (kind.stateful && end === 'Snapshot') return keep(leaver, view);
  return [{ ...remove, ...beforeTheEnd(leaver, view) }];
}

/** Whether what it is a copy of cannot be seen, and may still be there. */
function mayKeep({ node, kind }: Leaver, { kinds, snapshot, hidden }: Exodus): boolean {
  const sources = kinds.filter(({ keeper }) => keeper?.type === kind.type);
  const isHidden = (source: Kind): boolean =>
    hidden.some((other) => typeOf(other) === source.type && keeperNode(source, other) === node);
  return sources.some((source) => snapshot.unread.has(source.type) || isHidden(source));
}

/** Decides about every resource that is not wanted any more, dependents first. */
export function planEnds(view: EndView): readonly Action[] {
  const leavers = leaversOf(view);
  // A copy is retained when what it is a copy of has gone, not before: a marked copy is not found again.
  const inUse = new Set(
    leavers.flatMap(({ kind, node, end, stays }) =>
      stays || end !== 'Snapshot' ? [] : (keeperNode(kind, node) ?? []),
    ),
  );
  const { desired, snapshot, policy } = view;
  const hidden = policy.sought.filter((node) => !desired.has(node) && !snapshot.live.has(node));
  const exodus = { ...view, leavers, hidden };
  const ends = leavers
    .filter(({ node }) => !view.needed.has(node) && !inUse.has(node))
    .filter((leaver) => !mayKeep(leaver, exodus))
    .flatMap((leaver) => planLeaver(leaver, exodus));
  return [...ends, ...unseen(exodus, ends)];
}

/** What may exist although nobody sees it: nothing is over before it was seen, or its time is up. */
function unseen({ desired, snapshot, kinds, hidden }: Exodus, ends: readonly Action[]): readonly Action[] {
  const planned = new Set(ends.map(({ node }) => node));
  const unread = desired.size > 0 ? [] : kinds.filter(({ type }) => snapshot.unread.has(type));
  const sought = hidden.filter((node) => !planned.has(node));
  return [
    ...unread.map((kind) =>
      waitFor(`${kind.type}/all`, kind, `could not be read: ${snapshot.unread.get(kind.type)?.code ?? ''}`),
    ),
    ...sought.flatMap((node) => {
      const kind = kinds.find(({ type }) => type === typeOf(node));
      return kind ? [waitFor(node, kind, 'asked for; not visible in AWS yet')] : [];
    }),
  ];
}
