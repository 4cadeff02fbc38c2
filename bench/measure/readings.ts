/** What the budgets ask: a row for each measurement, and how it is read from runs. It starts nothing. */
import { SERVICES } from '../../test/sandbox/proxy/services.ts';
import type { Comparison } from '../naive.ts';
import type { Delay, Delays } from './change.ts';
import { type Creation, ownSeconds } from './creation.ts';
import type { Day } from './day.ts';
import type { Noticed } from './drift.ts';
import type { Check, Life, Span } from './life.ts';
import { percentile, type Result, resultOf, type Sample } from './result.ts';
import { LEASE_SECONDS, type Sharing, type Team } from './shards.ts';
import type { WatchDay } from './watch-day.ts';

/** A measurement that is read from lives, or from changes. */
export interface Reading<T> {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly budget: (tiers: number) => number;
  readonly note: string;
  readonly of: (run: T) => Sample;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
const ECONOMY_SWEEP = 600;

/** Reads of a round of looks, in which each kind is swept once, for each tier and hour. */
const callsPerTierHour = ({ quiet, tiers }: Life): number => (quiet.sums.reads / tiers) * (HOUR / quiet.seconds);

const refill: ReadonlyMap<string, number> = new Map(
  SERVICES.flatMap(({ name, limits }) => limits.rows.map((row) => [`${name}/${row.name}`, row.rate] as const)),
);

/** The busiest second of each limit as a share of its refill, in percent. */
function shares({ cold }: Life): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { row, perSecond } of cold.sums.peaks) {
    const rate = refill.get(row);
    // AWS counts by region: the busiest one tells.
    if (rate !== undefined) found[row] = Math.max(found[row] ?? 0, (perSecond / rate) * 100);
  }
  return found;
}

const throttles = ({ refused }: Life['cold']['sums']): number =>
  Object.entries(refused).reduce((sum, [code, count]) => sum + (/Thrott|LimitExceeded/.test(code) ? count : 0), 0);

/** Of a core, in percent. */
const busyShare = ({ cpuSeconds, seconds }: Span): number => (cpuSeconds / seconds) * 100;

/** What is read from lives. */
export const LIFE_READINGS: readonly Reading<Life>[] = [
  {
    id: 'M1',
    title: 'AWS reads per tier and hour, nothing changing, a sweep every minute',
    unit: 'calls',
    budget: () => 30,
    note: 'reads of one round of looks, by its length; deep looks not included; economy: the same round every ten minutes',
    of: (life) => ({
      value: callsPerTierHour(life),
      parts: {
        economy: (life.quiet.sums.reads / life.tiers) * (HOUR / ECONOMY_SWEEP),
        readsPerRound: life.quiet.sums.reads,
      },
    }),
  },
  {
    id: 'M2',
    title: 'busiest second of any limit from the start on, share of its refill',
    unit: '%',
    budget: () => 50,
    note: 'cold start; throttle answers counted as throttles',
    of: (life) => ({
      value: Math.max(0, ...Object.values(shares(life))),
      parts: { ...shares(life), throttles: throttles(life.cold.sums) + throttles(life.quiet.sums) },
    }),
  },
  {
    id: 'M6',
    title: 'resident memory, peak',
    unit: 'MB',
    budget: (tiers) => (tiers > 1000 ? 300 : 180),
    note: 'VmHWM and VmRSS of the process after three rounds of looks',
    of: ({ figures }) => ({ value: figures.peakMB, parts: { steady: figures.residentMB } }),
  },
  {
    id: 'M7share',
    title: 'share of a core, nothing changing, a sweep every minute',
    unit: '%',
    budget: () => 15,
    note: 'process time of rounds of looks by their length, sweeps included; of ten one in which answers are read, as in ten minutes',
    of: ({ reading, quiet }) => ({
      value: (busyShare(reading) + 9 * busyShare(quiet)) / 10,
      parts: { read: busyShare(reading), compared: busyShare(quiet) },
    }),
  },
  {
    id: 'M8',
    title: 'longest stop of the event loop',
    unit: 'ms',
    budget: () => 50,
    note: "Node's own histogram, from the start over two rounds of looks",
    of: ({ cold, reading, quiet }) => ({
      value: Math.max(cold.block, reading.block, quiet.block),
      parts: { cold: cold.block, reading: reading.block, quiet: quiet.block },
    }),
  },
  {
    id: 'M9',
    title: 'start of the process to a filled cache',
    unit: 's',
    budget: () => 2,
    note: 'until /readyz answers 200; writes until every tier was looked at',
    of: ({ syncedSeconds, cold }) => ({
      value: syncedSeconds,
      parts: { awsWrites: cold.sums.writes, statusWrites: cold.statusWrites, untilAllLookedAt: cold.seconds },
    }),
  },
  {
    id: 'M10',
    title: 'status writes of a round of looks that finds nothing to do',
    unit: 'writes',
    budget: () => 0,
    note: 'PATCH requests of the operator',
    of: ({ quiet }) => ({ value: quiet.statusWrites }),
  },
];

