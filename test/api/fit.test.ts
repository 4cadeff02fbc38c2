/** A status is cut to what the API server takes, and to nothing less. */
import { fitStatus } from '../../src/api/fit.ts';
import type { Condition, ResourceStatus, TierStatus } from '../../src/api/types.ts';
import { oversized } from './statuses.ts';

const resource = (role: string, id = 'vpc-1'): ResourceStatus => ({
  role,
  type: 'ec2.vpc',
  id,
  incarnation: 1,
  state: 'available',
  ready: true,
});

const condition = (type: string, reason: string): Condition => ({
  type,
  status: 'True',
  reason,
  message: '',
  lastTransitionTime: '2026-11-24T10:00:00Z',
});

test('a status within bounds stays as it is', () => {
  const status: TierStatus = { observedGeneration: 3, message: '', resources: [resource('ec2.vpc/main')] };
  expect(fitStatus(status)).toEqual(status);
});

test('text that is too long ends in an ellipsis at the bound', () => {
  const { message = '' } = fitStatus({ observedGeneration: 1, message: 'x'.repeat(2000) });
  expect(message).toBe(`${'x'.repeat(1023)}…`);
});

test('length is counted in code points, as the API server does', () => {
  const emoji = '🙂'.repeat(1024);
  expect(fitStatus({ observedGeneration: 1, message: emoji }).message).toBe(emoji);
  expect(Array.from(fitStatus({ observedGeneration: 1, message: `${emoji}🙂` }).message ?? '')).toHaveLength(1024);
});

test('of entries with the same key the first stays, in its place', () => {
  const conditions = [condition('Ready', 'Available'), condition('Synced', 'Done'), condition('Ready', 'Late')];
  expect(fitStatus({ observedGeneration: 1, conditions }).conditions).toEqual(conditions.slice(0, 2));
});

test('lists keep their first entries', () => {
  const resources = Array.from({ length: 305 }, (_, index) => resource(`ec2.vpc/n${index}`));
  expect(fitStatus({ observedGeneration: 1, resources }).resources).toEqual(resources.slice(0, 500));
});

test('counts stop at their maximum', () => {
  expect(fitStatus({ observedGeneration: 1, driftCount: 1e9 }).driftCount).toBe(100_000);
});

test('fields that are undefined are left out', () => {
  const sloppy = { observedGeneration: 1, stage: undefined } as unknown as TierStatus;
  expect(Object.keys(fitStatus(sloppy))).toEqual(['observedGeneration']);
});

test('a plan too large for etcd keeps its text and loses its steps', () => {
  const fitting = fitStatus(oversized());
  expect(fitting.plan?.steps).toBeUndefined();
  expect(fitting.plan?.text).toMatch(/…$/);
  expect(Buffer.byteLength(JSON.stringify(fitting))).toBeLessThan(900_000);
});

test('control characters, which JSON writes in six bytes, become spaces; line ends and tabs stay', () => {
  expect(fitStatus({ observedGeneration: 1, message: 'a\u0001b\nc\td' }).message).toBe('a b\nc\td');
});
