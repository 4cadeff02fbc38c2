/** The cost of quiet: one sweep serves every tier of an account and region, so what AWS is asked does not grow with them. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Scene, scene } from './harness.ts';

/** Lists whose pages are smaller than what 20 tiers have, and how many of their items a tier has. */
const PAGED: Readonly<Record<string, { readonly size: number; readonly perTier: number }>> = {
  // AWS's hold up to 50, the stand-in's never more than 10.
  'ssm:DescribeParameters': { size: 10, perTier: 7 },
  'cloudwatch:DescribeAlarms': { size: 100, perTier: 5 },
  'ec2:DescribeRouteTables': { size: 100, perTier: 4 },
  'ec2:DescribeSubnets': { size: 100, perTier: 6 },
};

describe('the cost of quiet', () => {
  let here: Scene;
  let tiers = 0;

  beforeAll(async () => {
    here = await scene('e2e-quiet', '111111111105', ['--aws-rate-percent', '1000', '--sweep-seconds', '600']);
    await here.proxy.configure({ throttle: false, factor: 100 }, here.account.id);
  });

  afterAll(async () => {
    await here?.close();
  });

  /** A few at a time: the stand-in is one process, and other tests use it too. */
  async function grow(to: number): Promise<void> {
    while (tiers < to) {
      const names = Array.from({ length: Math.min(5, to - tiers) }, (_, index) => `tier-${tiers + index}`);
      await Promise.all(names.map((name) => here.apply(name, { driftPolicy: { intervalSeconds: 3600 } })));
      for (const name of names) await here.settled(name, 240);
      tiers += names.length;
    }
  }

  /** What AWS is asked while an operator that was just started looks at every tier once. */
  async function sweep(): Promise<Readonly<Record<string, number>>> {
    await here.operator().stop();
    const since = await here.proxy.latest();
    const operator = await here.restart();
    const passes = async (): Promise<number> => {
      const text = await fetch(`${operator.metrics}/metrics`)
        .then((answer) => answer.text())
        .catch(() => '');
      return Number(/^controller_runtime_reconcile_total\{[^}]*requeue_after[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
    };
    for (let look = 0; look < 300 && (await passes()) < tiers; look += 1) await delay(200);
    expect(await passes()).toBe(tiers);
    return (await here.proxy.counters({ account: here.account.id, since })).operations;
  }

  test('with 1, 5 and 20 tiers a sweep costs the same calls, plus pages, and writes nothing', async () => {
    const seen: Readonly<Record<string, number>>[] = [];
    for (const count of [1, 5, 20]) {
      await grow(count);
      const versions = async (): Promise<readonly string[]> =>
        Promise.all(
          Array.from({ length: count }, async (_, index) => (await here.get(`tier-${index}`)).metadata.resourceVersion),
        );
      // The first look of a new process sees what AWS changed since the last one, such as a volume that is in use by now.
      await sweep();
      const before = await versions();
      seen.push(await sweep());
      expect(await versions()).toEqual(before);
    }
    const [one = {}, five = {}, twenty = {}] = seen;
    const writes = Object.keys({ ...one, ...five, ...twenty }).filter(
      (key) => !/:(Describe|Get|List|AssumeRole)/.test(key),
    );
    expect(writes).toEqual([]);
    const steady = (calls: Readonly<Record<string, number>>) =>
      Object.fromEntries(
        Object.entries(calls)
          .filter(([key]) => !(key in PAGED))
          .sort(),
      );
    expect(steady(five)).toEqual(steady(one));
    expect(steady(twenty)).toEqual(steady(one));
    for (const [key, { size, perTier }] of Object.entries(PAGED)) {
      expect(twenty[key]).toBeLessThanOrEqual(Math.ceil((20 * perTier) / size) + 1);
    }
  }, 900_000);
});