/** What is read from looks. */
export const CHECK_READINGS: readonly Reading<Check>[] = [
  {
    id: 'M7',
    title: 'CPU of a check that finds nothing to do',
    unit: 'µs',
    budget: () => 100,
    note: 'process time of 20 seconds of looks at tiers at rest, each looked at every two seconds, sweeps apart',
    of: ({ cpu, passes }) => ({ value: cpu, parts: { looks: passes } }),
  },
];

function delayOf(delays: readonly Delay[], parts: Sample['parts'] = {}): Sample {
  const noticing = delays.map((one) => one.noticing);
  const accepting = percentile(
    delays.map((one) => one.accepting),
    0.5,
  );
  return { value: percentile(noticing, 0.99), parts: { p50: percentile(noticing, 0.5), accepting, ...parts } };
}

/** What is read from changes. */
export const CHANGE_READINGS: readonly Reading<Delays>[] = [
  {
    id: 'M5',
    title: 'change of a spec to the first AWS call that names the tier, p99, idle',
    unit: 'ms',
    budget: () => 50,
    note: 'from the API server’s answer to the change, no sweep under way',
    of: ({ idle }) => delayOf(idle),
  },
  {
    id: 'M5sweep',
    title: 'the same while everything is swept, p99',
    unit: 'ms',
    budget: () => 250,
    note: 'a sweep every ten seconds, without limits, so that nearly always one is under way',
    of: ({ duringSweeps }) => delayOf(duringSweeps),
  },
  {
    id: 'M11',
    title: "a person's change during a storm of events, p99",
    unit: 'ms',
    budget: () => 100,
    note: 'twice the budget of M5; meanwhile changes of annotations by others, 20 a second, written into etcd past the API server, which delivers about 70 on its core',
    of: ({ duringStorm, stormPerSecond }) => delayOf(duringStorm, { stormPerSecond }),
  },
];

/** What is read from changes that others make in AWS. */
export const DRIFT_READINGS: readonly Reading<Noticed>[] = [
  {
    id: 'M3',
    title: "somebody else's change in AWS to the status that tells it, p99, a sweep every minute",
    unit: 's',
    budget: () => 70,
    note: 'of one tier after the other, one operation says what it said after the tags of all resources were changed: each in turn',
    of: ({ seconds }) => ({ value: percentile(seconds, 0.99), parts: { p50: percentile(seconds, 0.5) } }),
  },
];

/** What is read from creations. */
export const CREATION_READINGS: readonly Reading<Creation & { readonly tiers: number }>[] = [
  {
    id: 'M4',
    title: "the operator's own time for each edge of the longest chain while it builds a tier",
    unit: 's',
    budget: () => 3,
    note: 'stage SingleServer in a stand-in where everything is done at once, from the object to a tier that is up, without the time in which a call was under way',
    of: (creation) => {
      const { seconds, asking, edges } = creation;
      return { value: ownSeconds(creation) / edges, parts: { seconds, asking, edges } };
    },
  },
];

/** Creations in a stand-in whose times are AWS's, divided by a factor. */
type Compressed = Creation & { readonly tiers: number; readonly factor: number };

