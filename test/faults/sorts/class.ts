/** Makes a class of faults out of sorts: one disturbed life for each sort, or for each write that it is meant for. */
import type { Disturb, Stage } from '../life/drive.ts';
import { type KnownLife, knownLives, oneOfMany, trialOf } from '../life/reference.ts';
import type { FaultClass, Trial } from '../trial.ts';
import type { Sort, Undo } from './sort.ts';

const mostWrites = ({ reference }: KnownLife, edge: NonNullable<Sort['every']>): number =>
  Math.max(...reference.map(({ writes }) => writes[edge]));

/** Faults of one sort before so many writes of one step, far apart, so that each life shows several. */
const IN_ONE_STEP = 7;

async function putAll(sort: Sort, numbers: readonly number[], stage: Stage): Promise<() => Promise<number>> {
  const undos: Undo[] = [];
  const [first, ...rest] = numbers;
  const putNext = async (n: number | undefined): Promise<void> => {
    if (n !== undefined) undos.push(await sort.put(n, stage));
  };
  await putNext(first);
  if (sort.fatal) {
    let before = first ?? 0;
    stage.onRestart = async () => {
      const n = rest.shift();
      // Counted from the process's beginning, which is where the one before it ended.
      await putNext(n === undefined ? undefined : n - before);
      before = n ?? before;
    };
  } else for (const n of rest) await putNext(n);
  return async () => {
    let struck = 0;
    for (const undo of undos) if (await undo()) struck += 1;
    return struck;
  };
}

/** Puts a sort into every step, at these of its writes; a step without that many writes stays undisturbed. */
export function disturbanceOf({ reference }: KnownLife, sort: Sort, numbers: readonly number[]): Disturb {
  return (name, stage) => {
    const { every } = sort;
    const writes = reference.find(({ step }) => step === name)?.writes;
    const reached = numbers.filter((n) => every === undefined || n <= (writes?.[every] ?? 0));
    return putAll(sort, reached, stage);
  };
}

function trialsOf(known: KnownLife, sort: Sort): readonly Trial[] {
  if (sort.every === undefined) return [trialOf(known, sort.name, disturbanceOf(known, sort, [1]))];
  const most = mostWrites(known, sort.every);
  const apart = Math.ceil(most / IN_ONE_STEP);
  return Array.from({ length: apart }, (_, index) => {
    const numbers = Array.from({ length: IN_ONE_STEP }, (_, turn) => index + 1 + turn * apart);
    const within = numbers.filter((n) => n <= most);
    const trial = trialOf(known, `${sort.name}, ${within.join(' ')}`, disturbanceOf(known, sort, within));
    return { ...trial, ...oneOfMany(known, sort.name) };
  });
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
