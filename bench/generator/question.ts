/**
 * What a call asks, apart from whom it asks about: two calls with the same shape are the same question about other tiers.
 * It reads parameters only and must not know any operation.
 */
import { isParams, type Params, type Value } from '../../test/sandbox/proxy/call.ts';
import { isPersonal, type Understood } from './marks.ts';
import { PAGE_PARAMETERS } from './pages.ts';

/** A call in the words of its template. */
export interface Question {
  /** Service, operation and parameters, where lists that name somebody are all the same. */
  readonly shape: string;
  /** The same with these lists as they were asked. */
  readonly exact: string;
  /** Every tier that is named. */
  readonly tiers: readonly number[];
  /** For each list that names somebody, what it asks for, by tier; -1: of any tier. */
  readonly lists: readonly ReadonlyMap<number, readonly string[]>[];
}

type Understand = (text: string) => Understood;

interface Draft {
  readonly understand: Understand;
  readonly tiers: Set<number>;
  readonly lists: Map<number, string[]>[];
}

/** A list of texts that names somebody, entered into the draft; `undefined` when it names nobody. */
function personalList(values: readonly Value[], draft: Draft): readonly string[] | undefined {
  if (values.length === 0 || !values.every((value) => typeof value === 'string')) return undefined;
  const understood = values.map((value) => draft.understand(value));
  if (!understood.some(({ text }) => isPersonal(text))) return undefined;
  const byTier = new Map<number, string[]>();
  for (const { text, tiers } of understood) {
    const tier = tiers[0] ?? -1;
    byTier.set(tier, [...(byTier.get(tier) ?? []), text]);
    if (tier >= 0) draft.tiers.add(tier);
  }
  draft.lists.push(byTier);
  return understood.map(({ text }) => text);
}

/** A value as `[shape, exact]`. */
function read(value: Value, draft: Draft): readonly [unknown, unknown] {
  if (Array.isArray(value)) {
    const list = personalList(value, draft);
    if (list) return ['*', list];
    const items = value.map((item: Value) => read(item, draft));
    return [items.map(([shape]) => shape), items.map(([, exact]) => exact)];
  }
  if (isParams(value)) return readParams(value, draft);
  if (typeof value !== 'string') return [value, value];
  const { text, tiers } = draft.understand(value);
  for (const tier of tiers) draft.tiers.add(tier);
  return [text, text];
}

function readParams(params: Params, draft: Draft): readonly [object, object] {
  const entries = Object.keys(params)
    .sort()
    .map((key) => [key, ...read(params[key], draft)] as const);
  return [
    Object.fromEntries(entries.map(([key, shape]) => [key, shape])),
    Object.fromEntries(entries.map(([key, , exact]) => [key, exact])),
  ];
}

/** Reads a call. */
export function questionOf(service: string, operation: string, params: Params, understand: Understand): Question {
  const draft: Draft = { understand, tiers: new Set(), lists: [] };
  const asked = Object.fromEntries(Object.entries(params).filter(([key]) => !PAGE_PARAMETERS.has(key)));
  const [shape, exact] = readParams(asked, draft);
  return {
    shape: `${service} ${operation} ${JSON.stringify(shape)}`,
    exact: `${service} ${operation} ${JSON.stringify(exact)}`,
    tiers: [...draft.tiers].sort((a, b) => a - b),
    lists: draft.lists,
  };
}
