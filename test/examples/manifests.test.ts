/** Every example is valid, complete in what it promises, and accepted by a real API server. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { type JSONSchema, objectSchema } from '../../src/api/crd.ts';
import { faultsOf } from '../../src/api/defaults.ts';
import { at, type Piece } from '../api/manifests.ts';
import { type ApiServer, apiServer } from '../api/server.ts';

const folder = new URL('../../examples/', import.meta.url);
const text = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const documentsOf = (file: string) => parseAllDocuments(text(file)).map((document) => document.toJS() as Piece);

const full = ['single-server-full.yaml', 'separate-database-full.yaml'];
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
const tiers = files.flatMap((file) =>
  documentsOf(file)
    .filter(({ kind }) => kind === 'ScalingTier')
    .map((manifest) => ({ file, manifest })),
);

let server: ApiServer;

beforeAll(async () => {
  server = await apiServer();
}, 60_000);

afterAll(() => server.stop());

test('every file holds one tier', () => {
  expect(tiers.map(({ file }) => file)).toEqual(files);
  expect(files.length).toBeGreaterThan(1);
});

test.each(tiers)('the tier in $file is valid and carries no status', ({ manifest }) => {
  expect(faultsOf(manifest)).toEqual([]);
  expect(manifest.status).toBeUndefined();
});

test.each(files)('a strict kubectl accepts everything in %s', async (file) => {
  const path = new URL(file, folder).pathname;
  const said = await server.kubectl('apply', '--dry-run=server', '--validate=strict', '--filename', path);
  expect(said.trim().split('\n')).toHaveLength(documentsOf(file).length);
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
])('%s has at most %i lines', (file, most) => {
  const lines = text(file)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.length).toBeLessThanOrEqual(most);
});

function fieldsOf(schema: JSONSchema, path: readonly string[]): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, member]) => [
    [...path, key],
    ...fieldsOf(member, [...path, key]),
  ]);
}

const spec = objectSchema().properties?.spec ?? {};

/** What a stage refuses is not in its example. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'single-server-full.yaml': /^spec\.database\.(rds|connectionSecret)\b/,
};

const shownFields = full.flatMap((file) =>
  fieldsOf(spec, ['spec'])
    .map((path) => [file, path.join('.'), path] as const)
    .filter(([, name]) => !REFUSED[file]?.test(name)),
);

test.each(shownFields)('%s shows %s, in force or as a comment', (file, _, path) => {
  const manifest = tiers.find((tier) => tier.file === file)?.manifest;
  const field = path.at(-1);
  const commented = new RegExp(`^ *# *(${field}|${path.at(-2)}): `, 'm').test(text(file));
  expect(at(manifest, path) !== undefined || commented).toBe(true);
});

test.each(full)('a value that %s shows for a default is the default', (file) => {
  const manifest = tiers.find((tier) => tier.file === file)?.manifest;
  const shown = fieldsOf(spec, ['spec']).flatMap((path) => {
    const schema = at(
      objectSchema(),
      path.flatMap((key) => ['properties', key]),
    ) as JSONSchema;
    return schema.default === undefined || schema.properties !== undefined || REFUSED[file]?.test(path.join('.'))
      ? []
      : [[path.join('.'), schema.default, at(manifest, path)]];
  });
  const other = shown.filter(([, wanted, given]) => JSON.stringify(wanted) !== JSON.stringify(given));
  expect(shown.length).toBeGreaterThan(20);
  expect(other).toEqual([['spec.database.name', 'app', 'bookshop']]);
});
