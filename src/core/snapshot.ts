/**
 * What AWS was seen to hold for one tier, matched to nodes. A reading that failed makes its kind unread: unread is never
 * absent. This file must not read anything itself.
 */
import type { Kind, Owned, Owner } from './kind.ts';
import { RETAINED_TAG } from './names.ts';
import type { Failure } from './outcome.ts';
import type { NodeId } from './ref.ts';

/** What the status remembers of a node's resource. */
export interface Recorded {
  readonly id?: string;
  readonly incarnation: number;
  /** Hash of the spec last applied: tells drift from a change that somebody asked for. */
  readonly specHash?: string;
  /** It served at the last look. */
  readonly ready?: boolean;
}

/** What one kind's read gave: everything found, or why it failed. Of two readings that were `shown` the same, nothing differs. */
export type Reading =
  | { readonly found: readonly Owned[]; readonly shown?: string }
  | { readonly failed: Failure; readonly shown?: undefined };

/** A resource that nobody wants in its place any more. */
export interface Superseded {
  readonly node: NodeId;
  readonly owned: Owned;
}

/** AWS as seen for one tier. */
export interface Snapshot {
  /** The resource in force of each node. */
  readonly live: ReadonlyMap<NodeId, Owned>;
  /** Older incarnations that still exist. */
  readonly superseded: readonly Superseded[];
  /** What this very object left in AWS and marked so, whether or not the status came to say it. */
  readonly left?: readonly Superseded[];
  /** Resources that carry this tier's name and another object's uid. */
  readonly foreign: ReadonlyMap<NodeId, Owned>;
  /** Kinds whose read failed, by type, with the reason. */
  readonly unread: ReadonlyMap<string, Failure>;
}

/** Whose resources count as this tier's. */
export interface Claimant {
  readonly owner: Required<Owner>;
  readonly recorded: ReadonlyMap<NodeId, Recorded>;
  /** Take over what an earlier object of the same name left. */
  readonly adopt: boolean;
  /** What is wanted now. */
  readonly wanted: { has(node: NodeId): boolean };
}

const isSameName = (one: Owner, { cluster, namespace, name }: Owner): boolean =>
  one.cluster === cluster && one.namespace === namespace && one.name === name;

const isMarked = ({ tags }: Owned): boolean => tags?.[RETAINED_TAG] === 'true';

/** Whether this object, and not an earlier one of its name, left it. */
const isLeftBy = (owned: Owned, owner: Required<Owner>): boolean =>
  isMarked(owned) && owned.owner !== undefined && isSameName(owned.owner, owner) && owned.owner.uid === owner.uid;

type Standing = 'ours' | 'foreign' | 'nobody';

function standing(owned: Owned, { owner, adopt, wanted }: Claimant): Standing {
  const claimed = owned.owner;
  if (!claimed) return 'nobody';
  if (!isSameName(claimed, owner)) return 'nobody';
  // Left behind on purpose, with its name on it: only adoption brings it back, or that the object that left it wants it again.
  const isWantedAgain = () => isLeftBy(owned, owner) && owned.node !== undefined && wanted.has(owned.node);
  if (isMarked(owned) && !adopt && !isWantedAgain()) return 'nobody';
  return adopt || claimed.uid === undefined || claimed.uid === owner.uid ? 'ours' : 'foreign';
}

/** Which of two resources of one node is in force. Of twins the recorded one, else the same one whatever order AWS answers in. */
function isBefore(one: Owned, other: Owned, recorded: Recorded | undefined): boolean {
  if (one.incarnation !== other.incarnation) return one.incarnation > other.incarnation;
  if (recorded?.id === one.id || recorded?.id === other.id) return recorded.id === one.id;
  return one.id < other.id;
}

const NOT_READ: Failure = { class: 'transient', code: 'NotRead', message: 'it was not read' };

/** The node that a resource stands for, and whether it is ours: by what it says of itself, else by the id on record. */
function placeOf(owned: Owned, recordedAs: NodeId | undefined, claimant: Claimant): { node?: NodeId; whose: Standing } {
  const node = owned.node ?? recordedAs;
  const whose = owned.owner || !recordedAs ? standing(owned, claimant) : 'ours';
  return node ? { node, whose } : { whose };
}

/** Without tags a resource may not know how many came before it. */
function counted(owned: Owned, recorded: Recorded | undefined): Owned {
  return owned.incarnation > 0 ? owned : { ...owned, incarnation: recorded?.incarnation ?? 1 };
}

interface Places {
  readonly live: Map<NodeId, Owned>;
  readonly superseded: Superseded[];
  readonly recorded: Recorded | undefined;
}

/** Keeps the newest incarnation of a node in force and sets the others aside. */
function enter(node: NodeId, owned: Owned, { live, superseded, recorded }: Places): void {
  const other = live.get(node);
  if (other?.id === owned.id) return;
  const [current, older] = other && isBefore(other, owned, recorded) ? [other, owned] : [owned, other];
  live.set(node, current);
  if (older) superseded.push({ node, owned: older });
}

function nodesByID({ recorded }: Claimant): ReadonlyMap<string, NodeId> {
  return new Map([...recorded].flatMap(([node, { id }]) => (id ? [[`${typeOf(node)} ${id}`, node] as const] : [])));
}

/** Matches readings to nodes. */
export function snapshotOf(
  readings: ReadonlyMap<string, Reading>,
  claimant: Claimant,
  kinds: readonly Pick<Kind, 'type'>[],
): Snapshot {
  const live = new Map<NodeId, Owned>();
  const foreign = new Map<NodeId, Owned>();
  const superseded: Superseded[] = [];
  const left: Superseded[] = [];
  const unread = new Map<string, Failure>();
  const nodeOfID = nodesByID(claimant);
  const put = ({ node, owned }: Superseded, whose: Standing): void => {
    const recorded = claimant.recorded.get(node);
    if (whose === 'ours') enter(node, counted(owned, recorded), { live, superseded, recorded });
    else if (whose === 'foreign') foreign.set(node, owned);
    else if (isLeftBy(owned, claimant.owner)) left.push({ node, owned });
  };
  for (const { type } of kinds) {
    const reading = readings.get(type) ?? { failed: NOT_READ };
    if ('failed' in reading) {
      unread.set(type, reading.failed);
      continue;
    }
    for (const owned of reading.found) {
      const { node, whose } = placeOf(owned, nodeOfID.get(`${type} ${owned.id}`), claimant);
      if (node) put({ node, owned }, whose);
    }
  }
  return { live, superseded, left, foreign, unread };
}

/** The kind's type of a node id: `ec2.subnet` of `ec2.subnet/public-a`. */
export function typeOf(node: NodeId): string {
  return node.slice(0, node.indexOf('/'));
}
