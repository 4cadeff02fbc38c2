/** How the contract suite tries an instance profile. */
import { RemoveRoleFromInstanceProfileCommand } from '@aws-sdk/client-iam';
import { InstanceProfile } from '../../src/resources/iam/instance-profile.ts';
import { fixture } from './fixture.ts';
import { anyRole } from './server-ground.ts';
import { converge, find } from './world.ts';

const region = 'us-east-1';

export default fixture({
  resource: InstanceProfile,
  missing: 'st-nobody-00000000-server-us-east-1',
  prepare: async (world) => ({
    roleName: (await anyRole(world, 'first')).roleName,
    otherRoleName: (await anyRole(world, 'second')).roleName,
  }),
  initial: ({ roleName }) => ({ region, roleName }),
  changed: [{ name: 'role', change: ({ otherRoleName }) => ({ roleName: otherRoleName }), expect: 'update' }],
  stranger: (_ground, index) => ({ region: `eu-west-${index}` }),
  strip: null,
  extra: (open) => {
    test('a role that was taken out is put in again', async () => {
      const world = open();
      const { roleName } = await anyRole(world, 'first');
      const self = world.identity('iam.instance-profile/extra');
      const live = await converge(world.aws, InstanceProfile, self, { region, roleName });
      const RoleName = roleName;
      await world.aws.iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: live.id, RoleName }));
      expect((await find(world.aws, InstanceProfile, self))?.spec.roleName).toBeNull();
      const after = await converge(world.aws, InstanceProfile, self, { region, roleName });
      expect(after.spec.roleName).toBe(roleName);
    });
  },
});
