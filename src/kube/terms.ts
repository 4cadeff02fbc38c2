/**
 * The shards that this process serves now, and the passes under way in each. A shard that is given up takes no more passes,
 * and ends only after the last of them. It decides neither who serves what nor when to give up.
 */
import { type Fence, FenceError } from './fence.ts';
import { shardOf } from './place.ts';

/** One shard while it is served. */
export interface Term {
  readonly fence: Fence;
  /** Counts a pass in, to be aborted when the term ends; the answer counts it out. */
  enter(abort: (reason: FenceError) => void): () => void;
}

/** All of them. */
export interface Terms {
  begin(shard: number, fence: Fence): void;
  /** Takes no more passes, aborts those under way, and resolves after the last. */
  end(shard: number): Promise<void>;
  /** The term that a tier of this place is served in; nothing when another process serves it. */
  of(place: string): Term | undefined;
  /** The shard of a place, whoever serves it. */
  shardOf(place: string): number;
  /** Whether any shard is served. */
  any(): boolean;
}

interface OpenTerm extends Term {
  end(): Promise<void>;
}

/** No terms yet, of so many shards. */
export function createTerms(count: number): Terms {
  const terms = new Map<number, OpenTerm>();
  // Places are few, and the question is asked at every look.
  const shards = new Map<string, number>();
  const shardOfPlace = (place: string): number => {
    const shard = shards.get(place) ?? shardOf(place, count);
    shards.set(place, shard);
    return shard;
  };
  return {
    begin: (shard, fence) => {
      terms.set(shard, openTerm(fence));
    },
    end: async (shard) => {
      const term = terms.get(shard);
      terms.delete(shard);
      await term?.end();
    },
    of: (place) => {
      const term = terms.get(shardOfPlace(place));
      return term?.fence.held() === true ? term : undefined;
    },
    shardOf: shardOfPlace,
    any: () => [...terms.values()].some(({ fence }) => fence.held()),
  };
}

function openTerm(fence: Fence): OpenTerm {
  const passes = new Set<(reason: FenceError) => void>();
  const empty = Promise.withResolvers<void>();
  let ending = false;
  const settle = () => {
    if (ending && passes.size === 0) empty.resolve();
  };
  const abortAll = () => {
    for (const abort of passes) abort(new FenceError());
  };
  fence.signal.addEventListener('abort', abortAll, { once: true });
  return {
    fence,
    enter: (abort) => {
      passes.add(abort);
      return () => {
        passes.delete(abort);
        settle();
      };
    },
    end: () => {
      ending = true;
      abortAll();
      settle();
      return empty.promise;
    },
  };
}
