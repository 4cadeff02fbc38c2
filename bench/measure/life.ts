/**
 * One life of an operator over tiers at rest: it starts, fills its cache, looks at every tier, goes on in quiet, ends. What
 * several measurements read is gathered here once; it judges nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { OperatorProcess } from '../../test/sandbox/operator.ts';
import type { Sums } from '../generator/journal.ts';
import { figuresOf, type Ground, metricsOf, type ProcessFigures } from '../ground.ts';
import type { World } from '../world.ts';

/** What a life is lived with. */
export interface Stage {
  readonly ground: Ground;
  readonly world: World;
  /** Seconds between two looks at a tier, and thereby between sweeps. */
  readonly sweepSeconds: number;
  /** Changes of a spec that are timed in each situation. */
  readonly changes: number;
}

/** A span of the life. */
export interface Span {
  readonly seconds: number;
  readonly sums: Sums;
  readonly passes: number;
  readonly cpuSeconds: number;
  readonly statusWrites: number;
  /** Longest time that the event loop stood still, in milliseconds. */
  readonly block: number;
}

/** A life. */
export interface Life {
  readonly tiers: number;
  readonly sweepSeconds: number;
  /** Seconds from the start of the process to its cache being filled. */
  readonly syncedSeconds: number;
  /** From the start until every tier was looked at. */
  readonly cold: Span;
  /** A round of looks after that, in which AWS's answers are read once more. */
  readonly reading: Span;
  /** A round in which they are compared only. */
  readonly quiet: Span;
  readonly figures: ProcessFigures;
}

/** Between two questions for the operator's metrics, which cost it something. */
const LOOK = 1_000;
const SYNC_SECONDS = 60;
const COLD_SECONDS = 900;

/** The time on one clock for all processes, in milliseconds. */
export const now = (): number => performance.timeOrigin + performance.now();

/** What has been counted up to a moment. */
interface Mark {
  readonly at: number;
  readonly passes: number;
  readonly cpuSeconds: number;
  readonly statusWrites: number;
}

async function markOf(operator: OperatorProcess): Promise<Mark & { readonly block: number }> {
  const metrics = await metricsOf(operator);
  return {
    at: now(),
    passes: metrics('controller_runtime_reconcile_total'),
    cpuSeconds: figuresOf(operator.pid).cpuSeconds,
    statusWrites: metrics('rest_client_requests_total', 'method="PATCH"'),
    block: metrics('nodejs_eventloop_lag_max_seconds') * 1000,
  };
}

async function spanOf({ generator }: Ground, from: Mark, to: Mark, block: number): Promise<Span> {
  return {
    seconds: (to.at - from.at) / 1000,
    sums: await generator.sums(from.at, to.at),
    passes: to.passes - from.passes,
    cpuSeconds: to.cpuSeconds - from.cpuSeconds,
    statusWrites: to.statusWrites - from.statusWrites,
    block,
  };
}

/** Waits until the cache is filled; answers with the seconds since the start. */
export async function untilSynced(operator: OperatorProcess, began: number): Promise<number> {
  const deadline = began + SYNC_SECONDS * 1000;
  for (;;) {
    const ready = await fetch(`${operator.metrics}/readyz`).catch(() => undefined);
    if (ready?.status === 200) return (now() - began) / 1000;
    if (now() > deadline) throw new Error(`start an operator: not synced after ${SYNC_SECONDS} s:\n${operator.logs()}`);
    await delay(5);
  }
}

/** Waits until so many passes were made. */
export async function untilLookedAt(
  operator: OperatorProcess,
  passes: number,
): Promise<Mark & { readonly block: number }> {
  const deadline = now() + COLD_SECONDS * 1000;
  let block = 0;
  for (;;) {
    const mark = await markOf(operator);
    block = Math.max(block, mark.block);
    if (mark.passes >= passes) return { ...mark, block };
    if (now() > deadline) throw new Error(`look at ${passes} tiers: only ${mark.passes} after ${COLD_SECONDS} s`);
    await delay(LOOK);
  }
}

/** Starts an operator, lends it for a while, ends it. */
export async function withOperator<T>(
  { ground, sweepSeconds }: Stage,
  args: readonly string[],
  work: (operator: OperatorProcess, began: number) => Promise<T>,
): Promise<T> {
  await ground.generator.clear();
  const began = now();
  const flags = ['--sweep-seconds', String(sweepSeconds), '--deep-look-seconds', '604800', ...args];
  const operator = await ground.operator(flags);
  try {
    return await work(operator, began);
  } finally {
    await operator.stop();
  }
}

/** Lives one life in quiet. */
export function live(stage: Stage): Promise<Life> {
  const { ground, world, sweepSeconds } = stage;
  const tiers = world.tiers().length;
  return withOperator(stage, [], async (operator, began) => {
    const syncedSeconds = await untilSynced(operator, began);
    const rested = await untilLookedAt(operator, tiers);
    const cold = await spanOf(ground, { at: began, passes: 0, cpuSeconds: 0, statusWrites: 0 }, rested, rested.block);
    // As many looks as there are tiers are one round, with one sweep of each kind in it.
    const reread = await untilLookedAt(operator, rested.passes + tiers);
    const end = await untilLookedAt(operator, reread.passes + tiers);
    const reading = await spanOf(ground, rested, reread, reread.block);
    const quiet = await spanOf(ground, reread, end, end.block);
    return { tiers, sweepSeconds, syncedSeconds, cold, reading, quiet, figures: figuresOf(operator.pid) };
  });
}

/** Looks at tiers at rest, many a second, without sweeps: what looking itself costs. */
export interface Check {
  readonly tiers: number;
  /** Microseconds of the process for each look, everything else that it does meanwhile included. */
  readonly cpu: number;
  readonly passes: number;
}

/** Milliseconds of looking. */
const CHECK_MILLISECONDS = 20_000;
const LOOK_AGAIN_SECONDS = 2;

/** Rounds for which tiers may still have something to wait for, such as the end of the time in which AWS may not show all that was made. */
const RESTLESS_ROUNDS = 100;

/** Waits for a round of looks without a pass, each of which reads its tier. */
async function untilAtRest(operator: OperatorProcess, tiers: number): Promise<Mark> {
  let reads = Number.NaN;
  for (let round = 1; round <= RESTLESS_ROUNDS; round += 1) {
    const mark = await untilLookedAt(operator, round * tiers);
    const before = reads;
    reads = (await metricsOf(operator))('rest_client_requests_total', 'method="GET"');
    if (reads === before) return mark;
  }
  throw new Error(`look at tiers at rest: after ${RESTLESS_ROUNDS} rounds some still are not`);
}

/** Measures looks. */
export function check(stage: Stage): Promise<Check> {
  const tiers = stage.world.tiers().length;
  const flags = ['--resync-seconds', String(LOOK_AGAIN_SECONDS), '--sweep-seconds', '86400'];
  return withOperator(stage, flags, async (operator, began) => {
    await untilSynced(operator, began);
    const from = await untilAtRest(operator, tiers);
    await delay(CHECK_MILLISECONDS);
    const to = await markOf(operator);
    const passes = to.passes - from.passes;
    return { tiers, passes, cpu: ((to.cpuSeconds - from.cpuSeconds) / passes) * 1e6 };
  });
}
