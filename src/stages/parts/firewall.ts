/**
 * Security groups. One of ours has exactly the rules that it is given: no default egress, and no port 22 anywhere. One that
 * the user brought is used as it is.
 */
import type { GraphBuilder } from '../../core/graph.ts';
import { around, type Input, isRef, type Ref } from '../../core/ref.ts';
import { SecurityGroup } from '../../resources/ec2/security-group.ts';
import { describeRule, SecurityGroupRule } from '../../resources/ec2/security-group-rule.ts';
import type { Network } from './network.ts';

/** A security group, whoever made it. */
export interface Group {
  /** The name of its node, or of the one whose place it takes. */
  readonly name: string;
  readonly id: Input<string>;
  /** Whether its rules are ours to say. */
  readonly isOurs: boolean;
}

/** Traffic that a group lets through: with a block of addresses, or with the members of another group. */
export type Opening = {
  readonly direction: 'ingress' | 'egress';
  readonly port: number;
  readonly description: string;
} & ({ readonly cidr: string } | { readonly peer: Group });

const TCP = 'tcp';

const ruleOf = ({ direction, port, description }: Opening) =>
  ({ direction, protocol: TCP, fromPort: port, toPort: port, description }) as const;

function lineOf(opening: Opening): Input<string> {
  if ('cidr' in opening) return describeRule({ ...ruleOf(opening), cidr: opening.cidr });
  const { id } = opening.peer;
  if (!isRef(id)) return describeRule({ ...ruleOf(opening), peerGroupId: id });
  return around(id, [describeRule({ ...ruleOf(opening), peerGroupId: '' }), '']);
}

/** A group that takes another's place has rules of its own, so that the other's stay until all servers have moved. */
const peerName = ({ name, id, isOurs }: Group): string => (isOurs || isRef(id) ? name : id);

/** Adds one node for each opening of a group of ours; its name says what it lets through. Answers with the rules. */
export function openings(g: GraphBuilder, group: Group, list: readonly Opening[]): readonly Ref<string>[] {
  if (!group.isOurs) return [];
  return list.map((opening) => {
    const { direction, port } = opening;
    const other = 'cidr' in opening ? opening.cidr.replace('/', '-') : peerName(opening.peer);
    const rule = g.add(SecurityGroupRule, `${group.name}-${direction}-${port}-${other}`, {
      groupId: group.id,
      ...ruleOf(opening),
      ...('cidr' in opening ? { cidr: opening.cidr } : { peerGroupId: opening.peer.id }),
    });
    return rule.ref('securityGroupRuleId');
  });
}

/** Adds a group with its rules, unless the user brought one in its place. */
export function firewall(
  g: GraphBuilder,
  { vpcId, groupIds }: Network,
  group: {
    readonly name: string;
    readonly awsName: string;
    readonly description: string;
    readonly openings: readonly Opening[];
  },
): Group {
  const { name } = group;
  const given = groupIds[name];
  if (given !== undefined) return { name, id: given, isOurs: false };
  const handle = g.add(SecurityGroup, name, {
    vpcId,
    name: group.awsName,
    description: group.description,
    extraRules: [],
    expectedRules: group.openings.map(lineOf),
  });
  const made: Group = { name, id: handle.ref('groupId'), isOurs: true };
  openings(g, made, group.openings);
  return made;
}
