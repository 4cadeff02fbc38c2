/** Makes a class of faults out of sorts: one disturbed life for each sort, or for each write that it is meant for. */
import type { Disturb } from '../life/drive.ts';
import { type KnownLife, knownLives, trialOf } from '../life/reference.ts';
import type { FaultClass, Trial } from '../trial.ts';
import type { Sort } from './sort.ts';

const mostWrites = ({ reference }: KnownLife, edge: NonNullable<Sort['every']>): number =>
  Math.max(...reference.map(({ writes }) => writes[edge]));

/** Puts a sort into every step, at its n-th write; a step without that many writes stays undisturbed. */
export function disturbanceOf({ reference }: KnownLife, sort: Sort, n: number): Disturb {
  return async (name, stage) => {
    const { every } = sort;
    const writes = reference.find(({ step }) => step === name)?.writes;
    return every !== undefined && n > (writes?.[every] ?? 0) ? async () => false : sort.put(n, stage);
  };
}

function trialsOf(known: KnownLife, sort: Sort): readonly Trial[] {
  if (sort.every === undefined) return [trialOf(known, sort.name, disturbanceOf(known, sort, 1))];
  const numbers = Array.from({ length: mostWrites(known, sort.every) }, (_, index) => index + 1);
  return numbers.map((n) => trialOf(known, `${sort.name}, ${n}`, disturbanceOf(known, sort, n)));
}

/** A class of sorts. */
export function classOf(name: string, sorts: readonly Sort[]): FaultClass {
  return {
    name,
    async trials(ground) {
      const lives = await knownLives(ground);
      return lives.flatMap((known) => sorts.flatMap((sort) => trialsOf(known, sort)));
    },
  };
}
