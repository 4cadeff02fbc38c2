/** Rows in which the operator dies at every write of a move, spread over so many lives that each comes to its end. It must not know any move. */
import type { MoveRun } from './move.ts';

const THIRDS = [1, 2, 3] as const;

/** What they have in common is a run's, whose people wait for as many seconds. */
export const deathsAtWrites = (base: Omit<MoveRun, 'name'>, what: string, patienceSeconds = 600): readonly MoveRun[] =>
  (['before', 'after'] as const).flatMap((when) =>
    THIRDS.map((first) => ({
      ...base,
      name: `${what}; the operator dies ${when} its writes ${first}, ${first + 3}, ${first + 6} …`,
      disturbance: { sort: 'operator dies at writes', when, first },
      patienceSeconds,
    })),
  );
