/**
 * A part of every class of faults, the same in every run; `make faults` runs all of them. The classes run side by side,
 * because a life mostly waits.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { attachSandbox } from '../sandbox/attach.ts';
import { CLASSES } from './classes.ts';
import { readLives } from './life/life.ts';
import { failuresOf, openGround, runClasses, sample, type TrialEnd } from './run.ts';
import type { FaultClass, Trial } from './trial.ts';

/** Of a class that names none: each is a whole life with many faults. */
const TRIALS = 1;
const SEED = 10;

const LIVES = readLives().map(({ name }) => name);
/** Classes that name no trials of their own take turns with the lives, so that each life is disturbed. */
const TAKING_TURNS = CLASSES.filter(({ inEveryRun }) => inEveryRun === undefined);

function someOf(kind: FaultClass, every: readonly Trial[]): readonly Trial[] {
  const { inEveryRun } = kind;
  const turn = LIVES[TAKING_TURNS.indexOf(kind) % LIVES.length];
  const trials = inEveryRun
    ? every.filter(({ name }) => inEveryRun.includes(name))
    : sample(
        every.filter(({ life }) => life === turn),
        TRIALS,
        SEED,
      );
  expect(trials).toHaveLength(inEveryRun?.length ?? TRIALS);
  return trials;
}

describe('no fault breaks a promise', () => {
  let ends: ReadonlyMap<string, readonly TrialEnd[]> = new Map();

  beforeAll(async () => {
    const ground = await openGround(attachSandbox());
    ends = await runClasses(ground, { classes: CLASSES, choose: someOf, parallel: 6 });
  }, 1_800_000);

  test.each(CLASSES.map(({ name }) => name))('%s', (name) => {
    const trials = ends.get(name) ?? [];
    expect(failuresOf(trials)).toEqual([]);
    expect(trials.flatMap(({ points }) => points).length).toBeGreaterThan(0);
  });
});
