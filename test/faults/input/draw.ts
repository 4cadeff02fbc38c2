/** Chance that depends on a seed and a name alone: a new field changes nothing about what is drawn for the others. */
import fc from 'fast-check';
import { chance } from '../../sandbox/proxy/clock.ts';

/** Characters that every version of Unicode in use agrees on: the API server and Node need not have the same one. */
const SETTLED = /^[ -\u052f\u4e00-\u9fa5\u{1d400}-\u{1d454}]*$/u;

/** Draws for one seed. */
export interface Draw {
  readonly seed: number;
  /** A number in [0, 1). */
  share(name: string): number;
  pick<T>(items: readonly T[], name: string): T | undefined;
  shuffled<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[];
  /** Different texts that match a pattern. */
  matching(pattern: string, count: number, name: string): readonly string[];
}

/** Draws of one seed. */
export function drawing(seed: number): Draw {
  const pools = new Map<string, readonly string[]>();
  const share = (name: string): number => chance(String(seed), name);
  return {
    seed,
    share,
    pick: (items, name) => items[Math.floor(share(name) * items.length)],
    shuffled(items, nameOf) {
      const placed = items.map((item) => ({ item, at: share(`shuffle ${nameOf(item)}`) }));
      return placed.sort((one, other) => one.at - other.at).map(({ item }) => item);
    },
    matching(pattern, count, name) {
      const known = pools.get(`${count} ${name}`);
      if (known) return known;
      const texts = fc.sample(fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' }), {
        seed: Math.floor(share(`matching ${name}`) * 2 ** 31),
        numRuns: count * 4,
      });
      const pool = [...new Set(texts)].filter((text) => SETTLED.test(text)).slice(0, count);
      pools.set(`${count} ${name}`, pool);
      return pool;
    },
  };
}
