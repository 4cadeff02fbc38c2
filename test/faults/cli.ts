/**
 * `make faults`: every trial of every class against a sandbox of its own, a table at the end. `--only` and `--trial` repeat
 * parts of it, `--sample` takes so many trials of each class, chosen by `--seed`.
 */
import path from 'node:path';
import { Command } from 'commander';
import { BUNDLE, bundle } from '../../scripts/bundle.ts';
import { projectFolder } from '../sandbox/folders.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { CLASSES } from './classes.ts';
import { openGround, type Row, rowOf, runTrials, sample, type TrialEnd, tableOf } from './run.ts';

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

async function main(flags: Flags): Promise<number> {
  const sandbox = await startSandbox({ id: `faults-${process.pid}` });
  try {
    const folder = path.join(projectFolder, 'dist');
    await bundle(projectFolder, folder);
    const ground = { ...(await openGround(sandbox.state)), script: path.join(folder, BUNDLE) };
    const rows: Row[] = [];
    for (const kind of CLASSES.filter(({ name }) => !flags.only || flags.only.split(',').includes(name))) {
      const began = performance.now();
      const every = (await kind.trials(ground)).filter(({ name }) => !flags.trial || name.includes(flags.trial));
      const trials = flags.sample ? sample(every, Number(flags.sample), Number(flags.seed)) : every;
      const ends = await runTrials(ground, kind, trials, { parallel: Number(flags.parallel), onEnd: tell });
      rows.push(rowOf(kind.name, ends, (performance.now() - began) / 1000));
    }
    say(`\n${tableOf(rows)}`);
    return rows.some(({ failures }) => failures > 0) ? 1 : 0;
  } finally {
    await sandbox.stop();
  }
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
