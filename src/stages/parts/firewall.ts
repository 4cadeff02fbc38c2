/** A security group with exactly the rules that it is given: no default egress, and no port 22 anywhere. */
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { SecurityGroup, type SecurityGroupAttributes } from '../../resources/ec2/security-group.ts';
import { describeRule, SecurityGroupRule } from '../../resources/ec2/security-group-rule.ts';
import type { Network } from './network.ts';

/** Traffic that a group lets through. */
export interface Opening {
  readonly direction: 'ingress' | 'egress';
  readonly port: number;
  readonly cidr: string;
  readonly description: string;
}

const ruleOf = ({ direction, port, cidr, description }: Opening) =>
  ({ direction, protocol: 'tcp', fromPort: port, toPort: port, cidr, description }) as const;

/** Adds a group and one node for each rule; a rule's name says what it lets through. */
export function firewall(
  g: GraphBuilder,
  { vpc }: Network,
  group: {
    readonly name: string;
    readonly awsName: string;
    readonly description: string;
    readonly openings: readonly Opening[];
  },
): Handle<SecurityGroupAttributes> {
  const handle = g.add(SecurityGroup, group.name, {
    vpcId: vpc.ref('vpcId'),
    name: group.awsName,
    description: group.description,
    extraRules: [],
    expectedRules: group.openings.map((opening) => describeRule(ruleOf(opening))),
  });
  for (const opening of group.openings) {
    const name = `${group.name}-${opening.direction}-${opening.port}-${opening.cidr.replace('/', '-')}`;
    g.add(SecurityGroupRule, name, { groupId: handle.ref('groupId'), ...ruleOf(opening) });
  }
  return handle;
}
