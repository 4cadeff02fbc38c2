/** A random walk: in every step of a life some faults of any sort at once, all drawn from one seed, which repeats them. */
import type { Disturb } from '../life/drive.ts';
import { type KnownLife, trialOf } from '../life/reference.ts';
import { random, seedFor } from '../run.ts';
import { AMBIGUITIES } from '../sorts/ambiguities.ts';
import { AWS_SORTS } from '../sorts/aws.ts';
import { disturbanceOf } from '../sorts/class.ts';
import { CRASHES } from '../sorts/crashes.ts';
import { KUBERNETES_SORTS } from '../sorts/kubernetes.ts';
import type { Sort } from '../sorts/sort.ts';
import type { Trial } from '../trial.ts';

const GROUPS: readonly (readonly Sort[])[] = [CRASHES, AMBIGUITIES, AWS_SORTS, KUBERNETES_SORTS];
const MOST_AT_ONCE = 3;

/** What a seed draws for one step, by name. */
function drawn(
  known: KnownLife,
  seed: number,
  step: string,
): readonly { readonly name: string; readonly put: Disturb }[] {
  // A step's own seed: the same whatever the steps before it drew.
  const next = random(seedFor(seed, step));
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
  const writes = known.reference.find((end) => end.step === step)?.writes;
  const count = 1 + Math.floor(next() * MOST_AT_ONCE);
  return Array.from({ length: count }, () => {
    const sort = pick(pick(GROUPS));
    const most = sort.every === undefined ? 1 : (writes?.[sort.every] ?? 1);
    const n = 1 + Math.floor(next() * most);
    return { name: `${sort.name}, ${n}`, put: disturbanceOf(known, sort, [n]) };
  });
}

/** The life that a seed walks: told by the seed alone, so that it is repeated with it. */
export const lifeOf = (lives: readonly KnownLife[], seed: number): KnownLife | undefined => lives[seed % lives.length];

/** The walk of one seed; `tell` hears what each step is disturbed by. */
export function walkOf(known: KnownLife, seed: number, tell: (text: string) => void = () => {}): Trial {
  return trialOf(known, `seed ${seed}`, async (step, stage) => {
    const faults = drawn(known, seed, step);
    tell(`${step}: ${faults.map(({ name }) => name).join(' + ')}`);
    const undos: (() => Promise<number>)[] = [];
    for (const { put } of faults) undos.unshift(await put(step, stage));
    return async () => {
      let struck = 0;
      for (const undo of undos) struck += await undo();
      return struck;
    };
  });
}
