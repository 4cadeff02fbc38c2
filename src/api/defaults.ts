/** The schema offline: the same defaults and the same judgement as the API server, for manifests that no server has seen. */
import type { z } from 'zod';
import { scalingTier } from './schema.ts';
import { rds } from './spec/rds.ts';
import { spec } from './spec.ts';
import type { RDSSpec, TierSpec, TierSpecInput } from './types.ts';
import { unknownFields } from './unknown-fields.ts';

/** A complete spec; throws with one line for each fault. */
export function withDefaults(input: TierSpecInput): TierSpec {
  const result = spec.safeParse(input, { reportInput: true });
  if (!result.success) throw new Error(`spec is not valid: ${sentences(result.error, ['spec']).join('; ')}`);
  return result.data as TierSpec;
}

/** What an absent `spec.database.rds` stands for, where a stage has a database of its own. */
export const RDS_DEFAULTS: RDSSpec = rds.parse({}) as RDSSpec;

/** What is wrong with a manifest, one sentence for each fault, in the order of the schema; empty when it would be accepted. */
export function faultsOf(manifest: unknown): readonly string[] {
  const result = scalingTier.safeParse(manifest, { reportInput: true });
  const strange = unknownFields(manifest).map((path) => `${path}: unknown field`);
  return result.success ? strange : [...strange, ...sentences(result.error, [])];
}

function sentences(error: z.ZodError, at: readonly string[]): readonly string[] {
  return error.issues.map((issue) => {
    if (issue.code === 'custom') return issue.message;
    const path = [...at, ...issue.path].map(String).join('.');
    return `${path === '' ? 'manifest' : path}: ${sentence(issue)}`;
  });
}

function sentence(issue: z.core.$ZodIssue): string {
  if ('input' in issue && issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_format' && 'pattern' in issue) return `must match ${String(issue.pattern)}`;
  const text = issue.message;
  return text.charAt(0).toLowerCase() + text.slice(1);
}
