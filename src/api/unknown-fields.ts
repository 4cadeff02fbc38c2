/** Finds fields that the schema does not know: the API server would drop them silently, and a misspelt policy with them. */
import { type JSONSchema, objectSchema } from './crd.ts';

/** Dotted paths of unknown fields, in reading order. */
export function unknownFields(manifest: unknown): readonly string[] {
  return within(manifest, objectSchema(), '');
}

function within(value: unknown, schema: JSONSchema, path: string): readonly string[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => within(item, schema.items ?? {}, `${path}[${index}]`));
  const { properties } = schema;
  if (typeof value !== 'object' || value === null || properties === undefined) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    return known === undefined ? [at] : within(member, known, at);
  });
}
