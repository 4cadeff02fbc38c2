/** How the contract suite tries a data volume. */
import { DescribeVolumesModificationsCommand, ModifyVolumeCommand } from '@aws-sdk/client-ec2';
import { classify } from '../../src/aws/errors.ts';
import { Snapshot } from '../../src/resources/ec2/snapshot.ts';
import { Volume, type VolumeSpec } from '../../src/resources/ec2/volume.ts';
import { atAwsOwnPace } from './faults.ts';
import { fixture } from './fixture.ts';
import { differences, find } from './world.ts';

const SPEC: VolumeSpec = { zoneName: 'us-east-1a', sizeGiB: 50, volumeType: 'gp3', encrypted: true };

export default fixture({
  resource: Volume,
  missing: 'vol-0123456789abcdef0',
  prepare: async () => undefined,
  initial: () => SPEC,
  changed: [
    { name: 'size', change: () => ({ sizeGiB: 100 }), expect: 'update' },
    { name: 'number of IOPS', change: () => ({ iops: 6000 }), expect: 'update' },
    { name: 'throughput', change: () => ({ throughput: 250 }), expect: 'update' },
    { name: 'zone', change: () => ({ zoneName: 'us-east-1b' }), expect: 'replace' },
    { name: 'encryption', change: () => ({ encrypted: false }), expect: 'replace' },
  ],
  extra(open) {
    test('a volume that is larger than asked is left so', async () => {
      const world = open();
      const live = await world.build(Volume, 'data', SPEC);
      await world.aws.ec2.send(new ModifyVolumeCommand({ VolumeId: live.id, Size: 80 }));
      const grown = await find(world.aws, Volume, live.self);
      expect(grown?.spec.sizeGiB).toBe(80);
      expect(grown && differences(Volume, SPEC, grown)).toEqual([]);
    });

    test('while AWS works on a modification it counts as done, and another one has to wait', async () => {
      const world = open();
      const live = await world.build(Volume, 'data', SPEC);
      const larger = { ...SPEC, sizeGiB: 60 };
      await atAwsOwnPace(world, async () => {
        await Volume.update(world.aws, live, larger, differences(Volume, larger, live));
        const seen = await find(world.aws, Volume, live.self);
        if (!seen) throw new Error(`${live.id} is gone`);
        expect(differences(Volume, larger, seen)).toEqual([]);
        expect(seen.health.phase).toBe('ready');
        const largest = { ...SPEC, sizeGiB: 70 };
        const second = Volume.update(world.aws, seen, largest, differences(Volume, largest, seen));
        expect(await second.catch((error: unknown) => classify(error).class)).toBe('busy');
      });
      const Filters = [{ Name: 'volume-id', Values: [live.id] }];
      const { VolumesModifications } = await world.aws.ec2.send(new DescribeVolumesModificationsCommand({ Filters }));
      expect(VolumesModifications).toHaveLength(1);
    });

    test('its keeper is a snapshot of it', async () => {
      const world = open();
      const live = await world.build(Volume, 'data', SPEC);
      expect(Volume.keeper?.type).toBe(Snapshot.type);
      const spec = Volume.keeper?.specOf({ ...live.attributes }) as Parameters<typeof Snapshot.create>[2];
      const copy = await world.build(Snapshot, 'data-final', spec);
      expect(copy.spec).toEqual({ volumeId: live.id, description: `final copy of ${live.id}` });
    });

    test('the bill has what goes beyond what gp3 includes', () => {
      expect(Volume.cost?.(SPEC)).toEqual([{ rate: 'ebs/gp3-gb-month', quantity: 50 }]);
      expect(Volume.cost?.({ ...SPEC, iops: 4000, throughput: 200 })).toEqual([
        { rate: 'ebs/gp3-gb-month', quantity: 50 },
        { rate: 'ebs/gp3-iops-month', quantity: 1000 },
        { rate: 'ebs/gp3-mbps-month', quantity: 75 },
      ]);
      expect(Volume.cost?.({ ...SPEC, volumeType: 'io2', iops: 4000 })).toEqual([
        { rate: 'ebs/io2-gb-month', quantity: 50 },
      ]);
    });
  },
});
