/** A slow, forgetful, refusing AWS: what the operator must sit out, then go on as if nothing had been. */
import { onAws, type Sort, together, withManners } from './sort.ts';

const WRITES = { write: true } as const;
const READS = { write: false } as const;
const error = (code: string, status = 400) => ({ kind: 'error', code, status }) as const;
const each = (first: number, step: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + step * index);

/** Manners of AWS. */
export const AWS_SORTS: readonly Sort[] = [
  { name: 'reads lag by a second', put: withManners({ lagSeconds: 1 }) },
  { name: 'reads lag by four seconds, writes do not', put: withManners({ lagSeconds: 4, lagWrites: false }) },
  { name: 'tags lag', put: onAws({ kind: 'lag', seconds: 3 }, { operation: ['CreateTags', 'AddTagsToResource'] }) },
  { name: 'pages of one', put: withManners({ pageSize: 1 }) },
  { name: 'pages of three', put: withManners({ pageSize: 3 }) },
  { name: 'a slower AWS', put: withManners({ factor: 15 }) },
  { name: "AWS's own request limits", put: withManners({ throttle: true }) },
  {
    name: 'every third write is throttled',
    put: onAws(error('RequestLimitExceeded', 503), { ...WRITES, nth: each(1, 3, 60) }),
  },
  { name: 'a burst of throttled calls', put: onAws(error('Throttling'), {}, 9) },
  { name: 'a burst of SlowDown', put: onAws(error('SlowDown', 503), {}, 9) },
  { name: 'a burst of 500', put: onAws(error('InternalError', 500), {}, 6) },
  { name: 'a burst of 503', put: onAws(error('ServiceUnavailable', 503), {}, 6) },
  { name: 'every fifth read fails', put: onAws(error('InternalFailure', 500), { ...READS, nth: each(2, 5, 60) }) },
  { name: 'answers of reads are cut', put: onAws({ kind: 'truncate' }, { ...READS, nth: each(3, 7, 30) }) },
  { name: 'reads are reset', put: onAws({ kind: 'resetBefore' }, { ...READS, nth: each(1, 6, 30) }) },
  {
    name: 'a bad id in a batch',
    put: onAws(error('InvalidInstanceID.NotFound'), { operation: 'DescribeInstances' }, 4),
  },
  { name: 'writes are denied for a while', put: onAws(error('UnauthorizedOperation', 403), WRITES, 4) },
  { name: 'reads are denied for a while', put: onAws(error('AccessDenied', 403), { service: 'iam', ...READS }, 2) },
  { name: 'credentials have expired', put: onAws(error('ExpiredToken', 403), {}, 2) },
  {
    name: 'no capacity at first',
    put: together(
      onAws(error('InsufficientInstanceCapacity', 500), { operation: 'RunInstances' }, 1),
      onAws(
        error('InsufficientDBInstanceCapacity'),
        { operation: ['CreateDBInstance', 'CreateDBInstanceReadReplica'] },
        1,
      ),
    ),
  },
  { name: 'calls take a second', put: onAws({ kind: 'delay', milliseconds: 1000 }, { nth: each(1, 4, 40) }) },
];
