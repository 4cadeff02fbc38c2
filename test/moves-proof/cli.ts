/** `make test-moves`: every run, one after another, each in an account of its own; `--only` takes those whose name has one of these texts. */
import { Command } from 'commander';
import { openGround } from '../faults/run.ts';
import type { Ground } from '../faults/trial.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { setScene } from '../sandbox/scene.ts';
import type { MoveResult, MoveRun } from './move.ts';
import { playRun } from './run.ts';
import { RUNS } from './runs.ts';
import { isGood, lineOf, tableOf } from './table.ts';

/** What AWS's times are divided by; copies take as long as they take. */
const FACTOR = 200;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** A run that could not be run to its end has no figures: its error is what is not as expected. */
const broken = (run: MoveRun, error: unknown): MoveResult => ({
  ...{ run, rows: 0, bytes: 0, acknowledged: 0, uploads: 0, refusedSeconds: 0, rehearsedSeconds: undefined },
  ...{ lost: [], duplicated: [], seconds: 0, failures: [error instanceof Error ? error.message : String(error)] },
});

async function playAt(ground: Ground, run: MoveRun): Promise<MoveResult> {
  const { namespace, accountID } = ground.place();
  const { state, kubeconfig, script } = ground;
  const scene = await setScene({ state, kubeconfig, script, namespace, accountID });
  try {
    await scene.proxy.configure({ factor: FACTOR, machines: true }, accountID);
    return await playRun(scene, 'app', run);
  } catch (error) {
    return broken(run, error);
  } finally {
    await scene.remove('app').catch(() => {});
    await scene.close();
  }
}

async function main(only: readonly string[]): Promise<number> {
  const runs = RUNS.filter(({ name }) => only.some((text) => name.includes(text)));
  const sandbox = await startSandbox({ id: `moves-${process.pid}` });
  const results: MoveResult[] = [];
  try {
    const ground = await openGround(sandbox.state, 'moves');
    for (const run of runs) {
      const result = await playAt(ground, run);
      say(lineOf(result));
      results.push(result);
    }
  } finally {
    await sandbox.stop();
  }
  say(`\n${tableOf(results)}`);
  // A name that fits nothing must not look like a success.
  return results.length > 0 && results.every(isGood) ? 0 : 1;
}

const program = new Command('test-moves')
  .option('--only <text>', 'only runs whose name contains one of these, separated by commas', '')
  .action(async ({ only }: { readonly only: string }) => {
    process.exitCode = await main(only.split(','));
  });

await program.parseAsync();
