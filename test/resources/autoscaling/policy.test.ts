/** Whose a policy is, told by its name. */
import { identify } from '../../../src/aws/ownership.ts';
import { allOf } from '../../../src/aws/pages.ts';
import { ScalingPolicy } from '../../../src/resources/autoscaling/policy.ts';
import { answering } from '../wire.ts';

const owner = { cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f' };
const { uid: _uid, ...named } = owner;
const spec = { groupName: 'st-web', metric: { type: 'cpu' }, target: 50, disableScaleIn: false } as const;

const policies = (...names: readonly string[]): string => {
  const items = names.map(
    (name) => `<member><AutoScalingGroupName>st-web</AutoScalingGroupName><PolicyName>${name}</PolicyName></member>`,
  );
  return `<DescribePoliciesResult><ScalingPolicies>${items.join('')}</ScalingPolicies></DescribePoliciesResult>`;
};

const seen = (cluster: string, ...names: readonly string[]) =>
  allOf(ScalingPolicy.observe(answering(policies(...names)).aws, { by: 'cluster', cluster }));

test('a policy is found by the name that it was given, whichever incarnation it is', async () => {
  const { aws, calls } = answering('<PutScalingPolicyResult/>');
  await ScalingPolicy.create(aws, identify(owner, 'autoscaling.policy/cpu', 2), spec);
  const name = calls[0]?.get('PolicyName') ?? '';
  expect(name.length).toBeLessThanOrEqual(255);
  expect(await seen('test', name)).toMatchObject([{ owner: named, node: 'autoscaling.policy/cpu', incarnation: 2 }]);
});

test("policies of people, other installations and other tools are nobody's to us", async () => {
  const names = ['cpu', '/scalingtier.dev/elsewhere/shop/web/cpu/1', '/scalingtier.dev/test/shop/web/cpu/', '/other/1'];
  expect(await seen('test', ...names)).toEqual([]);
});
