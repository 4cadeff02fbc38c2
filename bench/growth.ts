/**
 * How calls, CPU, memory and latency grow with the number of tiers: the real engine over the generator, a process of its own
 * for each size. `node bench/growth.ts FILE` reads a recording, writes `docs/performance.svg` and prints the figures.
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../test/sandbox/folders.ts';
import { openEngine, passOver } from './generator/engine.ts';
import type { Recording } from './generator/recording.ts';
import { chart, type Series } from './growth-chart.ts';
import { percentile } from './measure/result.ts';
import { openShop } from './shop.ts';
import { each } from './world.ts';

/** What so many tiers cost. */
export interface Size {
  readonly tiers: number;
  /** Calls of one round of sweeps. */
  readonly calls: number;
  /** Microseconds of a look at a tier at rest, on readings that are there. */
  readonly cpu: number;
  /** Microseconds of a whole pass on such readings. */
  readonly pass: number;
  /** Megabytes of the heap that stay after a round. */
  readonly memory: number;
  /** Milliseconds of such a pass, p99, eight at once. */
  readonly latency: number;
}

const SIZES = [10, 100, 1_000, 10_000];
const AT_ONCE = 8;
const TURNS = 10;
const MEGABYTE = 2 ** 20;

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / MEGABYTE;
}

/** Microseconds that work takes of the processor. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const started = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(started);
  return user + system;
}

/** Measures one size in this process. */
async function measure(recording: Recording, count: number): Promise<Size> {
  const shop = await openShop(recording, `bench-growth-${count}`);
  const { engine, close } = openEngine({ endpoint: shop.endpoint, patience: { sweepSeconds: 86_400 } });
  try {
    await shop.generator.set({ throttle: false });
    const tiers = await shop.stock(count);
    const looks: (() => Promise<boolean>)[] = [];
    const latencies: number[] = [];
    const before = heap();
    const round = (): Promise<void> =>
      each(
        [...tiers.keys()],
        async (index) => {
          const tier = tiers[index];
          if (!tier) return;
          const began = performance.now();
          const { status, still } = await passOver(engine, tier);
          latencies[index] = performance.now() - began;
          tiers[index] = { ...tier, status };
          if (still) looks[index] = still;
        },
        AT_ONCE,
      );
    await round();
    const { reads } = await shop.generator.sums();
    const pass = (await cpuOf(round)) / count;
    const memory = heap() - before;
    const resting = looks.filter((look) => look !== undefined);
    if (resting.length < count) throw new Error(`measure ${count} tiers: only ${resting.length} came to rest`);
    const look = async (): Promise<void> => {
      for (let turn = 0; turn < TURNS; turn += 1) for (const still of resting) await still();
    };
    const cpu = (await cpuOf(look)) / count / TURNS;
    return { tiers: count, calls: reads, cpu, pass, memory, latency: percentile(latencies, 0.99) };
  } finally {
    close();
    await shop.close();
  }
}

/** Measures every size, each in a process of its own. */
export async function grow(file: string): Promise<readonly Size[]> {
  const sizes: Size[] = [];
  for (const count of SIZES) {
    const args = ['--expose-gc', import.meta.filename, file, String(count)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: MEGABYTE });
    sizes.push(JSON.parse(stdout) as Size);
  }
  return sizes;
}

/** The figures as panels of one drawing. */
export function seriesOf(sizes: readonly Size[]): readonly Series[] {
  const of = (title: string, unit: string, value: (size: Size) => number): Series => ({
    title,
    unit,
    points: sizes.map((size) => [size.tiers, value(size)]),
  });
  return [
    of('calls to AWS in a round of sweeps', 'calls', ({ calls }) => calls),
    of('CPU of a look at a tier at rest', 'µs', ({ cpu }) => cpu),
    of('CPU of a whole pass', 'µs', ({ pass }) => pass),
    of('memory', 'MB', ({ memory }) => memory),
    of('time of a whole pass, p99', 'ms', ({ latency }) => latency),
  ];
}

if (import.meta.main) {
  const [file, count] = process.argv.slice(2);
  if (!file) throw new Error('measure growth: the file of a recording is missing');
  if (count) {
    const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording;
    process.stdout.write(JSON.stringify(await measure(recording, Number(count))));
    process.exit(0);
  }
  const sizes = await grow(file);
  writeFileSync(path.join(projectFolder, 'docs', 'performance.svg'), chart(seriesOf(sizes)));
  process.stdout.write(`${JSON.stringify(sizes, undefined, 2)}\n`);
  process.exit(0);
}
