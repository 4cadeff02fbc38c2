/**
 * How soon a person's change of a spec is followed by a question to AWS: in quiet, in a storm of events, while everything is
 * swept. It judges nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { tierPath } from '../../test/sandbox/scene.ts';
import type { BenchTier } from '../generator/marks.ts';
import type { Ground } from '../ground.ts';
import { duringStorm } from '../storm.ts';
import { now, type Stage, untilLookedAt, untilSynced, withOperator } from './life.ts';

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

const POLL = 20;
/** After a change, so that the pass that it calls for is over before the next one. */
const PAUSE = 500;
const CHANGE_SECONDS = 60;

/** Sweeps that do not come before the end. */
const NO_SWEEP = 86_400;

/** So soon that nearly always some sweep is under way. */
const SWEEP_OFTEN = 10;

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

/** Tiers far apart, others in each turn. */
function chosen({ world, changes }: Stage, turn: number): readonly BenchTier[] {
  const tiers = world.tiers();
  return Array.from({ length: changes }, (_, change) => tiers[(change * 37 + turn) % tiers.length]).filter(
    (tier) => tier !== undefined,
  );
}

async function timeChanges(stage: Stage, tiers: readonly BenchTier[]): Promise<readonly Delay[]> {
  const delays: Delay[] = [];
  for (const tier of tiers) {
    delays.push(await timeChange(stage, tier));
    await delay(PAUSE);
  }
  return delays;
}

async function timeInStorm(stage: Stage, tiers: readonly BenchTier[]): Promise<readonly [readonly Delay[], number]> {
  const changed = new Set(tiers);
  const others = stage.world.tiers().filter((tier) => !changed.has(tier));
  return await duringStorm(stage.ground.state, others, () => timeChanges(stage, tiers));
}

/** Changes specs: in quiet, then in a storm, then while everything is swept again and again. */
export async function change(stage: Stage): Promise<Delays> {
  const tiers = stage.world.tiers().length;
  const [idle, [stormy, stormPerSecond]] = await withChangedTiers(
    stage,
    NO_SWEEP,
    async () => [await timeChanges(stage, chosen(stage, 0)), await timeInStorm(stage, chosen(stage, 1))] as const,
  );
  const duringSweeps = await withChangedTiers(stage, SWEEP_OFTEN, () => timeChanges(stage, chosen(stage, 2)));
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
