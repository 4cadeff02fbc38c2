/**
 * Which kinds a tier is looked at for, so that what other stages are made of costs it neither calls nor rights. Whatever
 * brings a resource into being is announced in the status before it is done, so nothing of a tier's stands beyond what graph
 * and status name; only what neither of them speaks of is looked for everywhere. It must not read anything.
 */
import type { AnyResource } from '../aws/driver.ts';
import type { Graph } from '../core/graph.ts';
import type { NodeId } from '../core/ref.ts';
import { typeOf } from '../core/snapshot.ts';

/** The kinds that a tier is about, and those that are looked at beside them, in the order in which they are built. */
export interface Horizon {
  readonly own: readonly AnyResource[];
  readonly others: readonly AnyResource[];
}

/** What a tier is known by. */
export interface Known {
  readonly graph: Graph;
  /** Nodes that the status names: what stands, what is asked for, what was retained. */
  readonly named: readonly NodeId[];
  /** Whether what an earlier object left is to be taken over. */
  readonly adopt: boolean;
}

/** The same list for every tier of the same kinds: many tiers at rest hold on to theirs. */
const shared = new Map<string, readonly AnyResource[]>();

function listOf(resources: readonly AnyResource[], isIn: (kind: AnyResource) => boolean): readonly AnyResource[] {
  const list = resources.filter(isIn);
  const key = list.map(({ type }) => type).join(' ');
  const known = shared.get(key);
  if (known?.every((kind, index) => kind === list[index])) return known;
  shared.set(key, list);
  return list;
}

/** What to look at for a tier. */
export function horizonOf(resources: readonly AnyResource[], { graph, named, adopt }: Known): Horizon {
  const types = new Set([...[...graph.values()].map(({ kind }) => kind.type), ...named.map(typeOf)]);
  // The copy of what holds data is made when its time comes, and no graph names it.
  for (const { type, keeper } of resources) if (keeper && types.has(type)) types.add(keeper.type);
  const isUnknown = adopt || types.size === 0;
  return {
    own: listOf(resources, ({ type }) => types.has(type)),
    others: isUnknown ? listOf(resources, ({ type }) => !types.has(type)) : [],
  };
}
