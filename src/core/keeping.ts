/**
 * A copy of data before something happens to it: the copy first, its id in the status next, and only then what it was made
 * for. Whether that is the end of what holds the data or a change of it makes no difference here. Pure.
 */
import type { Action } from './action.ts';
import { hashOf } from './canonical.ts';
import { diffSpec } from './diff.ts';
import type { Kind, Owned } from './kind.ts';
import { nodeName } from './names.ts';
import type { Policy } from './policy.ts';
import type { NodeId } from './ref.ts';
import type { Recorded, Snapshot, Superseded } from './snapshot.ts';

/** What must be seen to know whether there is a copy. */
export interface CopyView {
  readonly snapshot: Snapshot;
  readonly recorded: ReadonlyMap<string, Recorded>;
  readonly policy: Pick<Policy, 'searching' | 'left'>;
  /** All kinds, in the order in which they are built. */
  readonly kinds: readonly Kind[];
}

/** How far a copy is. */
export interface Copying {
  /** What is to be done about the copy now. */
  readonly first: readonly Action[];
  /** What must still be waited for; absent when the copy is complete and its id in the status. */
  readonly waitsFor?: string;
  /** Why there will be no copy unless a person acts. */
  readonly failed?: string;
}

const ofNode = (copy: NodeId, all: readonly Superseded[] = []): readonly Owned[] =>
  all.filter(({ node }) => node === copy).map(({ owned }) => owned);

/** Copies that stand, whatever they are copies of. */
function copiesAt(copy: NodeId, { live, superseded }: Snapshot): readonly Owned[] {
  const current = live.get(copy);
  return [...(current ? [current] : []), ...ofNode(copy, superseded)];
}

/** The last copy that was made under a node, also one that was let go of since: the next one is another. */
function newestAt(copy: NodeId, snapshot: Snapshot): Owned | undefined {
  const all = [...copiesAt(copy, snapshot), ...ofNode(copy, snapshot.left)];
  return all.toSorted((a, b) => b.incarnation - a.incarnation)[0];
}

const plain = { changes: [], drift: false, needs: [] } as const;

/** Sees to a copy of a resource's data under this node. */
export function keepCopy({ kind, owned }: { kind: Kind; owned: Owned }, copy: NodeId, view: CopyView): Copying {
  const { snapshot, recorded, policy, kinds } = view;
  const copyKind = kinds.find(({ type }) => type === kind.keeper?.type);
  if (!kind.keeper || !copyKind) throw new Error(`keep the data of ${owned.id}: nothing can make a copy of it`);
  if (snapshot.unread.has(copyKind.type)) return { first: [], waitsFor: `${copy} (could not be read)` };

  const spec = kind.keeper.specOf(owned.attributes as Readonly<Record<string, unknown>>);
  // A copy of another resource of this node, of an earlier life maybe, keeps nothing of this one's data.
  const found = copiesAt(copy, snapshot).find((candidate) => diffSpec(copyKind, spec, candidate).length === 0);
  if (!found) {
    const newest = newestAt(copy, snapshot);
    if (policy.searching(copy, (newest?.incarnation ?? 0) + 1)) return { first: [], waitsFor: copy };
    const before = newest ? { live: newest } : {};
    const reason = `keeps the data of ${owned.id}`;
    return {
      first: [{ ...plain, type: 'create', node: copy, kind: copyKind, reason, spec, ...before }],
      waitsFor: copy,
    };
  }
  const { state, phase, reason = state } = found.health;
  if (phase === 'failed') return { first: [], failed: `${found.id} failed (${reason})` };
  if (phase !== 'ready') {
    const wait: Action = { ...plain, type: 'wait', node: copy, kind: copyKind, reason: `AWS says ${state}` };
    return { first: [wait], waitsFor: `${copy} (${state})` };
  }
  const isKnown = recorded.get(copy)?.id === found.id || policy.left(copy, found.id);
  return isKnown ? { first: [] } : { first: [], waitsFor: `the id of ${copy} in status` };
}

/**
 * The node of the copy that an action's changes need first, told by what the resource is before them and by the approval that
 * was given last: what was copied for an attempt of long ago is not what is changed now.
 */
function copyBefore({ type, kind, node, live, changes }: Action, approval: string): NodeId | undefined {
  if (type !== 'update' || !live || !kind.keeper || !kind.keepBefore?.(changes)) return undefined;
  const risky = changes.filter((change) => kind.keepBefore?.([change]));
  const before = (risky.length > 0 ? risky : changes).map(({ path, from }) => [path, from]);
  const source = kind.keeper.specOf(live.attributes as Readonly<Record<string, unknown>>);
  return `${kind.keeper.type}/${nodeName(node)}-before-${hashOf([source, before, approval], 8)}`;
}

/** An action, and what must come before it for the sake of data. */
export interface Guarded {
  readonly actions: readonly Action[];
  readonly action: Action;
  /** Copies that are still needed: they are not let go of yet. */
  readonly copies: readonly NodeId[];
}

/** A copy that was let go of, because the change was under way or taken back, still is one. */
function withLeft(copy: NodeId, snapshot: Snapshot): Snapshot {
  const left = (snapshot.left ?? []).filter(({ node }) => node === copy);
  return { ...snapshot, superseded: [...snapshot.superseded, ...left] };
}

/** What else a plan does that copies depend on. */
export interface Setting {
  /** The approval that was given last. */
  readonly approval: string;
  /** Nodes that are being replaced: what stands on them is changed afterwards. */
  readonly replaced: ReadonlySet<NodeId>;
}

/** Has a copy made before a change whose kind says so: once for each approval, and not before the change could be made otherwise. */
export function keepFirst(action: Action, view: CopyView, { approval, replaced }: Setting): Guarded {
  const copy = copyBefore(action, approval);
  const { live, kind, needs } = action;
  if (!copy || !live) return { actions: [action], action, copies: [] };
  const waitsFor = action.waitsFor ?? needs.find((need) => replaced.has(need));
  if (waitsFor) {
    const waiting: Action = { ...action, waitsFor };
    return { actions: [waiting], action: waiting, copies: [copy] };
  }
  const snapshot = withLeft(copy, view.snapshot);
  // Let go of and not to be seen any more: it was complete, the change was under way.
  const isOver = view.policy.left(copy) && copiesAt(copy, snapshot).length === 0;
  if (isOver) return { actions: [action], action, copies: [copy] };
  const copying = keepCopy({ kind, owned: live }, copy, { ...view, snapshot });
  const held: Action = copying.failed
    ? {
        ...action,
        type: 'hold',
        reason: `the copy ${copying.failed} that must be there before the change; delete it in AWS to have another made`,
        problem: 'Failed',
      }
    : { ...action, ...(copying.waitsFor ? { waitsFor: copying.waitsFor } : {}) };
  return { actions: [...copying.first, held], action: held, copies: [copy] };
}
