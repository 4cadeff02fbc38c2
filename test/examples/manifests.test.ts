/** Every example is valid, complete in what it promises, and accepted by a real API server. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { type JSONSchema, objectSchema } from '../../src/api/crd.ts';
import { faultsOf } from '../../src/api/defaults.ts';
import { type Staged, stageRules } from '../../src/api/spec/stage.ts';
import { at, type Piece } from '../api/manifests.ts';
import { type ApiServer, apiServer } from '../api/server.ts';

const folder = new URL('../../examples/', import.meta.url);
const text = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const documentsOf = (file: string) => parseAllDocuments(text(file)).map((document) => document.toJS() as Piece);

const full = ['single-server-full.yaml', 'separate-database-full.yaml', 'load-balanced-full.yaml'];
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
const tiers = files.flatMap((file) =>
  documentsOf(file)
    .filter(({ kind }) => kind === 'ScalingTier')
    .map((manifest) => ({ file, manifest })),
);

test('every file holds one tier', () => {
  expect(tiers.map(({ file }) => file)).toEqual(files);
  expect(files.length).toBeGreaterThan(1);
});

test.each(tiers)('the tier in $file is valid and carries no status', ({ manifest }) => {
  expect(faultsOf(manifest)).toEqual([]);
  expect(manifest.status).toBeUndefined();
});

describe('a strict kubectl', () => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await apiServer();
  });

  afterAll(() => server.stop());

  test.each(files)('accepts everything in %s', async (file) => {
    const path = new URL(file, folder).pathname;
    const said = await server.kubectl('apply', '--dry-run=server', '--validate=strict', '--filename', path);
    expect(said.trim().split('\n')).toHaveLength(documentsOf(file).length);
  });
});

test.each(tiers)(
  'what the tier in $file refers to is in the same file, or a Secret that is never shipped',
  ({ file, manifest }) => {
    const wanted = at(manifest, ['spec', 'compute', 'userData', 'configMapKeyRef']) as Piece | undefined;
    const maps = documentsOf(file).filter(({ kind }) => kind === 'ConfigMap');
    const found = maps.find(({ metadata }) => (metadata as Piece).name === wanted?.name);
    expect(wanted === undefined || typeof at(found, ['data', String(wanted.key)]) === 'string').toBe(true);
    expect(documentsOf(file).some(({ kind }) => kind === 'Secret')).toBe(false);
  },
);

test.each(full)('the boot script of %s is a shell script that fits into user data', (file) => {
  const boot = documentsOf(file).find(({ kind }) => kind === 'ConfigMap');
  const script = String(at(boot, ['data', 'user-data.sh']));
  expect(script.startsWith('#!/bin/sh\n')).toBe(true);
  expect(() => execFileSync('sh', ['-n'], { input: script, stdio: ['pipe', 'ignore', 'pipe'] })).not.toThrow();
  expect(Buffer.byteLength(script)).toBeLessThan(8 * 1024);
});

test.each([
  ['single-server-minimal.yaml', 10],
  ['separate-database-minimal.yaml', 20],
  ['load-balanced-minimal.yaml', 40],
])('%s has at most %i lines', (file, most) => {
  const lines = text(file)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.length).toBeLessThanOrEqual(most);
});

/** Stands in a path for whatever entry of a list. */
const ANY = '[]';

function fieldsOf(schema: JSONSchema, path: readonly string[]): readonly (readonly string[])[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, member]) => [
    [...path, key],
    ...fieldsOf(member, [...path, key]),
  ]);
  return schema.items ? [...below, ...fieldsOf(schema.items, [...path, ANY])] : below;
}

/** Whether a manifest has a field, in one entry at least where a list is on the way. */
function has(manifest: unknown, path: readonly string[]): boolean {
  const list = path.indexOf(ANY);
  if (list < 0) return at(manifest, path) !== undefined;
  const entries = at(manifest, path.slice(0, list));
  return Array.isArray(entries) && entries.some((entry) => has(entry, path.slice(list + 1)));
}

const spec = objectSchema().properties?.spec ?? {};

/** What has no effect in a stage and is not refused there, because its defaults are stored. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  'load-balanced-full.yaml': [
    ...['spec.compute.dataVolume', 'spec.database.onInstance'],
    ...['endpointFromParameter', 'allowDowngrade', 'dataMigration'].map((field) => `spec.transition.${field}`),
  ],
};

const stageOf = (file: string) =>
  at(tiers.find((tier) => tier.file === file)?.manifest, ['spec', 'stage']) as Staged['stage'];

/** A spec of that stage with one field. */
const withField = (stage: Staged['stage'], path: string): Staged => ({
  stage,
  ...path
    .split('.')
    .toReversed()
    .reduce<object>((below, key) => ({ [key]: below }), {}),
});

/** Fields that are not in a stage's example: what the stage refuses, and what has no effect. */
const ABSENT = new Map(
  full.map((file) => {
    const stage = stageOf(file);
    const refused = stageRules.filter(({ fieldPath = '', holds }) => !holds?.(withField(stage, fieldPath.slice(1))));
    return [file, [...refused.map(({ fieldPath }) => `spec${fieldPath}`), ...(UNUSED[file] ?? [])]];
  }),
);

const isAbsent = (file: string, name: string): boolean =>
  (ABSENT.get(file) ?? []).some((path) => name === path || name.startsWith(`${path}.`));

test('every stage but the last refuses what later ones have', () => {
  const refused = [...ABSENT].map(([file, absent]) => absent.length - (UNUSED[file] ?? []).length);
  expect(refused.map((count) => count > 0)).toEqual([true, true, false]);
});

const shownFields = full.flatMap((file) =>
  fieldsOf(spec, ['spec'])
    .map((path) => [file, path.join('.'), path] as const)
    .filter(([, name]) => !isAbsent(file, name)),
);

test.each(shownFields)('%s shows %s, in force or as a comment', (file, _, path) => {
  const manifest = tiers.find((tier) => tier.file === file)?.manifest;
  const field = path.at(-1);
  const commented = new RegExp(`^ *# *(${field}|${path.at(-2)}):( |$)`, 'm').test(text(file));
  expect(has(manifest, path) || commented).toBe(true);
});

test.each(full)('a value that %s shows for a default is the default', (file) => {
  const manifest = tiers.find((tier) => tier.file === file)?.manifest;
  const single = fieldsOf(spec, ['spec']).filter((path) => !path.includes(ANY));
  const shown = single.flatMap((path) => {
    const schema = at(
      objectSchema(),
      path.flatMap((key) => ['properties', key]),
    ) as JSONSchema;
    return schema.default === undefined || schema.properties !== undefined || isAbsent(file, path.join('.'))
      ? []
      : [[path.join('.'), schema.default, at(manifest, path)]];
  });
  const other = shown.filter(([, wanted, given]) => JSON.stringify(wanted) !== JSON.stringify(given));
  expect(shown.length).toBeGreaterThan(20);
  expect(other).toEqual([['spec.database.name', 'app', 'bookshop']]);
});
