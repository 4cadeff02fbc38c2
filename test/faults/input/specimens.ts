/**
 * Every object to try: each field with each of its values over each example, and each pair of fields once, because rules
 * between fields break in combinations. The same schema, examples and seed give the same specimens in the same order.
 */
import type { Base, Manifest } from './bases.ts';
import type { Draw } from './draw.ts';
import { type Field, fieldsOf, memberOf, type Path, type SchemaNode } from './schema.ts';
import { legal, type Value, valuesFor } from './values.ts';

/** One object to try. */
export interface Specimen {
  readonly name: string;
  readonly base: Base;
  readonly manifest: Manifest;
  /** The places that differ from the example. */
  readonly touched: readonly Path[];
  /** Lists that the example does not have, around these places: they may be refused for what their one item lacks. */
  readonly made: readonly Path[];
}

interface Trait {
  readonly field: Field;
  readonly value: Value;
}

/** How a path is written by people and by the API server. */
export function written(path: Path): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${key}`)).join('');
}

/** The same value with another one at a path; what lies between and is not there is made as small as the schema allows. */
function put(
  whole: unknown,
  { path, value }: { readonly path: Path; readonly value: unknown },
  { schema, draw, at = [] }: { readonly schema: SchemaNode; readonly draw: Draw; readonly at?: Path },
): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const usable = typeof key === 'number' ? Array.isArray(whole) : typeof whole === 'object' && whole !== null;
  const container = usable
    ? whole
    : typeof key === 'number'
      ? []
      : legal({ ...schema, default: undefined }, draw, written(at));
  const inner = (container as Readonly<Record<string | number, unknown>>)[key];
  const fresh = put(inner, { path: rest, value }, { schema: memberOf(schema, key), draw, at: [...at, key] });
  if (Array.isArray(container)) return Object.assign([...container], { [key]: fresh });
  return Object.fromEntries([...Object.entries(container as object).filter(([name]) => name !== key), [key, fresh]]);
}

/** What stands at a path, `undefined` where there is no such place. */
function valueAt(whole: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<string | number, unknown>> | null | undefined)?.[key],
    whole,
  );
}

/** Nothing can be absent from the middle of a list. */
const isPossible = ({ field, value }: Trait): boolean =>
  value.value !== undefined || typeof field.path.at(-1) === 'string';

const isBelow = (inner: Path, outer: Path): boolean => outer.every((key, at) => inner[at] === key);

/** Lists on the way to a place that an example does not have. */
function listsMade({ manifest }: Base, path: Path): readonly Path[] {
  return path.flatMap((key, at) => {
    const before = path.slice(0, at);
    return typeof key === 'number' && !Array.isArray(valueAt(manifest, before)) ? [before] : [];
  });
}

function specimenOf(base: Base, traits: readonly Trait[], schema: SchemaNode, draw: Draw): Specimen {
  const manifest = traits.reduce<unknown>(
    (whole, { field: { path }, value: { value } }) => put(whole, { path, value }, { schema, draw }),
    base.manifest,
  );
  const paths = traits.map(({ field }) => field.path);
  const names = traits.map(({ field, value }) => `${written(field.path)}: ${value.what}`);
  return {
    name: `${base.file}: ${names.join('; ')}`,
    base,
    manifest: manifest as Manifest,
    touched: paths,
    made: paths.flatMap((path) => listsMade(base, path)),
  };
}

/** Of ten pairs eight break no rule but those between fields, else the others would hide them. */
const WITHIN = 0.8;

function pairs(
  fields: readonly Field[],
  valuesOf: ReadonlyMap<Field, readonly Value[]>,
  draw: Draw,
): readonly (readonly Trait[])[] {
  const drawn = (field: Field, name: string): Trait | undefined => {
    const all = valuesOf.get(field) ?? [];
    const within = draw.share(`within ${name}`) < WITHIN ? all.filter((value) => value.within) : [];
    const value = draw.pick(within.length > 0 ? within : all, `value ${name}`);
    return value && { field, value };
  };
  return fields.flatMap((one, index) =>
    fields.slice(index + 1).flatMap((other) => {
      if (isBelow(other.path, one.path)) return [];
      const name = `${written(one.path)} ${written(other.path)}`;
      const traits = [drawn(one, `first ${name}`), drawn(other, `second ${name}`)];
      return [traits.filter((trait) => trait !== undefined)];
    }),
  );
}

/** All specimens, well mixed, so that every part of them is a sample of the whole. */
export function specimens(schema: SchemaNode, bases: readonly Base[], draw: Draw): readonly Specimen[] {
  const fields = fieldsOf(schema);
  const valuesOf = new Map(fields.map((field) => [field, valuesFor(field.schema, draw, written(field.path))]));
  const single = fields.flatMap((field) =>
    (valuesOf.get(field) ?? []).map((value): readonly Trait[] => [{ field, value }]),
  );
  const alone = bases.flatMap((base) =>
    single.filter((traits) => traits.every(isPossible)).map((traits) => specimenOf(base, traits, schema, draw)),
  );
  const paired = pairs(fields, valuesOf, draw)
    .filter((traits) => traits.every(isPossible))
    .flatMap((traits) => {
      const base = draw.pick(bases, `base ${traits.map(({ field }) => written(field.path)).join(' ')}`);
      return base ? [specimenOf(base, traits, schema, draw)] : [];
    });
  const first = new Map(
    [...alone, ...paired].reverse().map((specimen) => [JSON.stringify(specimen.manifest), specimen]),
  );
  return draw.shuffled([...first.values()], ({ name }) => name);
}
