/**
 * What to do about resources that are not wanted any more: after everything that is wanted is ready, dependents first,
 * and data only as the policy says. Pure.
 */
import type { Action } from './action.ts';
import type { End, Graph, Node } from './graph.ts';
import type { Kind, Owned } from './kind.ts';
import type { Policy } from './policy.ts';
import type { NodeId } from './ref.ts';
import { type Recorded, type Snapshot, typeOf } from './snapshot.ts';

/** What planning ends needs to see. */
export interface EndView {
  readonly desired: Graph;
  /** The graph that says how unwanted nodes end and what refers to them: the stage's own, also while deleting. */
  readonly reference: Graph;
  readonly snapshot: Snapshot;
  readonly recorded: ReadonlyMap<string, Recorded>;
  /** All kinds, in the order in which they are built. */
  readonly kinds: readonly Kind[];
  readonly policy: Policy;
  /** Why no delete may run yet; `undefined` when everything wanted is ready. */
  readonly notReady: string | undefined;
}

/** One resource on its way out. */
interface Leaver {
  readonly node: NodeId;
  readonly owned: Owned;
  readonly kind: Kind;
  readonly rank: number;
  readonly end: End;
}

/** The node that keeps a stateful node's data after its end. */
export function keeperNode(kind: Kind, node: NodeId): NodeId | undefined {
  return kind.keeper && `${kind.keeper.type}/${node.slice(node.indexOf('/') + 1)}-final`;
}

const isKeeper = (node: NodeId): boolean => node.endsWith('-final');

function endOf(known: Node | undefined, kind: Kind): End {
  if (known) return known.end;
  // A stateful resource that no stage speaks of any more is nobody's to delete.
  return kind.stateful ? 'Retain' : 'Delete';
}

function leaversOf({ desired, reference, snapshot, kinds }: EndView): readonly Leaver[] {
  const rankOf = new Map(kinds.map((kind, rank) => [kind.type, rank]));
  const kept = new Set([...desired.keys()]);
  const all = [...[...snapshot.live].map(([node, owned]) => ({ node, owned })), ...snapshot.superseded];
  const current = (node: NodeId, owned: Owned): boolean => kept.has(node) && snapshot.live.get(node) === owned;
  return all
    .filter(({ node, owned }) => !current(node, owned))
    .flatMap(({ node, owned }) => {
      const rank = rankOf.get(typeOf(node));
      const kind = rank === undefined ? undefined : kinds[rank];
      return kind && rank !== undefined ? [{ node, owned, kind, rank, end: endOf(reference.get(node), kind) }] : [];
    })
    .sort((a, b) => b.rank - a.rank || (a.node < b.node ? -1 : 1));
}

/** What still stands on this resource and must go first. */
function blockersOf(leaver: Leaver, leavers: readonly Leaver[], reference: Graph): readonly NodeId[] {
  return leavers
    .filter((other) => other.end !== 'Retain')
    .filter((other) => reference.get(other.node)?.needs.includes(leaver.node))
    .filter((other) => other.node !== leaver.node)
    .map((other) => other.node);
}

const base = ({ node, kind, owned }: Leaver): Omit<Action, 'type' | 'reason'> => ({
  node,
  kind,
  changes: [],
  drift: false,
  needs: [],
  live: owned,
});

function retain(leaver: Leaver, reason: string): readonly Action[] {
  return [{ ...base(leaver), type: 'forget', reason }];
}

/** A copy first, its id in status next, the delete last. */
function keep(leaver: Leaver, view: EndView): readonly Action[] {
  const { kind, node, owned } = leaver;
  const copy = keeperNode(kind, node);
  const copyKind = view.kinds.find(({ type }) => type === kind.keeper?.type);
  if (!kind.keeper || !copy || !copyKind) return retain(leaver, 'holds data and nothing can keep a copy of it');

  const found = view.snapshot.live.get(copy);
  const remove: Action = { ...base(leaver), type: 'delete', reason: 'not wanted any more; its data is kept in a final copy' };
  if (!found) {
    if (view.policy.searching(copy)) return [{ ...remove, waitsFor: copy }];
    const spec = kind.keeper.specOf(owned.attributes as Readonly<Record<string, unknown>>);
    const create: Action = {
      type: 'create',
      node: copy,
      kind: copyKind,
      reason: `keeps the data of ${owned.id}`,
      changes: [],
      drift: false,
      spec,
      needs: [],
    };
    return [create, { ...remove, waitsFor: copy }];
  }
  if (found.health.phase === 'failed') {
    const reason = `the final copy ${found.id} failed (${found.health.reason ?? found.health.state}); delete that copy in AWS to have another made`;
    return [{ ...base(leaver), type: 'hold', reason, problem: 'Failed' }];
  }
  if (found.health.phase !== 'ready') return [{ ...remove, waitsFor: `${copy} (${found.health.state})` }];
  const recorded = view.recorded.get(copy)?.id === found.id;
  return [recorded ? remove : { ...remove, waitsFor: `the id of ${copy} in status` }];
}

function planLeaver(leaver: Leaver, leavers: readonly Leaver[], view: EndView): readonly Action[] {
  const { kind, owned, end } = leaver;
  if (end === 'Retain') return retain(leaver, 'the deletion policy retains it');
  const remove: Action = { ...base(leaver), type: 'delete', reason: 'not wanted any more' };
  if (owned.health.phase === 'deleting') return [{ ...remove, type: 'wait', reason: `AWS says ${owned.health.state}` }];
  if (view.notReady) return [{ ...remove, waitsFor: view.notReady }];
  const blockers = blockersOf(leaver, leavers, view.reference);
  if (blockers.length > 0) return [{ ...remove, waitsFor: blockers.slice(0, 3).join(', ') }];
  if (!kind.stateful) return [remove];
  if (end === 'Snapshot') return keep(leaver, view);
  if (view.policy.acceptDataLoss) return [remove];
  const reason = 'holds data; set spec.deletionPolicy.confirmDataLoss to the tier\'s name to delete it without a copy';
  return [{ ...base(leaver), type: 'hold', reason, problem: 'DataLossRefused' }];
}

/** Decides about every resource that is not wanted any more, dependents first. */
export function planEnds(view: EndView): readonly Action[] {
  const leavers = leaversOf(view).filter(({ node, owned }) => !(isKeeper(node) && owned.health.phase === 'settling'));
  const ends = leavers.flatMap((leaver) => planLeaver(leaver, leavers, view));
  const unread = [...view.snapshot.unread].filter(([type]) => view.desired.size === 0 && view.kinds.some((kind) => kind.type === type));
  return [...ends, ...unread.flatMap(([type, why]) => waitForReading(type, why, view.kinds))];
}

/** A kind that could not be read may hold something of ours: nothing is over before it was. */
function waitForReading(type: string, why: string, kinds: readonly Kind[]): readonly Action[] {
  const kind = kinds.find((candidate) => candidate.type === type);
  if (!kind) return [];
  return [{ type: 'wait', node: `${type}/*`, kind, reason: `could not be read: ${why}`, changes: [], drift: false, needs: [] }];
}
