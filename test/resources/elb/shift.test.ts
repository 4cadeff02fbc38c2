/** A move from one target group to another: nobody stops serving before others do. */
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { classify } from '../../../src/aws/errors.ts';
import { awsActionOf, forwardBeside, type RequestAction, redirect } from '../../../src/resources/elb/action.ts';
import { groupsInUse, moveTo } from '../../../src/resources/elb/shift.ts';
import { answering } from '../wire.ts';

const OLD: RequestAction = { type: 'forward', targetGroupArn: 'arn:old' };
const NEW: RequestAction = { type: 'forward', targetGroupArn: 'arn:new' };

const target = (state: string, index: number): string =>
  `<member><Target><Id>i-${index}</Id></Target><TargetHealth><State>${state}</State></TargetHealth></member>`;

const healthOf = (...states: readonly string[]): string =>
  `<DescribeTargetHealthResult><TargetHealthDescriptions>${states.map(target).join('')}</TargetHealthDescriptions></DescribeTargetHealthResult>`;

/** What is written when the old and the new group are in these states. */
async function written(old: readonly string[], young: readonly string[], now: Action = awsActionOf(OLD)) {
  const { aws } = answering(healthOf(...old), healthOf(...young));
  const actions: Action[] = [];
  await moveTo(aws, {
    from: OLD,
    to: NEW,
    now: async () => now,
    write: async (action) => {
      actions.push(action);
    },
  });
  return actions;
}

test('the new group is named beside the old one first, so that its targets are checked', async () => {
  expect(await written(['healthy', 'healthy'], ['unused', 'unused'])).toEqual([forwardBeside('arn:old', 'arn:new')]);
});

test('while its targets are not healthy yet, nothing is written', async () => {
  const waiting = written(['healthy', 'healthy'], ['healthy', 'initial'], forwardBeside('arn:old', 'arn:new'));
  const failure = await waiting.catch(classify);
  expect(failure).toMatchObject({ class: 'waiting', code: 'TargetsNotHealthy' });
});

test('with as many healthy targets it takes over alone, and the old group is free to go', async () => {
  const now = forwardBeside('arn:old', 'arn:new');
  expect(await written(['healthy'], ['healthy'], now)).toEqual([awsActionOf(NEW)]);
});

test('where nobody serves, there is nothing to wait for', async () => {
  expect(await written(['unhealthy'], ['unused'])).toEqual([awsActionOf(NEW)]);
});

test('any other change is made at once', async () => {
  const { aws, calls } = answering();
  const actions: Action[] = [];
  const to = redirect({ protocol: 'HTTPS' });
  await moveTo(aws, { from: OLD, to, now: async () => undefined, write: async (action) => void actions.push(action) });
  expect(actions).toEqual([awsActionOf(to)]);
  expect(calls).toHaveLength(0);
});

test('a group is in use as long as a load balancer may send requests to it', async () => {
  const group = (arn: string, balancers: string): string =>
    `<member><TargetGroupArn>${arn}</TargetGroupArn><LoadBalancerArns>${balancers}</LoadBalancerArns></member>`;
  const groups = [group('arn:old', '<member>arn:alb</member>'), group('arn:free', '')].join('');
  const { aws } = answering(
    `<DescribeTargetGroupsResult><TargetGroups>${groups}</TargetGroups></DescribeTargetGroupsResult>`,
  );
  expect([...(await groupsInUse(aws, ['arn:old', 'arn:free']))]).toEqual(['arn:old']);
});
