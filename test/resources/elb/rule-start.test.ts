/** How a rule begins to send requests to a group whose targets are not checked yet: its listener's own serve them meanwhile. */
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { classify } from '../../../src/aws/errors.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import {
  awsActionOf,
  fixedResponse,
  forwardBeside,
  type RequestAction,
  redirect,
} from '../../../src/resources/elb/action.ts';
import { ListenerRule, type ListenerRuleSpec } from '../../../src/resources/elb/listener-rule.ts';
import { recordingAws, self, tagsOf } from '../recording.ts';

const node = 'elb.listener-rule/20';
const START = 'arn:aws:elasticloadbalancing:us-east-1:123456789012';
const ARN = `${START}:listener-rule/app/st-web/0123456789abcdef/fedcba9876543210/0011223344556677`;

const OLD: RequestAction = { type: 'forward', targetGroupArn: 'arn:old' };
const NEW: RequestAction = { type: 'forward', targetGroupArn: 'arn:new' };
const BOTH = forwardBeside('arn:old', 'arn:new');
const SHARED: Action = {
  Type: 'forward',
  ForwardConfig: {
    TargetGroups: [
      { TargetGroupArn: 'arn:old', Weight: 1 },
      { TargetGroupArn: 'arn:other', Weight: 1 },
    ],
  },
};

const SPEC: ListenerRuleSpec = {
  listenerArn: `${START}:listener/app/st-web/0123456789abcdef/fedcba9876543210`,
  priority: 20,
  hosts: [],
  paths: ['/api/*'],
  action: NEW,
};

interface Scene {
  /** What the listener does with requests that no rule takes. */
  readonly standard?: Action;
  readonly healthy?: Readonly<Record<string, number>>;
  /** What the rule does. */
  readonly now?: Action;
}

function scene({ standard = awsActionOf(OLD), healthy = { 'arn:old': 2 }, now = awsActionOf(NEW) }: Scene) {
  const targets = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ Target: { Id: `i-${index}` }, TargetHealth: { State: 'healthy' } }));
  const rule = {
    RuleArn: ARN,
    Priority: '20',
    Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/api/*'] } }],
    Actions: [now],
  };
  return recordingAws({
    CreateRule: { Rules: [rule] },
    DescribeRules: { Rules: [rule] },
    DescribeTags: { TagDescriptions: [{ ResourceArn: ARN, Tags: tagsOf(node) }] },
    DescribeListeners: ({ ListenerArns }) =>
      String(ListenerArns) === SPEC.listenerArn ? { Listeners: [{ DefaultActions: [standard] }] } : {},
    DescribeTargetHealth: ({ TargetGroupArn }) => ({
      TargetHealthDescriptions: targets(healthy[String(TargetGroupArn)] ?? 0),
    }),
  });
}

async function created(where: Scene, action: RequestAction = NEW) {
  const { aws, writes } = scene(where);
  expect(await ListenerRule.create(aws, self(node), { ...SPEC, action })).toEqual({
    id: ARN,
    attributes: { ruleArn: ARN },
  });
  expect(writes()).toHaveLength(1);
  return writes()[0]?.input.Actions;
}

/** What is written when a rule that stands is brought to what is wanted. */
async function changed(where: Scene) {
  const { aws, writes } = scene(where);
  const [live] = await allOf(ListenerRule.observe(aws, { by: 'ids', ids: [ARN] }));
  if (!live) throw new Error('the rule was not read');
  const changes = diffSpec(ListenerRule, SPEC, live);
  const refused = await ListenerRule.update(aws, { ...live, self: self(node) }, SPEC, changes).catch(classify);
  return { paths: changes.map(({ path }) => path), refused, written: writes().map(({ input }) => input.Actions) };
}

describe('a new rule', () => {
  test('leaves requests with the group of its listener while targets of its own do not serve', async () => {
    expect(await created({})).toEqual([BOTH]);
    expect(await created({ healthy: { 'arn:old': 2, 'arn:new': 1 } })).toEqual([BOTH]);
  });

  test.each([
    ['as many of its targets serve', { healthy: { 'arn:old': 2, 'arn:new': 2 } }],
    ['nobody serves yet', { healthy: {} }],
    ['its listener sends requests to the same group', { standard: awsActionOf(NEW) }],
    ['its listener answers by itself', { standard: awsActionOf(fixedResponse({ statusCode: '404' })) }],
    ['somebody made its listener share requests out', { standard: SHARED }],
  ])('sends them to its own at once where %s', async (_where, where) => {
    expect(await created(where)).toEqual([awsActionOf(NEW)]);
  });

  test('that answers by itself does so at once', async () => {
    const answer = fixedResponse({ statusCode: '410' });
    expect(await created({}, answer)).toEqual([awsActionOf(answer)]);
  });
});

describe('a rule that has begun to move', () => {
  const now = BOTH;

  test('is not what is wanted yet, waits for its targets, and leaves requests where they are served', async () => {
    const { paths, refused, written } = await changed({ now, healthy: { 'arn:old': 2, 'arn:new': 1 } });
    expect(paths).toEqual(['action.targetGroupArn']);
    expect(refused).toMatchObject({
      class: 'waiting',
      code: 'TargetsNotHealthy',
      message: 'move to arn:new: 1 of its targets are healthy, 2 of the group in force',
    });
    expect(written).toEqual([]);
  });

  test('takes requests over when they serve, and is what is wanted then', async () => {
    const { written } = await changed({ now, healthy: { 'arn:old': 2, 'arn:new': 2 } });
    expect(written).toEqual([[awsActionOf(NEW)]]);
    expect((await changed({ now: awsActionOf(NEW) })).paths).toEqual([]);
  });

  test('asks its own group what serves, not that of its listener', async () => {
    const standard = awsActionOf({ type: 'forward', targetGroupArn: 'arn:other' });
    const { refused } = await changed({ now, standard, healthy: { 'arn:old': 2 } });
    expect(refused).toMatchObject({ code: 'TargetsNotHealthy' });
  });
});

describe.each([
  ['redirected', awsActionOf(redirect({ host: 'www.example.com' }))],
  ['answered by itself', awsActionOf(fixedResponse({ statusCode: '503' }))],
])('a rule that %s', (_what, now) => {
  test('sends requests to the group of its listener first, while its own targets do not serve', async () => {
    const { refused, written } = await changed({ now });
    expect([refused, written]).toEqual([undefined, [[BOTH]]]);
  });

  test('sends them to its own at once when those serve', async () => {
    expect((await changed({ now, healthy: { 'arn:old': 2, 'arn:new': 2 } })).written).toEqual([[awsActionOf(NEW)]]);
  });
});

test('a rule that somebody made share requests out is put right at once', async () => {
  expect((await changed({ now: SHARED })).written).toEqual([[awsActionOf(NEW)]]);
});
