/**
 * Values for a node of the schema: of its type and of every other, at its bounds and one beyond, and one legal value to
 * build on. What is derived here is derived from keywords alone.
 */
import type { Draw } from './draw.ts';
import type { SchemaNode } from './schema.ts';
import { fits, ODD, textsFor } from './texts.ts';

/** A value and what is special about it; `undefined` is absent. */
export interface Value {
  readonly what: string;
  readonly value: unknown;
  /** Within what the schema alone says: refused, if at all, by a rule between fields. */
  readonly within: boolean;
}

type Kind = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

/** One of every type that JSON has. */
const TYPES: readonly (readonly [Kind, string, unknown])[] = [
  ['null', 'null', null],
  ['boolean', 'a boolean', true],
  ['integer', 'a number', 7],
  ['number', 'a fraction', 1.5],
  ['string', 'a text', 'text'],
  ['array', 'an empty list', []],
  ['array', 'a list', ['text']],
  ['object', 'an empty map', {}],
  ['object', 'a map', { key: 'text' }],
];

/** How many different legal texts a list can have. */
const POOL = 60;

/** Where whole numbers stop being what they are, in Go, in JavaScript and in JSON. */
const NUMBERS = [
  0,
  -1,
  1,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  1e19,
  1e308,
  1.5,
  -0.5,
  1e-9,
];

const outside = (what: string, value: unknown): Value => ({ what, value, within: false });
const inside = (what: string, value: unknown): Value => ({ what, value, within: true });
const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: Math.max(count, 0) }, (_, index) => make(index));

/** The smallest value that the schema alone would take; different for every `turn`, as far as it allows. */
export function legal(schema: SchemaNode, draw: Draw, name: string, turn = 0): unknown {
  if (turn === 0 && schema.default !== undefined) return schema.default;
  switch (schema.type) {
    case 'boolean':
      return turn % 2 === 0;
    case 'integer':
      return (schema.minimum ?? 0) + turn;
    case 'array':
      return many(schema.minItems ?? 0, (index) => legal(schema.items ?? {}, draw, name, index + turn));
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((key) => [
          key,
          legal(schema.properties?.[key] ?? {}, draw, `${name}.${key}`, turn),
        ]),
      );
    default:
      return legalText(schema, draw, name, turn);
  }
}

function legalText(schema: SchemaNode, draw: Draw, name: string, turn: number): unknown {
  if (schema.enum) return schema.enum[turn % schema.enum.length];
  if (schema.pattern === undefined) return `text${turn === 0 ? '' : turn}`;
  const found = draw
    .matching(schema.pattern, POOL, `legal ${name}`)
    .filter((text) => text !== '' && fits(schema, text));
  return found[turn % Math.max(found.length, 1)] ?? '';
}

function numbersFor({ minimum, maximum, default: usual }: SchemaNode): readonly Value[] {
  const bounds = [minimum, maximum].flatMap((bound) => (bound === undefined ? [] : [bound - 1, bound, bound + 1]));
  const all = [...new Set([...bounds, ...(typeof usual === 'number' ? [usual] : []), ...NUMBERS])];
  const texts = bounds.slice(1, 2).map((bound) => outside(`"${bound}" in quotes`, String(bound)));
  const isWithin = (value: number): boolean =>
    Number.isInteger(value) && value >= (minimum ?? value) && value <= (maximum ?? value);
  return [...all.map((value) => ({ what: String(value), value, within: isWithin(value) })), ...texts];
}

function listsFor(schema: SchemaNode, draw: Draw, name: string): readonly Value[] {
  const { items = {}, minItems = 0, maxItems } = schema;
  const list = (count: number): readonly unknown[] => many(count, (index) => legal(items, draw, `${name}[]`, index));
  const counts = [
    ...new Set([
      minItems - 1,
      minItems,
      1,
      2,
      ...(maxItems === undefined ? [1000] : [maxItems - 1, maxItems, maxItems + 1]),
    ]),
  ];
  const sized = counts
    .filter((count) => count >= 0)
    .map((count) => ({
      what: `${count} items`,
      value: list(count),
      within: count >= minItems && count <= (maxItems ?? count),
    }));
  const [one] = list(1);
  return [
    ...sized,
    inside('one item twice', [one, one]),
    outside('an item that is null', [null]),
    outside('a list in a list', [[one]]),
    outside('a good and a bad item', [one, { bad: [] }]),
    outside('a map of items', { 0: one }),
  ];
}

function mapsFor(schema: SchemaNode, draw: Draw, name: string): readonly Value[] {
  const { additionalProperties = {}, maxProperties = 1000 } = schema;
  const member = (index: number): unknown => legal(additionalProperties, draw, `${name}.*`, index);
  const sized = (count: number): unknown => Object.fromEntries(many(count, (index) => [`key${index}`, member(index)]));
  const counts = [0, 1, maxProperties - 1, maxProperties, maxProperties + 1];
  const keys = ODD.map(([what, key]) => inside(`a key that is ${what}`, Object.fromEntries([[key, member(0)]])));
  return [
    ...counts.map((count) => ({ what: `${count} keys`, value: sized(count), within: count <= maxProperties })),
    ...keys,
  ];
}

function objectsFor(schema: SchemaNode, draw: Draw, name: string): readonly Value[] {
  const { properties = {}, required = [] } = schema;
  const whole = legal(schema, draw, name) as Readonly<Record<string, unknown>>;
  const lacking = required.map((key) => outside(`without ${key}`, { ...whole, [key]: undefined }));
  const [known] = Object.keys(properties);
  const misspelt =
    known === undefined
      ? []
      : [outside('a field misspelt', { ...whole, [`${known}s`]: properties[known]?.default ?? 'text' })];
  return [
    { what: 'nothing in it', value: {}, within: required.length === 0 },
    inside('what is required', whole),
    outside('an unknown field', { ...whole, unknownField: 1 }),
    ...misspelt,
    ...lacking,
  ];
}

function ownValues(schema: SchemaNode, draw: Draw, name: string): readonly Value[] {
  switch (schema.type) {
    case 'boolean':
      return [inside('true', true), inside('false', false), outside('"true" in quotes', 'true'), outside('a one', 1)];
    case 'integer':
      return numbersFor(schema);
    case 'array':
      return listsFor(schema, draw, name);
    case 'object':
      return schema.additionalProperties ? mapsFor(schema, draw, name) : objectsFor(schema, draw, name);
    default:
      return textsFor(schema, draw, name).map(([what, value]) => ({ what, value, within: fits(schema, value) }));
  }
}

/** Every value to try in place of a node. */
export function valuesFor(schema: SchemaNode, draw: Draw, name: string): readonly Value[] {
  const others = TYPES.filter(([type]) => type !== schema.type).map(([, what, value]) => outside(what, value));
  return [outside('absent', undefined), ...others, ...ownValues(schema, draw, name)];
}
