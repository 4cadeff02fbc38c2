/**
 * The journal of every call, in the order in which they came, and counters over it. Budgets and promises are asserted on
 * it: what AWS saw, never what a client says. It must not change a call.
 */
import type { Caller, Params } from './call.ts';

/** What became of one call. */
export interface Entry {
  readonly seq: number;
  readonly time: number;
  readonly service: string;
  readonly operation: string;
  readonly write: boolean;
  readonly region: string;
  readonly account: string;
  readonly caller: Caller;
  readonly params: Params;
  tier?: string;
  /**
   * `ok`, AWS's error code, `pending` while it is under way, `lost` when AWS did it and the answer never left,
   * `reset` when the connection broke before AWS heard of it, `abandoned` when the client hung up first.
   */
  outcome: string;
  status: number;
  milliseconds: number;
  /** AWS did it just now: false for refusals, dry runs and answers repeated by a client token. */
  effective: boolean;
  replayed: boolean;
  /** Ids that the call made. */
  created: readonly string[];
  /** The fault rule that struck. */
  fault?: string;
}

/** Sums over the journal. */
export interface Counters {
  readonly total: number;
  readonly reads: number;
  readonly writes: number;
  /** Keys are `service:Operation`. */
  readonly operations: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly tiers: Readonly<Record<string, number>>;
}

/** Which entries are asked for. */
export interface Selection {
  readonly account?: string;
  /** Only entries after this number. */
  readonly since?: number;
}

/** The journal. */
export interface Journal {
  open(entry: Entry): void;
  entries(selection: Selection): readonly Entry[];
  counters(selection: Selection): Counters;
  /** The number of the newest entry. */
  latest(): number;
}

/** Entries kept; the oldest tenth goes when there are more, so that a soak run cannot fill the memory. */
const KEPT = 200_000;

function count(keys: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const key of keys) sums[key] = (sums[key] ?? 0) + 1;
  return sums;
}

/** An empty journal. */
export function createJournal(): Journal {
  let kept: Entry[] = [];
  const entries: Journal['entries'] = ({ account, since = 0 }) =>
    kept.filter((entry) => entry.seq > since && (account === undefined || entry.account === account));
  return {
    entries,
    open(entry) {
      kept.push(entry);
      if (kept.length > KEPT) kept = kept.slice(KEPT / 10);
    },
    counters(selection) {
      const chosen = entries(selection);
      const writes = chosen.filter((entry) => entry.write).length;
      return {
        total: chosen.length,
        reads: chosen.length - writes,
        writes,
        operations: count(chosen.map((entry) => `${entry.service}:${entry.operation}`)),
        outcomes: count(chosen.map((entry) => entry.outcome)),
        tiers: count(chosen.flatMap((entry) => (entry.tier === undefined ? [] : [entry.tier]))),
      };
    },
    latest: () => kept.at(-1)?.seq ?? 0,
  };
}
