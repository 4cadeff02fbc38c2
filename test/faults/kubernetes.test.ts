/** A part of the class `kubernetes` that fits into a minute: one fault of each sort, all at once. `make faults` runs all. */
import { expect, test } from '@jest/globals';
import { attachSandbox } from '../sandbox/attach.ts';
import { kubernetesFaults } from './kubernetes/class.ts';
import { failuresOf, openGround, runTrials } from './run.ts';

const SAMPLE = [
  'every other status write: conflict',
  'finalizer removal: lost answer',
  'watch: intermediate states missed',
  'deleted during creation',
];

test('the promises hold through faults of the API server', async () => {
  const ground = await openGround(attachSandbox(), 'faults-kubernetes');
  const trials = (await kubernetesFaults.trials(ground)).filter(({ name }) => SAMPLE.includes(name));
  expect(trials).toHaveLength(SAMPLE.length);
  const ends = await runTrials(ground, kubernetesFaults, trials, { parallel: trials.length });
  expect(failuresOf(ends)).toEqual([]);
}, 180_000);
