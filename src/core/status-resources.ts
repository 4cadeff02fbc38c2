/**
 * What the status keeps of resources: what stands and how it is, and what was left in AWS. It is the only memory that outlives
 * the process, so nothing in it is forgotten because a reading failed.
 */
import type { ResourceStatus, Retained, TierStatus } from '../api/types.ts';
import type { Action } from './action.ts';
import { cut } from './conditions.ts';
import { EMPTY_GRAPH } from './graph.ts';
import { placeOf } from './place.ts';
import { resolveLive, specHashOf } from './plan-desired.ts';
import { LAST_COPY } from './plan-end.ts';
import type { Projection } from './projection.ts';
import { hasUnknown, type NodeId } from './ref.ts';
import { type Recorded, typeOf } from './snapshot.ts';

/** What the status recorded of each node's resource. */
export function recordedOf(status: TierStatus): ReadonlyMap<NodeId, Recorded> {
  return new Map(
    (status.resources ?? []).map(({ role, id, incarnation, specHash, ready }) => [
      role as NodeId,
      { incarnation, ready, ...(id === undefined ? {} : { id }), ...(specHash === undefined ? {} : { specHash }) },
    ]),
  );
}

/** The hash of what stands, when a look showed that it stands as it should; else what was recorded before. */
function hashAfter(role: NodeId, action: Action | undefined, projection: Projection): string | undefined {
  const { blueprint, snapshot, recorded, tagsOf, searching } = projection;
  const node = blueprint.graph.get(role);
  const owned = snapshot.live.get(role);
  const kept = recorded.get(role)?.specHash;
  // What is not wanted any more is ended by us: should it be wanted again, it is missing, not lost.
  if (!node) return undefined;
  if (!owned || !action || action.changes.length > 0 || action.type === 'create') return kept;
  // What is on its way out was not compared with anything, or is not shown as it is.
  if (owned.health.phase === 'deleting' || searching(role, owned.incarnation + 1)) return kept;
  if (action.type === 'hold' && action.problem !== 'DriftDetected') return kept;
  const spec = resolveLive(node, snapshot);
  // A tolerated deviation was judged against the hash that is recorded: it stays the measure.
  return action.type === 'hold' || hasUnknown(spec) ? kept : specHashOf(spec, tagsOf(role, owned.incarnation));
}

function resourceOf(role: NodeId, projection: Projection): ResourceStatus | undefined {
  const { snapshot, outcomes, recorded, plan, tier, now } = projection;
  const before = tier.status.resources?.find((entry) => entry.role === role);
  if (snapshot.unread.has(typeOf(role))) return before;
  const owned = snapshot.live.get(role);
  const outcome = outcomes.get(role);
  const action = plan.actions.find(({ node }) => node === role);
  const known = recorded.get(role);
  const made = outcome?.id !== undefined && outcome.action === 'create';
  const id = made ? outcome.id : (owned?.id ?? known?.id);
  if (id === undefined) return undefined;
  // What makes room for its successor was ended by us: should the wish be taken back, it is missing, not lost.
  const specHash = made || outcome?.action === 'replace' ? undefined : hashAfter(role, action, projection);
  const health = made ? undefined : owned?.health;
  return {
    role,
    type: typeOf(role),
    id,
    incarnation: made ? outcome.incarnation : (owned?.incarnation ?? known?.incarnation ?? 1),
    state: cut(health?.state ?? (made ? 'creating' : 'missing'), 64),
    ready: health?.phase === 'ready',
    ...(owned && !made ? placeOf(owned, before, now) : {}),
    ...(specHash === undefined ? {} : { specHash }),
  };
}

/** `status.resources`. */
export function resourcesOf(projection: Projection): readonly ResourceStatus[] {
  const { blueprint, snapshot, outcomes, tier } = projection;
  const deleting = tier.metadata.deletionTimestamp !== undefined;
  // What is gone for good needs no memory; what is wanted keeps its last id, from which the next incarnation counts.
  const wanted = deleting ? [] : [...blueprint.graph.keys()];
  const seen = [...snapshot.live.keys(), ...[...outcomes.values()].filter(({ id }) => id).map(({ node }) => node)];
  const unread = (tier.status.resources ?? [])
    .map(({ role }) => role as NodeId)
    .filter((role) => snapshot.unread.has(typeOf(role)));
  return [...new Set([...wanted, ...seen, ...unread])].flatMap((role) => resourceOf(role, projection) ?? []);
}

/** Everything that was left in AWS and that nobody has taken over since. */
export function retainedOf({ tier, plan, outcomes, snapshot, blueprint }: Projection): readonly Retained[] {
  const left = plan.actions.flatMap(({ type, node, live }) =>
    type === 'forget' && live && outcomes.get(node)?.result === 'done' ? [{ role: node, id: live.id }] : [],
  );
  // Said before it is made: the call that makes it may be the last that anybody hears of it.
  const copies = plan.actions.flatMap(({ node, live, waitsFor }) =>
    waitsFor === LAST_COPY && live?.leaves ? [{ role: node, id: live.leaves }] : [],
  );
  // What was left by a process that died before it could say so is seen marked.
  const marked = (snapshot.left ?? []).map(({ node, owned: { id } }) => ({ role: node, id }));
  const all = [...(tier.status.retained ?? []), ...left, ...copies, ...marked];
  const isFirst = ({ role, id }: Retained, at: number): boolean =>
    all.findIndex((other) => other.role === role && other.id === id) === at;
  const wanted = tier.metadata.deletionTimestamp === undefined ? blueprint.graph : EMPTY_GRAPH;
  const isTaken = ({ role, id }: Retained): boolean =>
    wanted.has(role as NodeId) && snapshot.live.get(role as NodeId)?.id === id;
  return all.filter((entry, at) => isFirst(entry, at) && !isTaken(entry));
}
