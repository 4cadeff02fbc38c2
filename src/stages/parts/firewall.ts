/** A security group with exactly the rules that it is given: no default egress, and no port 22 anywhere. */
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { nodeName } from '../../core/names.ts';
import { around, type Input } from '../../core/ref.ts';
import { SecurityGroup, type SecurityGroupAttributes } from '../../resources/ec2/security-group.ts';
import { describeRule, SecurityGroupRule } from '../../resources/ec2/security-group-rule.ts';
import type { Network } from './network.ts';

/** Traffic that a group lets through: with a block of addresses, or with the members of another group. */
export type Opening = {
  readonly direction: 'ingress' | 'egress';
  readonly port: number;
  readonly description: string;
} & ({ readonly cidr: string } | { readonly peer: Handle<SecurityGroupAttributes> });

const TCP = 'tcp';

const ruleOf = ({ direction, port, description }: Opening) =>
  ({ direction, protocol: TCP, fromPort: port, toPort: port, description }) as const;

function lineOf(opening: Opening): Input<string> {
  if ('cidr' in opening) return describeRule({ ...ruleOf(opening), cidr: opening.cidr });
  return around(opening.peer.ref('groupId'), [describeRule({ ...ruleOf(opening), peerGroupId: '' }), '']);
}

/** Adds one node for each opening of a group; its name says what it lets through. */
export function openings(g: GraphBuilder, group: Handle<SecurityGroupAttributes>, list: readonly Opening[]): void {
  for (const opening of list) {
    const { direction, port } = opening;
    const other = 'cidr' in opening ? opening.cidr.replace('/', '-') : nodeName(opening.peer.id);
    g.add(SecurityGroupRule, `${nodeName(group.id)}-${direction}-${port}-${other}`, {
      groupId: group.ref('groupId'),
      ...ruleOf(opening),
      ...('cidr' in opening ? { cidr: opening.cidr } : { peerGroupId: opening.peer.ref('groupId') }),
    });
  }
}

/** Adds a group with its rules. */
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
    expectedRules: group.openings.map(lineOf),
  });
  openings(g, handle, group.openings);
  return handle;
}
