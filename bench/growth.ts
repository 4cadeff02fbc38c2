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
  /** Microseconds of a check on readings that are there. */
  readonly cpu: number;
  /** Megabytes of the heap that stay after a round. */
  readonly memory: number;
  /** Milliseconds of a check, p99, eight at once. */
  readonly latency: number;
}

const SIZES = [10, 100, 1_000, 10_000];
const AT_ONCE = 8;
const MEGABYTE = 2 ** 20;

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / MEGABYTE;
}

/** Measures one size in this process. */
async function measure(recording: Recording, count: number): Promise<Size> {
  const shop = await openShop(recording, `bench-growth-${count}`);
  const { engine, close } = openEngine({ endpoint: shop.endpoint, patience: { sweepSeconds: 86_400 } });
  try {
    await shop.generator.set({ throttle: false });
    const tiers = await shop.stock(count);
    const before = heap();
    await each(
      [...tiers.keys()],
      async (index) => {
        const tier = tiers[index];
        if (tier) tiers[index] = { ...tier, status: (await passOver(engine, tier)).status };
      },
      AT_ONCE,
    );
    const { reads } = await shop.generator.sums();
    const latencies: number[] = [];
    const started = process.cpuUsage();
    await each(
      tiers,
      async (tier) => {
        const began = performance.now();
        await passOver(engine, tier);
        latencies.push(performance.now() - began);
      },
      AT_ONCE,
    );
    const { user, system } = process.cpuUsage(started);
    return {
      tiers: count,
      calls: reads,
      cpu: (user + system) / count,
      memory: heap() - before,
      latency: percentile(latencies, 0.99),
    };
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
    of('CPU of a check', 'µs', ({ cpu }) => cpu),
    of('memory', 'MB', ({ memory }) => memory),
    of('time of a check, p99', 'ms', ({ latency }) => latency),
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
