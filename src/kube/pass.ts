/**
 * One pass over one tier: read it fresh, see whose it is and what its finalizer says, let the engine work, write what came
 * out. It ends in a value that says what is next; only the unexpected throws. It must not know what the engine does.
 */
import type { TierStatus } from '../api/types.ts';
import { FINALIZER } from '../api/well-known.ts';
import type { Pass, References, Tier, TierEvent, TierMetadata, Verdict } from '../core/tier.ts';
import type { Publish } from './connection-secret.ts';
import { equalJson } from './equal.ts';
import { hasCode } from './errors.ts';
import type { Fence } from './fence.ts';
import { PLACE, placeOf } from './place.ts';
import type { Term } from './terms.ts';
import type { TierClient, TierObject, TierVersion } from './tiers.ts';

/** What a pass needs. */
export interface PassContext {
  readonly tiers: Pick<TierClient, 'read' | 'guard' | 'removeFinalizer' | 'recordStatus' | 'writeStatus'>;
  /** The term that tiers of a place are served in; nothing when another process serves them. */
  termOf(place: string): Term | undefined;
  readReferences(tier: TierObject): Promise<References>;
  /** `fence` is what every write of this pass must ask. */
  reconcile(tier: Tier, pass: Pass, fence: Fence): Promise<Verdict>;
  readonly publish: Publish;
  emit(tier: TierMetadata, event: TierEvent): void;
}

/** What came of a pass. */
export type PassResult =
  /** Nothing of it is our business any more. */
  | { readonly kind: 'forgotten' }
  /** The object moved on in the middle: look again at once. */
  | { readonly kind: 'overtaken' }
  | {
      readonly kind: 'done';
      readonly verdict: Verdict;
      /** Of the object that the verdict is about (`TierSummary`). */
      readonly content: string;
    };

/** Who may act on an object, by its finalizer and deletion. */
export type Standing = 'forget' | 'guard' | 'act';

/**
 * The four cases: an object is guarded before anything is made for it, acted on while it is guarded, and forgotten when
 * it goes unguarded.
 */
export function standingOf({ finalizers, deletionTimestamp }: TierMetadata): Standing {
  if (finalizers.includes(FINALIZER)) return 'act';
  return deletionTimestamp === undefined ? 'guard' : 'forget';
}

/** Runs one pass. `abort` is called to end the engine's work when the object has moved on or the term ends. */
export async function runPass(
  context: PassContext,
  key: string,
  signal: AbortSignal,
  abort: (reason?: unknown) => void,
): Promise<PassResult> {
  const found = await context.tiers.read(key);
  if (found === undefined || standingOf(found.metadata) === 'forget') return { kind: 'forgotten' };
  const served = found.metadata.annotations[PLACE] ?? placeOf(found.spec);
  const term = context.termOf(served);
  if (term === undefined) return { kind: 'forgotten' };
  const leave = term.enter(abort);
  try {
    const tier = await guarded(context, term.fence, found);
    if (tier === undefined) return { kind: 'overtaken' };
    // Its place is another by now: whoever serves that one sees the write, be it this process.
    if (tier.metadata.annotations[PLACE] !== served) return { kind: 'forgotten' };
    return await act({ context, fence: term.fence, tier, signal, abort });
  } finally {
    leave();
  }
}

async function guarded(context: PassContext, fence: Fence, tier: TierObject): Promise<TierObject | undefined> {
  const { metadata, spec } = tier;
  const place = placeOf(spec);
  if (standingOf(metadata) === 'act' && metadata.annotations[PLACE] === place) return tier;
  try {
    fence.assertHeld();
    return await context.tiers.guard(tier, place);
  } catch (error) {
    if (hasCode(error, 409) || hasCode(error, 404)) return undefined;
    throw error;
  }
}

/** A pass that has found its tier, its term and its finalizer. */
interface Acting {
  readonly context: PassContext;
  readonly fence: Fence;
  readonly tier: TierObject;
  readonly signal: AbortSignal;
  readonly abort: () => void;
}

async function act(acting: Acting): Promise<PassResult> {
  const { context, fence, tier, signal } = acting;
  const references = await context.readReferences(tier);
  const ledger = createLedger(acting);
  try {
    const verdict = await context.reconcile({ ...tier, references }, { signal, record: ledger.record }, fence);
    if (ledger.overtaken()) return { kind: 'overtaken' };
    return await conclude(acting, ledger, references.borrowed ? withReferences(acting, references, verdict) : verdict);
  } catch (error) {
    // Whatever the engine made of the abort: the cause is known.
    if (ledger.overtaken()) return { kind: 'overtaken' };
    throw error;
  }
}

/** The same verdict only follows as long as the objects that the tier names say the same. */
function withReferences({ context, tier }: Acting, references: References, verdict: Verdict): Verdict {
  const { still } = verdict;
  if (still === undefined) return verdict;
  const same = async () => equalJson(await context.readReferences(tier), references);
  return { ...verdict, still: async () => (await same()) && (await still()) };
}

async function conclude({ context, fence, tier }: Acting, ledger: Ledger, decided: Verdict): Promise<PassResult> {
  fence.assertHeld();
  const { verdict, failed } = await context.publish(decided, { tier: tier.metadata, before: tier.status, fence });
  fence.assertHeld();
  if (!(await ledger.settle(verdict.status))) return { kind: 'overtaken' };
  for (const event of verdict.events) context.emit(tier.metadata, event);
  // The status says what was found in AWS; the pass is made again all the same.
  if (failed) throw failed;
  if (!verdict.gone || tier.metadata.deletionTimestamp === undefined) {
    return { kind: 'done', verdict, content: tier.content };
  }
  fence.assertHeld();
  await context.tiers.removeFinalizer(tier.metadata);
  return { kind: 'forgotten' };
}

/** The status as the API server has it, followed through the writes of one pass. */
interface Ledger {
  record(status: TierStatus): Promise<void>;
  /** Writes the last status if it differs; false when somebody else wrote in between. */
  settle(status: TierStatus): Promise<boolean>;
  overtaken(): boolean;
}

function createLedger({ context, fence, tier, abort }: Acting): Ledger {
  let version: TierVersion = tier.metadata;
  let known = tier.status;
  let overtaken = false;
  // Two records at once would each be the other's conflict.
  let turn: Promise<unknown> = Promise.resolve();
  const write = async (status: TierStatus): Promise<void> => {
    fence.assertHeld();
    try {
      version = await context.tiers.recordStatus(version, status);
      known = status;
    } catch (error) {
      if (hasCode(error, 409) || hasCode(error, 404)) {
        overtaken = true;
        abort();
      }
      throw error;
    }
  };
  return {
    overtaken: () => overtaken,
    record: (status) => {
      const next = turn.then(() => write(status));
      turn = next.catch(() => undefined);
      return next;
    },
    settle: async (status) => {
      await turn;
      if (equalJson(status, known)) return true;
      try {
        version = await context.tiers.writeStatus(version, known, status);
        return true;
      } catch (error) {
        if (hasCode(error, 409) || hasCode(error, 404)) return false;
        throw error;
      }
    },
  };
}
