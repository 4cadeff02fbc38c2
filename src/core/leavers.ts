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
  /** Keeps another's data: it outlives what its fields name. */
  readonly isCopy: boolean;
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

interface Parting {
  readonly kind: Kind;
  readonly owned: Owned;
  readonly end: End;
  readonly left: boolean;
}

function whyStays({ kind, owned, end, left }: Parting, kinds: readonly Kind[]): string | undefined {
  if (left) return 'it was retained before';
  if (end === 'Retain') return 'the deletion policy retains it';
  if (end === 'DeleteIfEmpty' && owned.holds !== undefined) return 'it is not empty';
  const kept = kinds.some(({ type }) => type === kind.keeper?.type);
  return end === 'Snapshot' && kind.stateful && !kept ? 'holds data and nothing can keep a copy of it' : undefined;
}

/** Whether a value holds an id, at any depth. */
export function mentions(value: unknown, id: string): boolean {
  if (typeof value !== 'object' || value === null) return value === id;
  return Object.values(value).some((item) => mentions(item, id));
}

/** Whether one stands on the other, as the graph says; of what the graph does not speak of any more its own fields say it. */
export function standsOn(
  { node, owned, isCopy }: Pick<Leaver, 'node' | 'owned' | 'isCopy'>,
  other: Pick<Leaver, 'node' | 'owned'>,
  reference: Graph,
): boolean {
  const known = reference.get(node);
  // Its own name may stand in its fields.
  if (node === other.node) return false;
  return known ? known.needs.includes(other.node) : !isCopy && mentions(owned.spec, other.owned.id);
}

/** Everything that a leaver stands on, directly or not. */
export function basesOf(leaver: Leaver, { reference, snapshot }: Pick<Departure, 'reference' | 'snapshot'>) {
  const bases = new Set<NodeId>();
  const descend = (from: Pick<Leaver, 'node' | 'owned' | 'isCopy'>): void => {
    for (const [node, owned] of snapshot.live) {
      if (node === leaver.node || bases.has(node) || !standsOn(from, { node, owned }, reference)) continue;
      bases.add(node);
      descend({ node, owned, isCopy: false });
    }
  };
  descend(leaver);
  return bases as ReadonlySet<NodeId>;
}

/** Nodes that something that stays stands on. A step stands on nothing once it is done. */
function foundations(leavers: readonly Leaver[], reference: Graph): ReadonlySet<NodeId> {
  // A copy outlives what it was made of.
  const stays = ({ stays: why, kind, isCopy }: Leaver): boolean => why !== undefined && !kind.operation && !isCopy;
  const staying = new Set(leavers.filter(stays).map(({ node }) => node));
  const below = new Set<NodeId>();
  const carry = ({ node }: Pick<Leaver, 'node'>): boolean => staying.has(node) || below.has(node);
  for (const { id, needs } of [...reference.values()].reverse()) {
    if (carry({ node: id })) for (const need of needs) below.add(need);
  }
  for (const leaver of leavers) {
    if (reference.has(leaver.node) || !carry(leaver)) continue;
    for (const other of leavers) if (standsOn(leaver, other, reference)) below.add(other.node);
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
    const stays = whyStays({ kind, owned, end, left: policy.left(node, owned.id) }, kinds);
    const isCopy = kinds.some(({ keeper }) => keeper?.type === kind.type);
    return [{ node, owned, kind, rank, end, isCopy, ...(stays ? { stays } : {}) }];
  });
  leavers.sort(order);
  const below = foundations(leavers, reference);
  return leavers.map((leaver) =>
    // What came after a step does not need it to stand.
    !leaver.stays && !leaver.kind.operation && below.has(leaver.node)
      ? { ...leaver, stays: 'something that is retained stands on it' }
      : leaver,
  );
}
