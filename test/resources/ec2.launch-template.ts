/** How the contract suite tries a launch template. */
import { CreateLaunchTemplateVersionCommand, DescribeLaunchTemplateVersionsCommand } from '@aws-sdk/client-ec2';
import { LaunchTemplate } from '../../src/resources/ec2/launch-template.ts';
import { fixture } from './fixture.ts';
import { templateGround, templateSpec } from './server-ground.ts';
import { converge, differences, find } from './world.ts';

export default fixture({
  resource: LaunchTemplate,
  missing: 'lt-0123456789abcdef0',
  prepare: templateGround,
  initial: (ground) => templateSpec(ground, 'under-test'),
  changed: [
    { name: 'instance type', change: () => ({ instanceType: 't4g.medium' }), expect: 'update' },
    {
      name: 'list of security groups',
      change: ({ groupId, otherGroupId }) => ({ securityGroupIds: [otherGroupId, groupId] }),
      expect: 'update',
    },
    {
      name: 'instance profile',
      change: ({ otherProfileArn }) => ({ instanceProfileArn: otherProfileArn }),
      expect: 'update',
    },
    { name: 'hop limit', change: () => ({ imdsHopLimit: 2 }), expect: 'update' },
    { name: 'public address', change: () => ({ publicAddress: true }), expect: 'update' },
    { name: 'user data', change: () => ({ userData: '#cloud-config\n' }), expect: 'update' },
    {
      name: 'root volume',
      change: (ground) => ({ rootVolume: { ...templateSpec(ground).rootVolume, sizeGiB: 30 } }),
      expect: 'update',
    },
    { name: 'name', change: ({ named }) => ({ name: named('renamed') }), expect: 'replace' },
  ],
  stranger: ({ named }, index) => ({ name: named(`stranger-${index}`) }),
  extra: (open) => {
    const build = async () => {
      const world = open();
      const spec = templateSpec(await templateGround(world), 'extra');
      const self = world.identity('ec2.launch-template/extra');
      return { world, spec, self, live: await converge(world.aws, LaunchTemplate, self, spec) };
    };

    const versionsOf = async ({ world, live }: Awaited<ReturnType<typeof build>>) => {
      const answer = await world.aws.ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: live.id }));
      return answer.LaunchTemplateVersions ?? [];
    };

    test('user data is compared and never told', async () => {
      const { spec, live } = await build();
      expect(differences(LaunchTemplate, spec, live)).toEqual([]);
      const [change] = differences(LaunchTemplate, { ...spec, userData: 'password: hunter2' }, live);
      expect(change).toMatchObject({ path: 'userData', impact: 'online' });
      expect(JSON.stringify(change)).not.toMatch(/hunter2|motd/);
    });

    test('the same change asked for twice makes one version', async () => {
      const made = await build();
      const spec = { ...made.spec, instanceType: 't4g.medium' };
      const changes = differences(LaunchTemplate, spec, made.live);
      await LaunchTemplate.update(made.world.aws, made.live, spec, changes);
      await LaunchTemplate.update(made.world.aws, made.live, spec, changes);
      expect(await versionsOf(made)).toHaveLength(2);
    });

    test('a change that is taken back and made again makes a version each time, the newest being the default', async () => {
      const made = await build();
      const medium = { ...made.spec, instanceType: 't4g.medium' };
      for (const spec of [medium, made.spec, medium]) await converge(made.world.aws, LaunchTemplate, made.self, spec);
      const last = await find(made.world.aws, LaunchTemplate, made.self);
      expect(last?.attributes.latestVersion).toBe('4');
      expect((await versionsOf(made)).find(({ DefaultVersion }) => DefaultVersion)?.VersionNumber).toBe(4);
    });

    test('of many versions the last ten are kept, and the template goes on', async () => {
      const made = await build();
      for (let size = 21; size <= 32; size += 1) {
        const spec = { ...made.spec, rootVolume: { ...made.spec.rootVolume, sizeGiB: size } };
        await converge(made.world.aws, LaunchTemplate, made.self, spec);
      }
      const numbers = (await versionsOf(made)).map(({ VersionNumber }) => VersionNumber);
      expect(numbers.sort((a = 0, b = 0) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    });

    test("a version of somebody's that lets metadata be read without a token is replaced by a new one", async () => {
      const { world, spec, self, live } = await build();
      await world.aws.ec2.send(
        new CreateLaunchTemplateVersionCommand({
          LaunchTemplateId: live.id,
          SourceVersion: '1',
          LaunchTemplateData: { MetadataOptions: { HttpTokens: 'optional', HttpPutResponseHopLimit: 1 } },
        }),
      );
      const weakened = await find(world.aws, LaunchTemplate, self);
      expect(weakened?.attributes.latestVersion).toBe('2');
      const after = await converge(world.aws, LaunchTemplate, self, spec);
      expect(after.attributes.latestVersion).toBe('3');
    });
  },
});
