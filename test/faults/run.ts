/**
 * Runs trials, several at once, and sums them up. The order does not depend on the clock, so that a seed repeats a sample. It
 * knows no class.
 */
import path from 'node:path';
import pLimit from 'p-limit';
import { BUNDLE, bundle } from '../../scripts/bundle.ts';
import { projectFolder } from '../sandbox/folders.ts';
import { installOperator } from '../sandbox/install.ts';
import { serviceAccountKubeconfig } from '../sandbox/kubeconfig.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';
import type { FaultClass, Ground, Point, Trial } from './trial.ts';

/** What became of one trial. */
export interface TrialEnd {
  readonly class: string;
  readonly trial: string;
  readonly points: readonly Point[];
  readonly seconds: number;
}

/** Sums of one class. */
export interface Row {
  readonly class: string;
  readonly points: number;
  readonly failures: number;
  /** Trials that a sample left out. */
  readonly leftOut: number;
  /** Of its trials, one after the other. */
  readonly seconds: number;
}

/** Ground in a running sandbox: the operator is bundled, the shipped manifests installed, places are handed out one by one. */
export async function openGround(state: SandboxState, prefix = 'faults'): Promise<Ground> {
  const folder = path.join(state.folder, 'bundle');
  await bundle(projectFolder, folder);
  await installOperator(state, 'deploy/base');
  const kubeconfig = await serviceAccountKubeconfig(state, 'scalingtier-system', 'scalingtier-operator');
  let places = 0;
  return {
    state,
    kubeconfig,
    script: path.join(folder, BUNDLE),
    place() {
      places += 1;
      const accountID = `3${String(process.pid % 1_000_000).padStart(6, '0')}${String(places).padStart(5, '0')}`;
      return { namespace: `${prefix}-${process.pid}-${places}`, accountID };
    },
  };
}

/** Numbers between 0 and 1 that a seed repeats (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** So many of the items, chosen by the seed, in their own order. */
export function sample<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  const next = random(seed);
  const drawn = items.map((item, index) => ({ item, index, rank: next() })).sort((a, b) => a.rank - b.rank);
  return drawn
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ item }) => item);
}

/** A seed of its own for what has this name, so that what is drawn for others does not move it. */
export const seedFor = (seed: number, name: string): number =>
  [...name].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 0x01000193), seed ^ 0x811c9dc5);

/** The trials without those of long lives for which others stand, in their own order. */
export function enough(every: readonly Trial[], seed: number): readonly Trial[] {
  const sorts = Map.groupBy(every, ({ sampled }) => sampled?.sort);
  const chosen = [...sorts].flatMap(([sort, trials]) => {
    const count = trials[0]?.sampled?.count ?? trials.length;
    return sample(trials, count, seedFor(seed, sort ?? ''));
  });
  const kept = new Set(chosen);
  return every.filter((trial) => kept.has(trial));
}

/** Runs one trial; a harness that breaks counts as a failure of its own, so that it cannot pass unseen. */
export async function runTrial(ground: Ground, { name }: FaultClass, trial: Trial): Promise<TrialEnd> {
  const began = performance.now();
  const points = await trial.run(ground).catch((error: unknown): readonly Point[] => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ name: trial.name, failures: [`the trial broke: ${text}`] }];
  });
  return { class: name, trial: trial.name, points, seconds: (performance.now() - began) / 1000 };
}

/** Which trials of which classes to run, and how. */
export interface Plan {
  readonly classes: readonly FaultClass[];
  /** Takes from all trials of a class those that are run. */
  choose(kind: FaultClass, every: readonly Trial[]): readonly Trial[];
  /** Trials at once, of whatever class. */
  readonly parallel: number;
  readonly onEnd?: (end: TrialEnd) => void;
}

/**
 * Runs trials of several classes side by side, because a trial mostly waits; answers with the ends of each class. What the
 * classes compare with comes first, undisturbed.
 */
export async function runClasses(
  ground: Ground,
  { classes, choose, parallel, onEnd = () => {} }: Plan,
): Promise<ReadonlyMap<string, readonly TrialEnd[]>> {
  const limit = pLimit(parallel);
  const runOne = async (kind: FaultClass, trial: Trial): Promise<TrialEnd> => {
    const end = await runTrial(ground, kind, trial);
    onEnd(end);
    return end;
  };
  const chosen = await Promise.all(
    classes.map(async (kind) => ({ kind, trials: choose(kind, await kind.trials(ground)) })),
  );
  const ends = chosen.map(
    async ({ kind, trials }) =>
      [kind.name, await Promise.all(trials.map((trial) => limit(runOne, kind, trial)))] as const,
  );
  return new Map(await Promise.all(ends));
}

/** The points that broke a promise. */
export function failuresOf(ends: readonly TrialEnd[]): readonly Point[] {
  return ends.flatMap(({ points }) => points.filter(({ failures }) => failures.length > 0));
}

/** One class in sums. */
export function rowOf(name: string, ends: readonly TrialEnd[], leftOut: number): Row {
  return {
    class: name,
    points: ends.reduce((sum, { points }) => sum + points.length, 0),
    failures: failuresOf(ends).length,
    leftOut,
    seconds: ends.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** The table, and the line that ends it. */
export function tableOf(rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string =>
    `${(cells[0] ?? '').padEnd(14)}${cells
      .slice(1)
      .map((cell) => cell.padStart(10))
      .join('')}`;
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const leftOut = sum((row) => row.leftOut);
  return [
    line(['class', 'points', 'failures', 'left out', 'seconds']),
    ...rows.map(({ class: name, points, failures, leftOut: out, seconds }) =>
      line([name, `${points}`, `${failures}`, `${out}`, seconds.toFixed(0)]),
    ),
    ...(leftOut > 0 ? [`${leftOut} trials of long lives were left out`] : []),
    `faults: ${sum(({ points }) => points)} points, ${sum(({ failures }) => failures)} failures`,
  ].join('\n');
}
