/**
 * One rule of a security group, a resource of its own so that it carries tags. A group holds an equal rule only once,
 * which makes a repeated create recognisable: the rule itself is its name.
 */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateTagsCommand,
  ModifySecurityGroupRulesCommand,
  paginateDescribeSecurityGroupRules,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule as Rule,
} from '@aws-sdk/client-ec2';
import { type Aws, type Identity, resource, type Scope } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { allOf } from '../../aws/pages.ts';
import type { Owned } from '../../core/kind.ts';
import { claimed, fieldsOf, gone, isOfKind, PAGE, readPages, retag, tagSpecification } from './tagging.ts';

export interface SecurityGroupRuleSpec {
  readonly groupId: string;
  readonly direction: 'ingress' | 'egress';
  /** `tcp`, `udp`, `icmp`, `icmpv6`, another protocol's number, or `-1` for all. */
  readonly protocol: string;
  /** -1 where the protocol has no ports. */
  readonly fromPort: number;
  readonly toPort: number;
  /** IPv4, host bits zero: AWS keeps it so. Either this or `peerGroupId`. */
  readonly cidr?: string;
  /** The group whose members are let through, instead of a block of addresses. */
  readonly peerGroupId?: string;
  readonly description: string;
}

export interface SecurityGroupRuleAttributes {
  readonly securityGroupRuleId: string;
}

/** What a rule lets through, without its group and description. */
export type Opening = Omit<SecurityGroupRuleSpec, 'groupId' | 'description'>;

/** The kind's type, for whoever has to tell rules that are nodes from others. */
export const RULE_TYPE = 'ec2.security-group-rule';

const PROTOCOLS: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6' };

/** One line that says what a rule lets through: `ingress tcp 80 0.0.0.0/0`. Equal lines are equal rules. */
export function describeRule({ direction, protocol, fromPort, toPort, cidr, peerGroupId }: Opening): string {
  const ports = fromPort === toPort ? String(fromPort) : `${fromPort}-${toPort}`;
  return `${direction} ${protocol === '-1' ? 'all' : protocol} ${fromPort === -1 ? 'all' : ports} ${cidr ?? peerGroupId}`;
}

function peerOf(rule: Rule): Pick<Opening, 'cidr' | 'peerGroupId'> {
  const peerGroupId = rule.ReferencedGroupInfo?.GroupId;
  if (peerGroupId !== undefined) return { peerGroupId };
  return { cidr: rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? 'unknown' };
}

/** The opening of a rule as AWS returns it; the other end may be IPv6 or a prefix list in a rule that is not ours. */
export function openingOf(rule: Rule): Opening {
  const protocol = rule.IpProtocol ?? '-1';
  return {
    direction: rule.IsEgress ? 'egress' : 'ingress',
    protocol: PROTOCOLS[protocol] ?? protocol,
    fromPort: rule.FromPort ?? -1,
    toPort: rule.ToPort ?? -1,
    ...peerOf(rule),
  };
}

/** Rules of a scope; with `group-id` for the filter, the ids are those of groups. */
export function readRules(aws: Aws, scope: Scope, idFilter?: string): Promise<readonly Rule[]> {
  return allOf(rulesBy(aws, scope, (rule) => [rule], idFilter));
}

function rulesBy<T>(
  aws: Aws,
  scope: Scope,
  each: (rule: Rule) => readonly T[],
  idFilter = 'security-group-rule-id',
): AsyncIterable<readonly T[]> {
  return readPages(
    scope,
    idFilter,
    (Filters) => paginateDescribeSecurityGroupRules({ client: aws.ec2, pageSize: PAGE }, { Filters }),
    (page) => page.SecurityGroupRules?.flatMap(each),
  );
}

/** Revokes rules of one group by their ids. */
export async function revokeRules(aws: Aws, GroupId: string, rules: readonly Rule[]): Promise<void> {
  const idsOf = (egress: boolean): string[] =>
    rules.flatMap(({ IsEgress, SecurityGroupRuleId: id }) => (id && (IsEgress ?? false) === egress ? [id] : []));
  const [ingress, egress] = [idsOf(false), idsOf(true)];
  if (ingress.length > 0) {
    await gone(aws.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: ingress })));
  }
  if (egress.length > 0) {
    await gone(aws.ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, SecurityGroupRuleIds: egress })));
  }
}

