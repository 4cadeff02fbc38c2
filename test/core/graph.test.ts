/** Graphs of nodes. */
import { graphBuilder } from '../../src/core/graph.ts';
import type { Kind } from '../../src/core/kind.ts';

const box: Kind<{ inside?: string; also?: readonly string[] }, { id: string }> = { type: 'toy.box' };

describe('graphBuilder', () => {
  it('keeps nodes in the order in which they were added, with what each stands on once', () => {
    const g = graphBuilder();
    const a = g.add(box, 'a', {});
    const b = g.add(box, 'b', { inside: a.ref('id') });
    g.add(box, 'c', { inside: b.ref('id'), also: [a.ref('id'), b.ref('id')] });
    const nodes = [...g.build().values()];
    expect(nodes.map(({ id, needs }) => [id, needs])).toEqual([
      ['toy.box/a', []],
      ['toy.box/b', ['toy.box/a']],
      ['toy.box/c', ['toy.box/b', 'toy.box/a']],
    ]);
  });

  it('puts nodes after others that their specs do not refer to', () => {
    const g = graphBuilder();
    const a = g.add(box, 'a', {});
    const b = g.add(box, 'b', {});
    g.add(box, 'c', { inside: b.ref('id') }, { after: [a.ref('id'), b.ref('id')] });
    expect(g.build().get('toy.box/c')?.needs).toEqual(['toy.box/b', 'toy.box/a']);
    expect(() => graphBuilder().add(box, 'd', {}, { after: [a.ref('id')] })).toThrow(
      'add node toy.box/d: it refers to toy.box/a, which was not added before it',
    );
  });

  it('refuses a name twice', () => {
    const g = graphBuilder();
    g.add(box, 'a', {});
    expect(() => g.add(box, 'a', {})).toThrow('add node toy.box/a: it is in the graph already');
  });

  it('refuses a reference to what was not added before', () => {
    const stranger = graphBuilder().add(box, 'a', {});
    expect(() => graphBuilder().add(box, 'b', { inside: stranger.ref('id') })).toThrow(
      'add node toy.box/b: it refers to toy.box/a, which was not added before it',
    );
  });

  it('ends nodes as the graph says unless they say otherwise', () => {
    const g = graphBuilder('Retain');
    g.add(box, 'a', {});
    g.add(box, 'b', {}, { end: 'Snapshot' });
    expect([...g.build().values()].map(({ end }) => end)).toEqual(['Retain', 'Snapshot']);
    const plain = graphBuilder();
    plain.add(box, 'a', {});
    expect(plain.build().get('toy.box/a')?.end).toBe('Delete');
  });
});
