/** What the generator was asked: every call, and sums over them. It keeps figures only and must not judge them. */

/** One call. */
export interface Entry {
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  /** The limit that it counts against. */
  readonly row: string;
  readonly write: boolean;
  /** `ok`, or the code of the refusal. */
  readonly outcome: string;
  /** Numbers of the tiers that it names. */
  readonly tiers: readonly number[];
  readonly bytes: number;
  /** Why it was refused. */
  readonly note?: string;
}

/** Most calls of one limit within a second. */
export interface Peak {
  readonly row: string;
  readonly perSecond: number;
}

/** Sums over calls. */
export interface Sums {
  readonly reads: number;
  readonly writes: number;
  readonly bytes: number;
  /** By `service:operation`. */
  readonly operations: Readonly<Record<string, number>>;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly peaks: readonly Peak[];
  readonly notes: readonly string[];
}

/** A journal. */
export interface Journal {
  enter(entry: Entry): void;
  /** Calls from a time on, up to another. */
  between(from: number, to?: number): readonly Entry[];
  sums(from: number, to?: number): Sums;
  /** When a tier was first named from a time on; nothing when it was not. */
  firstNamed(index: number, from: number): number | undefined;
  clear(): void;
}

/** Most notes about refusals that are worth reading. */
const NOTES = 5;

/** The most of ascending times that lie within a second of each other. */
export function busiestSecond(times: readonly number[]): number {
  let most = 0;
  let start = 0;
  for (const [index, time] of times.entries()) {
    while ((times[start] ?? time) <= time - 1000) start += 1;
    most = Math.max(most, index - start + 1);
  }
  return most;
}

const count = (keys: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};

/** Sums up calls. */
export function sumsOf(entries: readonly Entry[]): Sums {
  const refused = entries.filter(({ outcome }) => outcome !== 'ok');
  const rows = Map.groupBy(entries, ({ account, region, row }) => `${account} ${region} ${row}`);
  const peaks = [...rows].map(([key, of]) => ({
    row: key.split(' ')[2] ?? '',
    perSecond: busiestSecond(of.map(({ at }) => at)),
  }));
  return {
    reads: entries.filter(({ write }) => !write).length,
    writes: entries.filter(({ write }) => write).length,
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    operations: count(entries.map(({ service, operation }) => `${service}:${operation}`)),
    refused: count(refused.map(({ outcome }) => outcome)),
    peaks,
    notes: [...new Set(refused.flatMap(({ note }) => note ?? []))].slice(0, NOTES),
  };
}

/** Starts an empty journal. */
export function createJournal(): Journal {
  let entries: Entry[] = [];
  const between = (from: number, to = Number.POSITIVE_INFINITY): readonly Entry[] =>
    entries.filter(({ at }) => at >= from && at < to);
  return {
    enter: (entry) => void entries.push(entry),
    between,
    sums: (from, to) => sumsOf(between(from, to)),
    firstNamed: (index, from) => entries.find(({ at, tiers }) => at >= from && tiers.includes(index))?.at,
    clear() {
      entries = [];
    },
  };
}
