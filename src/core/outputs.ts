/**
 * What the status says of a stage's outputs: the endpoints that are known, how many servers there are, and how far
 * back the tier's data could be restored. Pure; what an output means is the stage's business.
 */
import type { TierStatus } from '../api/types.ts';
import type { Blueprint } from './facts.ts';
import { resolveLive } from './plan-desired.ts';
import type { Snapshot } from './snapshot.ts';

/** AWS answers with an empty text what it does not know yet. */
const isSaid = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Of several, those that are known; nothing of what is not known at all. */
function saidOf(value: unknown): unknown {
  if (!Array.isArray(value)) return isSaid(value) ? value : undefined;
  const said = value.filter(isSaid);
  return said.length > 0 ? said : undefined;
}

/** The oldest of all copies: what was written since then is not safe everywhere. Nothing while one of them is missing. */
function oldestCopy(copies: readonly unknown[]): TierStatus['dataProtection'] {
  const known = copies.flatMap((copy) => {
    const { id, time } = copy as Readonly<Record<string, unknown>>;
    return isSaid(id) && isSaid(time) ? [{ latestCopyID: id, latestCopyTime: time }] : [];
  });
  if (known.length < copies.length) return undefined;
  return known.toSorted((a, b) => Date.parse(a.latestCopyTime) - Date.parse(b.latestCopyTime))[0];
}

/** The outputs of a blueprint, as far as their attributes are known. */
export function outputsOf(
  { outputs }: Blueprint,
  snapshot: Snapshot,
): Required<Pick<TierStatus, 'endpoints'>> & Pick<TierStatus, 'dataProtection' | 'compute'> {
  const { endpoints, dataCopies, compute } = outputs;
  const known = resolveLive({ spec: { endpoints, dataCopies, instances: compute?.instances } }, snapshot) as {
    readonly endpoints: Readonly<Record<string, unknown>>;
    readonly dataCopies: readonly unknown[];
    readonly instances: unknown;
  };
  const said = Object.entries(known.endpoints).flatMap(([key, value]) => {
    const text = saidOf(value);
    return text === undefined ? [] : [[key, text] as const];
  });
  const dataProtection = oldestCopy(known.dataCopies);
  return {
    endpoints: Object.fromEntries(said),
    ...(dataProtection ? { dataProtection } : {}),
    ...(compute && typeof known.instances === 'number'
      ? { compute: { instances: known.instances, selector: compute.selector } }
      : {}),
  };
}
