/**
 * The custom resource's schema as the API server serves it, read as a list of places where a value can stand. It knows no
 * field of the product by name, so that a new field is covered without a line of code.
 */
import { ANNOTATIONS, CRD_NAME } from '../../../src/api/well-known.ts';
import type { Objects } from '../../sandbox/objects.ts';

/** One node of a structural schema. */
export interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode;
}

/** Keys and indexes from the root of a manifest. */
export type Path = readonly (string | number)[];

/** A place where a value can stand. */
export interface Field {
  readonly path: Path;
  readonly schema: SchemaNode;
}

/** The key that stands for every key of a map. */
export const ANY_KEY = 'key';

const text: SchemaNode = { type: 'string' };

/** Kubernetes' own part, of which the schema says nothing: the name, and the annotations by which people ask for things. */
const METADATA: SchemaNode = {
  type: 'object',
  required: ['name'],
  properties: {
    name: text,
    annotations: {
      type: 'object',
      properties: Object.fromEntries(Object.values(ANNOTATIONS).map((annotation) => [annotation, text])),
    },
  },
};

/** What is Kubernetes' own, or, because it is a subresource, dropped from what people write. */
const NOT_WRITTEN: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'status']);

interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: SchemaNode };
    }[];
  };
}

/** The part of a served schema that people write. */
export function writable({ properties = {}, ...root }: SchemaNode): SchemaNode {
  const written = Object.entries(properties).filter(([name]) => !NOT_WRITTEN.has(name));
  return { ...root, properties: { ...Object.fromEntries(written), metadata: METADATA } };
}

/** Asks the API server for the schema. */
export async function servedSchema(objects: Objects): Promise<SchemaNode> {
  const { spec } = await objects.need<Definition>(
    `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${CRD_NAME}`,
  );
  const stored = spec.versions.find(({ storage }) => storage);
  if (!stored) throw new Error(`read the schema of ${CRD_NAME}: no version is stored`);
  return writable(stored.schema.openAPIV3Schema);
}

/** Every place below a node, outermost first; a list stands for its first item, a map for one of its keys. */
export function fieldsOf(schema: SchemaNode, path: Path = []): readonly Field[] {
  const { properties = {}, items, additionalProperties } = schema;
  const members: readonly (readonly [string | number, SchemaNode])[] = [
    ...Object.entries(properties),
    ...(items ? [[0, items] as const] : []),
    ...(additionalProperties ? [[ANY_KEY, additionalProperties] as const] : []),
  ];
  return members.flatMap(([key, member]) => {
    const at = [...path, key];
    return [{ path: at, schema: member }, ...fieldsOf(member, at)];
  });
}

/** The schema of a member. */
export function memberOf(schema: SchemaNode, key: string | number): SchemaNode {
  return (typeof key === 'number' ? schema.items : (schema.properties?.[key] ?? schema.additionalProperties)) ?? {};
}
