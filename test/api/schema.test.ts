/** The CustomResourceDefinition as a text: bounded, described, structural, fresh. What it does is tested on a real API server. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { customResourceDefinition, type JSONSchema, objectSchema } from '../../src/api/crd.ts';
import { CONDITION_REASONS, CONDITIONS, CRD_NAME, EVENT_REASONS } from '../../src/api/well-known.ts';
import { REFUSED_CHANGES } from './changes.ts';
import { REFUSED } from './refused.ts';

type Node = readonly [path: string, schema: JSONSchema];

function nodesOf(schema: JSONSchema, path: string): readonly Node[] {
  return [
    [path, schema],
    ...Object.entries(schema.properties ?? {}).flatMap(([key, member]) => nodesOf(member, `${path}.${key}`)),
    ...(schema.items === undefined ? [] : nodesOf(schema.items, `${path}[]`)),
    ...(schema.additionalProperties === undefined ? [] : nodesOf(schema.additionalProperties, `${path}{}`)),
  ];
}

const { spec = {}, status = {} } = objectSchema().properties ?? {};
const nodes = [...nodesOf(spec, 'spec'), ...nodesOf(status, 'status')];
const nodesWhere = (wanted: (schema: JSONSchema) => boolean) => nodes.filter(([, schema]) => wanted(schema));
const pathsOf = (some: readonly Node[]) => some.map(([path]) => path);

test('the file in crds/ is what the schema says', async () => {
  const file = await readFile(new URL(`../../crds/${CRD_NAME}.yaml`, import.meta.url), 'utf8');
  expect(parse(file)).toEqual(customResourceDefinition());
  // As kubectl reads it: a plain Off would be false.
  expect(parse(file, { version: '1.1' })).toEqual(customResourceDefinition());
  const script = new URL('../../scripts/generate-crd.ts', import.meta.url).pathname;
  await expect(promisify(execFile)(process.execPath, [script, '--check'])).resolves.toMatchObject({ stderr: '' });
});

test('every field has a description that is a sentence', () => {
  const fields = nodes.filter(([path]) => !path.endsWith('[]') && !path.endsWith('{}'));
  const mute = fields.filter(([, { description = '' }]) => !/^[A-Z].*\.$/.test(description));
  expect(fields.length).toBeGreaterThan(100);
  expect(pathsOf(mute)).toEqual([]);
});

test('every default of a plain field is said in its description', () => {
  const plain = nodesWhere(({ default: value, properties }) => value !== undefined && properties === undefined);
  expect(plain.length).toBeGreaterThan(20);
  expect(pathsOf(plain.filter(([, { description = '' }]) => !/ Default: .+\.$/.test(description)))).toEqual([]);
});

test('every string, list, map and number is bounded', () => {
  const strings = nodesWhere((node) => node.type === 'string' && node.maxLength === undefined && !('enum' in node));
  const lists = nodesWhere((node) => node.type === 'array' && node.maxItems === undefined);
  const maps = nodesWhere((node) => node.additionalProperties !== undefined && !('maxProperties' in node));
  const numbers = nodesWhere((node) => node.type === 'integer' && !('minimum' in node && 'maximum' in node));
  expect([strings, lists, maps, numbers].map(pathsOf)).toEqual([[], [], [], []]);
});

test('the schema is structural: one plain type for each node, no unions, no floats', () => {
  const plain = ['object', 'array', 'string', 'integer', 'boolean'];
  const odd = nodesWhere(
    (node) => !plain.includes(node.type ?? '') || 'anyOf' in node || 'oneOf' in node || '$ref' in node,
  );
  const closed = nodesWhere((node) => (node.additionalProperties as unknown) === false || 'propertyNames' in node);
  expect([odd, closed].map(pathsOf)).toEqual([[], []]);
});

test('every list says how it merges, and the keys of a list-map are required', () => {
  const lists = nodesWhere(({ type }) => type === 'array');
  expect(
    pathsOf(lists.filter(([, node]) => !['atomic', 'map'].includes(String(node['x-kubernetes-list-type'])))),
  ).toEqual([]);
  const maps = lists.filter(([, node]) => node['x-kubernetes-list-type'] === 'map');
  for (const [path, node] of maps) {
    expect([path, node.items?.required]).toEqual([
      path,
      expect.arrayContaining(node['x-kubernetes-list-map-keys'] as string[]),
    ]);
  }
});

test('lists have one owner as a whole, so that no merged manifest keeps an entry that it does not name', () => {
  const merged = nodesWhere((node) => node['x-kubernetes-list-type'] === 'map');
  expect(pathsOf(merged)).toEqual(['spec.driftPolicy.ignore', 'status.conditions']);
});

test('enumerations are CamelCase, except the words of AWS and of the engines', () => {
  const words = nodesWhere((node) => 'enum' in node).flatMap(([, node]) => node.enum as string[]);
  const foreign = words.filter((word) => !/^([A-Z][a-z]+)+$/.test(word));
  const logs = ['audit', 'error', 'general', 'postgresql', 'slowquery', 'upgrade'];
  const engines = ['mysql', 'postgres', 'redis', 'valkey'];
  const known = ['CPUUtilization', 'HTTP', 'HTTPS', 'RDSManaged', 'arm64', 'gp3', 'x86_64', ...engines, ...logs];
  expect([...new Set(foreign)].sort()).toEqual(known.sort());
});

test('every rule is broken by a test case', () => {
  const rules = [['', objectSchema()] as const, ...nodes].flatMap(
    ([, node]) => (node['x-kubernetes-validations'] ?? []) as readonly { readonly message: string }[],
  );
  const broken = [...REFUSED, ...REFUSED_CHANGES].map(({ says = '' }) => says).filter((says) => says.includes(' '));
  const unbroken = rules
    .map(({ message }) => message)
    .filter((message) => !broken.some((says) => message.includes(says)));
  expect(unbroken).toEqual([]);
});

test('a tier without a status reads as not looked at yet', () => {
  expect(status.default).toEqual({ observedGeneration: -1 });
});

test('reasons are words that a condition may carry', () => {
  const reasons = [...Object.values(CONDITION_REASONS).flat(), ...EVENT_REASONS, ...Object.values(CONDITIONS)];
  expect(reasons.filter((reason) => !/^([A-Z][a-z]+)+$/.test(reason))).toEqual([]);
});
