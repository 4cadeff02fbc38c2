/** References between nodes. */
import fc from 'fast-check';
import { around, hasUnknown, isRef, joined, type Ref, refsOf, resolve, Unknown } from '../../src/core/ref.ts';

const vpc: Ref<string> = { $ref: 'toy.net/main', attr: 'id' };
const zone: Ref<string> = { $ref: 'toy.zone/a', attr: 'name' };

describe('refsOf', () => {
  it('finds references at any depth, in reading order', () => {
    expect(refsOf({ a: [1, { b: zone }], c: vpc, d: null, e: undefined })).toEqual([zone, vpc]);
  });

  it('finds those that a text holds one after another', () => {
    expect(refsOf(joined([vpc, zone, vpc], ',')).map(({ $ref }) => $ref)).toEqual([vpc.$ref, zone.$ref, vpc.$ref]);
  });

  it('finds none in plain values', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(refsOf(value)).toEqual([])));
  });
});

describe('resolve', () => {
  it('leaves values without references as they are', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(resolve(value, () => 'never')).toEqual(value)));
  });

  it('replaces references at any depth and keeps the rest', () => {
    const spec = { net: vpc, list: [zone, 'x'], deep: { maybe: null, zone } };
    const known = resolve(spec, ({ $ref }) => ($ref === 'toy.net/main' ? 'net-1' : 'zone-1'));
    expect(known).toEqual({ net: 'net-1', list: ['zone-1', 'x'], deep: { maybe: null, zone: 'zone-1' } });
    expect(hasUnknown(known)).toBe(false);
  });

  it('puts a text around an attribute', () => {
    expect(resolve(around(vpc, ['http://', '/x']), () => 'host')).toBe('http://host/x');
  });

  it('joins several attributes, and nothing to nothing', () => {
    const lookup = ({ attr }: Ref<unknown>) => attr;
    expect(resolve([joined([vpc, zone, vpc], ', '), joined([zone], ','), joined([], ',')], lookup)).toEqual([
      'id, name, id',
      'name',
      '',
    ]);
  });

  it.each([[vpc], [zone]])('calls a joined text unknown while one of its attributes is', (missing) => {
    const text = resolve(joined([vpc, zone], ','), ({ attr }) => (attr === missing.attr ? undefined : 'known'));
    expect(String(text)).toBe(`(known after ${missing.$ref})`);
  });

  it.each([undefined, null, new Unknown('toy.net/main', 'id')])(
    'calls an attribute unknown that is %s',
    (attribute) => {
      const value = resolve({ deep: [around(vpc, ['a', 'b'])] }, () => attribute);
      expect(hasUnknown(value)).toBe(true);
      expect(JSON.stringify(value)).toBe('{"deep":["(known after toy.net/main)"]}');
    },
  );

  it('keeps falsy attributes', () => {
    expect(resolve([vpc, zone], ({ attr }) => (attr === 'id' ? 0 : false))).toEqual([0, false]);
  });
});

describe('isRef', () => {
  it.each([
    [vpc, true],
    [{ attr: 'id' }, false],
    [null, false],
    ['$ref', false],
    [[vpc], false],
  ])('%j: %s', (value, expected) => {
    expect(isRef(value)).toBe(expected);
  });
});
