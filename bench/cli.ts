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
import { MANIFESTS, record, specIn } from './generator/record.ts';
import type { Recording } from './generator/recording.ts';
import { type Ground, layGround } from './ground.ts';
import { change } from './measure/change.ts';
import { createTiers } from './measure/creation.ts';
import { type Day, quietDay } from './measure/day.ts';
import { noticeDrift } from './measure/drift.ts';
import { check, live } from './measure/life.ts';
import {
  CHANGE_READINGS,
  CHECK_READINGS,
  CREATION_READINGS,
  DAY_READINGS,
  DRIFT_READINGS,
  LIFE_READINGS,
  NAIVE_READINGS,
  type Reading,
  readRuns,
  SHARING_READINGS,
  WATCH_READINGS,
} from './measure/readings.ts';
import type { Result } from './measure/result.ts';
import { share } from './measure/shards.ts';
import { watchDay } from './measure/watch-day.ts';
import { compare } from './naive.ts';
import { machine, writeReport } from './report.ts';
import { openWorld, type World } from './world.ts';

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

const ALL: readonly string[] = [
  ...LIFE_READINGS,
  ...CHECK_READINGS,
  ...CHANGE_READINGS,
  ...DRIFT_READINGS,
  ...CREATION_READINGS,
  ...WATCH_READINGS,
  ...NAIVE_READINGS,
  ...DAY_READINGS,
  ...SHARING_READINGS,
].map(({ id }) => id);

function wantedIDs(): readonly string[] {
  const ids = values.only?.split(',') ?? ALL;
  const unknown = ids.filter((id) => !ALL.includes(id));
  if (unknown.length > 0)
    throw new Error(`read --only: ${unknown.join(', ')} is not measured here; ${ALL.join(', ')} are`);
  return ids;
}

/** The account of the recording; the bench's tiers stand in another. */
const RECORDED_ACCOUNT = '333333333333';

/** So many that a shared page is full, so few that the yardstick ends soon. */
const YARDSTICK_TIERS = 200;

/** The world of a tier whose tags were changed. */
const RETAGGED = 'retagged';

const wanted = new Set(wantedIDs());
const [sweepSeconds = 60] = wholeNumbers('sweep');
const [runs = 5] = wholeNumbers('runs');
const [changes = 100] = wholeNumbers('changes');

const isWanted = ({ id }: { readonly id: string }): boolean => wanted.has(id);

const report: Record<string, Record<string, Result>> = {};

/** Runs what a family of readings needs, if any of them is wanted, and enters what they read. */
async function family<T extends { readonly tiers: number }>(
  what: string,
  readings: readonly Reading<T>[],
  run: () => Promise<readonly T[]>,
): Promise<void> {
  const chosen = readings.filter(isWanted);
  if (chosen.length === 0) return;
  const done = await run();
  const conditions = { sweepSeconds, machine: machine() };
  for (const reading of chosen) {
    report[reading.id] = { ...report[reading.id], [done[0]?.tiers ?? 0]: readRuns(reading, done, conditions) };
  }
  writeReport(report);
  say(what);
}

async function repeat<T>(what: string, run: () => Promise<T>): Promise<readonly T[]> {
  const done: T[] = [];
  for (let turn = 1; turn <= runs; turn += 1) {
    done.push(await run());
    say(`${what}: run ${turn} of ${runs}`);
  }
  return done;
}

/** Records the manifest, and builds tiers while the stand-in is there. */
async function recordManifest(): Promise<Recording> {
  await prepareSandbox(say);
  const sandbox = await startSandbox({ id: `${values.id}-record`, lifecycleFactor: 0, quiet: true });
  try {
    const { endpoint } = sandbox.state.aws;
    await proxyControl(endpoint).configure({ throttle: false, factor: 0 }, RECORDED_ACCOUNT);
    const manifest = path.join(MANIFESTS, `${values.manifest}.yaml`);
    const recorded = await record({
      endpoint,
      manifest,
      accountID: RECORDED_ACCOUNT,
      changes: { [RETAGGED]: { tags: { Changed: 'by somebody' } } },
    });
    say(`recorded ${values.manifest}`);
    await family('creations', CREATION_READINGS, async () =>
      (await createTiers(sandbox.state, { spec: specIn(manifest), runs, factor: 0 })).map((one) => ({
        ...one,
        tiers: 1,
      })),
    );
    return recorded;
  } finally {
    await sandbox.stop();
  }
}

/** A day of many tiers without deep looks, and some hours of few with them: a deep look costs the same for each tier. */
async function quietDays(recorded: Recording): Promise<Day & { readonly deep: Day }> {
  const day = await quietDay(recorded, { tiers: 1_000, hours: 24, sweepSeconds: 600, deepLookSeconds: 604_800 });
  const deep = await quietDay(recorded, { tiers: 100, hours: 3, sweepSeconds: 600, deepLookSeconds: 3_600 });
  return { ...day, deep };
}

async function measureSize(ground: Ground, world: World, tiers: number): Promise<void> {
  await world.grow(tiers);
  say(`${tiers} tiers stand`);
  const stage = { ground, world, sweepSeconds, changes };
  const name = (what: string): string => `${tiers} tiers ${what}`;
  await family(name('in quiet'), LIFE_READINGS, () => repeat(name('in quiet'), () => live(stage)));
  await family(name('at rest'), CHECK_READINGS, () => repeat(name('at rest'), () => check(stage)));
  await family(name('with changes'), CHANGE_READINGS, () => repeat(name('with changes'), () => change(stage)));
  await family(name('with drift'), DRIFT_READINGS, async () => [await noticeDrift(stage, RETAGGED)]);
}

/** Lends a ground, which does not outlive this process. */
async function onGround(recording: Recording, work: (ground: Ground) => Promise<void>): Promise<void> {
  const ground = await layGround(recording, values.id, say);
  const give = (): void => void ground.close().finally(() => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, give);
  try {
    await work(ground);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, give);
    await ground.close();
  }
}

async function measureSizes(recording: Recording): Promise<void> {
  const families = [...LIFE_READINGS, ...CHECK_READINGS, ...CHANGE_READINGS, ...DRIFT_READINGS];
  if (!families.some(isWanted)) return;
  await onGround(recording, async (ground) => {
    const world = openWorld(ground, sweepSeconds);
    for (const tiers of [...wholeNumbers('tiers')].sort((a, b) => a - b)) await measureSize(ground, world, tiers);
  });
}

/** Tiers that several processes share, and how many of them stand in one region. */
const SHARED_TIERS = 1_000;
const IN_ONE_REGION = 100;

async function measureSharing(recording: Recording): Promise<void> {
  if (!SHARING_READINGS.some(isWanted)) return;
  await onGround(recording, async (ground) => {
    const world = openWorld(ground, sweepSeconds, IN_ONE_REGION);
    await world.grow(SHARED_TIERS);
    await family('shared tiers', SHARING_READINGS, async () => [await share({ ground, world, sweepSeconds, changes })]);
  });
}

await bundle(projectFolder, path.join(projectFolder, 'dist'));
await family('a day of watching', WATCH_READINGS, () =>
  repeat('a day of watching', async () => ({ ...(await watchDay(24)), tiers: 50 })),
);
const recording = await recordManifest();
await family('the yardstick', NAIVE_READINGS, () => repeat('the yardstick', () => compare(recording, YARDSTICK_TIERS)));
await family('a quiet day', DAY_READINGS, async () => [await quietDays(recording)]);
await measureSharing(recording);
await measureSizes(recording);
process.stdout.write(writeReport(report));
process.exit(0);
