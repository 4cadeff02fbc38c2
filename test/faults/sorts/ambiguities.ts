/** A write whose result stays unknown: it was done, or it was not. */
import { atAwsWrite, atRecord, type Sort } from './sort.ts';

/** Writes with a lost answer. */
export const AMBIGUITIES: readonly Sort[] = [
  { name: 'not done, connection lost', every: 'aws', put: atAwsWrite({ kind: 'resetBefore' }) },
  { name: 'done, connection lost', every: 'aws', put: atAwsWrite({ kind: 'resetAfter' }) },
  { name: 'done, answered 500', every: 'aws', put: atAwsWrite({ kind: 'error500After' }) },
  { name: 'done, answer cut', every: 'aws', put: atAwsWrite({ kind: 'truncate' }) },
  { name: 'done, never answered', every: 'aws', put: atAwsWrite({ kind: 'lostAnswer' }) },
  { name: 'recorded, connection lost', every: 'kubernetes', put: atRecord({ kind: 'resetAfter' }) },
];
