/**
 * What stands of load balancing and Auto Scaling in one AWS account of the sandbox, as a person sees it. It must not use the
 * operator's code.
 */
import {
  type AutoScalingClient,
  paginateDescribeAutoScalingGroups,
  paginateDescribePolicies,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeTagsCommand,
  type ElasticLoadBalancingV2Client,
  paginateDescribeListeners,
  paginateDescribeLoadBalancers,
  paginateDescribeRules,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { all, type Inventory, label, sorted } from './account-labels.ts';

/** AWS answers for so many at once. */
const ARNS = 20;

type Client = ElasticLoadBalancingV2Client;

/** Names of resources by their tags, which no list returns. */
async function labelled(client: Client, arns: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (let start = 0; start < arns.length; start += ARNS) {
    const ResourceArns = arns.slice(start, start + ARNS);
    const { TagDescriptions = [] } = await client.send(new DescribeTagsCommand({ ResourceArns }));
    found.push(...TagDescriptions.map(({ ResourceArn, Tags }) => label(ResourceArn, Tags)));
  }
  return sorted(found);
}

/** There is no list of all: one for each of what they belong to. */
async function ofEach(
  parents: readonly string[],
  list: (parent: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  return (await Promise.all(parents.map(list))).flat();
}

async function listenersOf(client: Client, LoadBalancerArn: string): Promise<readonly string[]> {
  const found = await all(paginateDescribeListeners({ client }, { LoadBalancerArn }), ({ Listeners }) => Listeners);
  return found.flatMap(({ ListenerArn }) => ListenerArn ?? []);
}

/** The rule that every listener has is its own. */
async function rulesOf(client: Client, ListenerArn: string): Promise<readonly string[]> {
  const found = await all(paginateDescribeRules({ client }, { ListenerArn }), ({ Rules }) => Rules);
  return found.flatMap(({ RuleArn, IsDefault }) => (IsDefault ? [] : (RuleArn ?? [])));
}

/** Load balancers and all that belongs to them. */
export async function balancingInventory(client: Client): Promise<Inventory> {
  const [balancers, groups] = await Promise.all([
    all(paginateDescribeLoadBalancers({ client }, {}), ({ LoadBalancers }) => LoadBalancers),
    all(paginateDescribeTargetGroups({ client }, {}), ({ TargetGroups }) => TargetGroups),
  ]);
  const balancerArns = balancers.flatMap(({ LoadBalancerArn }) => LoadBalancerArn ?? []);
  const listenerArns = await ofEach(balancerArns, (arn) => listenersOf(client, arn));
  const ruleArns = await ofEach(listenerArns, (arn) => rulesOf(client, arn));
  const groupArns = groups.flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []);
  const [loadBalancer, targetGroup, listener, listenerRule] = await Promise.all(
    [balancerArns, groupArns, listenerArns, ruleArns].map((arns) => labelled(client, arns)),
  );
  return {
    loadBalancer: loadBalancer ?? [],
    targetGroup: targetGroup ?? [],
    listener: listener ?? [],
    listenerRule: listenerRule ?? [],
  };
}

/** Groups and their policies. Instances are EC2's. */
export async function scalingInventory(client: AutoScalingClient): Promise<Inventory> {
  const [groups, policies] = await Promise.all([
    all(paginateDescribeAutoScalingGroups({ client }, {}), ({ AutoScalingGroups }) => AutoScalingGroups),
    all(paginateDescribePolicies({ client }, {}), ({ ScalingPolicies }) => ScalingPolicies),
  ]);
  return {
    scalingGroup: sorted(groups.map(({ AutoScalingGroupName, Tags }) => label(AutoScalingGroupName, Tags))),
    scalingPolicy: sorted(policies.map(({ PolicyName = '' }) => PolicyName)),
  };
}
