/**
 * `make faults`: every trial of every class, a table at the end. `--only` and `--trial` repeat parts of it, `--sample` takes
 * so many trials of each class, chosen by `--seed`.
 */
import { Command } from 'commander';
import { startSandbox } from '../sandbox/sandbox.ts';
import { CLASSES } from './classes.ts';
import { openGround, type Row, rowOf, runClasses, sample, type TrialEnd, tableOf } from './run.ts';
import type { FaultClass } from './trial.ts';

interface Flags {
  readonly only?: string;
  readonly trial?: string;
  readonly sample?: string;
  readonly seed: string;
  readonly parallel: string;
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function tell({ class: kind, trial, points, seconds }: TrialEnd): void {
  const broken = points.filter(({ failures }) => failures.length > 0);
  say(
    `${broken.length > 0 ? 'FAILED' : 'ok    '} ${kind} | ${trial} | ${points.length} points, ${seconds.toFixed(0)} s`,
  );
  for (const { name, failures } of broken) say(`  ${name}\n${failures.map((text) => `    ${text}`).join('\n')}`);
}

/** A class has a sandbox of its own: the stand-in keeps all that it was ever asked for, and answers ever more slowly. */
async function run(kind: FaultClass, flags: Flags): Promise<readonly Row[]> {
  const sandbox = await startSandbox({ id: `faults-${process.pid}-${kind.name}` });
  try {
    const ends = await runClasses(await openGround(sandbox.state), {
      classes: [kind],
      choose(_, every) {
        const named = every.filter(({ name }) => !flags.trial || name.includes(flags.trial));
        return flags.sample ? sample(named, Number(flags.sample), Number(flags.seed)) : named;
      },
      parallel: Number(flags.parallel),
      onEnd: tell,
    });
    return [...ends].map(([name, ofClass]) => rowOf(name, ofClass));
  } finally {
    await sandbox.stop();
  }
}

async function main(flags: Flags): Promise<number> {
  const rows: Row[] = [];
  for (const kind of CLASSES) {
    if (!flags.only || flags.only.split(',').includes(kind.name)) rows.push(...(await run(kind, flags)));
  }
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
  .option('--seed <number>', 'chooses the sample', '1')
  .option('--parallel <count>', 'trials at once', '8')
  .action(async (flags: Flags) => {
    process.exitCode = await main(flags);
  });

await program.parseAsync();
