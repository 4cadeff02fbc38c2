/** `make test-moves`: every run, some side by side, each in an account of its own; `--only` takes those whose name has one of these texts. */
import { Command } from 'commander';
import pLimit from 'p-limit';
import { openGround } from '../faults/run.ts';
import type { Ground } from '../faults/trial.ts';
import { startKubeProxy } from '../sandbox/kube-proxy/proxy.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { setScene } from '../sandbox/scene.ts';
import type { MoveResult, MoveRun } from './move.ts';
import { playRun } from './run.ts';
import { RUNS } from './runs.ts';
import { deathsOf, isGood, lineOf, tableOf } from './table.ts';

/** What AWS's times are divided by; copies take as long as they take. */
const FACTOR = 200;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** A run that could not be run to its end has no figures: its error is what is not as expected. */
const broken = (run: MoveRun, error: unknown): MoveResult => ({
  ...{
    run,
    rows: 0,
    bytes: 0,
    acknowledged: 0,
    uploads: 0,
    failed: 0,
    loggedOut: 0,
    refusedSeconds: 0,
    expectedSeconds: undefined,
  },
  ...{
    lost: [],
    duplicated: [],
    deaths: undefined,
    seconds: 0,
    failures: [error instanceof Error ? error.message : String(error)],
  },
});

/** Whether this machine can do what disturbs it. */
const isPossible = ({ disturbance }: MoveRun): boolean => disturbance.sort !== 'no room' || process.getuid?.() === 0;

async function playAt(ground: Ground, run: MoveRun): Promise<MoveResult> {
  const { namespace, accountID } = ground.place();
  const { state, script } = ground;
  const kube = await startKubeProxy(state);
  const kubeconfig = await kube.kubeconfigFor(ground.kubeconfig);
  const scene = await setScene({ state, kubeconfig, script, namespace, accountID });
  try {
    await scene.proxy.configure({ factor: FACTOR, machines: true }, accountID);
    return await playRun(scene, 'app', run, kube);
  } catch (error) {
    return broken(run, error);
  } finally {
    await scene.remove('app').catch(() => {});
    await scene.close();
    await kube.close();
  }
}

/** Runs that mostly wait, at once. */
const SIDE_BY_SIDE = 3;

/** Plays the runs, those first that can share the machine; their results come in the order of the list. */
async function playAll(ground: Ground, runs: readonly MoveRun[]): Promise<readonly MoveResult[]> {
  const results = new Map<MoveRun, MoveResult>();
  const playOne = async (run: MoveRun): Promise<void> => {
    const result = await playAt(ground, run);
    results.set(run, result);
    say(`${results.size} of ${runs.length} ${lineOf(result)}`);
  };
  const limit = pLimit(SIDE_BY_SIDE);
  await Promise.all(runs.filter(({ alone }) => !alone).map((run) => limit(playOne, run)));
  for (const run of runs.filter(({ alone }) => alone)) await playOne(run);
  return runs.flatMap((run) => results.get(run) ?? []);
}

/** Runs of these names, or else those whose name has one of these texts. A name may have a comma in it. */
function chosen(only: string): readonly MoveRun[] {
  const texts = only.split(',');
  const whole = RUNS.filter(({ name }) => name === only);
  const named = whole.length > 0 ? whole : RUNS.filter(({ name }) => texts.includes(name));
  return named.length > 0 ? named : RUNS.filter(({ name }) => texts.some((text) => name.includes(text)));
}

async function main(only: string): Promise<number> {
  const named = chosen(only);
  const runs = named.filter(isPossible);
  for (const { name } of named.filter((run) => !isPossible(run)))
    say(`left out, because only root can give a server a small disk: ${name}`);
  const sandbox = await startSandbox({ id: `moves-${process.pid}` });
  let results: readonly MoveResult[] = [];
  try {
    results = await playAll(await openGround(sandbox.state, 'moves'), runs);
  } finally {
    await sandbox.stop();
  }
  for (const line of deathsOf(results)) say(line);
  say(`\n${tableOf(results)}`);
  // A name that fits nothing must not look like a success.
  return results.length > 0 && results.every(isGood) ? 0 : 1;
}

const program = new Command('test-moves')
  .option(
    '--only <text>',
    'only runs of these names, or else those whose name contains one of these, separated by commas',
    '',
  )
  .action(async ({ only }: { readonly only: string }) => {
    process.exitCode = await main(only);
  });

await program.parseAsync();
