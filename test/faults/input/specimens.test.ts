/** Specimens: the same ones every time, from keywords alone, on both sides of every bound. */
import { objectSchema } from '../../../src/api/crd.ts';
import { bases } from './bases.ts';
import { drawing } from './draw.ts';
import { fieldsOf, type SchemaNode, writable } from './schema.ts';
import { specimens, written } from './specimens.ts';
import { fits, stretched } from './texts.ts';
import { valuesFor } from './values.ts';

const schema = writable(objectSchema() as SchemaNode);
const values = (node: SchemaNode) => valuesFor(node, drawing(1), 'field').map(({ value }) => value);

describe('specimens', () => {
  const all = specimens(schema, bases(), drawing(1));

  it('are at least two thousand, and no two are alike', () => {
    expect(all.length).toBeGreaterThan(2000);
    expect(new Set(all.map(({ manifest }) => JSON.stringify(manifest))).size).toBe(all.length);
  });

  it('touch every field of the schema, and start from every example', () => {
    const touched = new Set(all.flatMap((specimen) => specimen.touched.map(written)));
    expect(
      fieldsOf(schema)
        .map(({ path }) => written(path))
        .filter((place) => !touched.has(place)),
    ).toEqual([]);
    expect(new Set(all.map(({ base }) => base.file)).size).toBe(bases().length);
  });

  it('combine every two fields of which none lies within the other', () => {
    const fields = fieldsOf(schema).map(({ path }) => written(path));
    const pairs = new Set(
      all.flatMap(({ touched }) => (touched.length === 2 ? [touched.map(written).sort().join(' ')] : [])),
    );
    const expected = fields.flatMap((one, at) =>
      fields
        .slice(at + 1)
        .filter((other) => !other.startsWith(one))
        .map((other) => [one, other].sort().join(' ')),
    );
    // A few draw values that make them equal to another specimen, or ask for absence within a list.
    expect(expected.filter((pair) => pairs.has(pair)).length / expected.length).toBeGreaterThan(0.9);
  });

  it('say which lists they made up around a field, and not which the example has', () => {
    const items = { type: 'object', properties: { port: { type: 'integer', minimum: 1, maximum: 2 } } };
    const small = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { list: { type: 'array', items } } } },
    };
    const manifest = (spec: object) => ({ apiVersion: 'v1', kind: 'Toy', metadata: {}, spec });
    const madeIn = (spec: object) =>
      specimens(small, [{ file: 'toy', manifest: manifest(spec), companions: [] }], drawing(1))
        .filter(({ touched }) => touched.map(written).join() === 'spec.list[0].port')
        .map(({ made }) => made.map(written).join());
    expect(new Set(madeIn({}))).toEqual(new Set(['spec.list']));
    expect(new Set(madeIn({ list: [{ port: 3 }] }))).toEqual(new Set(['']));
  });

  it('are the same for the same seed, and others for another', () => {
    const names = (seed: number) =>
      specimens(schema, bases().slice(0, 1), drawing(seed)).map(
        ({ name, manifest }) => name + JSON.stringify(manifest),
      );
    expect(names(7)).toEqual(names(7));
    expect(names(7)).not.toEqual(names(8));
  });
});

describe('values', () => {
  it('of a number lie on both sides of its bounds', () => {
    expect(values({ type: 'integer', minimum: 60, maximum: 90 })).toEqual(
      expect.arrayContaining([59, 60, 61, 89, 90, 91, '60', 1.5, null, undefined]),
    );
  });

  it('of a text have its lengths and one more and one less, within its pattern', () => {
    const node = { type: 'string', minLength: 2, maxLength: 5, pattern: '^[a-z]+-[0-9]*$' };
    const texts = values(node).filter((value): value is string => typeof value === 'string');
    const lengths = texts.filter((text) => /^[a-z]+-[0-9]*$/.test(text)).map(({ length }) => length);
    expect(lengths).toEqual(expect.arrayContaining([2, 4, 5, 6]));
    expect(texts.some((text) => fits(node, text))).toBe(true);
    expect(texts.some((text) => !fits(node, text))).toBe(true);
  });

  it('of a list have its numbers of items, and an item twice', () => {
    const lists = values({ type: 'array', minItems: 1, maxItems: 3, items: { type: 'integer', minimum: 5 } });
    expect(lists).toEqual(expect.arrayContaining([[], [5], [5, 6, 7], [5, 6, 7, 8], [5, 5], [null]]));
  });

  it('of an object lack each required field and have an unknown one', () => {
    const node = {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'boolean' }, b: { type: 'boolean' } },
    };
    expect(values(node)).toEqual(
      expect.arrayContaining([
        {},
        { a: true, b: undefined },
        { a: undefined, b: true },
        { a: true, b: true, unknownField: 1 },
      ]),
    );
  });

  it('of a map have its number of keys and one more', () => {
    const sizes = values({ type: 'object', maxProperties: 3, additionalProperties: { type: 'boolean' } }).map(
      (value) => Object.keys(value ?? {}).length,
    );
    expect(sizes).toEqual(expect.arrayContaining([0, 2, 3, 4]));
  });
});

describe('a text of a length', () => {
  it('stays within its pattern, or is not there', () => {
    expect(stretched('a-1', 5, '^[a-z]+-[0-9]$')).toBe('aaa-1');
    expect(stretched('ab', 3, '^ab$')).toBeUndefined();
    expect(stretched('abc', 2, '^[a-z]+$')).toBe('ab');
  });
});
