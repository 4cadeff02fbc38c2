/** A write whose result stays unknown: it was done, or it was not. */
import { atAwsWrite, atRecord, type Sort } from './sort.ts';

/** All the ways in which the answer to a write that was done gets lost. */
const LOST = [
  atAwsWrite({ kind: 'resetAfter' }),
  atAwsWrite({ kind: 'error500After' }),
  atAwsWrite({ kind: 'truncate' }),
  atAwsWrite({ kind: 'lostAnswer' }),
] as const;

/** One write after the other meets another way. */
const lostInTurn: Sort['put'] = (nth, stage) => (LOST[nth % LOST.length] ?? LOST[0])(nth, stage);

/** Writes with a lost answer. */
export const AMBIGUITIES: readonly Sort[] = [
  { name: 'not done, connection lost', every: 'aws', put: atAwsWrite({ kind: 'resetBefore' }) },
  { name: 'done, answer reset, 500, cut or never sent', every: 'aws', put: lostInTurn },
  { name: 'recorded, connection lost', every: 'kubernetes', put: atRecord({ kind: 'resetAfter' }) },
];
