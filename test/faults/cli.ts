/**
 * `make faults`: the trials of every class, a table at the end. Of a life that is long a few trials of each sort stand for all,
 * chosen by `--seed`; `--whole` runs all of them. `--only` and `--trial` repeat parts of it, `--sample` takes so many trials of
 * each class.
 */
import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { projectFolder } from '../sandbox/folders.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { CLASSES } from './classes.ts';
import { enough, openGround, type Row, rowOf, runClasses, sample, type TrialEnd, tableOf } from './run.ts';
import type { FaultClass, Trial } from './trial.ts';

interface Flags {
  readonly only?: string;
  readonly trial?: string;
  readonly sample?: string;
  readonly whole?: true;
  readonly seed?: string;
  readonly parallel: string;
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Another one with each commit, and the same when it is repeated; without a repository there is one for all. */
function seedOfCommit(): number {
  try {
    const commit = execFileSync('git', ['rev-parse', '--short=6', 'HEAD'], {
      cwd: projectFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number.parseInt(commit.slice(0, 6), 16);
  } catch {
    return 1;
  }
}

function tell({ class: kind, trial, points, seconds }: TrialEnd): void {
  const broken = points.filter(({ failures }) => failures.length > 0);
  say(
    `${broken.length > 0 ? 'FAILED' : 'ok    '} ${kind} | ${trial} | ${points.length} points, ${seconds.toFixed(0)} s`,
  );
  for (const { name, failures } of broken) say(`  ${name}\n${failures.map((text) => `    ${text}`).join('\n')}`);
}

/** What is run of the trials that were asked for. */
function chosen(named: readonly Trial[], flags: Flags, seed: number): readonly Trial[] {
  if (flags.sample) return sample(named, Number(flags.sample), seed);
  return flags.whole ? named : enough(named, seed);
}

/** A class has a sandbox of its own: the stand-in keeps all that it was ever asked for, and answers ever more slowly. */
async function run(kind: FaultClass, flags: Flags, seed: number): Promise<readonly Row[]> {
  const sandbox = await startSandbox({ id: `faults-${process.pid}-${kind.name}` });
  let leftOut = 0;
  try {
    const ends = await runClasses(await openGround(sandbox.state), {
      classes: [kind],
      choose(_, every) {
        const named = every.filter(({ name }) => !flags.trial || name.includes(flags.trial));
        const trials = chosen(named, flags, seed);
        leftOut = named.length - trials.length;
        return trials;
      },
      parallel: Number(flags.parallel),
      onEnd: tell,
    });
    return [...ends].map(([name, ofClass]) => rowOf(name, ofClass, leftOut));
  } finally {
    await sandbox.stop();
  }
}

async function main(flags: Flags): Promise<number> {
  const seed = flags.seed === undefined ? seedOfCommit() : Number(flags.seed);
  const rows: Row[] = [];
  for (const kind of CLASSES) {
    if (!flags.only || flags.only.split(',').includes(kind.name)) rows.push(...(await run(kind, flags, seed)));
  }
  if (rows.some(({ leftOut }) => leftOut > 0)) say(`\nseed ${seed} chose the trials; SEED=${seed} chooses them again`);
  say(`\n${tableOf(rows)}`);
  // A name that fits nothing must not look like a success.
  const isEmpty = rows.every(({ points }) => points === 0);
  if (isEmpty) say('nothing was tried: no class or no trial has that name');
  return isEmpty || rows.some(({ failures }) => failures > 0) ? 1 : 0;
}

const program = new Command('faults')
  .option('--only <classes>', 'classes to run, separated by commas')
  .option('--trial <text>', 'only trials whose name contains this')
  .option('--sample <count>', 'so many trials of each class')
  .option('--whole', 'every trial, of long lives too')
  .option('--seed <number>', 'chooses what is left out; absent: the commit does')
  .option('--parallel <count>', 'trials at once', '8')
  .action(async (flags: Flags) => {
    process.exitCode = await main(flags);
  });

await program.parseAsync();
