/**
 * How long somebody else's change in AWS stays unnoticed: of one tier after the other, one operation says what it said in a
 * world that was recorded after a change, and what it said before once the tier's status tells the change.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { TierSpec, TierStatus } from '../../src/api/types.ts';
import { tierPath } from '../../test/sandbox/scene.ts';
import { openEngine, passOver } from '../generator/engine.ts';
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

interface Told {
  readonly spec: TierSpec;
  readonly status: TierStatus;
}

const read = ({ objects }: Ground, { owner }: BenchTier): Promise<Told> =>
  objects.need<Told>(tierPath(owner.namespace, owner.name));

const tellsDrift = ({ status }: Pick<Told, 'status'>): boolean => (status.drift ?? []).length > 0;

/** Of the operations that say something else in this world, those by which a pass over one tier tells it. */
async function telling(ground: Ground, tier: BenchTier, world: string): Promise<readonly string[]> {
  const { generator, state } = ground;
  const { spec, status } = await read(ground, tier);
  const { engine, close } = openEngine({ endpoint: state.aws.endpoint, patience: { driftConfirmationSeconds: 600 } });
  const found: string[] = [];
  try {
    for (const operation of await generator.differences(world)) {
      await generator.move(tier.index, world, operation);
      const verdict = await passOver(engine, { owner: tier.owner, spec, status }, { request: operation });
      if (tellsDrift(verdict)) found.push(operation);
    }
    return found;
  } finally {
    await generator.move(tier.index, CONVERGED);
    close();
  }
}

async function notice(ground: Ground, tier: BenchTier, world: string, operation: string): Promise<number> {
  const began = performance.now();
  await ground.generator.move(tier.index, world, operation);
  try {
    while (!tellsDrift(await read(ground, tier))) {
      if (performance.now() - began > GIVE_UP)
        throw new Error(
          `change what ${operation} says of ${tier.owner.name}: its status does not tell it after ${GIVE_UP / 1000} s`,
        );
      await delay(POLL);
    }
    return (performance.now() - began) / 1000;
  } finally {
    await ground.generator.move(tier.index, CONVERGED);
  }
}

/** Changes so many tiers in AWS, in `world`, each in one thing, and waits until each is noticed. */
export async function noticeDrift(stage: Stage, world: string): Promise<Noticed> {
  const { ground, changes } = stage;
  const all = stage.world.tiers();
  const [first] = all;
  const operations = first ? await telling(ground, first, world) : [];
  // A difference is corrected once it is confirmed; here it is taken back before.
  return await withOperator(stage, ['--drift-confirmation-seconds', '600'], async (operator, began) => {
    await untilSynced(operator, began);
    await untilLookedAt(operator, all.length);
    const noticing: Promise<number>[] = [];
    for (let change = 0; change < changes; change += 1) {
      const tier = all[(change * 37 + 11) % all.length];
      const operation = operations[change % operations.length];
      if (tier && operation !== undefined) noticing.push(notice(ground, tier, world, operation));
      await delay(BETWEEN);
    }
    return { tiers: all.length, seconds: await Promise.all(noticing) };
  });
}
