/**
 * The yardstick: what a controller costs that looks at one object at a time and asks for each of its resources by itself, at
 * every resync. It uses the product's own reads, so that only the way of asking differs.
 */

import type { AnyResource } from '../src/aws/driver.ts';
import { allOf } from '../src/aws/pages.ts';
import { openEngine, passOver } from './generator/engine.ts';
import type { Recording } from './generator/recording.ts';
import { openShop } from './shop.ts';
import { each } from './world.ts';

/** Calls of both ways for the same tiers. */
export interface Comparison {
  readonly tiers: number;
  /** Reads for one look at every tier. */
  readonly naiveReads: number;
  readonly ourReads: number;
  readonly ratio: number;
  /** Microseconds on a core for each tier. */
  readonly naiveCpu: number;
  readonly ourCpu: number;
}

const AT_ONCE = 8;
const HOUR = 3_600;

/** Times what a look at all costs, first with an empty process. */
async function cost(work: () => Promise<void>, tiers: number): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / tiers;
}

/** Looks at so many tiers in both ways. */
export async function compare(recording: Recording, count: number, id = 'bench-naive'): Promise<Comparison> {
  const shop = await openShop(recording, id);
  const { engine, close } = openEngine({ endpoint: shop.endpoint, patience: { sweepSeconds: HOUR } });
  try {
    await shop.generator.set({ throttle: false });
    const tiers = await shop.stock(count);
    const kinds = new Map(engine.resources.map((kind): [string, AnyResource] => [kind.type, kind]));
    const [first] = tiers;
    if (!first) throw new Error(`compare: at least one tier is needed, not ${count}`);
    // What is looked up once, by either, is not what is compared.
    await passOver(engine, first);
    const aws = await engine.sessions.open(first.spec.aws as never);
    const naiveFrom = performance.timeOrigin + performance.now();
    const naiveCpu = await cost(
      () =>
        each(
          tiers,
          async ({ status }) => {
            for (const { type, id: one } of status.resources ?? []) {
              const kind = kinds.get(type);
              if (one && kind) await allOf(kind.observe(aws, { by: 'ids', ids: [one] }));
            }
          },
          AT_ONCE,
        ),
      count,
    );
    const oursFrom = performance.timeOrigin + performance.now();
    const fresh = openEngine({ endpoint: shop.endpoint, patience: { sweepSeconds: HOUR } });
    const ourCpu = await cost(
      () => each(tiers, async (tier) => void (await passOver(fresh.engine, tier)), AT_ONCE),
      count,
    );
    fresh.close();
    const naive = await shop.generator.sums(naiveFrom, oursFrom);
    const ours = await shop.generator.sums(oursFrom);
    return {
      tiers: count,
      naiveReads: naive.reads,
      ourReads: ours.reads,
      ratio: naive.reads / ours.reads,
      naiveCpu,
      ourCpu,
    };
  } finally {
    close();
    await shop.close();
  }
}
