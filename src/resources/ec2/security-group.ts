/**
 * A security group, and the promise that it lets through nothing but what is declared: rules that nobody of ours claims
 * show up as `extraRules` and are revoked. The declared rules themselves are kinds of their own.
 */
import {
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  type Filter,
  type SecurityGroup as Group,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupEgressCommand,
  type SecurityGroupRule as Rule,
} from '@aws-sdk/client-ec2';
import { type Aws, type Live, resource, type Scope } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';
import type { Owned, Owner } from '../../core/kind.ts';
import { describeRule, openingOf, RULE_TYPE, readRules, revokeRules } from './security-group-rule.ts';
import { claimed, fieldsOf, gone, isOfKind, PAGE_OF_LARGE, readPages, retag, tagSpecification } from './tagging.ts';

export interface SecurityGroupSpec {
  readonly vpcId: string;
  /** Unique within the VPC. */
  readonly name: string;
  readonly description: string;
  /** Descriptors of the rules that no tag of ours is on; always asked to be none. */
  readonly extraRules: readonly string[];
  /** Descriptors of the declared rules: one of these that lost its tags gets them back from its own node. */
  readonly expectedRules: readonly string[];
}

export interface SecurityGroupAttributes {
  readonly groupId: string;
}

const groupsBy = <T>(
  aws: Aws,
  scope: Scope,
  idFilter: string,
  ofPage: (groups: readonly Group[]) => readonly T[] | Promise<readonly T[]>,
): AsyncIterable<readonly T[]> =>
  readPages(
    scope,
    idFilter,
    (Filters: Filter[]) => paginateDescribeSecurityGroups({ client: aws.ec2, pageSize: PAGE_OF_LARGE }, { Filters }),
    async ({ SecurityGroups = [] }) => ofPage(SecurityGroups),
  );

const rulesOfGroups = (aws: Aws, ids: readonly string[]): Promise<readonly Rule[]> =>
  readRules(aws, { by: 'ids', ids }, 'group-id');

/** Whether a rule is nobody's, carries tags that were copied from elsewhere, or is of somebody else than its group. */
function isExtra(rule: Rule, groupOwner: Owner | undefined): boolean {
  const claim = claimed(rule.Tags);
  if (!claim.owner || !isOfKind(RULE_TYPE, claim)) return true;
  return groupOwner !== undefined && claim.owner.uid !== groupOwner.uid;
}

/** AWS lets a new group talk to everyone. */
async function revokeDefault(aws: Aws, GroupId: string): Promise<void> {
  const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  await gone(aws.ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions })));
}

/** A group that another one names cannot be deleted. Only groups of the same tier are touched; another's stays in the way. */
async function revokeReferences(aws: Aws, live: Live<SecurityGroupSpec, SecurityGroupAttributes>): Promise<void> {
  const byIDs: Scope = { by: 'ids', ids: [live.id] };
  const naming = [
    ...(await allOf(groupsBy(aws, byIDs, 'ip-permission.group-id', (groups) => groups))),
    ...(await allOf(groupsBy(aws, byIDs, 'egress.ip-permission.group-id', (groups) => groups))),
  ];
  const ours = naming.filter(({ Tags }) => claimed(Tags).owner?.uid === live.self.owner.uid);
  const ids = [...new Set([live.id, ...ours.flatMap(({ GroupId }) => GroupId ?? [])])];
  const rules = (await rulesOfGroups(aws, ids)).filter((rule) => rule.ReferencedGroupInfo?.GroupId === live.id);
  for (const id of ids)
    await revokeRules(
      aws,
      id,
      rules.filter(({ GroupId }) => GroupId === id),
    );
}

function ownedOf(
  { GroupId: groupId = '', VpcId, GroupName, Description, Tags }: Group,
  rules: readonly Rule[],
): Owned<SecurityGroupSpec, SecurityGroupAttributes> {
  const claim = claimed(Tags);
  const extra = rules.filter((rule) => isExtra(rule, claim.owner));
  return {
    ...claim,
    id: groupId,
    spec: {
      vpcId: VpcId ?? null,
      name: GroupName ?? null,
      description: Description ?? null,
      extraRules: extra.map((rule) => describeRule(openingOf(rule))).sort(),
    },
    attributes: { groupId },
    health: { state: 'available', phase: 'ready' },
  };
}

export const SecurityGroup = resource<SecurityGroupSpec, SecurityGroupAttributes>({
  type: 'ec2.security-group',
  rules: {
    vpcId: 'replace',
    name: 'replace',
    description: 'replace',
    extraRules: 'unordered',
    expectedRules: 'ignore',
  },
  settle: 1,

  observe(aws, scope) {
    return groupsBy(aws, scope, 'group-id', async (groups) => {
      const ids = groups.flatMap(({ GroupId }) => GroupId ?? []);
      const rules = Map.groupBy(await rulesOfGroups(aws, ids), ({ GroupId }) => GroupId);
      return groups.map((group) => ownedOf(group, rules.get(group.GroupId) ?? []));
    });
  },

  async create(aws, self, spec) {
    const { GroupId: groupId = '' } = await aws.ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: spec.name,
        Description: spec.description,
        VpcId: spec.vpcId,
        TagSpecifications: tagSpecification('security-group', self),
      }),
    );
    await revokeDefault(aws, groupId);
    return { id: groupId, attributes: { groupId } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (fieldsOf(changes).length === 0) return;
    const extra = (await rulesOfGroups(aws, [live.id])).filter((rule) => isExtra(rule, live.self.owner));
    const unexpected = extra.filter((rule) => !spec.expectedRules.includes(describeRule(openingOf(rule))));
    await revokeRules(aws, live.id, unexpected);
  },

  async delete(aws, live) {
    await revokeReferences(aws, live);
    await gone(aws.ec2.send(new DeleteSecurityGroupCommand({ GroupId: live.id })));
  },
});
