/**
 * Looks at AWS for one tier, as cheaply as the question allows: shared sweeps for what is at rest, fresh readings for what
 * is not, ids for what seems to be missing. It decides nothing.
 */
import type { AnyResource, Aws } from '../aws/driver.ts';
import type { Question } from '../aws/observer.ts';
import type { Kind, Owner } from '../core/kind.ts';
import { type Claimant, type Reading, type Snapshot, snapshotOf, typeOf } from '../core/snapshot.ts';
import { type Engine, type Memory, memoryOf } from './engine.ts';
import type { Horizon } from './horizon.ts';

/** What a tier's AWS looks like, and how freshly each kind was read. */
export interface View {
  readonly readings: Map<string, Reading>;
  readonly fresh: Set<string>;
  readonly snapshot: Snapshot;
}

/** One tier's way of looking. */
export interface Looking {
  readonly engine: Engine;
  readonly aws: Aws;
  readonly owner: Required<Owner>;
  readonly claimant: Claimant;
  readonly horizon: Horizon;
}

/** The kinds without their verbs: all that shared code may know. */
export function kindsOf({ resources }: Pick<Engine, 'resources'>): readonly Kind[] {
  return resources as readonly unknown[] as readonly Kind[];
}

/** The kinds that were read, in the order in which they are built. */
export function kindsRead(
  { resources }: Pick<Engine, 'resources'>,
  { readings }: Pick<View, 'readings'>,
): readonly Kind[] {
  return kindsOf({ resources }).filter(({ type }) => readings.has(type));
}

/** Ids that the status recorded and that a reading did not show, by kind. */
function missingIDs(snapshot: Snapshot, { recorded }: Claimant): ReadonlyMap<string, readonly string[]> {
  const missing = new Map<string, string[]>();
  for (const [node, { id }] of recorded) {
    if (id === undefined || snapshot.live.has(node) || snapshot.foreign.has(node) || snapshot.unread.has(typeOf(node)))
      continue;
    missing.set(typeOf(node), [...(missing.get(typeOf(node)) ?? []), id]);
  }
  return missing;
}

/** Looks for what seems to be missing by id: a resource whose tags were stripped is not gone. */
async function findByID(looking: Looking, readings: Map<string, Reading>): Promise<Snapshot> {
  const { engine, aws, claimant } = looking;
  const first = snapshotOf(readings, claimant, kindsRead(engine, { readings }));
  const missing = missingIDs(first, claimant);
  if (missing.size === 0) return first;
  await Promise.all(
    engine.resources.map(async (kind: AnyResource) => {
      const ids = missing.get(kind.type);
      const before = readings.get(kind.type);
      if (!ids || !before || 'failed' in before) return;
      const reading = await engine.observer.byID(kind, aws, ids);
      readings.set(kind.type, 'failed' in reading ? reading : { found: [...before.found, ...reading.found] });
    }),
  );
  return snapshotOf(readings, claimant, kindsRead(engine, { readings }));
}

/** Why a pass looks. */
export interface Occasion {
  /** What is wanted: the same as long as neither the spec nor the tier's way has changed. */
  readonly wish: string;
  /** The status says that it is built and up to date. */
  readonly atRest: boolean;
  /** Somebody asked for a look right now. */
  readonly requested: boolean;
}

/** Whether everything must be looked at, not only what the sweeps return. */
function needsDepth(engine: Engine, memory: Memory, { wish, atRest, requested }: Occasion): boolean {
  const stale = performance.now() - memory.deepAt > engine.patience.deepLookSeconds * 1000;
  return requested || stale || (memory.wish !== wish && !(memory.wish === undefined && atRest));
}

/**
 * How old a sweep may be, on the monotonic clock in milliseconds: after a period a new one is made, which takes its time. It
 * is waited for only when the last one ended two periods ago: nobody looked meanwhile, or AWS refuses.
 */
export function agesOf({ patience }: Engine): Pick<Question, 'notBefore' | 'renewBefore'> {
  const period = patience.sweepSeconds * 1000;
  return { notBefore: performance.now() - 2 * period, renewBefore: performance.now() - period };
}

/** The first look of a pass. */
export async function look(looking: Looking, occasion: Occasion): Promise<View> {
  const { engine, aws, owner, horizon } = looking;
  const memory = memoryOf(engine, owner.uid);
  const deep = needsDepth(engine, memory, occasion);
  const ages = agesOf(engine);
  const fresh = new Set(horizon.own.filter(({ type }) => deep || memory.restless.has(type)).map(({ type }) => type));
  const readings = new Map(
    await Promise.all(
      [...horizon.own, ...horizon.others].map(async (kind: AnyResource): Promise<[string, Reading]> => {
        const reading = fresh.has(kind.type)
          ? engine.observer.fresh(kind, { aws, owner })
          : engine.observer.swept(kind, { aws, owner, ...ages });
        return [kind.type, await reading];
      }),
    ),
  );
  if (memory.wish !== occasion.wish || occasion.requested) memory.attempts.clear();
  return { readings, fresh, snapshot: await findByID(looking, readings) };
}

/** Reads these kinds again, now, unless they were already read freshly: nothing is made or ended on a shared reading. */
export async function lookAgain(looking: Looking, view: View, types: ReadonlySet<string>): Promise<View> {
  const { engine, aws, owner } = looking;
  const stale = engine.resources.filter(({ type }) => types.has(type) && !view.fresh.has(type));
  if (stale.length === 0) return view;
  const readings = new Map(view.readings);
  await Promise.all(
    stale.map(async (kind: AnyResource) => readings.set(kind.type, await engine.observer.fresh(kind, { aws, owner }))),
  );
  const fresh = new Set([...view.fresh, ...stale.map(({ type }) => type)]);
  return { readings, fresh, snapshot: await findByID(looking, readings) };
}
