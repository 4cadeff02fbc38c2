/** What the status says of a stage's outputs. */
import type { Outputs } from '../../src/core/facts.ts';
import { EMPTY_GRAPH } from '../../src/core/graph.ts';
import type { Owned } from '../../src/core/kind.ts';
import { outputsOf } from '../../src/core/outputs.ts';
import { joined, type NodeId, type Ref } from '../../src/core/ref.ts';
import { ownedOf, snapshotWith } from './samples.ts';

const ref = (name: string, attr: string): Ref<string> => ({ $ref: `toy.box/${name}`, attr });

/** What is said of outputs when these nodes have these attributes. */
function said(outputs: Partial<Outputs>, attributes: Readonly<Record<string, object>>) {
  const live = new Map<NodeId, Owned>(
    Object.entries(attributes).map(([name, given]) => {
      const node: NodeId = `toy.box/${name}`;
      return [node, { ...ownedOf({ id: name, node }), attributes: given }];
    }),
  );
  return outputsOf(
    { graph: EMPTY_GRAPH, outputs: { endpoints: {}, dataCopies: [], ...outputs } },
    snapshotWith({ live }),
  );
}

const copy = (name: string) => ({ id: ref(name, 'id'), time: ref(name, 'time') });
const made = (id: string, time: string) => ({ id, time });

describe('endpoints', () => {
  it('are those that are known, and of several those that are', () => {
    const endpoints = {
      fixed: 'localhost',
      known: ref('a', 'host'),
      unknown: ref('b', 'host'),
      empty: ref('a', 'nothing'),
      some: [ref('a', 'host'), ref('b', 'host'), ref('a', 'nothing')],
      none: [ref('b', 'host')],
    };
    expect(said({ endpoints }, { a: { host: 'a.example', nothing: '' } }).endpoints).toEqual({
      fixed: 'localhost',
      known: 'a.example',
      some: ['a.example'],
    });
  });

  it('may be one text of several, once all of them are known', () => {
    const endpoints = { readers: joined([ref('a', 'host'), ref('b', 'host')], ',') };
    expect(said({ endpoints }, { a: { host: 'a.example' } }).endpoints).toEqual({});
    expect(said({ endpoints }, { a: { host: 'a.example' }, b: { host: 'b.example' } }).endpoints).toEqual({
      readers: 'a.example,b.example',
    });
  });
});

describe('the newest copy of the data', () => {
  it('is the oldest one where several things hold data, however their times are written', () => {
    const dataCopies = [copy('a'), copy('b'), copy('c')];
    const attributes = {
      a: made('snap-1', '2026-11-24T10:00:00Z'),
      b: made('snap-2', '2026-11-24T08:59:59.999Z'),
      c: made('snap-3', '2026-11-24T09:00:00Z'),
    };
    expect(said({ dataCopies }, attributes).dataProtection).toEqual({
      latestCopyID: 'snap-2',
      latestCopyTime: '2026-11-24T08:59:59.999Z',
    });
  });

  it.each([
    ['is not there at all', {}],
    ['is not known', { b: made('snap-2', '') }],
  ])('is not said while one of them %s', (_, attributes) => {
    const known = { a: made('snap-1', '2026-11-24T10:00:00Z'), ...attributes };
    expect(said({ dataCopies: [copy('a'), copy('b')] }, known).dataProtection).toBeUndefined();
  });

  it('is not said where nothing holds data', () => {
    expect(said({}, {}).dataProtection).toBeUndefined();
  });
});
