/** When the next daily snapshot is due, and which ones are too many. */
import type { Snapshot as Copy } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { isDue, periodOf, surplus } from '../../src/resources/ec2/snapshot-set.ts';

const HOUR = 3_600_000;

/** A snapshot that was started so many hours after the beginning of time. */
const copy = (hours: number, State: Copy['State']): Copy => ({
  SnapshotId: `snap-${hours}`,
  StartTime: new Date(hours * HOUR),
  State,
});

/** A snapshot that was started at the beginning of time for this period. */
const taken = (SnapshotId: string, period: number): Copy => ({
  ...copy(0, 'completed'),
  SnapshotId,
  Tags: [{ Key: 'scalingtier.dev/period', Value: String(period) }],
});

describe('due', () => {
  test.each([
    { name: 'not before a day has passed', copies: [copy(0, 'completed')], hours: 22, due: false },
    { name: 'a little before a day has passed', copies: [copy(0, 'completed')], hours: 23, due: true },
    { name: 'a day after the newest', copies: [copy(24, 'completed'), copy(0, 'completed')], hours: 48, due: true },
    { name: 'a pending one counts', copies: [copy(24, 'pending'), copy(0, 'completed')], hours: 46, due: false },
    { name: 'a failed one does not count', copies: [copy(24, 'error'), copy(0, 'completed')], hours: 26, due: true },
    { name: 'but is not followed at once', copies: [copy(24, 'error'), copy(0, 'completed')], hours: 24.5, due: false },
    { name: 'at once again when all have failed for an hour', copies: [copy(0, 'error')], hours: 1, due: true },
  ])('$name', ({ copies, hours, due }) => {
    expect(isDue(copies, hours * HOUR)).toBe(due);
  });
});

test('a snapshot that is due is of another period than the last one, whenever that was taken', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 13 }), fc.integer({ min: 0, max: 10 ** 9 }), (time, more) => {
      const next = time + 23 * HOUR + more;
      const last = { SnapshotId: 'snap-0', StartTime: new Date(time), State: 'completed' as const };
      expect(isDue([last], next)).toBe(true);
      expect(periodOf(next)).not.toBe(periodOf(time));
    }),
  );
});

describe('too many', () => {
  test.each([
    {
      name: 'the oldest go',
      copies: [copy(0, 'completed'), copy(2, 'completed'), copy(1, 'completed')],
      keep: 2,
      gone: ['snap-0'],
    },
    {
      name: 'of two that were started in one second, the one for the earlier period goes',
      copies: [taken('snap-a', 7), taken('snap-b', 8)],
      keep: 1,
      gone: ['snap-a'],
    },
    { name: 'pending ones do not count', copies: [copy(0, 'completed'), copy(1, 'pending')], keep: 1, gone: [] },
    { name: 'failed ones do not count', copies: [copy(0, 'completed'), copy(1, 'error')], keep: 1, gone: [] },
    { name: 'the last one stays, whatever is asked', copies: [copy(0, 'completed')], keep: 0, gone: [] },
  ])('$name', ({ copies, keep, gone }) => {
    expect(surplus(copies, keep).map(({ SnapshotId }) => SnapshotId)).toEqual(gone);
  });
});
