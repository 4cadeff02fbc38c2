/**
 * Cuts a status to the bounds of the schema, so that the API server never refuses it: a tier with a thousand differences
 * must still be able to say so. It must not decide what is worth saying; the first entries of a list stay.
 */
import { type JSONSchema, objectSchema } from './crd.ts';
import type { TierStatus } from './types.ts';

const schema = objectSchema().properties?.status ?? {};

/** The same status within all bounds; cut text ends in `…`. */
export function fitStatus(status: TierStatus): TierStatus {
  return cut(status, schema) as TierStatus;
}

function cut(value: unknown, bounds: JSONSchema): unknown {
  if (typeof value === 'string') return clip(value, bounds.maxLength ?? Number.POSITIVE_INFINITY);
  if (typeof value === 'number') return Math.min(value, bounds.maximum ?? value);
  if (Array.isArray(value)) return value.slice(0, bounds.maxItems).map((item) => cut(item, bounds.items ?? {}));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, cut(member, bounds.properties?.[key] ?? {})]));
}

/** The API server counts code points, not UTF-16 units. */
function clip(value: string, limit: number): string {
  if (value.length <= limit) return value;
  const points = Array.from(value);
  return points.length <= limit ? value : `${points.slice(0, limit - 1).join('')}…`;
}
