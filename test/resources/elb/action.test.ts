/** Actions in our words and in AWS's: what AWS echoes otherwise than it was asked is no difference. */
import {
  actionOf,
  awsActionOf,
  fixedResponse,
  forwardBeside,
  type RequestAction,
  redirect,
  waitingGroupsOf,
} from '../../../src/resources/elb/action.ts';

const ACTIONS: readonly RequestAction[] = [
  { type: 'forward', targetGroupArn: 'arn:one' },
  redirect({ protocol: 'HTTPS', port: '443' }),
  fixedResponse({ statusCode: '410', messageBody: 'gone' }),
];

test.each(ACTIONS)('$type: what is asked is what is read back', (action) => {
  expect(actionOf([awsActionOf(action)])).toEqual(action);
});

test('the forward short form is a forward configuration with one group, in either echo', () => {
  const tuple = { TargetGroupArn: 'arn:one', Weight: 1 };
  const forward = { type: 'forward', targetGroupArn: 'arn:one' };
  expect(actionOf([{ Type: 'forward', ForwardConfig: { TargetGroups: [tuple] } }])).toEqual(forward);
  const both = { TargetGroupArn: 'arn:one', ForwardConfig: { TargetGroups: [tuple] } };
  expect(actionOf([{ Type: 'forward', ...both }])).toEqual(forward);
});

test('a group that gets nothing is not where requests go', () => {
  const action = forwardBeside('arn:one', 'arn:two');
  expect(actionOf([action])).toEqual({ type: 'forward', targetGroupArn: 'arn:one' });
  expect(waitingGroupsOf(action)).toEqual(['arn:two']);
  expect(waitingGroupsOf(undefined)).toEqual([]);
});

test('requests that are shared out go to no group that anybody asks for', () => {
  const TargetGroups = ['arn:one', 'arn:two'].map((TargetGroupArn) => ({ TargetGroupArn, Weight: 1 }));
  expect(actionOf([{ Type: 'forward', ForwardConfig: { TargetGroups } }])).toEqual({
    type: 'forward',
    targetGroupArn: 'several',
  });
});

test('an action that asks who the client is, is none that we make', () => {
  expect(
    actionOf([{ Type: 'authenticate-oidc' }, awsActionOf({ type: 'forward', targetGroupArn: 'arn:one' })]),
  ).toBeNull();
  expect(actionOf([])).toBeNull();
});

test('what a redirection leaves out is the default when it is read back', () => {
  expect(actionOf([{ Type: 'redirect', RedirectConfig: { Host: 'a.example.com', StatusCode: 'HTTP_301' } }])).toEqual(
    redirect({ host: 'a.example.com' }),
  );
});
