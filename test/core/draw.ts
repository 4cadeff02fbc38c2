/** Draws kinds, graphs and faults for properties. What it draws can always be built: convergence is a law over all of it. */
import fc from 'fast-check';
import type { AnyResource, Resource } from '../../src/aws/driver.ts';
import { type End, type Graph, graphBuilder, type Handle } from '../../src/core/graph.ts';
import type { ToyAttributes, ToyCloud, ToySpec } from './toy-cloud.ts';
import { type ToyShape, toyKind } from './toy-kinds.ts';

/** The kind of the copies of stateful toys. */
export const COPY: ToyShape = { type: 'toy.copy', naming: 'anonymous', stateful: true, settle: 5, pace: 4 };

/** One node, as data. */
export interface NodeDraw {
  readonly kind: number;
  readonly end: End;
  /** Which of the earlier nodes it stands on, as positions modulo their number. */
  readonly links: readonly number[];
  readonly color: string | null;
  readonly shape: string;
  readonly size: number;
  readonly labels: readonly string[];
  /** Default `fast`. */
  readonly mode?: string;
  /** Not in the first graph of its world. */
  readonly late?: boolean;
}

/** Kinds and nodes. */
export interface WorldDraw {
  readonly shapes: readonly ToyShape[];
  readonly nodes: readonly NodeDraw[];
}

const shape = (index: number): fc.Arbitrary<ToyShape> =>
  fc
    .record({
      naming: fc.constantFrom('token', 'name', 'anonymous' as const),
      stateful: fc.boolean(),
      kept: fc.boolean(),
      settle: fc.constantFrom(0, 1, 3),
      pace: fc.constantFrom(0, 0, 1, 7),
      createFirst: fc.boolean(),
      firm: fc.boolean(),
      untagged: fc.boolean(),
      keepsBefore: fc.boolean(),
    })
    .map(({ naming, stateful, kept, settle, pace, createFirst, firm, untagged, keepsBefore }) => ({
      type: `toy.kind-${index}`,
      naming: naming as ToyShape['naming'],
      stateful,
      ...(stateful && kept ? { keeper: COPY.type, keepsBefore } : {}),
      settle: pace === 0 ? settle : Math.max(1, settle),
      pace,
      replace: createFirst && naming !== 'name' ? 'createFirst' : 'deleteFirst',
      // What others stand on can follow a new base only if it may stand twice.
      firm: firm && !stateful && createFirst && naming !== 'name',
      untagged: untagged && naming === 'name',
    }));

const COLORS = ['red', 'green', null] as const;

const node: fc.Arbitrary<NodeDraw> = fc.record({
  kind: fc.nat(7),
  end: fc.constantFrom<End>('Delete', 'Delete', 'Retain', 'Snapshot'),
  links: fc.array(fc.nat(7), { maxLength: 2 }),
  color: fc.constantFrom(...COLORS),
  shape: fc.constantFrom('round', 'square'),
  size: fc.integer({ min: 1, max: 4 }),
  labels: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
});

/** Worlds of a few kinds and nodes. */
export const worldDraw: fc.Arbitrary<WorldDraw> = fc
  .record({ count: fc.integer({ min: 1, max: 4 }), nodes: fc.array(node, { minLength: 1, maxLength: 7 }) })
  .chain(({ count, nodes }) =>
    fc.record({
      shapes: fc.tuple(...Array.from({ length: count }, (_, index) => shape(index))),
      nodes: fc.constant(nodes),
    }),
  );

/**
 * The same nodes with some fields changed, some nodes gone and some added at the end. What would need another resource stays
 * the same where something stands on it and it cannot stand twice, and where it holds data: that is refused, by another law.
 */
