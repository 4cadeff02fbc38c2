/**
 * Compares what is asked with what was observed. Only what is asked is compared, and only where the observation looked.
 * A kind's field rules are its whole say; a diff that flaps is mended in that kind's `observe`, never here.
 */
import { canonical } from './canonical.ts';
import type { Change, FieldRule, Impact, Kind, Owned } from './kind.ts';
import { hasUnknown } from './ref.ts';

const IMPACT: Partial<Record<FieldRule, Impact>> = { replace: 'replace', restart: 'restart' };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) === Object.prototype;

const asSet = (value: unknown): unknown => (Array.isArray(value) ? [...new Set(value.map(canonical))].sort() : value);

function equal(desired: unknown, observed: unknown, rule: FieldRule | undefined): boolean {
  if (rule === 'growOnly') return typeof observed === 'number' && typeof desired === 'number' && desired <= observed;
  if (rule === 'unordered') return canonical(asSet(desired)) === canonical(asSet(observed));
  return canonical(desired) === canonical(observed);
}

interface Field {
  readonly path: string;
  readonly rule: FieldRule | undefined;
}

function compare(desired: unknown, observed: unknown, field: Field): readonly Change[] {
  if (desired === undefined || observed === undefined) return [];
  if (isRecord(desired) && isRecord(observed)) {
    return Object.entries(desired).flatMap(([key, item]) =>
      // Inside a nested value AWS leaves out what is not set, so absence there was looked at.
      compare(item, observed[key] ?? null, { ...field, path: `${field.path}.${key}` }),
    );
  }
  if (!hasUnknown(desired) && equal(desired, observed, field.rule)) return [];
  const impact = (field.rule && IMPACT[field.rule]) ?? 'online';
  return [{ path: field.path, from: observed, to: desired, impact }];
}

const hidden = (change: Change): Change => ({ ...change, from: '(sensitive)', to: '(sensitive)' });

/** The differences between a resolved spec and an observation, in the order of the spec's fields. */
export function diffSpec<S extends object>(kind: Kind<S>, desired: S, owned: Owned<S>): readonly Change[] {
  const rules: Partial<Record<string, FieldRule>> = kind.rules ?? {};
  const sensitive = new Set<string>(kind.sensitive);
  const observed = owned.spec as Readonly<Record<string, unknown>>;
  return Object.entries(desired).flatMap(([key, value]) => {
    if (rules[key] === 'ignore') return [];
    const changes = compare(value, observed[key], { path: key, rule: rules[key] });
    return sensitive.has(key) ? changes.map(hidden) : changes;
  });
}

/**
 * The differences between the tags that a resource must carry and those it does; tags of others are left alone, `obsolete`
 * names keys that were ours and are not wanted any more.
 */
export function diffTags(
  desired: Readonly<Record<string, string>>,
  observed: Readonly<Record<string, string>> | undefined,
  obsolete: readonly string[],
): readonly Change[] {
  if (!observed) return [];
  const wanted: readonly (readonly [string, string | null])[] = [
    ...Object.entries(desired),
    ...obsolete.filter((key) => !(key in desired)).map((key) => [key, null] as const),
  ];
  return wanted.flatMap(([key, to]) => {
    const from = observed[key] ?? null;
    return from === to ? [] : [{ path: `tags.${key}`, from, to, impact: 'online' as const }];
  });
}
