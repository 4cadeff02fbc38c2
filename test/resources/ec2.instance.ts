/** How the contract suite tries an instance. */

import {
  AttachVolumeCommand,
  DescribeVolumesCommand,
  ModifyInstanceAttributeCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { claimOf } from '../../src/aws/ownership.ts';
import { allOf } from '../../src/aws/pages.ts';
import { Instance } from '../../src/resources/ec2/instance.ts';
import { tagRecord } from '../../src/resources/ec2/tagging.ts';
import { fixture } from './fixture.ts';
import { anySubnet } from './ground.ts';
import { serverGround, volumeIn } from './server-ground.ts';
import { converge, deleteFully, differences, eventually, find, type World } from './world.ts';

type Ground = Awaited<ReturnType<typeof serverGround>>;

const specOf = (ground: Ground) =>
  ({
    launchTemplateId: ground.launchTemplateId,
    launchTemplateVersion: ground.latestVersion,
    subnetId: ground.subnetId,
    imageId: ground.imageId,
    instanceType: 't4g.small',
    userDataHash: 'a1b2c3',
    securityGroupIds: [ground.groupId],
    instanceProfileArn: ground.profileArn,
    imdsHopLimit: 1,
    httpTokens: 'required',
    monitoring: true,
    terminationProtection: true,
    running: true,
    rootVolumeSizeGiB: 20,
    dataVolumes: {},
  }) as const;

const DEVICE = '/dev/sdf';

async function volumeState({ aws }: World, id: string): Promise<string | undefined> {
  const { Volumes } = await aws.ec2.send(
    new DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: [id] }] }),
  );
  return Volumes?.[0]?.State;
}

