/**
 * Generated input as a class of faults: every field with every sort of value, judged in batches, and a sample of what is accepted
 * lived under a real operator. The seed is part of every name, so that what failed can be repeated.
 */
import { openObjects } from '../../sandbox/objects.ts';
import type { FaultClass, Ground, Trial } from '../trial.ts';
import { bases } from './bases.ts';
import { drawing } from './draw.ts';
import { judgeAll } from './judged.ts';
import { liveAll } from './lives.ts';
import { fieldsOf, servedSchema } from './schema.ts';
import { type Specimen, specimens, written } from './specimens.ts';

/** Objects judged in one trial. */
const BATCH = 250;

/** Trials with a real operator, and how many tiers each holds. */
const LIVES = { trials: 7, tiers: 6 };

const SEED = 1;

async function trialsOf(ground: Ground, seed: number): Promise<readonly Trial[]> {
  const objects = openObjects(ground.state);
  const schema = await servedSchema(objects).finally(() => objects.close());
  const draw = drawing(seed);
  const all = specimens(schema, bases(), draw);
  const judged = Array.from({ length: Math.ceil(all.length / BATCH) }, (_, at): Trial => {
    const [from, to] = [at * BATCH, Math.min((at + 1) * BATCH, all.length)];
    return {
      name: `seed ${seed}: objects ${from + 1} to ${to}`,
      run: (place) => judgeAll(place, all.slice(from, to), draw),
    };
  });
  // Each trial has fields of its own, so that few lives touch many of them.
  const places = fieldsOf(schema).map(({ path }) => written(path));
  const turnOf = ({ touched: [first = []] }: Specimen): number => places.indexOf(written(first)) % LIVES.trials;
  const lived = Array.from({ length: LIVES.trials }, (_, at): Trial => {
    const candidates = all.filter((specimen) => turnOf(specimen) === at);
    return {
      name: `seed ${seed}: lives ${at + 1}`,
      run: (place) => liveAll(place, candidates, { count: LIVES.tiers, draw }),
    };
  });
  return [...judged, ...lived];
}

/** Generated input of one seed. */
export function inputOf(seed: number): FaultClass {
  const inEveryRun = [`seed ${seed}: objects 1 to ${BATCH}`, `seed ${seed}: lives 1`];
  return { name: 'input', inEveryRun, trials: (ground) => trialsOf(ground, seed) };
}

/** Generated input. */
export const input: FaultClass = inputOf(SEED);
