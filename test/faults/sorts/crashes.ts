/** The process dies, before or after each of its writes. */
import { atAwsWrite, atRecord, type Sort } from './sort.ts';

const kill = (when: 'before' | 'after') => (pid: number) => ({ kind: 'kill', when, pid }) as const;

/** Deaths of the process. */
export const CRASHES: readonly Sort[] = [
  { name: 'dies before the call', every: 'aws', fatal: true, put: atAwsWrite(kill('before')) },
  { name: 'dies after the call', every: 'aws', fatal: true, put: atAwsWrite(kill('after')) },
  { name: 'dies before the record', every: 'kubernetes', fatal: true, put: atRecord(kill('before')) },
  { name: 'dies after the record', every: 'kubernetes', fatal: true, put: atRecord(kill('after')) },
];
