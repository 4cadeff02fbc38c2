/**
 * One, two and four operators that share the tiers of ten regions: what each of them does, and how soon others serve what one
 * served that is killed. All of them run on the operator's core, so that shares of it are shown and not a gain in time. It
 * judges nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { OperatorProcess } from '../../test/sandbox/operator.ts';
import { figuresOf, type Ground, metricsOf } from '../ground.ts';
import { now, type Stage, untilSynced } from './life.ts';

/** What one process did in a minute. */
export interface Member {
  readonly looks: number;
  /** Looks for each second of its time on the core, sweeps and all else included. */
  readonly looksPerCpuSecond: number;
}

/** So many processes side by side. */
export interface Team {
  readonly members: readonly Member[];
  /** Reads of all of them in that minute. */
  readonly reads: number;
  /** Seconds from a SIGKILL until others served all of the killed one's shards; nothing without others. */
  readonly takenOver: number | undefined;
}

/** Teams over the same tiers, by the number of processes. */
export interface Sharing {
  readonly tiers: number;
  readonly teams: ReadonlyMap<number, Team>;
}

/** More than there are processes, so that they can be shared out evenly; regions fall into them by their names. */
const SHARDS = 8;
const PROCESSES = [1, 2, 4] as const;

/** How long a lease is good for: twice that is the budget of a take-over. */
export const LEASE_SECONDS = 15;

const MINUTE = 60_000;
const POLL = 100;
const PATIENCE = 180_000;

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = now() + PATIENCE;
  while (!(await condition())) {
    if (now() > deadline) throw new Error(`wait until ${what}: not after ${PATIENCE / 1000} s`);
    await delay(POLL);
  }
}

const shardsOf = async (operator: OperatorProcess): Promise<number> =>
  (await metricsOf(operator))('scalingtier_shards_held');

const looksOf = async (operator: OperatorProcess): Promise<number> =>
  (await metricsOf(operator))('controller_runtime_reconcile_total');

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const heldBy = (team: readonly OperatorProcess[]): Promise<readonly number[]> => Promise.all(team.map(shardsOf));

async function startTeam(ground: Ground, count: number): Promise<readonly OperatorProcess[]> {
  const flags = {
    'leader-elect': 'true',
    shards: SHARDS,
    'lease-duration': LEASE_SECONDS,
    'sweep-seconds': 60,
    'deep-look-seconds': 604_800,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const team: OperatorProcess[] = [];
  while (team.length < count) team.push(await ground.operator(args));
  return team;
}

/** Waits until everybody has a fair share, and every tier has been looked at where it now belongs. */
async function untilSettled(team: readonly OperatorProcess[], tiers: number): Promise<void> {
  const fair = Math.floor(SHARDS / team.length);
  const began = now();
  await Promise.all(team.map((operator) => untilSynced(operator, began)));
  await until(`${team.length} processes stand`, async () => {
    const held = await heldBy(team);
    return sum(held) === SHARDS && held.every((count) => count >= fair);
  });
  const before = sum(await Promise.all(team.map(looksOf)));
  await until(`${tiers} tiers are looked at`, async () => sum(await Promise.all(team.map(looksOf))) >= before + tiers);
}

interface Mark {
  readonly looks: number;
  readonly cpuSeconds: number;
}

const markOf = async (operator: OperatorProcess): Promise<Mark> => ({
  looks: await looksOf(operator),
  cpuSeconds: figuresOf(operator.pid).cpuSeconds,
});

/** Lets a minute pass. */
async function aMinute({ generator }: Ground, team: readonly OperatorProcess[]): Promise<Omit<Team, 'takenOver'>> {
  const since = now();
  const before = await Promise.all(team.map(markOf));
  await delay(MINUTE);
  const after = await Promise.all(team.map(markOf));
  const { reads } = await generator.sums(since, now());
  const members = after.map(({ looks, cpuSeconds }, index) => {
    const { looks: from = 0, cpuSeconds: busyFrom = 0 } = before[index] ?? {};
    return {
      looks: looks - from,
      looksPerCpuSecond: (looks - from) / (cpuSeconds - busyFrom),
    };
  });
  return { members, reads };
}

/** Kills one and waits until the others serve all shards. */
async function timeTakeOver([first, ...others]: readonly OperatorProcess[]): Promise<number | undefined> {
  if (!first || others.length === 0) return undefined;
  const since = now();
  await first.kill();
  await until('the others serve all shards', async () => sum(await heldBy(others)) === SHARDS);
  return (now() - since) / 1000;
}

async function teamOf({ ground, world }: Stage, count: number): Promise<Team> {
  await ground.generator.clear();
  const team = await startTeam(ground, count);
  try {
    await untilSettled(team, world.tiers().length);
    const minute = await aMinute(ground, team);
    return { ...minute, takenOver: await timeTakeOver(team) };
  } finally {
    await Promise.all(team.map((operator) => operator.stop()));
  }
}

/** Lets teams of all sizes serve the same tiers, one after the other. */
export async function share(stage: Stage): Promise<Sharing> {
  const teams = new Map<number, Team>();
  for (const count of PROCESSES) teams.set(count, await teamOf(stage, count));
  return { tiers: stage.world.tiers().length, teams };
}
