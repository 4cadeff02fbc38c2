/** What a tier is looked at for. */
import type { AnyResource } from '../../src/aws/driver.ts';
import { graphBuilder } from '../../src/core/graph.ts';
import type { Kind } from '../../src/core/kind.ts';
import { horizonOf } from '../../src/engine/horizon.ts';

const kind = (type: string, more: Partial<Kind> = {}): AnyResource => ({ type, ...more }) as unknown as AnyResource;
const Disk = kind('toy.disk', { stateful: true, keeper: { type: 'toy.copy', specOf: () => ({}) } });
const Net = kind('toy.net');
const Copy = kind('toy.copy');
const Cache = kind('toy.cache');
const KINDS = [Net, Disk, Copy, Cache];

const graphOf = (...kinds: readonly AnyResource[]) => {
  const g = graphBuilder();
  for (const one of kinds) g.add(one as unknown as Kind, 'main', {});
  return g.build();
};

const typesOf = (kinds: readonly AnyResource[]) => kinds.map(({ type }) => type);

describe('a tier is looked at', () => {
  test('for what its stage names and nothing else', () => {
    const { own, others } = horizonOf(KINDS, { graph: graphOf(Net), named: ['toy.net/main'], adopt: false });
    expect(typesOf(own)).toEqual(['toy.net']);
    expect(others).toEqual([]);
  });

  test('for what its status names although the stage does not any more', () => {
    const { own } = horizonOf(KINDS, { graph: graphOf(Net), named: ['toy.cache/old'], adopt: false });
    expect(typesOf(own)).toEqual(['toy.net', 'toy.cache']);
  });

  test('for the copies of what holds its data', () => {
    const { own } = horizonOf(KINDS, { graph: graphOf(Disk), named: [], adopt: false });
    expect(typesOf(own)).toEqual(['toy.disk', 'toy.copy']);
  });

  test('everywhere when it is to take over what an earlier object left', () => {
    const { own, others } = horizonOf(KINDS, { graph: graphOf(Net), named: [], adopt: true });
    expect(typesOf([...own, ...others]).sort()).toEqual(typesOf(KINDS).sort());
  });

  test('everywhere when neither stage nor status speaks of anything', () => {
    const { own, others } = horizonOf(KINDS, { graph: graphOf(), named: [], adopt: false });
    expect(own).toEqual([]);
    expect(typesOf(others)).toEqual(typesOf(KINDS));
  });

  test('by one list for all tiers of the same kinds', () => {
    const known = { graph: graphOf(Net, Disk), named: [], adopt: false };
    expect(horizonOf(KINDS, known).own).toBe(horizonOf(KINDS, known).own);
  });
});
