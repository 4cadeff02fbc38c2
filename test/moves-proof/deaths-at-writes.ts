/** Rows in which the operator dies at every write of a move, right before AWS hears of it, or right after. It must not know any move. */
import type { MoveRun } from './move.ts';

/** What they have in common is a run's, whose people wait for as many seconds. */
export const deathsAtWrites = (base: Omit<MoveRun, 'name'>, what: string, patienceSeconds = 1200): readonly MoveRun[] =>
  (['before', 'after'] as const).map((when) => ({
    ...base,
    name: `${what}; the operator dies ${when} each of its writes`,
    disturbance: { sort: 'operator dies at writes', when },
    patienceSeconds,
  }));
