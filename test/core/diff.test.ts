/** What differs between what is asked and what was observed, rule by rule. */
import fc from 'fast-check';
import { diffSpec, diffTags } from '../../src/core/diff.ts';
import type { Kind } from '../../src/core/kind.ts';
import { Unknown } from '../../src/core/ref.ts';
import { ownedOf } from './samples.ts';

type Spec = Readonly<Record<string, unknown>>;

const kind: Kind<Spec> = {
  type: 'toy.box',
  rules: {
    shape: 'replace',
    mode: 'restart',
    birth: 'ignore',
    labels: 'unordered',
    size: 'growOnly',
    fixed: 'replace',
  },
  sensitive: ['secret'],
};

const diff = (asked: Spec, observed: Spec) => diffSpec(kind, asked, ownedOf({ id: 'box-1', spec: observed }) as never);

describe('diffSpec', () => {
  it.each<[string, Spec, Spec, object[]]>([
    ['equal values: nothing', { a: 1, b: 'x', c: [1, { d: 2 }] }, { a: 1, b: 'x', c: [1, { d: 2 }] }, []],
    ['keys in another order: nothing', { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, []],
    ['no rule: an online change', { a: 2 }, { a: 1 }, [{ path: 'a', from: 1, to: 2, impact: 'online' }]],
    ['replace', { shape: 'b' }, { shape: 'a' }, [{ path: 'shape', from: 'a', to: 'b', impact: 'replace' }]],
    ['restart', { mode: 'b' }, { mode: 'a' }, [{ path: 'mode', from: 'a', to: 'b', impact: 'restart' }]],
    ['ignore: nothing', { birth: 'b' }, { birth: 'a' }, []],
    ['a field that was not looked at: nothing', { a: 1 }, {}, []],
    [
      'a field that AWS says is absent: a change',
      { a: 1 },
      { a: null },
      [{ path: 'a', from: null, to: 1, impact: 'online' }],
    ],
    ['a field that nobody asked for: nothing', {}, { a: 1 }, []],
    ['an undefined wish: nothing', { a: undefined }, { a: 1 }, []],
    ['absence asked and observed: nothing', { a: null }, { a: null }, []],
    [
      'absence asked, a value observed: a change',
      { a: null },
      { a: 1 },
      [{ path: 'a', from: 1, to: null, impact: 'online' }],
    ],
    ['unordered, another order: nothing', { labels: ['b', 'a'] }, { labels: ['a', 'b'] }, []],
    ['unordered, an item twice: nothing', { labels: ['a', 'a'] }, { labels: ['a'] }, []],
    [
      'unordered, other items: one change',
      { labels: ['a'] },
      { labels: ['b'] },
      [{ path: 'labels', from: ['b'], to: ['a'], impact: 'online' }],
    ],
    [
      'ordered lists, another order: a change',
      { a: [1, 2] },
      { a: [2, 1] },
      [{ path: 'a', from: [2, 1], to: [1, 2], impact: 'online' }],
    ],
    ['growOnly, AWS has more: nothing', { size: 1 }, { size: 2 }, []],
    [
      'growOnly, AWS has less: a change',
      { size: 3 },
      { size: 2 },
      [{ path: 'size', from: 2, to: 3, impact: 'online' }],
    ],
    [
      'growOnly, AWS says absent: a change',
      { size: 3 },
      { size: null },
      [{ path: 'size', from: null, to: 3, impact: 'online' }],
    ],
    [
      'a nested field: its path',
      { a: { b: { c: 1, d: 2 } } },
      { a: { b: { c: 0, d: 2 } } },
      [{ path: 'a.b.c', from: 0, to: 1, impact: 'online' }],
    ],
    [
      'a nested field that AWS leaves out: a change',
      { a: { b: 1 } },
      { a: {} },
      [{ path: 'a.b', from: null, to: 1, impact: 'online' }],
    ],
    ['a nested null that AWS leaves out: nothing', { a: { b: null } }, { a: {} }, []],
    [
      'a nested field under a rule: its impact',
      { fixed: { b: 1 } },
      { fixed: { b: 2 } },
      [{ path: 'fixed.b', from: 2, to: 1, impact: 'replace' }],
    ],
    [
      'an object asked, none there: a change of the whole',
      { a: { b: 1 } },
      { a: null },
      [{ path: 'a', from: null, to: { b: 1 }, impact: 'online' }],
    ],
    ['1 and "1" are not equal', { a: 1 }, { a: '1' }, [{ path: 'a', from: '1', to: 1, impact: 'online' }]],
  ])('%s', (_name, asked, observed, expected) => {
    expect(diff(asked, observed)).toEqual(expected);
  });

  it('counts what is unknown as a change', () => {
    const unknown = new Unknown('toy.net/main', 'id');
    expect(diff({ shape: unknown }, { shape: 'net-1' })).toEqual([
      { path: 'shape', from: 'net-1', to: unknown, impact: 'replace' },
    ]);
    expect(diff({ a: { b: [unknown] } }, { a: { b: ['net-1'] } })).toHaveLength(1);
  });

  it('hides both values of a sensitive field, at any depth', () => {
    const changes = diff({ secret: { password: 'new' } }, { secret: { password: 'old' } });
    expect(changes).toEqual([{ path: 'secret.password', from: '(sensitive)', to: '(sensitive)', impact: 'online' }]);
  });

  it('finds nothing between a spec and itself', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (spec) => expect(diff(spec, spec)).toEqual([])));
  });

  it('goes in the order of the spec', () => {
    expect(diff({ b: 1, a: 1 }, { a: 0, b: 0 }).map(({ path }) => path)).toEqual(['b', 'a']);
  });
});

describe('diffTags', () => {
  it('adds, changes and takes off what is ours, and leaves alone what is not', () => {
    const changes = diffTags({ a: '1', b: '2' }, { b: 'x', old: 'y', theirs: 'z' }, ['old', 'b', 'never']);
    expect(changes.map(({ path, from, to }) => [path, from, to])).toEqual([
      ['tags.a', null, '1'],
      ['tags.b', 'x', '2'],
      ['tags.old', 'y', null],
    ]);
  });

  it('says nothing about tags that were not read', () => {
    expect(diffTags({ a: '1' }, undefined, ['b'])).toEqual([]);
  });

  it('tells an empty value from an absent tag', () => {
    expect(diffTags({ a: '' }, {}, [])).toHaveLength(1);
    expect(diffTags({ a: '' }, { a: '' }, [])).toEqual([]);
  });
});
