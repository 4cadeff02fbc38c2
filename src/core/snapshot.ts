/**
 * What AWS was seen to hold for one tier, matched to nodes. A reading that failed makes its kind unread: unread is never
 * absent. This file must not read anything itself.
 */
import type { Kind, Owned, Owner } from './kind.ts';
import { RETAINED_TAG } from './names.ts';
import type { NodeId } from './ref.ts';

/** What the status remembers of a node's resource. */
export interface Recorded {
  readonly id?: string;
  readonly incarnation: number;
  /** Hash of the spec last applied: tells drift from a change that somebody asked for. */
  readonly specHash?: string;
}

/** What one kind's read gave: everything found, or why it failed. */
export type Reading = { readonly found: readonly Owned[] } | { readonly failed: string };

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
  /** Resources that carry this tier's name and another object's uid. */
  readonly foreign: ReadonlyMap<NodeId, Owned>;
  /** Kinds whose read failed, by type, with the reason. */
  readonly unread: ReadonlyMap<string, string>;
}

/** Whose resources count as this tier's. */
export interface Claimant {
  readonly owner: Required<Owner>;
  readonly recorded: ReadonlyMap<NodeId, Recorded>;
  /** Take over what an earlier object of the same name left. */
  readonly adopt: boolean;
}

type Standing = 'ours' | 'foreign' | 'nobody';

function standing(owned: Owned, { owner, adopt }: Claimant): Standing {
  const claimed = owned.owner;
  if (!claimed) return 'nobody';
  const sameName = claimed.cluster === owner.cluster && claimed.namespace === owner.namespace && claimed.name === owner.name;
  if (!sameName) return 'nobody';
  // Left behind on purpose, with its name on it: only adoption brings it back.
  if (owned.tags?.[RETAINED_TAG] === 'true' && !adopt) return 'nobody';
  return adopt || claimed.uid === undefined || claimed.uid === owner.uid ? 'ours' : 'foreign';
}

/** Matches readings to nodes: by what a resource says of itself, else by the id that the status recorded. */
export function snapshotOf(
  readings: ReadonlyMap<string, Reading>,
  claimant: Claimant,
  kinds: readonly Pick<Kind, 'type'>[],
): Snapshot {
  const live = new Map<NodeId, Owned>();
  const foreign = new Map<NodeId, Owned>();
  const superseded: Superseded[] = [];
  const unread = new Map<string, string>();
  const nodeOfID = new Map([...claimant.recorded].flatMap(([node, { id }]) => (id ? [[`${typeOf(node)} ${id}`, node]] : [])));

  const settle = (node: NodeId, owned: Owned): void => {
    const other = live.get(node);
    if (other?.id === owned.id) return;
    const [current, older] = other && other.incarnation >= owned.incarnation ? [other, owned] : [owned, other];
    live.set(node, current);
    if (older) superseded.push({ node, owned: older });
  };

  for (const { type } of kinds) {
    const reading = readings.get(type);
    if (!reading || 'failed' in reading) {
      unread.set(type, reading?.failed ?? 'not read');
      continue;
    }
    for (const owned of reading.found) {
      const recordedAs = nodeOfID.get(`${type} ${owned.id}`) as NodeId | undefined;
      const node = owned.node ?? recordedAs;
      const whose = standing(owned, claimant);
      if (node && whose === 'foreign') foreign.set(node, owned);
      else if (node && (whose === 'ours' || (!owned.owner && recordedAs))) settle(node, owned);
    }
  }
  return { live, superseded, foreign, unread };
}

/** The kind's type of a node id: `ec2.subnet` of `ec2.subnet/public-a`. */
export function typeOf(node: NodeId): string {
  return node.slice(0, node.indexOf('/'));
}
