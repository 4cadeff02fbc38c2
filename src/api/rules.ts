/**
 * Rules between fields: written once, checked twice. The CEL text goes into the CustomResourceDefinition, where the API
 * server judges every write; the same rule in TypeScript judges manifests offline. Neither may know what is behind it.
 */
import type { z } from 'zod';

/** One rule over an object, a list or a value. */
export interface Rule<T> {
  /** CEL over `self`, and `oldSelf` for rules about changes. */
  readonly rule: string;
  /** Names the field in full and the way out. */
  readonly message: string;
  /** Where to point, relative to the ruled value, for example `.zoneIDs`. */
  readonly fieldPath?: string;
  /** Default `FieldValueInvalid`. `FieldValueDuplicate` is not among them: the API server drops the message with it. */
  readonly reason?: 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueInvalid';
  /** The same in TypeScript; absent for rules about changes, since a manifest alone has no past. */
  readonly holds?: (self: T) => boolean;
}

/** Schema keywords beside a rule: list types, formats and the like. */
export type Keywords = Readonly<Record<string, unknown>>;

/** Puts rules on a schema. Description and keywords of the ruled value belong here, because metadata does not survive refinement. */
export function withRules<S extends z.ZodType>(
  schema: S,
  rules: readonly Rule<z.output<S>>[],
  keywords: Keywords = {},
): S {
  const refined = schema.superRefine((self, context) => {
    for (const broken of rules.filter((rule) => rule.holds?.(self) === false)) {
      context.addIssue({ code: 'custom', message: broken.message, path: pathOf(broken.fieldPath) });
    }
  });
  return refined.meta({ ...keywords, 'x-kubernetes-validations': rules.map(validationOf) });
}

/** An optional field that is decided when the object is created: not changed, not added, not removed. */
export function fixedOptional(field: string, message: string): Rule<unknown> {
  return {
    rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    message,
    fieldPath: `.${field}`,
    reason: 'FieldValueForbidden',
  };
}

/** A field that always has a value, decided when the object is created. */
export function fixed(field: string, message: string): Rule<unknown> {
  return {
    rule: `self.${field} == oldSelf.${field}`,
    message,
    fieldPath: `.${field}`,
    reason: 'FieldValueForbidden',
  };
}

/** A number that may only rise. */
export function growing(field: string, message: string): Rule<unknown> {
  return {
    rule: `self.${field} >= oldSelf.${field}`,
    message,
    fieldPath: `.${field}`,
    reason: 'FieldValueForbidden',
  };
}

/** CEL: whether a field is there, with every section above it. */
export function present(self: string, path: string): string {
  const steps = path.split('.');
  return steps.map((_, index) => `has(${[self, ...steps.slice(0, index + 1)].join('.')})`).join(' && ');
}

/** CEL: a field, or what stands for it when it or a section above it is absent. */
export function given(self: string, path: string, absent: string): string {
  return `(${present(self, path)} ? ${self}.${path} : ${absent})`;
}

/** The same in TypeScript: what stands at a path, `undefined` when it or a section above it is absent. */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}

/** No two entries with the same value of a field. For short lists, since all pairs are compared. */
export function uniqueBy<K extends string>(list: string, key: K): Rule<readonly { readonly [key in K]: unknown }[]> {
  return {
    rule: `self.all(entry, self.exists_one(other, other.${key} == entry.${key}))`,
    message: `${list} must not have the same ${key} twice`,
    holds: (self) => new Set(self.map((entry) => entry[key])).size === self.length,
  };
}

/** No entry twice. The lists of a spec are atomic, because a merged list would keep entries that no manifest names. */
export function unique(field: string): Rule<readonly string[]> {
  return {
    rule: 'self.all(entry, self.exists_one(other, other == entry))',
    message: `${field} must not name the same entry twice`,
    holds: (self) => new Set(self).size === self.length,
  };
}

function validationOf<T>({ rule, message, fieldPath, reason }: Rule<T>): Keywords {
  return {
    rule,
    message,
    ...(fieldPath !== undefined && { fieldPath }),
    ...(reason !== undefined && { reason }),
  };
}

function pathOf(fieldPath: string | undefined): string[] {
  return fieldPath === undefined ? [] : fieldPath.slice(1).split('.');
}