async function authorize(aws: Aws, self: Identity, spec: SecurityGroupRuleSpec): Promise<string> {
  const { groupId: GroupId, direction, cidr: CidrIp, peerGroupId, description: Description } = spec;
  const peer =
    peerGroupId === undefined
      ? { IpRanges: [{ CidrIp, Description }] }
      : { UserIdGroupPairs: [{ GroupId: peerGroupId, Description }] };
  const input = {
    GroupId,
    IpPermissions: [{ IpProtocol: spec.protocol, FromPort: spec.fromPort, ToPort: spec.toPort, ...peer }],
    TagSpecifications: tagSpecification('security-group-rule', self),
  };
  const answer = await (direction === 'ingress'
    ? aws.ec2.send(new AuthorizeSecurityGroupIngressCommand(input))
    : aws.ec2.send(new AuthorizeSecurityGroupEgressCommand(input)));
  return answer.SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? '';
}

/**
 * Takes over an equal rule that is there already: ours whose answer or tags were lost, or a person's. The group is ours
 * alone and the rule lets through exactly what was asked, so nothing changes but its tags. One of another owner stays his.
 */
async function adopt(aws: Aws, self: Identity, spec: SecurityGroupRuleSpec): Promise<string | undefined> {
  const rules = await readRules(aws, { by: 'ids', ids: [spec.groupId] }, 'group-id');
  const equal = rules.find((rule) => describeRule(openingOf(rule)) === describeRule(spec));
  const id = equal?.SecurityGroupRuleId;
  if (!equal || !id) return undefined;
  const { owner, node } = claimed(equal.Tags);
  if (owner) return owner.uid === self.owner.uid && node === self.node ? id : undefined;
  const Tags = Object.entries(self.tags).map(([Key, Value]) => ({ Key, Value }));
  await aws.ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
  return id;
}

/** Nothing of one that stands for another kind. */
function ownedOf(rule: Rule): readonly Owned<SecurityGroupRuleSpec, SecurityGroupRuleAttributes>[] {
  const { SecurityGroupRuleId: securityGroupRuleId = '' } = rule;
  const claim = claimed(rule.Tags);
  if (!isOfKind(RULE_TYPE, claim)) return [];
  return [
    {
      ...claim,
      id: securityGroupRuleId,
      spec: {
        groupId: rule.GroupId ?? null,
        cidr: null,
        peerGroupId: null,
        ...openingOf(rule),
        description: rule.Description ?? '',
      },
      attributes: { securityGroupRuleId },
      health: { state: 'in force', phase: 'ready' },
    },
  ];
}

export const SecurityGroupRule = resource<SecurityGroupRuleSpec, SecurityGroupRuleAttributes>({
  type: RULE_TYPE,
  // AWS does not turn a rule for addresses into one for a group, nor the other way.
  rules: { groupId: 'replace', direction: 'replace', peerGroupId: 'replace' },
  settle: 0,

  observe: (aws, scope) => rulesBy(aws, scope, ownedOf),

  async create(aws, self, spec) {
    const securityGroupRuleId = await authorize(aws, self, spec).catch(async (error: unknown) => {
      const id = classify(error).class === 'exists' ? await adopt(aws, self, spec) : undefined;
      if (id === undefined) throw error;
      return id;
    });
    return { id: securityGroupRuleId, attributes: { securityGroupRuleId } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (fieldsOf(changes).length === 0) return;
    const SecurityGroupRule = {
      IpProtocol: spec.protocol,
      FromPort: spec.fromPort,
      ToPort: spec.toPort,
      CidrIpv4: spec.cidr,
      ReferencedGroupId: spec.peerGroupId,
      Description: spec.description,
    };
    const SecurityGroupRules = [{ SecurityGroupRuleId: live.id, SecurityGroupRule }];
    await aws.ec2.send(new ModifySecurityGroupRulesCommand({ GroupId: spec.groupId, SecurityGroupRules }));
  },

  async delete(aws, live) {
    const rules = await readRules(aws, { by: 'ids', ids: [live.id] });
    for (const rule of rules) await revokeRules(aws, rule.GroupId ?? '', [rule]);
  },
});
