/** Which listeners and rules send requests to which target groups: what the stand-in does not say. */
import { type Element, textAt } from '../xml.ts';
import { ask, membersAt } from './records.ts';
import type { Scene } from './scene.ts';

/** The groups that actions name, in either of their forms. */
export function groupsIn(actions: readonly Element[]): readonly string[] {
  return actions.flatMap((action) => {
    const tuples = membersAt(action, 'ForwardConfig', 'TargetGroups');
    return [textAt(action, 'TargetGroupArn'), ...tuples.map((one) => textAt(one, 'TargetGroupArn'))].filter(
      (arn) => arn !== undefined,
    );
  });
}

/** The groups to which each load balancer may send requests, by its ARN. */
export async function references(scene: Scene): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const balancer of await ask(scene, 'DescribeLoadBalancers', {})) {
    const LoadBalancerArn = textAt(balancer, 'LoadBalancerArn') ?? '';
    const groups = new Set<string>();
    for (const listener of await ask(scene, 'DescribeListeners', { LoadBalancerArn })) {
      const ListenerArn = textAt(listener, 'ListenerArn');
      const rules = await ask(scene, 'DescribeRules', { ListenerArn });
      const actions = [
        ...membersAt(listener, 'DefaultActions'),
        ...rules.flatMap((rule) => membersAt(rule, 'Actions')),
      ];
      for (const arn of groupsIn(actions)) groups.add(arn);
    }
    found.set(LoadBalancerArn, groups);
  }
  return found;
}

/** The load balancers that may send requests to a group. */
export async function balancersOf(scene: Scene, groupArn: string): Promise<readonly string[]> {
  return [...(await references(scene))].flatMap(([balancer, groups]) => (groups.has(groupArn) ? [balancer] : []));
}
