/** A sample of the generated input: one batch before the API server, and a few accepted objects under a real operator. */
import { attachSandbox } from '../sandbox/attach.ts';
import { input } from './input/class.ts';
import { failuresOf, openGround, runTrials } from './run.ts';

test('every object is refused with words that help, or lives and ends as it should', async () => {
  const ground = await openGround(attachSandbox(), 'input');
  const trials = await input.trials(ground);
  const sampled = [
    trials.find(({ name }) => name.includes('objects')),
    trials.find(({ name }) => name.includes('lives')),
  ];
  const ends = await runTrials(
    ground,
    input,
    sampled.filter((trial) => trial !== undefined),
    { parallel: 2 },
  );
  const broken = ends.flatMap((end) => failuresOf([end]).map((point) => ({ trial: end.trial, ...point })));
  expect(broken).toEqual([]);
  expect(ends.reduce((sum, { points }) => sum + points.length, 0)).toBeGreaterThan(250);
}, 600_000);
