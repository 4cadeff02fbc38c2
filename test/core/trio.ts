/** Three kinds that stand on each other, for stories over the real loop: a net, a disk with data, and a host on both. */
import type { AnyResource, Resource } from '../../src/aws/driver.ts';
import { type Graph, graphBuilder } from '../../src/core/graph.ts';
import { COPY } from './draw.ts';
import type { Toy, ToyAttributes, ToyCloud, ToySpec } from './toy-cloud.ts';
import { type ToyShape, toyKind } from './toy-kinds.ts';
import { type World, world } from './world.ts';

/** What everything stands on. */
export const NET: ToyShape = { type: 'toy.net', naming: 'anonymous', settle: 1 };
/** What holds data. */
export const DISK: ToyShape = {
  type: 'toy.disk',
  naming: 'token',
  stateful: true,
  keeper: COPY.type,
  pace: 1,
  keepsBefore: true,
};
/** What stands on everything else. */
export const HOST: ToyShape = { type: 'toy.host', naming: 'token', settle: 3, pace: 3, replace: 'deleteFirst' };

/** All kinds of the trio, over a cloud. */
export const kinds = (cloud: ToyCloud): readonly AnyResource[] =>
  [NET, DISK, HOST, COPY].map((shape) => toyKind(cloud, shape));

/** A kind as a graph needs it; its verbs are never called. */
const declared = (shape: ToyShape): Resource<ToySpec, ToyAttributes> => toyKind({} as ToyCloud, shape);

type Fields = Omit<ToySpec, 'links'>;

/** The fields of a toy. */
export const fields = (change: Partial<Fields> = {}): Fields => ({
  color: 'red',
  shape: 'round',
  mode: 'fast',
  size: 1,
  labels: ['a', 'b'],
  birth: 'x',
  nested: { deep: 'x', maybe: null },
  ...change,
});

/** What is wanted of the trio, where it differs from the ordinary. */
export interface Wish {
  readonly host?: Partial<Fields>;
  readonly disk?: Partial<Fields>;
  readonly end?: 'Snapshot' | 'Retain' | 'Delete';
}

/** A net, a disk, and a host that stands on both. */
export function graph({ host, disk, end = 'Snapshot' }: Wish = {}): Graph {
  const g = graphBuilder();
  const net = g.add(declared(NET), 'main', { ...fields(), links: [] as readonly string[] });
  const data = g.add(declared(DISK), 'data', { ...fields(disk), links: [] as readonly string[] }, { end });
  g.add(declared(HOST), 'main', { ...fields(host), links: [net.ref('toyId'), data.ref('toyId')] });
  return g.build();
}

/** How a built trio differs from the ordinary. */
export interface Building {
  readonly lag?: number;
  readonly mode?: 'Correct' | 'Report' | 'Off';
  readonly end?: Wish['end'];
}

/** A world in which the trio stands. */
export async function built({ lag = 0, mode = 'Correct', end = 'Snapshot' }: Building = {}): Promise<World> {
  const w = world({ kinds, graph: graph({ end }), lag, spec: { driftPolicy: { mode } } });
  await w.settle();
  return w;
}

/** The toy that really stands for a node. */
export function toyOf(w: World, node: string): Toy {
  const toy = w.cloud.alive().find((candidate) => candidate.node === node);
  if (!toy) throw new Error(`find ${node}: it is not there`);
  return toy;
}

/** A condition of the status as it was written. */
export const conditionOf = (w: World, type: string) =>
  w.tier.status.conditions?.find((condition) => condition.type === type);

/** So many passes, so many seconds apart. */
export async function passes(w: World, count: number, seconds: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await w.pass();
    w.cloud.clock += seconds;
  }
}
