/** How the contract suite tries the daily snapshots of a volume; the passing of days is a clock of the test's. */

import { type Snapshot as Copy, CreateSnapshotCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import type { Identity } from '../../src/aws/driver.ts';
import { allOf } from '../../src/aws/pages.ts';
import { Snapshot } from '../../src/resources/ec2/snapshot.ts';
import {
  SnapshotSchedule,
  type SnapshotScheduleSpec,
  snapshotSchedule,
} from '../../src/resources/ec2/snapshot-schedule.ts';
import { fixture } from './fixture.ts';
import { anyVolume } from './ground.ts';
import { converge, differences, eventually, find, type World } from './world.ts';

const specOf = (volumeId: string, keep = 7): SnapshotScheduleSpec => ({ volumeId, keep, due: false });

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The kind as it is so many milliseconds from now. */
const after = (milliseconds: number) => snapshotSchedule(() => Date.now() + milliseconds);

async function copiesOf(world: World, self: Identity): Promise<readonly Copy[]> {
  const Filters = [{ Name: 'tag:scalingtier.dev/role', Values: [self.node] }];
  const { Snapshots = [] } = await world.aws.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }));
  return Snapshots.filter(({ Tags }) => Tags?.some(({ Value }) => Value === self.owner.uid));
}

const allCompleted = (world: World, self: Identity) =>
  eventually('completed snapshots', async () => {
    const copies = await copiesOf(world, self);
    return copies.length > 0 && copies.every(({ State }) => State === 'completed');
  });

const DUE = [{ path: 'due', from: true, to: false, impact: 'online' as const }];

export default fixture({
  resource: SnapshotSchedule,
  missing: 'test/0c5ff4b2-0000-4000-8000-000000000000/ec2.snapshot-schedule/under-test/1',
  prepare: anyVolume,
  initial: ({ volumeId }) => specOf(volumeId),
  changed: [],
  // Tags are all that tells one of its snapshots from any other.
  strip: null,
  recognisable: false,
  extra(open) {
    test('a day after the last snapshot the next one is due, and taken once', async () => {
      const world = open();
      const { volumeId } = await anyVolume(world);
      const spec = specOf(volumeId);
      const live = await world.build(SnapshotSchedule, 'daily', spec);
      const early = await find(world.aws, after(DAY - 2 * HOUR), live.self);
      expect(early && differences(SnapshotSchedule, spec, early)).toEqual([]);
      const late = await find(world.aws, after(DAY), live.self);
      const changes = late ? differences(SnapshotSchedule, spec, late) : [];
      expect(changes).toEqual(DUE);
      await after(DAY).update(world.aws, live, spec, changes);
      await after(DAY).update(world.aws, live, spec, changes);
      expect(await copiesOf(world, live.self)).toHaveLength(2);
      expect((await find(world.aws, SnapshotSchedule, live.self))?.id).toBe(live.id);
    });

    test('only so many are kept, the newest', async () => {
      const world = open();
      const { volumeId } = await anyVolume(world);
      const spec = specOf(volumeId, 2);
      const live = await world.build(SnapshotSchedule, 'daily', spec);
      const taken: (string | undefined)[] = [];
      for (const day of [1, 2, 3, 3]) {
        await allCompleted(world, live.self);
        await after(day * DAY).update(world.aws, live, spec, DUE);
        const seen = await find(world.aws, SnapshotSchedule, live.self);
        taken.push(seen?.attributes.latestSnapshotId);
      }
      const left = (await copiesOf(world, live.self)).map(({ SnapshotId }) => SnapshotId);
      expect(left.sort()).toEqual(taken.slice(1, 3).sort());
    });

    test('final copies and snapshots by hand are neither counted nor pruned', async () => {
      const world = open();
      const { volumeId } = await anyVolume(world);
      const final = await world.build(Snapshot, 'data-final', { volumeId, description: 'final copy' });
      const live = await world.build(SnapshotSchedule, 'daily', specOf(volumeId, 1));
      const byHand = await world.aws.ec2.send(new CreateSnapshotCommand({ VolumeId: volumeId }));
      await after(DAY).update(world.aws, live, specOf(volumeId, 1), DUE);
      await SnapshotSchedule.delete(world.aws, live);
      expect(await find(world.aws, SnapshotSchedule, live.self)).toBeUndefined();
      expect(await allOf(Snapshot.observe(world.aws, { by: 'ids', ids: [byHand.SnapshotId ?? ''] }))).toHaveLength(1);
      expect(await find(world.aws, Snapshot, final.self)).toMatchObject({ id: final.id });
    });

    test('changed tags reach every snapshot of the set', async () => {
      const world = open();
      const { volumeId } = await anyVolume(world);
      const spec = specOf(volumeId);
      const live = await world.build(SnapshotSchedule, 'daily', spec);
      await after(DAY).update(world.aws, live, spec, DUE);
      const self = { ...live.self, tags: { ...live.self.tags, team: 'other' } };
      await converge(world.aws, SnapshotSchedule, self, spec);
      const teams = (await copiesOf(world, self)).map(({ Tags }) => Tags?.find(({ Key }) => Key === 'team')?.Value);
      expect(teams).toEqual(['other', 'other']);
    });
  },
});
