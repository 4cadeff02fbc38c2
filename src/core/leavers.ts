/**
 * Which resources are not wanted any more, and how each of them ends: what holds data as its policy says, and what something
 * that stays stands on stays with it. Pure; what is done about them is planned elsewhere.
 */
import type { End, Graph } from './graph.ts';
import type { Kind, Owned } from './kind.ts';
import type { Policy } from './policy.ts';
import type { NodeId } from './ref.ts';
import { type Snapshot, typeOf } from './snapshot.ts';

/** One resource on its way out. */
export interface Leaver {
  readonly node: NodeId;
  readonly owned: Owned;
  readonly kind: Kind;
  readonly rank: number;
  readonly end: End;
  /** Why it is left in AWS, when it is. */
  readonly stays?: string;
}

/** What must be seen to know who leaves. */
export interface Departure {
  readonly desired: Graph;
  /** The graph that says how unwanted nodes end and what refers to them: the stage's own, also while deleting. */
  readonly reference: Graph;
  readonly snapshot: Snapshot;
  /** All kinds, in the order in which they are built. */
  readonly kinds: readonly Kind[];
  readonly policy: Pick<Policy, 'left'>;
}

/** The node that keeps a stateful node's data after its end. */
export function keeperNode(kind: Kind, node: NodeId): NodeId | undefined {
  return kind.keeper && `${kind.keeper.type}/${node.slice(node.indexOf('/') + 1)}-final`;
}

function endOf(node: NodeId, kind: Kind, { desired, reference }: Departure): End {
  // The policy speaks of the end of the tier: what was replaced meanwhile is nobody's wish, unless it holds data.
  if (desired.has(node) && !kind.stateful) return 'Delete';
  // A stateful resource that no stage speaks of any more is nobody's to delete.
  return reference.get(node)?.end ?? (kind.stateful ? 'Retain' : 'Delete');
}

function whyStays(kind: Kind, end: End, kinds: readonly Kind[], left: boolean): string | undefined {
  if (left) return 'it was retained before';
  if (end === 'Retain') return 'the deletion policy retains it';
  const kept = kinds.some(({ type }) => type === kind.keeper?.type);
  return end === 'Snapshot' && kind.stateful && !kept ? 'holds data and nothing can keep a copy of it' : undefined;
}

/** Nodes that something that stays stands on. A step stands on nothing once it is done. */
function foundations(leavers: readonly Leaver[], reference: Graph): ReadonlySet<NodeId> {
  const staying = new Set(leavers.filter(({ stays, kind }) => stays && !kind.operation).map(({ node }) => node));
  const below = new Set<NodeId>();
  for (const { id, needs } of [...reference.values()].reverse()) {
    if (staying.has(id) || below.has(id)) for (const need of needs) below.add(need);
  }
  return below;
}

const order = (a: Leaver, b: Leaver): number =>
  b.rank - a.rank ||
  compare(a.node, b.node) ||
  a.owned.incarnation - b.owned.incarnation ||
  compare(a.owned.id, b.owned.id);

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Everything that is not wanted any more, dependents first. */
export function leaversOf(departure: Departure): readonly Leaver[] {
  const { desired, reference, snapshot, kinds, policy } = departure;
  const ranks = new Map(kinds.map((kind, rank) => [kind.type, rank]));
  const unwanted = [...snapshot.live].flatMap(([node, owned]) => (desired.has(node) ? [] : [{ node, owned }]));
  const leavers = [...unwanted, ...snapshot.superseded].flatMap(({ node, owned }): Leaver[] => {
    const rank = ranks.get(typeOf(node));
    const kind = rank === undefined ? undefined : kinds[rank];
    if (!kind || rank === undefined) return [];
    const end = endOf(node, kind, departure);
    const stays = whyStays(kind, end, kinds, policy.left(node, owned.id));
    return [{ node, owned, kind, rank, end, ...(stays ? { stays } : {}) }];
  });
  const below = foundations(leavers, reference);
  const settled = leavers.map((leaver) =>
    !leaver.stays && below.has(leaver.node) ? { ...leaver, stays: 'something that is retained stands on it' } : leaver,
  );
  return settled.sort(order);
}