/** What is read from the paths on which tiers came to be. */
export const PATH_READINGS: readonly Reading<Compressed>[] = [
  {
    id: 'M4path',
    title: "what the operator adds to AWS's own critical path of a new tier, AWS's times as they are",
    unit: '%',
    budget: () => 1,
    note: 'without the time in which a call was under way',
    of: (creation) => {
      const { seconds, waiting, asking, factor } = creation;
      const uncompressed = waiting * factor;
      const share = (part: number): number => (part / uncompressed) * 100;
      const parts = { seconds, asking, uncompressed, withCalls: share(seconds - waiting) };
      return { value: share(ownSeconds(creation)), parts };
    },
  },
  {
    id: 'M4edge',
    title: "the operator's own time for each edge of that path",
    unit: 's',
    budget: () => 3,
    note: 'without the time in which a call was under way',
    of: (creation) => {
      const { edges, own } = creation;
      return {
        value: ownSeconds(creation) / edges,
        parts: { edges, longest: Math.max(...own.map(([, part]) => part)) },
      };
    },
  },
];

/** What is read from days of watching. */
export const WATCH_READINGS: readonly Reading<WatchDay & { readonly tiers: number }>[] = [
  {
    id: 'M12',
    title: 'watch events of a virtual day that are missed, or late, p99',
    unit: 's late',
    budget: () => 1,
    note: 'ends, resets, half-open links, expired versions, restarts of the server; a missed one counts as a day late',
    of: ({ missed, lateP99, lateMost, changes, lists, disturbances }) => ({
      value: missed > 0 ? DAY : lateP99,
      parts: { missed, lateMost, changes, lists, ...disturbances },
    }),
  },
];

/** What is read from the yardstick. */
export const NAIVE_READINGS: readonly Reading<Comparison>[] = [
  {
    id: 'naive',
    title: "reads for one look at every tier, share of a naive controller's",
    unit: '%',
    budget: () => 1.2,
    note: 'the yardstick asks for each resource of each tier by itself, with the same reads; both in one run',
    of: ({ ratio, naiveReads, ourReads, naiveCpu, ourCpu, tiers }) => ({
      value: 100 / ratio,
      parts: { naiveReadsPerTier: naiveReads / tiers, ourReadsPerTier: ourReads / tiers, naiveCpu, ourCpu },
    }),
  },
];

/** What is read from quiet days. */
export const DAY_READINGS: readonly Reading<Day & { readonly deep: Day }>[] = [
  {
    id: 'day',
    title: 'AWS reads per tier and hour on a quiet virtual day, a sweep every ten minutes',
    unit: 'calls',
    budget: () => 5,
    note: 'deep looks apart, in parts.deepLooks, as the default interval of one hour makes them',
    of: ({ readsPerTierHour, deep, writes, statusChanges, refused, memory }) => ({
      value: readsPerTierHour,
      parts: {
        deepLooks: deep.readsPerTierHour - readsPerTierHour,
        writes,
        statusChanges,
        refused,
        memoryAtFirst: memory[0],
        memoryAtLast: memory[1],
      },
    }),
  },
];

/** What the processes of a team did. */
function partsOfTeam([count, { members, reads }]: readonly [number, Team]): readonly (readonly [string, number])[] {
  const looks = members.map((member) => member.looks);
  const pace = members.reduce((sum, { looksPerCpuSecond }) => sum + looksPerCpuSecond, 0) / members.length;
  return [
    [`${count}: reads`, reads],
    [`${count}: least looks`, Math.min(...looks)],
    [`${count}: most looks`, Math.max(...looks)],
    [`${count}: looks in a second of CPU`, pace],
  ];
}

/** What is read from teams. */
export const SHARING_READINGS: readonly Reading<Sharing>[] = [
  {
    id: 'shards',
    title: 'one of several processes is killed: until others serve all of its shards',
    unit: 's',
    budget: () => 2 * LEASE_SECONDS,
    note: 'the slower of teams of two and four, over tiers in ten regions and eight shards; parts: a minute of one, two and four processes, looks of each and reads of all',
    of: ({ teams }) => ({
      value: Math.max(...[...teams.values()].map(({ takenOver = 0 }) => takenOver)),
      parts: Object.fromEntries([...teams].flatMap(partsOfTeam)),
    }),
  },
];

/** One reading of several runs of the same size. */
export function readRuns<T extends { readonly tiers: number }>(
  { title, unit, budget, note, of }: Reading<T>,
  runs: readonly T[],
  conditions: Readonly<Record<string, string | number>>,
): Result {
  const tiers = runs[0]?.tiers ?? 0;
  return resultOf({ title, unit, budget: budget(tiers), conditions: { tiers, ...conditions, note } }, runs.map(of));
}
