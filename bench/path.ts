/**
 * The critical path of a new tier: `node bench/path.ts [--manifest NAME] [--factor 50] [--runs 3]`. AWS's times are divided by
 * the factor, the operator's are not: so its part of the path stands out, is printed edge by edge, and is judged. The exit code
 * says whether the budgets were kept.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../scripts/bundle.ts';
import { projectFolder } from '../test/sandbox/folders.ts';
import { prepareSandbox, startSandbox } from '../test/sandbox/sandbox.ts';
import { MANIFESTS, specIn } from './generator/record.ts';
import { type Creation, createTiers, ownSeconds } from './measure/creation.ts';
import { PATH_READINGS, readRuns } from './measure/readings.ts';
import { machine, tableOf } from './report.ts';

const { values } = parseArgs({
  options: {
    manifest: { type: 'string', default: 'load-balanced' },
    factor: { type: 'string', default: '50' },
    runs: { type: 'string', default: '3' },
    id: { type: 'string', default: 'bench-path' },
  },
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const number = (name: 'factor' | 'runs'): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`read --${name}: expected a whole number from 1 up, not "${values[name]}"`);
};

const factor = number('factor');
const runs = number('runs');

/** One run, edge by edge. */
function tell(creation: Creation): void {
  const { own, seconds, waiting, asking } = creation;
  say(
    `\n${seconds.toFixed(1)} s: AWS ${waiting.toFixed(1)}, calls ${asking.toFixed(1)}, own ${ownSeconds(creation).toFixed(1)}`,
  );
  for (const [index, [node, part]] of own.entries()) {
    const what = index === own.length - 1 ? `${node} serves, and the tier is up` : node;
    say(`  ${part.toFixed(2).padStart(6)} s  ${what}`);
  }
}

async function measure(): Promise<readonly Creation[]> {
  await bundle(projectFolder, path.join(projectFolder, 'dist'));
  await prepareSandbox(say);
  const sandbox = await startSandbox({ id: values.id, lifecycleFactor: factor, quiet: true });
  try {
    const spec = specIn(path.join(MANIFESTS, `${values.manifest}.yaml`));
    return await createTiers(sandbox.state, { spec, runs, factor, onRun: tell });
  } finally {
    await sandbox.stop();
  }
}

const made = (await measure()).map((creation) => ({ ...creation, factor, tiers: 1 }));
const conditions = { tiers: 1, factor, machine: machine() };
const results = PATH_READINGS.map((reading) => [reading.id, readRuns(reading, made, conditions)] as const);
say(`\n${tableOf(Object.fromEntries(results.map(([id, result]) => [id, { 1: result }])))}`);
const missed = results.filter(([, { value, budget }]) => !(value <= budget)).map(([id]) => id);
if (missed.length > 0) say(`missed: ${missed.join(', ')}`);
process.exit(missed.length > 0 ? 1 : 0);
