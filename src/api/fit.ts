/**
 * Cuts a status to the bounds of the schema, so that the API server never refuses it: a tier with a thousand differences
 * must still be able to say so. It must not decide what is worth saying; the first entries of a list stay.
 */
import { type JSONSchema, objectSchema } from './crd.ts';
import type { PlanStatus, TierStatus } from './types.ts';

/** Bytes of JSON that a status may take: etcd refuses objects above 1.5 MiB, and spec and bookkeeping need room too. */
const BYTES = 900_000;

const schema = objectSchema().properties?.status ?? {};

/** The same status within all bounds; cut text ends in `…`, and a plan too large for etcd keeps its text only. */
export function fitStatus(status: TierStatus): TierStatus {
  const fitting = cut(status, schema) as TierStatus;
  if (fitting.plan === undefined || Buffer.byteLength(JSON.stringify(fitting)) <= BYTES) return fitting;
  return { ...fitting, plan: withoutSteps(fitting.plan) };
}

function withoutSteps({ steps: _, ...plan }: PlanStatus): PlanStatus {
  return plan;
}

function cut(value: unknown, bounds: JSONSchema): unknown {
  if (typeof value === 'string') return clip(value, bounds.maxLength ?? Number.POSITIVE_INFINITY);
  if (typeof value === 'number') return Math.min(value, bounds.maximum ?? value);
  if (Array.isArray(value)) return entries(value, bounds).map((item) => cut(item, bounds.items ?? {}));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, cut(member, bounds.properties?.[key] ?? {})]));
}

/** As many as fit; of entries with equal keys the first, because a list-map refuses the others. */
function entries(list: readonly unknown[], bounds: JSONSchema): readonly unknown[] {
  const keys = bounds['x-kubernetes-list-map-keys'];
  if (!Array.isArray(keys)) return list.slice(0, bounds.maxItems);
  const identity = (entry: unknown) =>
    JSON.stringify(keys.map((key) => (entry as Record<string, unknown>)[String(key)]));
  const identities = list.map(identity);
  const known = new Set<string>();
  const fresh = (identity: string) => !known.has(identity) && known.add(identity) !== undefined;
  return list.filter((_, index) => fresh(identities[index] ?? '')).slice(0, bounds.maxItems);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f]/g;

/** The API server counts code points, not UTF-16 units; JSON writes six bytes for a control character, which tells nobody anything. */
function clip(text: string, limit: number): string {
  const value = text.replace(CONTROLS, ' ');
  if (value.length <= limit) return value;
  const points = Array.from(value);
  return points.length <= limit ? value : `${points.slice(0, limit - 1).join('')}…`;
}
