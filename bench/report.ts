/** Results as files: one object for machines, one table for people. It must not measure. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import type { Result } from './measure/result.ts';

/** Where results go. */
export const RESULTS = path.join(import.meta.dirname, 'results');

/** Results by measurement, then by the number of tiers. */
export type Report = Readonly<Record<string, Readonly<Record<string, Result>>>>;

/** Results as they are stored: `M1` for the smallest number of tiers, `M1@10000` for a larger one. */
export type Stored = Readonly<Record<string, Result>>;

const FILE = path.join(RESULTS, 'latest.json');

/** The machine, as a table's caption. */
export function machine(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

const figure = (value: number): string =>
  Number.isFinite(value) ? value.toLocaleString('en', { maximumSignificantDigits: 3 }) : '–';

const partsOf = ({ parts = {} }: Result): string =>
  Object.entries(parts)
    .map(([name, value]) => `${name} ${figure(value)}`)
    .join(', ');

function rowOf(id: string, result: Result): string {
  const { title, unit, value, budget, min, max, conditions } = result;
  const verdict = value <= budget ? 'kept' : '**missed**';
  const cells = [id, title, conditions.tiers ?? '', `${figure(value)} ${unit}`, `${figure(min)} … ${figure(max)}`];
  return `| ${[...cells, `${figure(budget)}`, verdict, partsOf(result)].join(' | ')} |`;
}

/** The order of people: M2 before M10. */
const { compare } = new Intl.Collator('en', { numeric: true });

/** A report as it is stored. */
export function flat(report: Report): Stored {
  const ids = Object.keys(report).sort(compare);
  return Object.fromEntries(
    ids.flatMap((id) =>
      Object.entries(report[id] ?? {})
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([tiers, result], at) => [at === 0 ? id : `${id}@${tiers}`, result] as const),
    ),
  );
}

/** A report as it was before it was stored. */
export function unflat(stored: Stored): Report {
  const report: Record<string, Record<string, Result>> = {};
  for (const [key, result] of Object.entries(stored)) {
    const [id = key] = key.split('@', 1);
    report[id] = { ...report[id], [String(result.conditions.tiers)]: result };
  }
  return report;
}

/** The table. */
export function tableOf(report: Report): string {
  const ids = Object.keys(report).sort(compare);
  const rows = ids.flatMap((id) => Object.values(report[id] ?? {}).map((result) => rowOf(id, result)));
  return [
    '# Measured',
    '',
    `Machine: ${machine()}. Medians of the runs, with the least and the most.`,
    '',
    '|  | what | tiers | median | range | budget |  | parts |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Writes results; what was not measured this time stays as it was. */
export function writeReport(fresh: Report): string {
  mkdirSync(RESULTS, { recursive: true });
  const before = existsSync(FILE) ? unflat(JSON.parse(readFileSync(FILE, 'utf8')) as Stored) : {};
  const ids = [...new Set([...Object.keys(before), ...Object.keys(fresh)])];
  const report = Object.fromEntries(ids.map((id) => [id, { ...before[id], ...fresh[id] }]));
  writeFileSync(FILE, `${JSON.stringify(flat(report), undefined, 2)}\n`);
  const table = tableOf(report);
  writeFileSync(path.join(RESULTS, 'latest.md'), table);
  return table;
}
