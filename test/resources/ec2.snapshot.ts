/** How the contract suite tries the final copy of a volume. */
import { DeleteVolumeCommand } from '@aws-sdk/client-ec2';
import { Snapshot } from '../../src/resources/ec2/snapshot.ts';
import { SnapshotSchedule } from '../../src/resources/ec2/snapshot-schedule.ts';
import { fixture } from './fixture.ts';
import { anyVolume } from './ground.ts';
import { find, observeTier } from './world.ts';

export default fixture({
  resource: Snapshot,
  missing: 'snap-0123456789abcdef0',
  prepare: anyVolume,
  initial: ({ volumeId }) => ({ volumeId, description: `final copy of ${volumeId}` }),
  changed: [{ name: 'volume', change: () => ({ volumeId: 'vol-0123456789abcdef0' }), expect: 'replace' }],
  extra(open) {
    test('it outlives its volume', async () => {
      const world = open();
      const { volumeId } = await anyVolume(world);
      const live = await world.build(Snapshot, 'data-final', { volumeId, description: 'final copy' });
      await world.aws.ec2.send(new DeleteVolumeCommand({ VolumeId: volumeId }));
      expect(await find(world.aws, Snapshot, live.self)).toMatchObject({ id: live.id, spec: { volumeId } });
    });

    test('the daily snapshots of a schedule are not taken for it', async () => {
      const world = open();
      const { volumeId } = await anyVolume(world);
      await world.build(SnapshotSchedule, 'daily', { volumeId, keep: 7, due: false });
      expect(await observeTier(world.aws, Snapshot, world.owner)).toEqual([]);
    });

    test('it holds data, and nothing else keeps it', () => {
      expect(Snapshot.stateful).toBe(true);
      expect(Snapshot.keeper).toBeUndefined();
    });
  },
});
