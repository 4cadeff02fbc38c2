/** The tables of the user guide say what the code says: no word missing, none too many. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { customResourceDefinition, type JSONSchema, objectSchema } from '../../src/api/crd.ts';
import { ANNOTATIONS, CONDITION_REASONS, EVENT_REASONS } from '../../src/api/well-known.ts';
import { addConfigOptions } from '../../src/config.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { documents, groupedTableOf, PROJECT, section, tableOf, textOf } from './documents.ts';

const guide = textOf('docs/user-guide.md');
const tableBelow = (heading: string) => tableOf(section(guide, heading));
const first = (rows: readonly (readonly string[])[]) => rows.map(([cell = '']) => cell);

/** Flags, variables and defaults as the operator's own help tells them. */
function options(): readonly (readonly string[])[] {
  return addConfigOptions(new Command()).options.map(({ long, description }) => {
    const [, variable = '', fallback] = /\((\w+), (?:required|default "([^"]*)")\)$/.exec(description) ?? [];
    return [long ?? '', variable, fallback === undefined ? 'required' : fallback === '' ? '""' : fallback];
  });
}

test('flags, variables and defaults are those of the operator', () => {
  expect(tableBelow('## Running the operator').map((row) => row.slice(0, 3))).toEqual(options());
});

test('columns are those of the custom resource, wide ones marked so', () => {
  const { versions } = (
    customResourceDefinition() as {
      spec: { versions: readonly { additionalPrinterColumns: readonly { name: string; priority?: number }[] }[] };
    }
  ).spec;
  const columns = versions[0]?.additionalPrinterColumns ?? [];
  const rows = tableBelow('## Columns of `kubectl get st`');
  expect(first(rows)).toEqual(columns.map(({ name }) => name.toUpperCase()));
  expect(rows.map(([, text = '']) => text.startsWith('with `-o wide`'))).toEqual(
    columns.map(({ priority = 0 }) => priority > 0),
  );
});

test('conditions and reasons are those that the operator knows', () => {
  const rows = groupedTableOf(section(guide, '## Conditions')).map(([type = '', reason = '']) => [type, reason]);
  expect(rows).toEqual(
    Object.entries(CONDITION_REASONS).flatMap(([type, reasons]) => reasons.map((reason) => [type, reason])),
  );
});

test('annotations are those that the operator knows', () => {
  expect(first(tableBelow('## Annotations')).toSorted()).toEqual(Object.values(ANNOTATIONS).toSorted());
});

test('events are those that the operator knows', () => {
  expect(first(tableBelow('## Events')).toSorted()).toEqual([...EVENT_REASONS].toSorted());
});

test('every reason of Stalled that is in use has its row in troubleshooting', () => {
  const reserved = groupedTableOf(section(guide, '## Conditions'))
    .filter(([, , when = '']) => when.startsWith('reserved'))
    .map(([type, reason]) => `${type} ${reason}`);
  const used = CONDITION_REASONS.Stalled.filter((reason) => !reserved.includes(`Stalled ${reason}`));
  expect(first(tableBelow('## Troubleshooting: `Stalled`, and what to do'))).toEqual(used);
});

test('metrics are those that the operator serves', async () => {
  const { body } = await createMetrics({ process: false }).scrape();
  const served = [...body.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
  expect(first(tableBelow('### Metrics')).toSorted()).toEqual(served.toSorted());
});

test('every folder and file of src has its row among the layers', () => {
  const rows = tableOf(section(textOf('ARCHITECTURE.md'), '## Layers'));
  const named = rows.flatMap(([cell = '']) => cell.split(', ').map((name) => name.replaceAll('`', '')));
  expect(named.toSorted()).toEqual(readdirSync(join(PROJECT, 'src')).toSorted());
});

function valuesAt(path: string): readonly unknown[] {
  const schema = path
    .split('.')
    .reduce<JSONSchema | undefined>((at, key) => at?.properties?.[key], objectSchema().properties?.spec);
  return (schema?.enum as readonly unknown[] | undefined) ?? [];
}

test('the policies have all of their values, each with what happens', () => {
  const rows = groupedTableOf(section(guide, '## Policies'));
  const fields = [...new Set(first(rows))];
  expect(fields).toEqual([
    'managementPolicy',
    'approval.required',
    'driftPolicy.mode',
    'deletionPolicy.default',
    'deletionPolicy.database',
    'deletionPolicy.cache',
    'deletionPolicy.storage',
  ]);
  for (const field of fields) {
    const values = rows.filter(([name]) => name === field).map(([, value]) => value);
    expect(values).toEqual(valuesAt(field));
  }
});

test('conditions and annotations that documents name in full exist', () => {
  const known = new Set<string>([...Object.values(ANNOTATIONS)]);
  const tags = new Set([
    'cluster',
    'namespace',
    'name',
    'uid',
    'role',
    'incarnation',
    'retained',
    'v1alpha1',
    'user-data',
    'cleanup',
    'place',
    'day',
  ]);
  const strange = documents().flatMap((path) =>
    [...textOf(path).matchAll(/(?<![\w.])scalingtier\.dev\/([a-z0-9-]*[a-z0-9])/g)]
      .filter(([name, key = '']) => !known.has(name) && !tags.has(key))
      .map(([name]) => `${path}: ${name}`),
  );
  const types = new Set(Object.keys(CONDITION_REASONS));
  const waits = documents().flatMap((path) =>
    [...textOf(path).matchAll(/--for=condition=(\w+)/g)]
      .filter(([, type = '']) => !types.has(type))
      .map(([text]) => `${path}: ${text}`),
  );
  expect([...strange, ...waits]).toEqual([]);
});
