/** How the contract suite tries a rule of a listener. */
import { DescribeRulesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { classify } from '../../src/aws/errors.ts';
import { fixedResponse, redirect } from '../../src/resources/elb/action.ts';
import {
  ListenerRule,
  type ListenerRuleAttributes,
  type ListenerRuleSpec,
} from '../../src/resources/elb/listener-rule.ts';
import { arnOf, ruleGround, stripBalancingTags } from './elb-ground.ts';
import { fixture } from './fixture.ts';
import { observeTier } from './world.ts';

type Ground = Awaited<ReturnType<typeof ruleGround>>;

const specOf = ({ listenerArn, one }: Ground, priority = 100): ListenerRuleSpec => ({
  listenerArn,
  priority,
  hosts: [],
  paths: ['/api/*', '/v2/*'],
  action: { type: 'forward', targetGroupArn: one },
});

export default fixture<ListenerRuleSpec, ListenerRuleAttributes, Ground>({
  resource: ListenerRule,
  missing: arnOf('listener-rule/app/st-never/0123456789abcdef/0123456789abcdef/0123456789abcdef'),
  prepare: ruleGround,
  initial: (ground) => specOf(ground),
  changed: [
    { name: 'priority', change: () => ({ priority: 50 }), expect: 'update' },
    { name: 'set of paths', change: () => ({ paths: ['/v2/*'] }), expect: 'update' },
    { name: 'set of hosts', change: () => ({ hosts: ['www.shop.example.com', 'shop.example.com'] }), expect: 'update' },
    { name: 'sort of condition', change: () => ({ hosts: ['shop.example.com'], paths: [] }), expect: 'update' },
    { name: 'target', change: ({ two }) => ({ action: { type: 'forward', targetGroupArn: two } }), expect: 'update' },
    {
      name: 'action, to a redirection',
      change: () => ({ action: redirect({ host: 'www.shop.example.com', statusCode: 'HTTP_302' }) }),
      expect: 'update',
    },
    {
      name: 'action, to an answer',
      change: () => ({ action: fixedResponse({ statusCode: '410' }) }),
      expect: 'update',
    },
    {
      name: 'listener',
      change: () => ({ listenerArn: arnOf('listener/app/st-never/0123456789abcdef/0123456789abcdef') }),
      expect: 'replace',
    },
  ],
  stranger: (_ground, index) => ({ priority: 1000 + index }),
  strip: stripBalancingTags,
  extra(open) {
    test("the listener's own rule is neither taken for ours nor touched", async () => {
      const world = open();
      const ground = await ruleGround(world);
      const live = await world.build(ListenerRule, '80/100', specOf(ground));
      expect((await observeTier(world.aws, ListenerRule, world.owner)).map(({ id }) => id)).toEqual([live.id]);
      const { Rules = [] } = await world.aws.elb.send(new DescribeRulesCommand({ ListenerArn: ground.listenerArn }));
      expect(Rules.map(({ Priority }) => Priority).sort()).toEqual(['100', 'default']);
    });

    test('a priority that another rule has is taken', async () => {
      const world = open();
      const ground = await ruleGround(world);
      await world.build(ListenerRule, '80/100', specOf(ground));
      const other = { ...specOf(ground), paths: ['/other'] };
      const call = ListenerRule.create(world.aws, world.identity('elb.listener-rule/80/other'), other);
      expect(await call.catch(classify)).toMatchObject({ class: 'exists', code: 'PriorityInUse' });
    });

    test('the order of paths is no difference, and more than five values are refused', async () => {
      const world = open();
      const ground = await ruleGround(world);
      const spec = specOf(ground);
      const live = await world.build(ListenerRule, '80/100', spec);
      await world.build(ListenerRule, '80/100', { ...spec, paths: [...spec.paths].reverse() });
      const many = { ...spec, priority: 200, paths: ['/1', '/2', '/3', '/4', '/5', '/6'] };
      const call = ListenerRule.create(world.aws, world.identity('elb.listener-rule/80/200'), many);
      expect(await call.catch((error: unknown) => classify(error).class)).toBe('invalid');
      expect(live.node).toBe('elb.listener-rule/80/100');
    });
  },
});