export function changedNodes({ shapes, nodes }: WorldDraw): fc.Arbitrary<readonly NodeDraw[]> {
  const carries = (at: number): boolean =>
    nodes.some(({ links }, index) => links.some((link) => index > 0 && link % index === at));
  const variant = (before: NodeDraw, at: number): fc.Arbitrary<NodeDraw> => {
    const kind = shapes[before.kind % shapes.length];
    const isFree = !kind?.stateful && (kind?.replace === 'createFirst' || !carries(at));
    return fc
      .record({
        color: fc.constantFrom(...COLORS, before.color, before.color),
        mode: fc.constantFrom('fast', 'fast', 'slow'),
        size: fc.integer({ min: before.size, max: before.size + 2 }),
        shape: fc.constantFrom(before.shape, ...(isFree ? ['flat'] : [])),
      })
      .map((change) => ({ ...before, ...change }));
  };
  // What holds data is never dropped by a stage, and what it stands on stays with it.
  const least =
    1 +
    Math.max(
      0,
      nodes.findLastIndex(({ kind }) => shapes[kind % shapes.length]?.stateful),
    );
  return fc
    .tuple(fc.tuple(...nodes.map(variant)), fc.nat(nodes.length), fc.array(node, { maxLength: 2 }))
    .map(([kept, cut, added]) => [
      ...(kept as readonly NodeDraw[]).slice(0, Math.max(least, cut)),
      ...added.map((one) => ({ ...one, late: true })),
    ]);
}

/** The resources of a draw, copies last. */
export function kindsOf({ shapes }: WorldDraw): (cloud: ToyCloud) => readonly AnyResource[] {
  return (cloud) => [...shapes, COPY].map((one) => toyKind(cloud, one));
}

/** The graph of a draw, over the resources of an engine. */
export function graphOf({ shapes }: WorldDraw, nodes: readonly NodeDraw[]): Graph {
  const kinds = kindsOf({ shapes, nodes })({} as ToyCloud);
  const g = graphBuilder();
  const handles: Handle<ToyAttributes>[] = [];
  nodes.forEach(({ kind, end, links, color, shape: form, size, labels, mode = 'fast', late }, index) => {
    const rank = kind % shapes.length;
    const resource = kinds[rank] as Resource<ToySpec, ToyAttributes> | undefined;
    if (!resource) throw new Error(`draw node ${index}: no kind ${kind}`);
    // As in real lists of kinds, what is built later stands on what is built before it.
    const isBase = (at: number): boolean => (nodes[at]?.kind ?? 0) % shapes.length <= rank;
    const bases = [...new Set(links.map((link) => (index === 0 ? -1 : link % index)))]
      .filter(isBase)
      .flatMap((at) => handles[at] ?? []);
    // Some it only comes after.
    const refs = bases.map((base) => base.ref('toyId'));
    const spec = {
      color,
      shape: form,
      mode,
      size,
      labels,
      birth: `born ${index}`,
      nested: { deep: 'x', maybe: null },
    };
    handles.push(
      g.add(
        resource,
        `${late ? 'late' : 'n'}${index}`,
        { ...spec, links: refs.filter((_, at) => at % 3 !== 2) },
        { end, after: refs.filter((_, at) => at % 3 === 2) },
      ),
    );
  });
  return g.build();
}

/** A run of faults, one for each write or read in turn; none after its end. */
export const faultDraw = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant('lost' as const) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(
          'Throttling',
          'RequestLimitExceeded',
          'UnauthorizedOperation',
          'InternalError',
          'InsufficientInstanceCapacity',
          'VpcLimitExceeded',
          'ECONNREFUSED',
          'SomethingNew',
        )
        .map((refuse) => ({ refuse })),
    },
  ),
  { maxLength: 60 },
);

/** Readings that lag each as far as it likes, up to nearly the grace: what one shows, the next may hide. */
export const lagDraw: fc.Arbitrary<LagDraw> = fc.record({
  lag: fc.constantFrom(0, 3, 20, 110),
  behind: fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 1, maxLength: 12 }),
});

/** The most by which readings lag, and the part of it that applies to each in turn, over and over. */
export interface LagDraw {
  readonly lag: number;
  readonly behind: readonly number[];
}

/** Makes the readings of a cloud lag as drawn. */
export function lagging(cloud: ToyCloud, { lag, behind }: LagDraw): void {
  let next = 0;
  cloud.lag = lag;
  cloud.behind = () => lag * (behind[next++ % behind.length] ?? 0);
}

/** How many worlds a property looks at, and which: the same ones each time, unless the environment asks for others. */
export const RUNS = {
  numRuns: Number(process.env.PROPERTY_RUNS ?? 60),
  seed: Number(process.env.PROPERTY_SEED ?? 42),
  endOnFailure: process.env.PROPERTY_QUICK !== undefined,
};
