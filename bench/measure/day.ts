/**
 * A quiet day in minutes: the real engine looks at every tier again and again, while time leaps from one round to the next.
 * Virtual is the monotonic clock, which decides how old a reading may be; the calendar stands still, so that no daily
 * snapshot falls due. Everything else is real: clients, sockets, parsers, limits.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Verdict } from '../../src/core/tier.ts';
import type { GeneratorControl } from '../generator/control.ts';
import { openEngine, passOver } from '../generator/engine.ts';
import type { Recording } from '../generator/recording.ts';
import { openShop } from '../shop.ts';
import { each } from '../world.ts';

/** What a day came to. */
export interface Day {
  readonly tiers: number;
  readonly hours: number;
  readonly reads: number;
  readonly readsPerTierHour: number;
  readonly writes: number;
  readonly statusChanges: number;
  readonly refused: number;
  /** Resident megabytes after the first round and after the last. */
  readonly memory: readonly [number, number];
}

/** How a day goes. */
export interface DayOptions {
  readonly tiers: number;
  readonly hours: number;
  readonly sweepSeconds: number;
  readonly deepLookSeconds: number;
}

const AT_ONCE = 8;
/** Milliseconds without a call after which no sweep is under way. */
const SILENCE = 100;
const MEGABYTE = 2 ** 20;
const realNow = performance.now.bind(performance);

/** Runs with a monotonic clock that `leap` moves on. */
async function withLeaps<T>(work: (leap: (milliseconds: number) => void) => Promise<T>): Promise<T> {
  let ahead = 0;
  performance.now = () => realNow() + ahead;
  try {
    return await work((milliseconds) => {
      ahead += milliseconds;
    });
  } finally {
    performance.now = realNow;
  }
}

/** Waits for the sweeps that go on beside the looks that began them: time must not leap over them. */
async function untilSwept(generator: GeneratorControl): Promise<void> {
  let reads = -1;
  let before: number;
  do {
    before = reads;
    await delay(SILENCE);
    ({ reads } = await generator.sums());
  } while (reads !== before);
}

/** Lives a quiet day. */
export async function quietDay(recording: Recording, options: DayOptions, id = 'bench-day'): Promise<Day> {
  const { tiers: count, hours, sweepSeconds, deepLookSeconds } = options;
  const shop = await openShop(recording, id);
  const { engine, close } = openEngine({
    endpoint: shop.endpoint,
    patience: { sweepSeconds, deepLookSeconds },
    ratePercent: 1000,
  });
  try {
    // Time passes in leaps, so AWS's buckets would not fill again between rounds.
    await shop.generator.set({ throttle: false });
    return await withLeaps(async (leap) => {
      const tiers = await shop.stock(count);
      let statusChanges = 0;
      const rests = new Map<number, Verdict['still']>();
      // As the controller does: a tier at rest is looked at, and gets a pass when it is not any more.
      const look = async (index: number): Promise<void> => {
        const tier = tiers[index];
        if (!tier || (await rests.get(index)?.())) return;
        const { status, still } = await passOver(engine, tier);
        if (JSON.stringify(status) !== JSON.stringify(tier.status)) statusChanges += 1;
        tiers[index] = { ...tier, status };
        rests.set(index, still);
      };
      const round = async (): Promise<number> => {
        await each([...tiers.keys()], look, AT_ONCE);
        await untilSwept(shop.generator);
        leap(sweepSeconds * 1000);
        return process.memoryUsage.rss() / MEGABYTE;
      };
      // The first rounds make the recorded statuses these tiers' own.
      await round();
      await round();
      statusChanges = 0;
      await shop.generator.clear();
      const rounds = Math.round((hours * 3600) / sweepSeconds);
      const memory: number[] = [];
      for (let turn = 0; turn < rounds; turn += 1) memory.push(await round());
      const { reads, writes, refused } = await shop.generator.sums();
      return {
        tiers: count,
        hours,
        reads,
        readsPerTierHour: reads / count / hours,
        writes,
        statusChanges,
        refused: Object.values(refused).reduce((sum, one) => sum + one, 0),
        memory: [memory[0] ?? 0, memory.at(-1) ?? 0],
      };
    });
  } finally {
    close();
    await shop.close();
  }
}
