/**
 * What the cache keeps of a tier, which changes of it call for a pass, and which end its rest. The operator's own writes (status,
 * finalizer, place) must never be among the former, or every pass would cause the next.
 */
import { createHash } from 'node:crypto';
import { ANNOTATIONS, FINALIZER, GROUP } from '../api/well-known.ts';
import type { KubeObject } from './list.ts';
import type { Priority } from './order.ts';
import { PLACE } from './place.ts';
import type { Stored, StoreEvent } from './store.ts';

/** A tier, as far as changes are concerned. */
export interface TierSummary extends Stored {
  readonly generation: number;
  readonly deleting: boolean;
  /** Whether the operator's finalizer is on it. */
  readonly guarded: boolean;
  /** By which place it is served; nothing before its first pass. */
  readonly place: string | undefined;
  /** The annotations that are requests to the operator, sorted, as text. */
  readonly requests: string;
  /**
   * The same for as long as a pass would find the same: what is said above, and who wrote the status when, for in that a pass
   * mends what others change. Labels and other annotations, which some tools write again and again, have no part in it.
   */
  readonly content: string;
}

/** Keeps of an object what decides whether to look. */
export function summarize(object: KubeObject): TierSummary {
  const told = tell(object);
  const { managedFields = [], resourceVersion } = object.metadata;
  const written = managedFields
    .filter(({ subresource }) => subresource === 'status')
    .map(({ manager, operation, time }) => [manager, operation, time]);
  const text = JSON.stringify([told, written]);
  return { ...told, resourceVersion, content: createHash('sha256').update(text).digest('base64') };
}

function tell({ metadata }: KubeObject): Omit<TierSummary, 'content' | 'resourceVersion'> {
  const requests = Object.entries(metadata.annotations ?? {}).filter(
    ([name]) => (name.startsWith(`${GROUP}/`) && name !== PLACE) || name === ANNOTATIONS.fluxReconcileRequestedAt,
  );
  return {
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    deleting: metadata.deletionTimestamp !== undefined,
    place: metadata.annotations?.[PLACE],
    guarded: metadata.finalizers?.includes(FINALIZER) ?? false,
    requests: requests.length === 0 ? '' : JSON.stringify(requests.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** How urgently an event calls for a pass; nothing when it does not. */
export function triggerOf(event: StoreEvent<TierSummary>, initial: boolean): Priority | undefined {
  // Everything is there at a start: none of it is news.
  if (event.type === 'added') return initial ? 'low' : 'high';
  if (event.type === 'deleted') return 'low';
  const { object, old } = event;
  const changed =
    object.generation !== old.generation ||
    object.requests !== old.requests ||
    object.deleting !== old.deleting ||
    (old.guarded && !object.guarded) ||
    (old.place !== undefined && object.place !== old.place);
  return changed ? 'high' : undefined;
}
