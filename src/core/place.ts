/**
 * Where a resource serves, and since when it does not. What AWS moves by itself, as a database to its standby, is out of
 * service meanwhile: that is no error before it takes too long. Nothing here knows what is moved.
 */
import type { ResourceStatus, TierStatus } from '../api/types.ts';
import type { Owned } from './kind.ts';
import type { NodeId } from './ref.ts';
import type { Snapshot } from './snapshot.ts';

/** For so long AWS may be moving something. */
export const MOVE_SECONDS = 180;

/** What the status knew of the same resource. */
type Before = Pick<ResourceStatus, 'id' | 'ready' | 'place' | 'unreadySince'>;

/** What the status keeps of a resource's place: only for what served before there is a since. */
export function placeOf(
  owned: Owned,
  before: Before | undefined,
  now: Date,
): Pick<ResourceStatus, 'place' | 'unreadySince'> {
  const same = before?.id === owned.id ? before : undefined;
  // A reading that does not say where it is says nothing against what was known.
  const place = owned.place ?? same?.place;
  if (place === undefined) return {};
  const { phase } = owned.health;
  const isOut = phase === 'settling' || phase === 'warming';
  const since = isOut ? (same?.unreadySince ?? (same?.ready ? now.toISOString() : undefined)) : undefined;
  return { place, ...(since === undefined ? {} : { unreadySince: since }) };
}

/** Nodes that are out of service because AWS moves them, and have not been for too long. */
export function movingNodes({ live }: Snapshot, { resources = [] }: TierStatus, now: Date): ReadonlySet<NodeId> {
  const moving = resources.flatMap((before): readonly NodeId[] => {
    const role = before.role as NodeId;
    const owned = live.get(role);
    const { unreadySince: since } = owned ? placeOf(owned, before, now) : {};
    return since !== undefined && now.getTime() - Date.parse(since) < MOVE_SECONDS * 1000 ? [role] : [];
  });
  return new Set(moving);
}
