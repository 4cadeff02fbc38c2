/** Rules of a listener as AWS echoes them: values are sets, priorities are not, and some rules are none of ours. */
import type { Rule as Description } from '@aws-sdk/client-elastic-load-balancing-v2';
import { allOf } from '../../../src/aws/pages.ts';
import { diffSpec } from '../../../src/core/diff.ts';
import { ListenerRule, type ListenerRuleSpec } from '../../../src/resources/elb/listener-rule.ts';
import { recordingAws, self, tagsOf } from '../recording.ts';

const node = 'elb.listener-rule/https/20';
const START = 'arn:aws:elasticloadbalancing:us-east-1:123456789012';
const ARN = `${START}:listener-rule/app/st-web/0123456789abcdef/fedcba9876543210/0011223344556677`;

const SPEC: ListenerRuleSpec = {
  listenerArn: `${START}:listener/app/st-web/0123456789abcdef/fedcba9876543210`,
  priority: 20,
  hosts: ['a.example.com', 'b.example.com'],
  paths: ['/api/*', '/v1/*'],
  action: { type: 'forward', targetGroupArn: 'arn:group' },
};

const hosts = (...Values: string[]) => ({ Field: 'host-header', Values, HostHeaderConfig: { Values } });
const paths = (...Values: string[]) => ({ Field: 'path-pattern', Values, PathPatternConfig: { Values } });

const shown: Description = {
  RuleArn: ARN,
  Priority: '20',
  IsDefault: false,
  Conditions: [paths('/v1/*', '/api/*'), hosts('b.example.com', 'a.example.com')],
  Actions: [{ Type: 'forward', TargetGroupArn: 'arn:group', Order: 1 }],
};

async function read(other: Partial<Description> = {}) {
  const fake = recordingAws({
    DescribeRules: { Rules: [{ ...shown, ...other }] },
    DescribeTags: { TagDescriptions: [{ ResourceArn: ARN, Tags: tagsOf(node) }] },
  });
  const [seen] = await allOf(ListenerRule.observe(fake.aws, { by: 'ids', ids: [ARN] }));
  if (!seen) throw new Error('the rule was not read');
  return { ...fake, live: { ...seen, self: self(node) } };
}

const differences = async (other: Partial<Description>, wanted: Partial<ListenerRuleSpec> = {}) =>
  diffSpec(ListenerRule, { ...SPEC, ...wanted }, (await read(other)).live).map(({ path }) => path);

test('values of a rule are sets, in whatever order AWS answers values and conditions', async () => {
  expect(await differences({})).toEqual([]);
  expect(await differences({}, { paths: ['/api/*'] })).toEqual(['paths']);
});

test('values are the same in the short form of older rules, and in both forms at once they count once', async () => {
  const Conditions = [
    { Field: 'host-header', Values: SPEC.hosts as string[] },
    { Field: 'path-pattern', Values: SPEC.paths as string[] },
  ];
  expect(await differences({ Conditions })).toEqual([]);
  expect((await read()).live.spec.hosts).toHaveLength(2);
});

test('a condition of another sort, which somebody added, is a difference', async () => {
  const Conditions = [...(shown.Conditions ?? []), { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x' } }];
  expect(await differences({ Conditions })).toEqual(['hosts', 'paths']);
});

test('priorities are meaningful: another one is a change, and the rule is not made again for it', async () => {
  const { aws, live, writes } = await read();
  const wanted = { ...SPEC, priority: 10 };
  await ListenerRule.update(aws, live, wanted, diffSpec(ListenerRule, wanted, live));
  expect(writes()).toEqual([
    { operation: 'SetRulePriorities', input: { RulePriorities: [{ RuleArn: ARN, Priority: 10 }] } },
  ]);
});

test('ModifyRule replaces whole lists of conditions: hosts are said with paths that change', async () => {
  const { aws, live, callOf } = await read();
  const wanted: ListenerRuleSpec = { ...SPEC, paths: ['/v2/*'] };
  await ListenerRule.update(aws, live, wanted, diffSpec(ListenerRule, wanted, live));
  expect(callOf('ModifyRule')).toEqual({
    RuleArn: ARN,
    Conditions: [
      { Field: 'host-header', HostHeaderConfig: { Values: SPEC.hosts } },
      { Field: 'path-pattern', PathPatternConfig: { Values: ['/v2/*'] } },
    ],
  });
});

test('its tags are in the call that makes it', async () => {
  const { aws, callOf } = recordingAws({ CreateRule: { Rules: [shown] } });
  expect(await ListenerRule.create(aws, self(node), SPEC)).toMatchObject({ id: ARN });
  expect(callOf('CreateRule')).toMatchObject({ Priority: 20, Tags: tagsOf(node) });
});
