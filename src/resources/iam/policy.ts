/**
 * Policies in one form, so that two that mean the same compare equal however they were written. Stages write their policies
 * in this form: shortest, that is lists sorted and without repetition, and a list of one as the one. It must not judge what
 * a policy allows.
 */
import { canonical } from '../../core/canonical.ts';

/** One statement; the names are IAM's. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: unknown;
}

/** A policy document. */
export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly PolicyStatement[];
}

type Json = Readonly<Record<string, unknown>>;

const ROOT_ARN = /^arn:[^:]+:iam::(\d{12}):root$/;

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shortest(value: unknown): unknown {
  const items = [...new Map(asList(value).map((item) => [canonical(item), item]))].sort(([a], [b]) => (a < b ? -1 : 1));
  const values = items.map(([, item]) => item);
  return values.length === 1 ? values[0] : values;
}

const mapValues = (record: Json, change: (value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** AWS answers an account's id as its root's ARN, and `*` stands for `{AWS: '*'}`. */
const principalID = (id: unknown): unknown => (typeof id === 'string' ? (ROOT_ARN.exec(id)?.[1] ?? id) : id);

const normalPrincipal = (principal: unknown): unknown =>
  isRecord(principal)
    ? mapValues(principal, (ids) => shortest(asList(ids).map(principalID)))
    : mapValues({ AWS: principal }, (ids) => shortest(asList(ids).map(principalID)));

/** `true` and `"true"`, `5` and `"5"` are the same condition value. */
const normalCondition = (condition: unknown): unknown =>
  isRecord(condition)
    ? mapValues(condition, (keys) =>
        isRecord(keys) ? mapValues(keys, (values) => shortest(asList(values).map(String))) : keys,
      )
    : condition;

const NORMAL: Readonly<Record<string, (value: unknown) => unknown>> = {
  Principal: normalPrincipal,
  NotPrincipal: normalPrincipal,
  Action: shortest,
  NotAction: shortest,
  Resource: shortest,
  NotResource: shortest,
  Condition: normalCondition,
};

const normalStatement = (statement: unknown): unknown =>
  isRecord(statement)
    ? Object.fromEntries(Object.entries(statement).map(([key, value]) => [key, NORMAL[key]?.(value) ?? value]))
    : statement;

/** A policy in the form that is compared; its meaning is unchanged. */
export function normalPolicy(policy: unknown): PolicyDocument {
  const { Version = '2008-10-17', Statement = [] } = isRecord(policy) ? policy : {};
  const statements = asList(Statement).map(normalStatement);
  const sorted = statements.map((item) => [canonical(item), item] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return { Version: String(Version), Statement: sorted.map(([, item]) => item as PolicyStatement) };
}

/** Reads a document as IAM answers it, URL-encoded JSON; one that cannot be read is none, and so differs from any other. */
export function readPolicy(encoded: string | undefined): PolicyDocument | null {
  if (encoded === undefined) return null;
  try {
    return normalPolicy(JSON.parse(decodeURIComponent(encoded)));
  } catch {
    return null;
  }
}
