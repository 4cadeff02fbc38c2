/**
 * What a reading showed of each tier, kept as text: it takes a fraction of the memory of the objects, holds none of the
 * answers that it was read from, and two are the same exactly when nothing differs. It must not know what the text means.
 */
import { setImmediate } from 'node:timers/promises';
import type { Owned, Owner } from '../core/kind.ts';

/** The resources of one kind and one tier, as JSON, in an order of its own: equal whatever order AWS answers in. */
export type Shown = string;

/** Nothing of this kind. */
export const NOTHING: Shown = '[]';

/** So many resources are written down before others get their turn: some milliseconds. */
const AT_ONCE = 500;

/** By what a tier is told from others within an installation. */
export const tierKey = ({ namespace, name }: Pick<Owner, 'namespace' | 'name'>): string => `${namespace}/${name}`;

const shownOf = (resources: string[]): Shown => `[${resources.sort().join(',')}]`;

/** Writes down what was found, by tier. What equals an earlier text is that text, so that it is held once. */
export async function shownByTier(
  found: readonly Owned[],
  before?: ReadonlyMap<string, Shown>,
): Promise<ReadonlyMap<string, Shown>> {
  const resources = new Map<string, string[]>();
  for (const [index, owned] of found.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    if (!owned.owner) continue;
    const key = tierKey(owned.owner);
    const text = JSON.stringify(owned);
    const list = resources.get(key);
    if (list) list.push(text);
    else resources.set(key, [text]);
  }
  const byTier = new Map<string, Shown>();
  for (const [key, list] of resources) {
    if (byTier.size % AT_ONCE === AT_ONCE - 1) await setImmediate();
    const shown = shownOf(list);
    const earlier = before?.get(key);
    byTier.set(key, earlier === shown ? earlier : shown);
  }
  return byTier;
}

/** The resources again. */
export function foundIn(shown: Shown): readonly Owned[] {
  return JSON.parse(shown) as readonly Owned[];
}
