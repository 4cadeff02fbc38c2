import type { Activity } from '@aws-sdk/client-auto-scaling';
import { bootLoopOf, launchFailureOf } from '../../../src/resources/autoscaling/group-reading.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;

const activity = (what: string, minutesAgo: number, more: Partial<Activity> = {}): Activity => ({
  ActivityId: `${what}/${minutesAgo}`,
  AutoScalingGroupName: 'st-web',
  Description: what,
  Cause: 'a difference between desired and actual capacity',
  StartTime: new Date(NOW - minutesAgo * MINUTE),
  StatusCode: 'Successful',
  ...more,
});

const replaced = (minutesAgo: number): Activity =>
  activity('Terminating EC2 instance: i-1', minutesAgo, {
    Cause: 'an instance was taken out of service in response to an ELB system health check failure.',
  });

test('a grace period that is too short kills instances while they boot: more than three in half an hour are told', () => {
  expect(bootLoopOf([1, 8, 15].map(replaced), NOW)).toBeUndefined();
  expect(bootLoopOf([1, 8, 15, 22].map(replaced), NOW)).toMatch(/^boot loop: 4 instances .*ELB system health check/);
  expect(bootLoopOf([1, 8, 15, 45].map(replaced), NOW)).toBeUndefined();
});

test('instances that went because fewer were wanted are no boot loop', () => {
  const scaledIn = [1, 2, 3, 4, 5].map((minutes) => activity('Terminating EC2 instance: i-1', minutes));
  expect(bootLoopOf(scaledIn, NOW)).toBeUndefined();
});

test('why the newest launch failed is told, and an older failure is forgotten when a launch went well since', () => {
  const failed = activity('Launching a new EC2 instance', 5, { StatusCode: 'Failed', StatusMessage: 'no capacity' });
  const launched = activity('Launching a new EC2 instance: i-2', 1);
  expect(launchFailureOf([failed])).toBe('no capacity');
  expect(launchFailureOf([launched, failed])).toBeUndefined();
  expect(launchFailureOf([replaced(1), failed])).toBe('no capacity');
  expect(launchFailureOf([])).toBeUndefined();
});
