/**
 * The CustomResourceDefinition, computed from the schema. It must stay a pure function of the schema, so that the file
 * in `crds/` can be checked for being stale.
 */
import { z } from 'zod';
import { scalingTier } from './schema.ts';
import { CRD_NAME, GROUP, KIND, PLURAL, VERSION } from './well-known.ts';

/** One node of an OpenAPI v3 schema as Kubernetes takes it. */
export interface JSONSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, JSONSchema>>;
  readonly items?: JSONSchema;
  readonly additionalProperties?: JSONSchema;
}

const COLUMNS = [
  column('Stage', 'string', '.status.stage', 'Stage in force.'),
  column('Target', 'string', '.status.transition.to', 'Stage that it moves to, while it does.'),
  column('Ready', 'string', '.status.conditions[?(@.type=="Ready")].status', 'Whether the stage asked for serves.'),
  column('Up-To-Date', 'string', '.status.conditions[?(@.type=="UpToDate")].status', 'Whether AWS equals the spec.'),
  column('Drift', 'integer', '.status.driftCount', 'Fields that someone else changed.'),
  column('Plan', 'string', '.status.plan.summary', 'What is about to be done.'),
  column('Cost/Mo', 'string', '.status.cost.monthlyEstimate', 'Monthly estimate at list prices.'),
  column('Age', 'date', '.metadata.creationTimestamp', 'Since when it exists.'),
  { ...column('Region', 'string', '.spec.aws.region', 'AWS region.'), priority: 1 },
  {
    ...column('Endpoint', 'string', '.status.endpoints.application', 'Where the application is reached.'),
    priority: 1,
  },
  { ...column('Message', 'string', '.status.message', 'What is going on.'), priority: 1 },
];

/** How many servers there are, for `kubectl scale` and for autoscalers, which insist on a selector. */
const SCALE = {
  specReplicasPath: '.spec.compute.desiredInstances',
  statusReplicasPath: '.status.compute.instances',
  labelSelectorPath: '.status.compute.selector',
};

/** Keywords in the order in which a person reads them; others follow as they come. */
const READING_ORDER = ['description', 'type', 'format', 'enum', 'default'];

/** The schema of the object as the CustomResourceDefinition carries it. */
export function objectSchema(): JSONSchema {
  const { properties, ...root } = structural(z.toJSONSchema(scalingTier, { target: 'openapi-3.0', io: 'input' }));
  return {
    description: 'ScalingTier puts an application on one stage of the AWS scaling ladder and keeps it there.',
    ...root,
    required: ['spec'],
    properties: {
      ...properties,
      apiVersion: { description: 'Version of this schema.', type: 'string' },
      kind: { description: 'What the object is.', type: 'string' },
      metadata: { type: 'object' },
    },
  };
}

/** The CustomResourceDefinition. */
export function customResourceDefinition(): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: CRD_NAME },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: KIND.toLowerCase(),
        shortNames: ['st'],
        categories: ['scaling'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {}, scale: SCALE },
          additionalPrinterColumns: COLUMNS,
          schema: { openAPIV3Schema: objectSchema() },
        },
      ],
    },
  };
}

function column(name: string, type: string, jsonPath: string, description: string) {
  return { name, type, jsonPath, description };
}

/** Kubernetes wants a format on integers; Go needs no escaped slashes; `kubectl explain` prints no defaults, so they are said. */
function structural(node: unknown): JSONSchema {
  const known = node as JSONSchema;
  const { properties, items, additionalProperties, pattern, ...own } = known;
  const members = properties === undefined ? undefined : mapValues(properties, structural);
  return ordered({
    ...own,
    ...('default' in known && members === undefined && { description: withDefault(known) }),
    ...('default' in known && { default: complete(known.default, members) }),
    ...(known.type === 'integer' && { format: (known.maximum ?? 0) > 2 ** 31 - 1 ? 'int64' : 'int32' }),
    ...(typeof pattern === 'string' && { pattern: pattern.replaceAll('\\/', '/') }),
    ...(items !== undefined && { items: structural(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: structural(additionalProperties) }),
    ...(members !== undefined && { properties: members }),
  });
}

function withDefault({ description = '', default: value }: JSONSchema): string {
  return `${description} Default: ${Array.isArray(value) ? value.join(', ') : String(value)}.`;
}

/** The API server judges a default by the rules beside it before it fills in nested defaults, so it must be complete. */
function complete(value: unknown, members: Readonly<Record<string, JSONSchema>> | undefined): unknown {
  if (members === undefined) return value;
  const filled = Object.entries(members).filter(([, member]) => 'default' in member);
  return { ...Object.fromEntries(filled.map(([key, member]) => [key, member.default])), ...(value as object) };
}

function mapValues(
  record: Readonly<Record<string, JSONSchema>>,
  change: (node: JSONSchema) => JSONSchema,
): Record<string, JSONSchema> {
  return Object.fromEntries(Object.entries(record).map(([key, node]) => [key, change(node)]));
}

function ordered(node: JSONSchema): JSONSchema {
  const first = READING_ORDER.filter((keyword) => keyword in node).map((keyword) => [keyword, node[keyword]]);
  const rest = Object.entries(node).filter(([keyword]) => !READING_ORDER.includes(keyword));
  return Object.fromEntries([...first, ...rest]);
}
