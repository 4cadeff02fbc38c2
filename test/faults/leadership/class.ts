/** The class of faults of leadership: each story is a trial of one point. */
import { pointOf } from '../kubernetes/site.ts';
import type { FaultClass, Ground, Trial } from '../trial.ts';
import { leadershipStories } from './stories.ts';
import { leaseFlags } from './team.ts';

/** Several operators on one lease: killed, paused, cut off, with wrong clocks. */
export const leadershipFaults: FaultClass = {
  name: 'leadership',
  inEveryRun: [
    'leader paused at write 6, after it is done',
    'renewals done, answers lost',
    'write 3 reaches AWS after the lease has changed hands',
  ],
  trials: async () =>
    Object.entries(leadershipStories).map(
      ([name, story]): Trial => ({
        name,
        run: async (ground: Ground) => [await pointOf(ground, name, story, leaseFlags)],
      }),
    ),
};
