/** How the contract suite tries a security group, and its promise to let through nothing that is not declared. */
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
} from '@aws-sdk/client-ec2';
import { SecurityGroup } from '../../src/resources/ec2/security-group.ts';
import { SecurityGroupRule } from '../../src/resources/ec2/security-group-rule.ts';
import { fixture } from './fixture.ts';
import { anySecurityGroup, anyVpc } from './ground.ts';
import { stripTags } from './strip.ts';
import { converge, deleteFully, differences, find, type World } from './world.ts';

const WEB = {
  direction: 'ingress',
  protocol: 'tcp',
  fromPort: 443,
  toPort: 443,
  cidr: '0.0.0.0/0',
  description: 'https',
} as const;

const specOf = (vpcId: string, expectedRules: readonly string[] = []) => ({
  vpcId,
  name: 'st-web-0a1b2c3d-app',
  description: 'app servers of shop/web',
  extraRules: [],
  expectedRules,
});

async function ruleCount(world: World, groupId: string): Promise<number> {
  const Filters = [{ Name: 'group-id', Values: [groupId] }];
  const { SecurityGroupRules } = await world.aws.ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
  return SecurityGroupRules?.length ?? 0;
}

const openSSH = (GroupId: string) =>
  new AuthorizeSecurityGroupIngressCommand({
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '192.0.2.0/24' }] }],
  });

const letIn = (GroupId: string, from: string) =>
  new AuthorizeSecurityGroupIngressCommand({
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: from }] }],
  });

export default fixture({
  resource: SecurityGroup,
  missing: 'sg-0123456789abcdef0',
  prepare: (world) => anyVpc(world),
  initial: ({ vpcId }) => specOf(vpcId),
  changed: [
    { name: 'name', change: () => ({ name: 'st-web-0a1b2c3d-db' }), expect: 'replace' },
    { name: 'description', change: () => ({ description: 'other' }), expect: 'replace' },
  ],
  stranger: (_ground, index) => ({ name: `somebody-${index}` }),
  extra(open) {
    test('made, it lets nothing through', async () => {
      const world = open();
      const { vpcId } = await anyVpc(world);
      const made = await SecurityGroup.create(world.aws, world.identity('ec2.security-group/app'), specOf(vpcId));
      expect(await ruleCount(world, made.id)).toBe(0);
    });

    test('a rule that somebody added differs, is named, and is revoked', async () => {
      const world = open();
      const { vpcId } = await anyVpc(world);
      const spec = specOf(vpcId, ['ingress tcp 443 0.0.0.0/0']);
      const live = await world.build(SecurityGroup, 'app', spec);
      await world.build(SecurityGroupRule, 'https', { groupId: live.id, ...WEB });
      await world.aws.ec2.send(openSSH(live.id));
      const seen = await find(world.aws, SecurityGroup, live.self);
      expect(seen?.spec.extraRules).toEqual(['ingress tcp 22 192.0.2.0/24']);
      await converge(world.aws, SecurityGroup, live.self, spec);
      expect(await ruleCount(world, live.id)).toBe(1);
    });

    test('a declared rule that lost its tags is not revoked', async () => {
      const world = open();
      const { vpcId } = await anyVpc(world);
      const spec = specOf(vpcId, ['ingress tcp 443 0.0.0.0/0']);
      const live = await world.build(SecurityGroup, 'app', spec);
      const rule = await world.build(SecurityGroupRule, 'https', { groupId: live.id, ...WEB });
      await stripTags(world, rule.id);
      const seen = await find(world.aws, SecurityGroup, live.self);
      if (!seen) throw new Error(`${live.id} is gone`);
      expect(seen.spec.extraRules).toEqual(['ingress tcp 443 0.0.0.0/0']);
      await SecurityGroup.update(world.aws, seen, spec, differences(SecurityGroup, spec, seen));
      expect(await ruleCount(world, live.id)).toBe(1);
    });

    test('a group that another group of the tier names loses that rule first', async () => {
      const world = open();
      const { vpcId } = await anyVpc(world);
      const { groupId: db } = await anySecurityGroup(world, vpcId, 'db');
      const live = await world.build(SecurityGroup, 'app', specOf(vpcId));
      await world.aws.ec2.send(letIn(db, live.id));
      await deleteFully(world.aws, SecurityGroup, live);
      expect(await ruleCount(world, db)).toBe(0);
    });

    test('a rule of a stranger that names the group stays, and so does the group', async () => {
      const world = open();
      const { vpcId } = await anyVpc(world);
      const { groupId } = await SecurityGroup.create(
        world.aws,
        { ...world.identity('ec2.security-group/theirs'), tags: { Name: 'by hand' } },
        { ...specOf(vpcId), name: 'by-hand' },
      ).then(({ attributes }) => attributes);
      const live = await world.build(SecurityGroup, 'app', specOf(vpcId));
      await world.aws.ec2.send(letIn(groupId, live.id));
      await expect(SecurityGroup.delete(world.aws, live)).rejects.toMatchObject({ name: 'DependencyViolation' });
      expect(await ruleCount(world, groupId)).toBe(1);
      const { SecurityGroups } = await world.aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [live.id] }));
      expect(SecurityGroups).toHaveLength(1);
    });
  },
});
