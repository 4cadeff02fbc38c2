/**
 * How a listener or a rule moves from one target group to another without a moment in which nobody serves. The load balancer
 * checks only the targets of groups that something refers to: so the new group is named beside the old one, gets nothing, and
 * takes over once as many of its targets are healthy as of the old one.
 */
import { type Action as AwsAction, DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Aws } from '../../aws/driver.ts';
import { awsActionOf, forwardBeside, type RequestAction, waitingGroupsOf } from './action.ts';
import { byArn } from './tagging.ts';
import { healthyOf, targetsOf } from './target-health.ts';

/** What there is, what is wanted, and how the one becomes the other. */
export interface Move {
  /** As it was observed. */
  readonly from: RequestAction | null | undefined;
  readonly to: RequestAction;
  /** AWS's action as it is at this moment. */
  readonly now: () => Promise<AwsAction | undefined>;
  readonly write: (action: AwsAction) => Promise<void>;
}

/** Brings an action to what is wanted, or one step nearer; fails with `TargetsNotHealthy` while there is nothing to do but to wait. */
export async function moveTo(aws: Aws, { from, to, now, write }: Move): Promise<void> {
  const isShift = from?.type === 'forward' && to.type === 'forward' && from.targetGroupArn !== to.targetGroupArn;
  if (!isShift) return write(awsActionOf(to));
  const serving = healthyOf(await targetsOf(aws, from.targetGroupArn)).length;
  const ready = healthyOf(await targetsOf(aws, to.targetGroupArn)).length;
  // Where nobody serves there is nothing to lose.
  if (ready >= serving) return write(awsActionOf(to));
  if (!waitingGroupsOf(await now()).includes(to.targetGroupArn))
    return write(forwardBeside(from.targetGroupArn, to.targetGroupArn));
  const message = `move to ${to.targetGroupArn}: ${ready} of its targets are healthy, ${serving} of the group in force`;
  throw Object.assign(new Error(message), { name: 'TargetsNotHealthy' });
}

/** Those of these groups to which a load balancer may still send requests: whoever runs their targets must not take them off. */
export async function groupsInUse(aws: Aws, arns: readonly string[]): Promise<ReadonlySet<string>> {
  const groups = await byArn(arns, async (TargetGroupArns) => {
    const { TargetGroups } = await aws.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns }));
    return TargetGroups;
  });
  const used = groups.filter(({ LoadBalancerArns = [] }) => LoadBalancerArns.length > 0);
  return new Set(used.flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []));
}
