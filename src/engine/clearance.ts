/**
 * Whether what a tier asks for may be built: room, quotas, rights. A tier that is only observed builds nothing and is not asked;
 * nor is that kept, so that it is asked once it may. A no is believed only after a look at AWS: an object that lost its status
 * or was made anew, from a backup under another uid, does not know what stands for it, and needs no room for that. Whose it is,
 * and whether it must be adopted, is then for the plan to say. It writes nothing.
 */
import type { Facts as Pinned } from '../api/types.ts';
import type { Demand } from '../core/demand.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { NodeId } from '../core/ref.ts';
import { QuotaUsedUp, RightMissing } from '../core/unmet.ts';
import { building, confirmNow, keptWith } from './preflight.ts';
import type { Ground, Warning, Where } from './preflight-check.ts';

/** What a tier is to be cleared on. */
export interface Site {
  /** The tier as its status knows it. */
  readonly ground: Ground;
  readonly where: Where;
  /** What was answered before. */
  readonly known: Pinned | undefined;
  readonly passive: boolean;
  /** Looks at AWS: nodes for which something stands that carries the tier's name, whoever's it is. */
  readonly look: () => Promise<readonly NodeId[]>;
}

/** What is to be kept, and what could not be found out. */
export interface Clearance {
  readonly pinned: Pinned;
  readonly warnings: readonly Warning[];
}

const REFUSALS = [InvalidSpec, QuotaUsedUp, RightMissing];

const isRefusal = (error: unknown): boolean => REFUSALS.some((refusal) => error instanceof refusal);

async function askTwice(open: readonly Demand[], { ground, where, look }: Site): Promise<readonly Warning[]> {
  try {
    return await confirmNow(open, ground, where);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const standing = new Set([...ground.standing, ...(await look())]);
    if (standing.size === ground.standing.size) throw error;
    return confirmNow(open, { ...ground, standing }, where);
  }
}

/** Clears what is demanded for the sake of building; fails when AWS says no. */
export async function clearance(demands: readonly Demand[], pinned: Pinned, site: Site): Promise<Clearance> {
  const { settled, open } = building(demands, site.ground, site.known);
  if (site.passive) return { pinned: keptWith(pinned, settled), warnings: [] };
  const warnings = await askTwice(open, site);
  return { pinned: keptWith(pinned, [...settled, ...open]), warnings };
}