export default fixture({
  resource: Instance,
  missing: 'i-0123456789abcdef0',
  prepare: async (world) => {
    const ground = await serverGround(world);
    const [{ volumeId }, { subnetId }] = await Promise.all([
      volumeIn(world, ground.zoneName),
      anySubnet(world, ground.vpcId, 1),
    ]);
    return { ...ground, volumeId, otherSubnetId: subnetId };
  },
  initial: specOf,
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
    { name: 'monitoring setting', change: () => ({ monitoring: false }), expect: 'update' },
    { name: 'root volume size', change: () => ({ rootVolumeSizeGiB: 25 }), expect: 'update' },
    {
      name: 'set of data volumes',
      change: ({ volumeId }) => ({ dataVolumes: { [DEVICE]: { volumeId, deleteOnTermination: false } } }),
      expect: 'update',
    },
    { name: 'image', change: () => ({ imageId: 'ami-0123456789abcdef0' }), expect: 'replace' },
    { name: 'subnet', change: ({ otherSubnetId }) => ({ subnetId: otherSubnetId }), expect: 'replace' },
    { name: 'hash of user data', change: () => ({ userDataHash: 'd4e5f6' }), expect: 'replace' },
  ],
  extra: (open) => {
    const build = async () => {
      const world = open();
      const ground = await serverGround(world);
      const { volumeId } = await volumeIn(world, ground.zoneName);
      const spec = { ...specOf(ground), dataVolumes: { [DEVICE]: { volumeId, deleteOnTermination: false } } };
      const self = world.identity('ec2.instance/extra');
      return { world, ground, spec, self, volumeId, live: await converge(world.aws, Instance, self, spec) };
    };

    test('another type stops it, changes it and starts it, and the data volume stays on', async () => {
      const { world, spec, self, live } = await build();
      const larger = { ...spec, instanceType: 't4g.medium' };
      const changes = differences(Instance, larger, live);
      expect(changes.map(({ impact }) => impact)).toEqual(['restart']);
      await Instance.update(world.aws, live, larger, changes);
      const stopped = await eventually('the stop', async () => {
        const seen = await find(world.aws, Instance, self);
        return seen?.health.state === 'stopped' && seen;
      });
      expect(stopped.health).toMatchObject({ phase: 'failed', reason: 'the instance is stopped' });
      const after = await converge(world.aws, Instance, self, larger);
      expect(after).toMatchObject({
        id: live.id,
        spec: { instanceType: 't4g.medium', running: true, dataVolumes: spec.dataVolumes },
      });
    });

    test('stopped by somebody, it is started again', async () => {
      const { world, spec, self, live } = await build();
      await world.aws.ec2.send(new StopInstancesCommand({ InstanceIds: [live.id] }));
      await eventually('the stop', async () => (await find(world.aws, Instance, self))?.health.state === 'stopped');
      expect((await converge(world.aws, Instance, self, spec)).health).toMatchObject({
        state: 'running',
        phase: 'ready',
      });
    });

    test('a data volume that would go with it is made to stay, also when it goes at once', async () => {
      const { world, spec, self, live, volumeId } = await build();
      const BlockDeviceMappings = [{ DeviceName: DEVICE, Ebs: { DeleteOnTermination: true } }];
      const risk = async () => {
        await world.aws.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: live.id, BlockDeviceMappings }));
        const seen = await find(world.aws, Instance, self);
        expect(seen?.spec.dataVolumes?.[DEVICE]).toEqual({ volumeId, deleteOnTermination: true });
        return seen ?? live;
      };
      await risk();
      expect((await converge(world.aws, Instance, self, spec)).spec.dataVolumes).toEqual(spec.dataVolumes);
      await deleteFully(world.aws, Instance, await risk());
      expect(await eventually('the volume', async () => (await volumeState(world, volumeId)) === 'available')).toBe(
        true,
      );
    });

    test('a volume that stands where another belongs makes way while the server is stopped', async () => {
      const { world, spec, self, live, volumeId } = await build();
      const { volumeId: newer } = await volumeIn(world, live.attributes.zoneName, 'newer');
      const moved = { ...spec, dataVolumes: { [DEVICE]: { volumeId: newer, deleteOnTermination: false } } };
      const after = await converge(world.aws, Instance, self, moved);
      expect(after).toMatchObject({
        id: live.id,
        health: { state: 'running' },
        spec: { dataVolumes: moved.dataVolumes },
      });
      expect(await volumeState(world, volumeId)).toBe('available');
    });

    test('protection that was switched off is seen by a fresh read and switched on again', async () => {
      const { world, spec, self, live } = await build();
      await world.aws.ec2.send(
        new ModifyInstanceAttributeCommand({ InstanceId: live.id, DisableApiTermination: { Value: false } }),
      );
      const seen = await find(world.aws, Instance, self);
      expect(seen && differences(Instance, spec, seen).map(({ path }) => path)).toEqual(['terminationProtection']);
      expect((await converge(world.aws, Instance, self, spec)).spec.terminationProtection).toBe(true);
      const [swept] = await allOf(Instance.observe(world.aws, { by: 'cluster', cluster: world.owner.cluster }));
      expect(swept?.spec).not.toHaveProperty('terminationProtection');
    });

    test("a volume that somebody attached elsewhere is nobody's difference", async () => {
      const { world, spec, self, live } = await build();
      const { volumeId: VolumeId } = await volumeIn(world, live.attributes.zoneName, 'theirs');
      await world.aws.ec2.send(new AttachVolumeCommand({ InstanceId: live.id, VolumeId, Device: '/dev/sdz' }));
      const seen = await eventually('the attachment', async () => {
        const now = await find(world.aws, Instance, self);
        return now?.spec.dataVolumes?.['/dev/sdz'] && now;
      });
      expect(differences(Instance, spec, seen)).toEqual([]);
    });

    test('its root volume carries whose it is, and is no volume of its own', async () => {
      const { world, live } = await build();
      const { Volumes } = await world.aws.ec2.send(
        new DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: [live.attributes.rootVolumeId] }] }),
      );
      const tags = tagRecord(Volumes?.[0]?.Tags);
      expect(tags).toMatchObject({ 'scalingtier.dev/uid': world.owner.uid, team: 'shop' });
      expect(claimOf(tags).node).toBeUndefined();
    });

    test('tags reach its root volume before itself, so that what was cut off in between is still a difference', async () => {
      const { spec, live } = await build();
      const tagged: (string | undefined)[] = [];
      const cut = {
        send: ({ input }: { readonly input: { readonly Resources?: readonly string[] } }) => {
          tagged.push(input.Resources?.[0]);
          return Promise.reject(new Error('the process ended'));
        },
      };
      const change = { path: 'tags.team', from: 'shop', to: 'storefront', impact: 'online' } as const;
      await expect(Instance.update({ ec2: cut } as never, live, spec, [change])).rejects.toThrow('the process ended');
      expect(tagged).toEqual([live.attributes.rootVolumeId]);
    });

    test('robbed of its tags, it keeps its user data and is not replaced', async () => {
      const { world, spec, self, live } = await build();
      const robbed = { ...live, tags: {}, spec: { ...live.spec } };
      delete (robbed.spec as { userDataHash?: string }).userDataHash;
      const changes = differences(Instance, spec, robbed);
      expect(changes.every(({ path }) => path.startsWith('tags.'))).toBe(true);
      await Instance.update(world.aws, robbed, spec, changes);
      expect((await find(world.aws, Instance, self))?.spec.userDataHash).toBe('a1b2c3');
    });
  },
});
