/** How the contract suite tries a role. */

import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  GetRoleCommand,
} from '@aws-sdk/client-iam';
import { allOf } from '../../src/aws/pages.ts';
import { Role } from '../../src/resources/iam/role.ts';
import { fixture } from './fixture.ts';
import { policyAllowing, SSM_CORE, TRUST_EC2 } from './server-ground.ts';
import { converge, deleteFully, find } from './world.ts';

const METRICS = 'arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy';
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

const initial = {
  region: 'us-east-1',
  trustPolicy: TRUST_EC2,
  managedPolicyArns: [SSM_CORE, METRICS],
  inlinePolicy: policyAllowing('ssm:GetParameter'),
  permissionsBoundaryArn: null,
};

export default fixture({
  resource: Role,
  missing: 'st-nobody-00000000-server-us-east-1',
  prepare: async () => ({}),
  initial: () => initial,
  changed: [
    {
      name: 'list of managed policies',
      change: () => ({ managedPolicyArns: [SSM_CORE, READ_ONLY] }),
      expect: 'update',
    },
    { name: 'inline policy', change: () => ({ inlinePolicy: policyAllowing('ssm:GetParameters') }), expect: 'update' },
    {
      name: 'trust policy',
      change: () => ({
        trustPolicy: {
          ...TRUST_EC2,
          Statement: [{ Effect: 'Allow', Principal: { Service: 'ssm.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
      }),
      expect: 'update',
    },
    { name: 'permissions boundary', change: () => ({ permissionsBoundaryArn: READ_ONLY }), expect: 'update' },
  ],
  stranger: (_ground, index) => ({ region: `eu-west-${index}` }),
  strip: null,
  extra: (open) => {
    const build = async () => {
      const world = open();
      const self = world.identity('iam.role/extra');
      return { world, self, live: await converge(world.aws, Role, self, initial) };
    };

    test('a policy that somebody attached is taken off again, and one that was taken off comes back', async () => {
      const { world, self, live } = await build();
      await world.aws.iam.send(new AttachRolePolicyCommand({ RoleName: live.id, PolicyArn: READ_ONLY }));
      const widened = await find(world.aws, Role, self);
      expect(widened?.spec.managedPolicyArns).toContain(READ_ONLY);
      const after = await converge(world.aws, Role, self, { ...initial, managedPolicyArns: [METRICS] });
      expect(after.spec.managedPolicyArns).toEqual([METRICS]);
    });

    test('a boundary is taken off when none is asked for', async () => {
      const { world, self } = await build();
      await converge(world.aws, Role, self, { ...initial, permissionsBoundaryArn: READ_ONLY });
      const after = await converge(world.aws, Role, self, initial);
      expect(after.spec.permissionsBoundaryArn).toBeNull();
    });

    test('a role that a profile holds is deleted all the same', async () => {
      const { world, live } = await build();
      const InstanceProfileName = `by-hand-${live.self.owner.uid.slice(0, 8)}`;
      await world.aws.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
      await world.aws.iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: live.id }));
      await deleteFully(world.aws, Role, live);
      await expect(world.aws.iam.send(new GetRoleCommand({ RoleName: live.id }))).rejects.toMatchObject({
        Code: 'NoSuchEntity',
      });
    });

    test('many tiers are read as truly as one', async () => {
      const { world, live } = await build();
      const others = Array.from({ length: 8 }, (_, index) => ({ ...world.owner, name: `other-${index}` }));
      const seen = await allOf(Role.observe(world.aws, { by: 'tiers', owners: [...others, world.owner] }));
      expect(seen).toEqual([{ ...live, self: undefined }].map(({ self: _self, ...owned }) => owned));
    });
  },
});
