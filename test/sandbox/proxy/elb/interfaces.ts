/**
 * The life of a load balancer: `provisioning` for some minutes, and interfaces in its subnets, with its security groups, that
 * outlive it by some more ("Amazon ELB … network interfaces"): until they are gone, EC2 refuses to delete what they use.
 */
import { type Params, Refusal, type Step, succeeded, text } from '../call.ts';
import type { Rule } from '../ec2/refusal.ts';
import { lookBy } from '../ec2/view.ts';
import { begin, progress, type Stage } from '../lifecycle.ts';
import type { World } from '../world.ts';
import { type Element, parseXml, textAt } from '../xml.ts';
import { ask, askOne, listOf, members, membersAt, textsOf } from './records.ts';
import type { Scene } from './scene.ts';
import { balancerCourse } from './views.ts';

const PROVISIONING: Stage = { state: 'provisioning', seconds: [120, 240] };
const LINGERING: Stage = { state: 'in-use', seconds: [60, 180] };

/** What interfaces of a load balancer use. */
interface Use {
  readonly groups: readonly string[];
  readonly subnets: readonly string[];
}

const useOf = (balancer: Element): Use => ({
  groups: textsOf(balancer, 'SecurityGroups'),
  subnets: membersAt(balancer, 'AvailabilityZones').map((zone) => textAt(zone, 'SubnetId') ?? ''),
});

const leftOf = ({ world, call }: Scene): Map<string, Use> => world.memory(call).store<Use>('elb interfaces');

const lingering = (arn: string): string => `${balancerCourse(arn)}/interfaces`;

/** What interfaces of load balancers use now, those of deleted ones included. */
async function usesOf(scene: Scene): Promise<readonly Use[]> {
  const standing = (await ask(scene, 'DescribeLoadBalancers', {})).map(useOf);
  const left = [...leftOf(scene)].filter(([arn]) => progress(scene.world, scene.call, lingering(arn)));
  return [...standing, ...left.map(([, use]) => use)];
}

const violation = (message: string): Refusal => new Refusal('DependencyViolation', message);

async function groupUsed(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'GroupId') ?? '';
  if ((await usesOf(scene)).some(({ groups }) => groups.includes(id)))
    throw violation(`resource ${id} has a dependent object`);
}

async function subnetUsed(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'SubnetId') ?? '';
  if ((await usesOf(scene)).some(({ subnets }) => subnets.includes(id)))
    throw violation(`The subnet '${id}' has dependencies and cannot be deleted.`);
}

/** Interfaces of a load balancer that faces the internet have public addresses. */
async function gatewayUsed(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'VpcId') ?? '';
  const own = new Set((await lookBy(scene, 'DescribeSubnets', 'vpc-id', id)).map((one) => textAt(one, 'subnetId')));
  if ((await usesOf(scene)).some(({ subnets }) => subnets.some((subnet) => own.has(subnet))))
    throw violation(
      `Network ${id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
}

/** What EC2 refuses because of load balancers. */
export const BALANCER_RULES: readonly Rule[] = [
  { operation: 'DeleteSecurityGroup', check: groupUsed },
  { operation: 'DeleteSubnet', check: subnetUsed },
  { operation: 'DetachInternetGateway', check: gatewayUsed },
];

/** Begins what creations and deletions set in motion. */
export function lives(world: World): Step {
  return async (call, next) => {
    const scene: Scene = { world, call };
    const arn = text(call.params, 'LoadBalancerArn') ?? '';
    const ending =
      call.operation === 'DeleteLoadBalancer' ? await askOne(scene, 'DescribeLoadBalancers', arn) : undefined;
    const answer = await next(call);
    if (!succeeded(answer)) return answer;
    if (ending) {
      leftOf(scene).set(arn, useOf(ending));
      begin(world, call, lingering(arn), [LINGERING]);
    }
    if (call.operation === 'CreateLoadBalancer') {
      const [made] = members(listOf(parseXml(answer.body.toString()), call.operation, 'LoadBalancers'));
      const id = textAt(made, 'LoadBalancerArn');
      if (id !== undefined) begin(world, call, balancerCourse(id), [PROVISIONING]);
    }
    return answer;
  };
}
