/** One text for equal values. */
import fc from 'fast-check';
import { canonical, hashOf } from '../../src/core/canonical.ts';
import { Unknown } from '../../src/core/ref.ts';

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, shuffled(item)]),
  );
};

describe('canonical', () => {
  it('does not see the order of keys', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(canonical(shuffled(value))).toBe(canonical(value))));
  });

  it('gives different texts to different values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const equal = JSON.stringify(a) === JSON.stringify(b) || canonical(shuffled(a)) === canonical(b);
        expect(canonical(a) === canonical(b)).toBe(equal);
      }),
    );
  });

  it('leaves out what is undefined, keeps null, and keeps the order of lists', () => {
    expect(canonical({ b: undefined, a: [2, 1], c: null })).toBe('{"a":[2,1],"c":null}');
    expect(canonical(undefined)).toBe('undefined');
  });

  it('prints what is unknown as text', () => {
    expect(canonical({ id: new Unknown('toy.box/a', 'id') })).toBe('{"id":"(known after toy.box/a)"}');
  });
});

describe('hashOf', () => {
  it('is the same from version to version', () => {
    // Recorded in the status of running tiers: another text would make everything look changed.
    expect(hashOf({ b: [1, { d: null }], a: 'x' })).toBe('84838cb11665cb3b');
  });

  it('has as many digits as asked', () => {
    expect(hashOf('x', 64)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf('x', 64).startsWith(hashOf('x'))).toBe(true);
  });
});
