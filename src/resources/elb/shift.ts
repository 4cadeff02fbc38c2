/**
 * How requests move from one target group to another without a moment in which nobody serves: those of a listener or a rule,
 * and those that a new rule takes from its listener. The load balancer checks only the targets of groups that something refers
 * to: so the new group is named beside the old one, gets nothing, and takes over once as many of its targets are healthy as of
 * the old one. Where they never are, the old one goes on to serve.
 */
import { type Action as AwsAction, DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Aws } from '../../aws/driver.ts';
import { awsActionOf, forwardBeside, type RequestAction, targetOf, waitingGroupsOf } from './action.ts';
import { byArn } from './tagging.ts';
import { healthyOf, targetsOf } from './target-health.ts';

/** What there is, what is wanted, and how the one becomes the other. */
export interface Move {
  /** What becomes of these requests so far. */
  readonly from: RequestAction | null | undefined;
  readonly to: RequestAction;
  /** AWS's action as it is at this moment; `undefined` where there is none yet. */
  readonly now: () => Promise<AwsAction | undefined>;
  readonly write: (action: AwsAction) => Promise<void>;
}

/** Brings an action to what is wanted, or one step nearer; fails with `TargetsNotHealthy` while there is nothing to do but to wait. */
export async function moveTo(aws: Aws, { from, to, now, write }: Move): Promise<void> {
  const [old, young] = [targetOf(from), targetOf(to)];
  if (old === undefined || young === undefined || old === young) return write(awsActionOf(to));
  const serving = healthyOf(await targetsOf(aws, old)).length;
  const ready = healthyOf(await targetsOf(aws, young)).length;
  // Where nobody serves there is nothing to lose.
  if (ready >= serving) return write(awsActionOf(to));
  if (!waitingGroupsOf(await now()).includes(young)) return write(forwardBeside(old, young));
  const message = `move to ${young}: ${ready} of its targets are healthy, ${serving} of the group in force`;
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
