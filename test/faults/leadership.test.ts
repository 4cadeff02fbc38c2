/** A part of the class `leadership` that fits into a minute, all at once. `make faults` runs all. */
import { expect, test } from '@jest/globals';
import { attachSandbox } from '../sandbox/attach.ts';
import { leadershipFaults } from './leadership/class.ts';
import { failuresOf, openGround, runTrials } from './run.ts';

const SAMPLE = [
  'leader paused at write 6, after it is done',
  'renewals done, answers lost',
  'write 3 reaches AWS after the lease has changed hands',
];

test('two processes never write to AWS by turns', async () => {
  const ground = await openGround(attachSandbox(), 'faults-leadership');
  const trials = (await leadershipFaults.trials(ground)).filter(({ name }) => SAMPLE.includes(name));
  expect(trials).toHaveLength(SAMPLE.length);
  const ends = await runTrials(ground, leadershipFaults, trials, { parallel: trials.length });
  expect(failuresOf(ends)).toEqual([]);
}, 180_000);
