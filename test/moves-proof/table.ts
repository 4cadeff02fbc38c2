/** How results are told: one line as each run ends, a table of figures, and one last line with the sums. */
import type { MoveResult } from './move.ts';
import { startOf } from './under-way.ts';

/** Whether a run went as it should. */
export const isGood = ({ lost, duplicated, failures }: MoveResult): boolean =>
  [lost, duplicated, failures].every(({ length }) => length === 0);

const MOST_SHOWN = 5;

function some(what: string, items: readonly string[]): readonly string[] {
  const shown = items.slice(0, MOST_SHOWN).map((item) => `  ${what}: ${item}`);
  return items.length > MOST_SHOWN ? [...shown, `  … ${items.length} ${what}`] : shown;
}

/** What is said when a run has ended. */
export function lineOf(result: MoveResult): string {
  const { run, seconds, lost, duplicated, failures } = result;
  const mark = isGood(result) ? 'ok    ' : 'FAILED';
  return [
    `${mark} ${startOf(run)} to ${run.to} | ${run.name} | ${run.ending.as} | ${seconds.toFixed(0)} s`,
    ...some('lost', lost),
    ...some('duplicated', duplicated),
    ...some('not as expected', failures),
  ].join('\n');
}

/** At how many writes of a move the operator died. */
export const deathsOf = (results: readonly MoveResult[]): readonly string[] =>
  results.flatMap(({ run, deaths }) =>
    deaths ? [`${run.name}: ${deaths.deaths} times, at ${deaths.writes} writes`] : [],
  );

const HEAD = ['rows', 'MB', 'notes', 'uploads', 'failed', 'logged out', 'refused s', 'foretold s'] as const;

const cellsOf = (result: MoveResult): readonly string[] => [
  `${result.rows}`,
  (result.bytes / 1_000_000).toFixed(0),
  `${result.acknowledged}`,
  `${result.uploads}`,
  `${result.failed}`,
  `${result.loggedOut}`,
  result.refusedSeconds.toFixed(1),
  `${result.expectedSeconds ?? '-'}`,
];

/** The figures, and the sums last. */
export function tableOf(results: readonly MoveResult[]): string {
  const width = Math.max('run'.length, ...results.map(({ run }) => run.name.length));
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(width)}${cells.map((cell, at) => cell.padStart((HEAD[at]?.length ?? 0) + 3)).join('')}`;
  const sum = (of: (result: MoveResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  return [
    line('run', HEAD),
    ...results.map((result) => line(result.run.name, cellsOf(result))),
    `moves: ${results.length} runs, ${sum(({ lost }) => lost.length)} lost, ${sum(({ duplicated }) => duplicated.length)} duplicated`,
  ].join('\n');
}
