/**
 * The desired state of a tier: nodes in an order in which they can be built. A node may refer only to nodes added before
 * it, so insertion order is a topological order and a cycle cannot be written. This file must not know any kind.
 */
import type { Impact, Kind } from './kind.ts';
import { type Input, type NodeId, type Ref, refsOf } from './ref.ts';

/** What happens to a node's resource when the tier no longer wants it. */
export type End = 'Delete' | 'DeleteIfEmpty' | 'Retain' | 'Snapshot';

/** One resource or step that a stage wants. */
export interface Node {
  readonly id: NodeId;
  readonly kind: Kind;
  /** The spec, with references still in it. */
  readonly spec: Input<object>;
  readonly end: End;
  /** The nodes that its spec refers to, and those that it was put after. */
  readonly needs: readonly NodeId[];
  /** What making it does to whoever uses the tier; absent: nothing. */
  readonly impact?: Impact;
  /** Whether making it needs a person's approval whatever the tier's policy says. */
  readonly approval?: true;
  /** What must have gone before it is made. */
  readonly afterEndOf?: readonly NodeId[];
}

/** Nodes by id, in an order in which they can be built. */
export type Graph = ReadonlyMap<NodeId, Node>;

/** The graph that wants nothing: deleting a tier is the plan towards it. */
export const EMPTY_GRAPH: Graph = new Map();

/** What a stage gets back for a node, to refer to it. */
export interface Handle<A> {
  readonly id: NodeId;
  /** An attribute that AWS gives later is unknown until then, like any other. */
  ref<K extends keyof A & string>(attribute: K): Ref<Exclude<A[K], undefined>>;
}

/** What is said of a node beside its spec. */
export interface Placing {
  /** How it ends; absent: as the graph's nodes do. */
  readonly end?: End;
  /** What has to stand before it although no call for it says so. */
  readonly after?: readonly Ref<unknown>[];
  /** What making it does to whoever uses the tier; absent: nothing. */
  readonly impact?: Impact;
  /** Whether making it needs a person's approval whatever the tier's policy says, where it is felt. */
  readonly approval?: true;
  /** What must have gone before it is made. What goes does not wait for it. */
  readonly afterEndOf?: readonly NodeId[];
}

/** Collects the nodes of one graph. */
export interface GraphBuilder {
  add<S extends object, A extends object>(kind: Kind<S, A>, name: string, spec: Input<S>, placing?: Placing): Handle<A>;
  build(): Graph;
}

/** Starts an empty graph whose nodes end as `end` says unless they say otherwise. */
export function graphBuilder(end: End = 'Delete'): GraphBuilder {
  const nodes = new Map<NodeId, Node>();

  return {
    add<S extends object, A extends object>(
      kind: Kind<S, A>,
      name: string,
      spec: Input<S>,
      { end: own = end, after = [], ...felt }: Placing = {},
    ): Handle<A> {
      const id: NodeId = `${kind.type}/${name}`;
      if (nodes.has(id)) throw new Error(`add node ${id}: it is in the graph already`);
      const needs = [...new Set([...refsOf(spec), ...after].map((ref) => ref.$ref))];
      for (const need of needs) {
        if (!nodes.has(need)) throw new Error(`add node ${id}: it refers to ${need}, which was not added before it`);
      }
      nodes.set(id, { id, kind: kind as unknown as Kind, spec: spec as Input<object>, end: own, needs, ...felt });
      return { id, ref: (attr) => ({ $ref: id, attr }) };
    },
    build: () => nodes,
  };
}
