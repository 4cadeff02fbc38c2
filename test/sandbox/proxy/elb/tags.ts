/**
 * Tags (ELB API reference, DescribeTags: "up to 20 resources in a single call"): asking for those of something that is gone
 * fails as a whole; the stand-in keeps them for ever.
 */
import { type Call, Refusal, type Step, succeeded, text, texts } from '../call.ts';
import type { World } from '../world.ts';
import { textAt } from '../xml.ts';
import { ask, notFound } from './records.ts';
import type { Scene } from './scene.ts';

const MOST = 20;

const endOf = (world: World, call: Call): Map<string, true> => world.memory(call).store<true>('elb gone');

const DELETES: Readonly<Record<string, string>> = {
  DeleteLoadBalancer: 'LoadBalancerArn',
  DeleteTargetGroup: 'TargetGroupArn',
  DeleteListener: 'ListenerArn',
  DeleteRule: 'RuleArn',
};

/** What goes with a thing: listeners with their load balancer, rules with their listener. */
async function within(scene: Scene, arn: string): Promise<readonly string[]> {
  const isBalancer = arn.includes(':loadbalancer/');
  const listeners = isBalancer ? await ask(scene, 'DescribeListeners', { LoadBalancerArn: arn }) : [];
  const listenerArns = listeners.map((one) => textAt(one, 'ListenerArn') ?? '');
  const rules: string[] = [];
  for (const ListenerArn of arn.includes(':listener/') ? [arn] : listenerArns)
    for (const rule of await ask(scene, 'DescribeRules', { ListenerArn })) rules.push(textAt(rule, 'RuleArn') ?? '');
  return [...listenerArns, ...rules];
}

function checkTagged(world: World, call: Call): void {
  const arns = texts(call.params, 'ResourceArns');
  if (arns.length > MOST)
    throw new Refusal('ValidationError', `Cannot have more than ${MOST} resources described at once`);
  for (const arn of arns) if (endOf(world, call).has(arn)) throw notFound(arn);
}

/** Answers for tags as AWS does. */
export function tags(world: World): Step {
  return async (call, next) => {
    if (call.operation === 'DescribeTags') checkTagged(world, call);
    const arn = text(call.params, DELETES[call.operation] ?? '');
    const ended = arn === undefined ? [] : [arn, ...(await within({ world, call }, arn))];
    const answer = await next(call);
    if (succeeded(answer)) for (const one of ended) endOf(world, call).set(one, true);
    return answer;
  };
}
