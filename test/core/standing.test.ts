/** What stands on what, when only one of the two is to go: an order is found, or the reason is said and nothing hurries. */

import { type Graph, graphBuilder } from '../../src/core/graph.ts';
import { RETAINED_TAG } from '../../src/core/names.ts';
import { COPY } from './draw.ts';
import type { ToyCloud } from './toy-cloud.ts';
import { type ToyShape, toyKind } from './toy-kinds.ts';
import { conditionOf, fields, passes, toyOf } from './trio.ts';
import { isAtRest, type World, world } from './world.ts';

const BASE: ToyShape = { type: 'toy.base', naming: 'token', replace: 'deleteFirst', settle: 1 };
const DISK: ToyShape = { type: 'toy.disk', naming: 'token', stateful: true, keeper: COPY.type, settle: 1 };
const TOP: ToyShape = { type: 'toy.top', naming: 'token', settle: 1 };

/** What stands on the base, and what the base looks like; without a shape there is none. */
interface Wish {
  readonly base?: string;
  readonly disk?: boolean;
  readonly top?: boolean;
  readonly color?: string;
  /** The color of what stands by itself. */
  readonly other?: string;
  /** How the disk ends. */
  readonly end?: 'Snapshot' | 'Retain';
}

function wish({ base, disk, top, color = 'red', other = 'red', end = 'Snapshot' }: Wish): Graph {
  const g = graphBuilder();
  const declared = (shape: ToyShape) => toyKind({} as ToyCloud, shape);
  g.add(declared(TOP), 'other', { ...fields({ color: other }), links: [] as readonly string[] });
  if (base === undefined) return g.build();
  const below = g.add(declared(BASE), 'main', { ...fields({ shape: base, color }), links: [] as readonly string[] });
  if (disk) g.add(declared(DISK), 'data', { ...fields(), links: [below.ref('toyId')] }, { end });
  if (top) g.add(declared(TOP), 'main', { ...fields(), links: [below.ref('toyId')] });
  return g.build();
}

async function standing(first: Wish): Promise<World> {
  const w = world({
    kinds: (cloud) => [BASE, DISK, TOP, COPY].map((shape) => toyKind(cloud, shape)),
    graph: wish(first),
  });
  await w.settle();
  return w;
}

describe('a base that must make room for its successor', () => {
  it('does so after what stands on it and is not wanted any more', async () => {
    const w = await standing({ base: 'round', top: true });
    w.want(wish({ base: 'flat' }));
    await w.settle();
    expect(toyOf(w, 'toy.base/main')).toMatchObject({ incarnation: 2, spec: { shape: 'flat' } });
    expect(w.cloud.alive().map(({ node }) => node)).not.toContain('toy.top/main');
  });

  it('and that something kept stands on is tried rarely, and the reason is said', async () => {
    const w = await standing({ base: 'round', disk: true });
    w.want(wish({ base: 'flat' }));
    await passes(w, 80, 2);
    const verdict = await w.pass();
    expect(verdict?.requeueAfter).toBe(60);
    expect(conditionOf(w, 'Synced')).toMatchObject({
      status: 'False',
      message: expect.stringContaining(`DependencyViolation: ${toyOf(w, 'toy.disk/data').id} stands on`),
    });
  });
});

describe('a base that AWS does not change while something stands on it', () => {
  /** As RDS, which takes no password over as long as a database has replicas. */
  function refusing(w: World, types: readonly string[]): void {
    w.cloud.fault = ({ verb, type }) => {
      const isStoodOn = w.cloud.alive().some(({ node }) => node === 'toy.top/main');
      return verb === 'update' && types.includes(type) && isStoodOn
        ? { refuse: 'InvalidParameterCombination' }
        : undefined;
    };
  }

  it('is changed after what stands on it and is not wanted any more', async () => {
    const w = await standing({ base: 'round', top: true });
    refusing(w, ['toy.base']);
    w.want(wish({ base: 'round', color: 'green' }));
    await w.settle();
    expect(toyOf(w, 'toy.base/main')).toMatchObject({ incarnation: 1, spec: { color: 'green' } });
    expect(w.cloud.alive().map(({ node }) => node)).not.toContain('toy.top/main');
  });

  it('keeps all the same what waits for something else', async () => {
    const w = await standing({ base: 'round', top: true });
    refusing(w, ['toy.base', 'toy.top']);
    w.want(wish({ base: 'round', color: 'green', other: 'green' }));
    await passes(w, 10, 30);
    expect(w.cloud.alive().map(({ node }) => node)).toContain('toy.top/main');
  });
});

describe('data that no stage speaks of any more', () => {
  it('is kept with what it stands on, and the tier rests', async () => {
    const w = await standing({ base: 'round', disk: true });
    w.want(wish({}));
    await passes(w, 10, 2);
    expect(isAtRest(await w.settle())).toBe(true);
    expect(toyOf(w, 'toy.disk/data').tags[RETAINED_TAG]).toBe('true');
    expect(toyOf(w, 'toy.base/main').tags[RETAINED_TAG]).toBe('true');
    expect((w.tier.status.retained ?? []).map(({ role }) => role).sort()).toEqual(['toy.base/main', 'toy.disk/data']);
    expect(w.cloud.violations).toEqual([]);
  });
});

describe('what is left in AWS', () => {
  it('is not let go of before what it stands on is seen and left too', async () => {
    const w = await standing({ base: 'round', disk: true, end: 'Retain' });
    w.cloud.clock += 200;
    w.beginDeletion();
    w.cloud.fault = ({ verb, type }) =>
      verb === 'observe' && type === 'toy.base' ? { refuse: 'InternalError' } : undefined;
    await passes(w, 5, 5);
    expect(toyOf(w, 'toy.disk/data').tags[RETAINED_TAG]).toBeUndefined();
    w.cloud.fault = () => undefined;
    expect((await w.settle()).gone).toBe(true);
    expect(w.tier.status.retained?.map(({ role }) => role).sort()).toEqual(['toy.base/main', 'toy.disk/data']);
  });
});
