/**
 * The bench at a prompt: `node bench/cli.ts [--only M1,M7] [--tiers 1000,10000] [--runs 5] [--manifest NAME]`. It lays the
 * ground, runs what was asked, writes the results.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../scripts/bundle.ts';
import { projectFolder } from '../test/sandbox/folders.ts';
import { proxyControl } from '../test/sandbox/proxy/client.ts';
import { prepareSandbox, startSandbox } from '../test/sandbox/sandbox.ts';
import { MANIFESTS, record } from './generator/record.ts';
import type { Recording } from './generator/recording.ts';
import { layGround } from './ground.ts';
import { change, live } from './measure/life.ts';
import { CHANGE_READINGS, LIFE_READINGS, readRuns } from './measure/lives.ts';
import type { Result } from './measure/result.ts';
import { machine, type Report, writeReport } from './report.ts';
import { openWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    tiers: { type: 'string', default: '1000,10000' },
    runs: { type: 'string', default: '5' },
    sweep: { type: 'string', default: '60' },
    changes: { type: 'string', default: '100' },
    manifest: { type: 'string', default: 'single-server' },
    id: { type: 'string', default: 'bench-ground' },
  },
});

const started = performance.now();
const say = (line: string): void => {
  process.stderr.write(`[bench ${((performance.now() - started) / 1000).toFixed(0)} s] ${line}\n`);
};

function wholeNumbers(name: 'tiers' | 'runs' | 'sweep' | 'changes'): readonly number[] {
  const numbers = values[name].split(',').map(Number);
  if (numbers.every((number) => Number.isSafeInteger(number) && number > 0)) return numbers;
  throw new Error(`read --${name}: expected whole numbers from 1 up, separated by commas, not "${values[name]}"`);
}

const ALL: readonly string[] = [...LIFE_READINGS, ...CHANGE_READINGS].map(({ id }) => id);

function wantedIDs(): readonly string[] {
  const ids = values.only?.split(',') ?? ALL;
  const unknown = ids.filter((id) => !ALL.includes(id));
  if (unknown.length > 0)
    throw new Error(`read --only: ${unknown.join(', ')} is not measured here; ${ALL.join(', ')} are`);
  return ids;
}

/** The account of the recording; the bench's tiers stand in another. */
const RECORDED_ACCOUNT = '333333333333';

async function recordManifest(): Promise<Recording> {
  await prepareSandbox(say);
  const sandbox = await startSandbox({ id: `${values.id}-record`, lifecycleFactor: 0, quiet: true });
  try {
    const { endpoint } = sandbox.state.aws;
    await proxyControl(endpoint).configure({ throttle: false, factor: 0 }, RECORDED_ACCOUNT);
    const manifest = path.join(MANIFESTS, `${values.manifest}.yaml`);
    return await record({ endpoint, manifest, accountID: RECORDED_ACCOUNT });
  } finally {
    await sandbox.stop();
  }
}

async function repeat<T>(runs: number, what: string, run: () => Promise<T>): Promise<readonly T[]> {
  const done: T[] = [];
  for (let turn = 1; turn <= runs; turn += 1) {
    done.push(await run());
    say(`${what}: run ${turn} of ${runs}`);
  }
  return done;
}

async function measure(recording: Recording): Promise<Report> {
  const [sweepSeconds = 60] = wholeNumbers('sweep');
  const [runs = 5] = wholeNumbers('runs');
  const [changes = 100] = wholeNumbers('changes');
  const wanted = wantedIDs();
  const report: Record<string, Record<string, Result>> = {};
  const ground = await layGround(recording, values.id, say);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void ground.close().finally(() => process.exit(1)));
  }
  try {
    const world = openWorld(ground, sweepSeconds);
    for (const tiers of [...wholeNumbers('tiers')].sort((a, b) => a - b)) {
      await world.grow(tiers);
      say(`${tiers} tiers stand`);
      const stage = { ground, world, sweepSeconds, changes };
      const conditions = { sweepSeconds, machine: machine() };
      const enter = (id: string, result: Result): void => {
        report[id] = { ...report[id], [tiers]: result };
      };
      const lifeReadings = LIFE_READINGS.filter(({ id }) => wanted.includes(id));
      if (lifeReadings.length > 0) {
        const lives = await repeat(runs, `${tiers} tiers in quiet`, () => live(stage));
        for (const reading of lifeReadings) enter(reading.id, readRuns(reading, lives, conditions));
        writeReport(report);
      }
      const changeReadings = CHANGE_READINGS.filter(({ id }) => wanted.includes(id));
      if (changeReadings.length > 0) {
        const rounds = await repeat(runs, `${tiers} tiers with changes`, () => change(stage));
        for (const reading of changeReadings) enter(reading.id, readRuns(reading, rounds, { ...conditions, changes }));
      }
      writeReport(report);
    }
  } finally {
    await ground.close();
  }
  return report;
}

await bundle(projectFolder, path.join(projectFolder, 'dist'));
const recording = await recordManifest();
say(`recorded ${values.manifest}`);
process.stdout.write(writeReport(await measure(recording)));
process.exit(0);
