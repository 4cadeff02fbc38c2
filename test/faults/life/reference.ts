/**
 * The undisturbed life, and what it means to end up like it: the same world, nothing made or ended more often, no write once
 * at rest. It knows no fault.
 */
import type { Ground, Point, Trial } from '../trial.ts';
import { type Disturb, live, type StepEnd } from './drive.ts';
import { type Life, readLives } from './life.ts';
import { differences } from './world.ts';

/** A life together with how it goes when nothing disturbs it. */
export interface KnownLife {
  readonly life: Life;
  readonly reference: readonly StepEnd[];
}

const QUIET: Disturb = async () => async () => 0;
let known: Promise<readonly KnownLife[]> | undefined;

async function knowLife(ground: Ground, life: Life): Promise<KnownLife> {
  const reference = await live(ground, life, QUIET);
  const stuck = reference.find((end) => end.stuck !== undefined);
  if (stuck)
    throw new Error(`the undisturbed life "${life.name}" does not come to rest in ${stuck.step}: ${stuck.stuck}`);
  const restless = reference.find(({ unrest }) => unrest.length > 0);
  if (restless)
    throw new Error(
      `the undisturbed life "${life.name}" says that it is at rest in ${restless.step}, yet sends ${restless.unrest.join(', ')}`,
    );
  return { life, reference };
}

/** Every life, lived once without faults; whoever asks later gets the same answer. */
export function knownLives(ground: Ground): Promise<readonly KnownLife[]> {
  known ??= Promise.all(readLives().map((life) => knowLife(ground, life)));
  return known;
}

/** What a step broke, compared with the same step of the undisturbed life. */
function brokenBy(wanted: StepEnd, found: StepEnd): readonly string[] {
  if (found.stuck !== undefined) return [`not at rest: ${found.stuck}`];
  const more = Object.keys({ ...wanted.effects, ...found.effects }).flatMap((operation) => {
    const [once, now] = [wanted.effects[operation] ?? 0, found.effects[operation] ?? 0];
    return once === now ? [] : [`${operation} was done ${now} times, without faults ${once}`];
  });
  const restless = found.unrest.map((operation) => `at rest, yet ${operation} was sent`);
  return [...differences(wanted.world, found.world), ...more, ...restless];
}

/** How a trial is marked that is one of many of its sort: by the sort, and how many of a long life are enough. */
export function oneOfMany({ life: { name, sampled } }: KnownLife, sort: string): Pick<Trial, 'sampled'> {
  return sampled === undefined ? {} : { sampled: { sort: `${name}: ${sort}`, count: sampled } };
}

/** A disturbed life as a trial: every fault that struck is a point, and a step that ends otherwise is held against all of its own. */
export function trialOf({ life, reference }: KnownLife, name: string, disturb: Disturb): Trial {
  return {
    name: `${life.name}: ${name}`,
    life: life.name,
    async run(ground) {
      const ends = await live(ground, life, disturb);
      return ends.flatMap((end): readonly Point[] => {
        const wanted = reference.find(({ step }) => step === end.step);
        const count = end.stuck === undefined ? end.struck : Math.max(1, end.struck);
        if (!wanted || count === 0) return [];
        const failures = brokenBy(wanted, end);
        return Array.from({ length: count }, (_, index) => ({
          name: `${life.name} ${end.step}: ${name}${count > 1 ? ` (${index + 1} of ${count})` : ''}`,
          failures,
        }));
      });
    },
  };
}
