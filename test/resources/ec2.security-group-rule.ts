/** How the contract suite tries a rule of a security group. */
import { AuthorizeSecurityGroupIngressCommand, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2';
import { classify } from '../../src/aws/errors.ts';
import {
  describeRule,
  SecurityGroupRule,
  type SecurityGroupRuleAttributes,
  type SecurityGroupRuleSpec,
} from '../../src/resources/ec2/security-group-rule.ts';
import { fixture } from './fixture.ts';
import { anySecurityGroup, anyVpc } from './ground.ts';
import { differences, find, type World } from './world.ts';

const specOf = (groupId: string): SecurityGroupRuleSpec => ({
  groupId,
  direction: 'ingress',
  protocol: 'tcp',
  fromPort: 80,
  toPort: 80,
  cidr: '0.0.0.0/0',
  description: 'http from anywhere',
});

async function ground(world: World) {
  const { vpcId } = await anyVpc(world);
  return anySecurityGroup(world, vpcId);
}

export default fixture<SecurityGroupRuleSpec, SecurityGroupRuleAttributes, { readonly groupId: string }>({
  resource: SecurityGroupRule,
  missing: 'sgr-0123456789abcdef0',
  prepare: ground,
  initial: ({ groupId }) => specOf(groupId),
  changed: [
    { name: 'port', change: () => ({ fromPort: 8080, toPort: 8081 }), expect: 'update' },
    { name: 'protocol', change: () => ({ protocol: 'udp' }), expect: 'update' },
    { name: 'protocol to all', change: () => ({ protocol: '-1', fromPort: -1, toPort: -1 }), expect: 'update' },
    { name: 'source', change: () => ({ cidr: '198.51.100.0/24' }), expect: 'update' },
    { name: 'description', change: () => ({ description: 'http' }), expect: 'update' },
    { name: 'direction', change: () => ({ direction: 'egress' }), expect: 'replace' },
  ],
  stranger: (_ground, index) => ({ fromPort: 8000 + index, toPort: 8000 + index }),
  extra(open) {
    test.each([
      { given: {}, said: 'ingress tcp 80 0.0.0.0/0' },
      { given: { toPort: 90 }, said: 'ingress tcp 80-90 0.0.0.0/0' },
      {
        given: { direction: 'egress' as const, protocol: '-1', fromPort: -1, toPort: -1 },
        said: 'egress all all 0.0.0.0/0',
      },
    ])('a rule is described as $said', ({ given, said }) => {
      expect(describeRule({ ...specOf('sg-1'), ...given })).toBe(said);
    });

    test('egress is a rule like any other', async () => {
      const world = open();
      const { groupId } = await ground(world);
      const live = await world.build(SecurityGroupRule, 'out', { ...specOf(groupId), direction: 'egress' as const });
      await SecurityGroupRule.delete(world.aws, live);
      expect(await find(world.aws, SecurityGroupRule, live.self)).toBeUndefined();
    });

    test('an equal rule that nobody claims is taken over, under its id', async () => {
      const world = open();
      const { groupId } = await ground(world);
      const IpRanges = [{ CidrIp: '0.0.0.0/0' }];
      const { SecurityGroupRules } = await world.aws.ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: groupId,
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges }],
        }),
      );
      const live = await world.build(SecurityGroupRule, 'http', specOf(groupId));
      expect(live.id).toBe(SecurityGroupRules?.[0]?.SecurityGroupRuleId);
    });

    test('an equal rule of another tier stays his, and the creation says that there is one', async () => {
      const world = open();
      const { groupId } = await ground(world);
      await open().build(SecurityGroupRule, 'http', specOf(groupId));
      const creation = SecurityGroupRule.create(
        world.aws,
        world.identity('ec2.security-group-rule/http'),
        specOf(groupId),
      );
      expect(await creation.catch((error: unknown) => classify(error).class)).toBe('exists');
    });

    describe('a rule for the members of another group', () => {
      async function built(world: World) {
        const { vpcId } = await anyVpc(world);
        const { groupId } = await anySecurityGroup(world, vpcId);
        const { groupId: peerGroupId } = await anySecurityGroup(world, vpcId, 'peer');
        const { cidr: _, ...rest } = specOf(groupId);
        const spec = { ...rest, peerGroupId, description: 'from the peer' };
        return { spec, live: await world.build(SecurityGroupRule, 'peer', spec) };
      }

      test('is seen as asked, without a block of addresses', async () => {
        const { spec, live } = await built(open());
        expect(live.spec).toEqual({ ...spec, cidr: null });
        expect(describeRule(spec)).toBe(`ingress tcp 80 ${spec.peerGroupId}`);
      });

      test('that exists already is found by who it lets through', async () => {
        const world = open();
        const { spec, live } = await built(world);
        expect(await SecurityGroupRule.create(world.aws, live.self, spec)).toEqual({
          id: live.id,
          attributes: live.attributes,
        });
      });

      // AWS: "You may not specify a referenced group id for an existing IPv4 CIDR rule."
      test('is another rule when the group is another one, and the same under another description', async () => {
        const world = open();
        const { spec, live } = await built(world);
        const other = { ...spec, peerGroupId: spec.groupId };
        expect(differences(SecurityGroupRule, other, live).map(({ impact }) => impact)).toEqual(['replace']);
        const named = await world.build(SecurityGroupRule, 'peer', { ...spec, description: 'http' });
        expect([named.id, named.spec.description, named.spec.peerGroupId]).toEqual([live.id, 'http', spec.peerGroupId]);
      });
    });

    test('a rule that somebody revoked is absent, and its deletion says nothing', async () => {
      const world = open();
      const { groupId } = await ground(world);
      const live = await world.build(SecurityGroupRule, 'http', specOf(groupId));
      await world.aws.ec2.send(
        new RevokeSecurityGroupIngressCommand({ GroupId: groupId, SecurityGroupRuleIds: [live.id] }),
      );
      expect(await find(world.aws, SecurityGroupRule, live.self)).toBeUndefined();
      await expect(SecurityGroupRule.delete(world.aws, live)).resolves.toBeUndefined();
    });
  },
});
