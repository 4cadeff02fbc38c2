/** A part of every class of faults, the same in every run; `make faults` runs all of them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { attachSandbox } from '../sandbox/attach.ts';
import { CLASSES } from './classes.ts';
import { failuresOf, openGround, runTrials, sample } from './run.ts';
import type { Ground } from './trial.ts';

const TRIALS = 3;
const SEED = 20;

describe('no fault breaks a promise', () => {
  let ground: Ground;

  beforeAll(async () => {
    ground = await openGround(attachSandbox());
  }, 60_000);

  test.each(CLASSES.map((kind) => [kind.name, kind] as const))(
    '%s',
    async (_, kind) => {
      const every = await kind.trials(ground);
      const { inEveryRun } = kind;
      const trials = inEveryRun ? every.filter(({ name }) => inEveryRun.includes(name)) : sample(every, TRIALS, SEED);
      expect(trials).toHaveLength(inEveryRun?.length ?? TRIALS);
      const ends = await runTrials(ground, kind, trials, { parallel: trials.length });
      expect(failuresOf(ends)).toEqual([]);
      expect(ends.flatMap(({ points }) => points).length).toBeGreaterThan(0);
    },
    600_000,
  );
});
