/**
 * One life of an operator over tiers at rest: it starts, fills its cache, looks at every tier, goes on in quiet or is asked
 * to change something, ends. What several measurements read is gathered here once; it judges nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { OperatorProcess } from '../../test/sandbox/operator.ts';
import { tierPath } from '../../test/sandbox/scene.ts';
import type { Sums } from '../generator/journal.ts';
import type { BenchTier } from '../generator/marks.ts';
import { figuresOf, type Ground, metricsOf, type ProcessFigures } from '../ground.ts';
import { each, type World } from '../world.ts';

/** What a life is lived with. */
export interface Stage {
  readonly ground: Ground;
  readonly world: World;
  /** Seconds between two looks at a tier, and thereby between sweeps. */
  readonly sweepSeconds: number;
  /** Changes of a spec that are timed in each situation. */
  readonly changes: number;
}

/** One change of a spec, in milliseconds. */
export interface Delay {
  /** From its sending to the API server's answer. */
  readonly accepting: number;
  /** From then to the first call to AWS that names its tier. */
  readonly noticing: number;
}

/** Changes of specs, and what went on meanwhile. */
export interface Delays {
  readonly tiers: number;
  readonly idle: readonly Delay[];
  readonly duringSweeps: readonly Delay[];
  readonly duringStorm: readonly Delay[];
  /** Changes of others in each second of the storm. */
  readonly stormPerSecond: number;
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
const POLL = 20;
const CHANGE_SECONDS = 60;
const SYNC_SECONDS = 60;
const COLD_SECONDS = 900;
const STORM = 5_000;
/** Milliseconds between two events of a storm, and how many clients cause them. */
const STORM_GAP = 10;
const STORM_WORKERS = 8;

const now = (): number => performance.timeOrigin + performance.now();

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

/** Every change is another one. */
let changesMade = 0;

/** A change that asks for a look and for nothing in AWS: what others may do to a tag that nobody has. */
function harmlessChange({ recording }: Ground): object {
  changesMade += 1;
  const role = recording.tiers[0]?.status.resources?.[0]?.role;
  return { spec: { driftPolicy: { ignore: [{ role, fields: [`tags.bench-${changesMade}`] }] } } };
}

/** Changes a tier's spec as a person does, and waits until AWS is asked about it. */
async function timeChange({ ground }: Stage, { index, owner }: BenchTier): Promise<Delay> {
  const { objects, generator } = ground;
  const from = now();
  await objects.need(tierPath(owner.namespace, owner.name), { method: 'PATCH', body: harmlessChange(ground) });
  const accepted = now();
  for (;;) {
    const at = await generator.firstNamed(index, from);
    if (at !== undefined) return { accepting: accepted - from, noticing: Math.max(0, at - accepted) };
    if (now() > from + CHANGE_SECONDS * 1000)
      throw new Error(`change ${owner.name}: AWS is not asked about it within ${CHANGE_SECONDS} s`);
    await delay(POLL);
  }
}

async function timeChanges(stage: Stage, turn: number): Promise<readonly Delay[]> {
  const tiers = stage.world.tiers();
  const delays: Delay[] = [];
  for (let change = 0; change < stage.changes; change += 1) {
    const tier = tiers[(change * 37 + turn) % tiers.length];
    if (tier) delays.push(await timeChange(stage, tier));
  }
  return delays;
}

/**
 * Other clients' changes that are nobody's business here, as many in a second as the API server takes beside its own work,
 * for as long as something is measured; answers with how many there were in a second.
 */
async function duringStorm<T>({ ground, world }: Stage, work: () => Promise<T>): Promise<readonly [T, number]> {
  const tiers = world.tiers();
  const began = now();
  let over = false;
  let events = 0;
  const storming = each(
    Array.from({ length: STORM }, (_, index) => tiers[index % tiers.length]).filter((tier) => tier !== undefined),
    async ({ owner }) => {
      if (over) return;
      const body = { metadata: { annotations: { 'example.com/storm': String(now()) } } };
      await Promise.all([
        ground.objects.ask(tierPath(owner.namespace, owner.name), { method: 'PATCH', body }),
        delay(STORM_WORKERS * STORM_GAP),
      ]);
      events += 1;
    },
    STORM_WORKERS,
  );
  const result = await work();
  const perSecond = (events * 1000) / (now() - began);
  over = true;
  await storming;
  return [result, perSecond];
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

/** Measures looks. */
export function check(stage: Stage): Promise<Check> {
  const tiers = stage.world.tiers().length;
  const flags = ['--resync-seconds', String(LOOK_AGAIN_SECONDS), '--sweep-seconds', '86400'];
  return withOperator(stage, flags, async (operator, began) => {
    await untilSynced(operator, began);
    // The second round is the first of tiers at rest.
    const from = await untilLookedAt(operator, 3 * tiers);
    await delay(CHECK_MILLISECONDS);
    const to = await markOf(operator);
    const passes = to.passes - from.passes;
    return { tiers, passes, cpu: ((to.cpuSeconds - from.cpuSeconds) / passes) * 1e6 };
  });
}

/** Sweeps that do not come before the end. */
const NO_SWEEP = 86_400;

/** So soon that nearly always some sweep is under way. */
const SWEEP_OFTEN = 10;

/** Changes specs: in quiet, then in a storm, then while everything is swept again and again. */
export async function change(stage: Stage): Promise<Delays> {
  const tiers = stage.world.tiers().length;
  const [idle, [stormy, stormPerSecond]] = await withChangedTiers(
    stage,
    NO_SWEEP,
    async () => [await timeChanges(stage, 0), await duringStorm(stage, () => timeChanges(stage, 1))] as const,
  );
  const duringSweeps = await withChangedTiers(stage, SWEEP_OFTEN, () => timeChanges(stage, 2));
  return { tiers, idle, duringSweeps, duringStorm: stormy, stormPerSecond };
}

/** No limit of AWS stands in the way: what is timed is the operator's own part. */
async function withChangedTiers<T>(stage: Stage, sweepSeconds: number, work: () => Promise<T>): Promise<T> {
  const { generator } = stage.ground;
  await generator.set({ throttle: false });
  try {
    const flags = ['--aws-rate-percent', '1000', '--sweep-seconds', String(sweepSeconds)];
    return await withOperator(stage, flags, async (operator, began) => {
      await untilSynced(operator, began);
      await untilLookedAt(operator, stage.world.tiers().length);
      return await work();
    });
  } finally {
    await generator.set({ throttle: true });
  }
}
