/**
 * How long somebody else's change in AWS stays unnoticed: tiers are moved, one after the other, into a world that was
 * recorded after a change, and back once their status says so.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { TierStatus } from '../../src/api/types.ts';
import { tierPath } from '../../test/sandbox/scene.ts';
import type { BenchTier } from '../generator/marks.ts';
import { CONVERGED } from '../generator/recording.ts';
import type { Ground } from '../ground.ts';
import type { Stage } from './life.ts';
import { untilLookedAt, untilSynced, withOperator } from './life.ts';

/** What was noticed. */
export interface Noticed {
  readonly tiers: number;
  /** Seconds from each change to the status that tells it. */
  readonly seconds: readonly number[];
}

/** The figures are too high by half of it; more often, and the questions of dozens of tiers would keep the API server busy. */
const POLL = 1_000;
const GIVE_UP = 300_000;
/** Changes come at any time between two looks. */
const BETWEEN = 1_700;

async function tellsDrift({ objects }: Ground, { owner }: BenchTier): Promise<boolean> {
  const { status } = await objects.need<{ readonly status: TierStatus }>(tierPath(owner.namespace, owner.name));
  return (status.drift ?? []).length > 0;
}

async function notice(ground: Ground, tier: BenchTier, world: string): Promise<number> {
  const began = performance.now();
  await ground.generator.move(tier.index, world);
  try {
    while (!(await tellsDrift(ground, tier))) {
      if (performance.now() - began > GIVE_UP)
        throw new Error(`change ${tier.owner.name} in AWS: its status does not tell it after ${GIVE_UP / 1000} s`);
      await delay(POLL);
    }
    return (performance.now() - began) / 1000;
  } finally {
    await ground.generator.move(tier.index, CONVERGED);
  }
}

/** Changes so many tiers in AWS, in `world`, and waits until each is noticed. */
export function noticeDrift(stage: Stage, world: string): Promise<Noticed> {
  const { ground, changes } = stage;
  const all = stage.world.tiers();
  // A difference is corrected once it is confirmed; here it is taken back before.
  return withOperator(stage, ['--drift-confirmation-seconds', '600'], async (operator, began) => {
    await untilSynced(operator, began);
    await untilLookedAt(operator, all.length);
    const noticing: Promise<number>[] = [];
    for (let change = 0; change < changes; change += 1) {
      const tier = all[(change * 37 + 11) % all.length];
      if (tier) noticing.push(notice(ground, tier, world));
      await delay(BETWEEN);
    }
    return { tiers: all.length, seconds: await Promise.all(noticing) };
  });
}
