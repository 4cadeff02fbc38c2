/**
 * References between nodes of a graph, and the values that may hold them.
 * A desired spec is written before AWS has given out ids; wherever it needs one it holds a `Ref` to an attribute of an
 * earlier node. This file must not know where attributes come from.
 */

/** `<kind type>/<node name>`, for example `ec2.subnet/public-a`. Stable across stages: it is the node's role in tags and status. */
export type NodeId = `${string}/${string}`;

/** A promise of one attribute of an earlier node; `T` is the attribute's type. */
export interface Ref<T> {
  readonly $ref: NodeId;
  readonly attr: string;
  /** Text around the attribute, when the value is a text that holds it; what follows may hold further references. */
  readonly around?: readonly [before: string, after: Input<string>];
  /** Never set: carries the type only. */
  readonly type?: T;
}

/** A value, or a reference to one, at any depth. */
export type Input<T> =
  | T
  | Ref<T>
  | (T extends readonly (infer U)[]
      ? readonly Input<U>[]
      : T extends object
        ? { readonly [K in keyof T]: Input<T[K]> }
        : never);

/** Stands where a reference cannot be resolved yet; printed as `(known after <node>)`. */
export class Unknown {
  readonly node: NodeId;
  readonly attr: string;

  constructor(node: NodeId, attr: string) {
    this.node = node;
    this.attr = attr;
  }

  toString(): string {
    return `(known after ${this.node})`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A text that holds an attribute: `before`, its value, `after`, which may hold further ones. */
export function around(
  ref: Ref<string>,
  [before, after]: readonly [before: string, after: Input<string>],
): Ref<string> {
  return { ...ref, around: [before, after] };
}

/** One text of several attributes, with a separator between them. */
export function joined(refs: readonly Ref<string>[], separator: string): Input<string> {
  return refs.reduceRight<Input<string>>(
    (after, ref, index) => ({ ...ref, around: [index === 0 ? '' : separator, after] }),
    '',
  );
}

/** Whether a value is a reference. */
export function isRef(value: unknown): value is Ref<unknown> {
  return typeof value === 'object' && value !== null && '$ref' in value;
}

/** Every reference inside a value, at any depth, in reading order. */
export function refsOf(value: unknown): readonly Ref<unknown>[] {
  if (isRef(value)) return [value, ...refsOf(value.around)];
  if (Array.isArray(value)) return value.flatMap(refsOf);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(refsOf);
  return [];
}

/** Answers one reference; `undefined` when the attribute is not known yet. */
export type Lookup = (ref: Ref<unknown>) => unknown;

function resolveRef(ref: Ref<unknown>, lookup: Lookup): unknown {
  const value = lookup(ref);
  if (value === undefined || value === null || value instanceof Unknown) return new Unknown(ref.$ref, ref.attr);
  if (!ref.around) return value;
  const after = resolve(ref.around[1], lookup);
  return after instanceof Unknown ? after : `${ref.around[0]}${value}${after}`;
}

/** Replaces every reference by its attribute, or by `Unknown` when the look-up has no answer. */
export function resolve(value: unknown, lookup: Lookup): unknown {
  if (isRef(value)) return resolveRef(value, lookup);
  if (Array.isArray(value)) return value.map((item) => resolve(item, lookup));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, lookup)]));
  }
  return value;
}

/** What a resolved value still holds of the unknown, at any depth. */
export function unknownIn(value: unknown): readonly Unknown[] {
  if (value instanceof Unknown) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(unknownIn) : [];
}

/** Whether a resolved value still holds something unknown. */
export const hasUnknown = (value: unknown): boolean => unknownIn(value).length > 0;

/** What a spec says at a dotted path, which may lead to a reference; keys may hold dots themselves. */
export function valueAt(spec: unknown, path: string): unknown {
  if (path === '' || isRef(spec)) return spec;
  if (typeof spec !== 'object' || spec === null) return undefined;
  const keys = Object.keys(spec).filter((key) => path === key || path.startsWith(`${key}.`));
  const key = keys.sort((a, b) => b.length - a.length)[0];
  return key === undefined
    ? undefined
    : valueAt((spec as Readonly<Record<string, unknown>>)[key], path.slice(key.length + 1));
}
