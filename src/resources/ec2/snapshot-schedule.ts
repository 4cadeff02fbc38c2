/**
 * The daily snapshots of a volume, kept as a whole: one node stands for all of them. Being due is a difference like any
 * other, so the ordinary passes take the next snapshot; nothing here sleeps or counts. It must not touch final copies.
 */
import { type Snapshot as Copy, CreateSnapshotCommand, DeleteSnapshotCommand } from '@aws-sdk/client-ec2';
import { type Aws, type Identity, type Resource, resource } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { claimOf } from '../../aws/ownership.ts';
import { mapInTurns } from '../../aws/turns.ts';
import type { Charge, Health, Owned } from '../../core/kind.ts';
import {
  hasFailed,
  isComplete,
  isDue,
  PERIOD_TAG,
  periodOf,
  readSet,
  readSets,
  SCHEDULE_TYPE,
  setID,
  surplus,
} from './snapshot-set.ts';
import { fieldsOf, gone, retag, tagRecord, tagSpecification } from './tagging.ts';

export interface SnapshotScheduleSpec {
  readonly volumeId: string;
  /** How many completed snapshots are kept. */
  readonly keep: number;
  /** Always asked to be false. */
  readonly due: boolean;
  /** Of the volume, for the bill: the first copy is whole, the others hold what changed since. */
  readonly sizeGiB?: number;
}

export interface SnapshotScheduleAttributes {
  readonly latestSnapshotId: string;
  /** RFC 3339. */
  readonly latestSnapshotTime: string;
  /** Empty as long as none is complete. */
  readonly latestCompletedSnapshotId: string;
  readonly latestCompletedSnapshotTime: string;
}

const timeOf = (copy: Copy | undefined): string => copy?.StartTime?.toISOString() ?? '';

function attributesOf(copies: readonly Copy[]): SnapshotScheduleAttributes {
  const latest = copies.find((copy) => !hasFailed(copy)) ?? copies[0];
  const complete = copies.find(isComplete);
  return {
    latestSnapshotId: latest?.SnapshotId ?? '',
    latestSnapshotTime: timeOf(latest),
    latestCompletedSnapshotId: complete?.SnapshotId ?? '',
    latestCompletedSnapshotTime: timeOf(complete),
  };
}

/** A schedule is in force as soon as one of its snapshots can be restored. */
function healthOf(copies: readonly Copy[]): Health {
  const [latest] = copies;
  const state = latest?.State ?? 'pending';
  if (copies.some(isComplete)) return { state, phase: 'ready' };
  if (!copies.every(hasFailed)) return { state, phase: 'warming', reason: 'the first snapshot is not complete yet' };
  return { state, phase: 'failed', reason: latest?.StateMessage || 'no snapshot of the volume has succeeded' };
}

/** One set of snapshots, newest first and not empty, as one resource. */
function ownedOf(
  id: string,
  copies: readonly Copy[],
  time: number,
): Owned<SnapshotScheduleSpec, SnapshotScheduleAttributes> {
  const latest = copies.find((copy) => !hasFailed(copy)) ?? copies[0];
  const { [PERIOD_TAG]: _period, ...tags } = tagRecord(latest?.Tags);
  return {
    ...claimOf(tags),
    id,
    spec: { volumeId: latest?.VolumeId ?? null, due: isDue(copies, time) },
    attributes: attributesOf(copies),
    tags,
    health: healthOf(copies),
  };
}

/** The snapshot of the current period, taken unless it is there. */
async function take(aws: Aws, self: Identity, spec: SnapshotScheduleSpec, time: number): Promise<Copy> {
  const period = periodOf(time);
  const set = await readSet(aws, setID(self.owner, self.node, self.incarnation));
  const isCurrent = (copy: Copy): boolean =>
    tagRecord(copy.Tags)[PERIOD_TAG] === period && copy.VolumeId === spec.volumeId;
  const current = set.find((copy) => isCurrent(copy) && !hasFailed(copy));
  if (current) return current;
  return aws.ec2.send(
    new CreateSnapshotCommand({
      VolumeId: spec.volumeId,
      Description: `daily snapshot of ${spec.volumeId}, ${new Date(time).toISOString().slice(0, 10)}`,
      TagSpecifications: tagSpecification('snapshot', { ...self, tags: { ...self.tags, [PERIOD_TAG]: period } }),
    }),
  );
}

/** Deletes snapshots; one that an image is made of stays until the image goes. */
async function remove(aws: Aws, copies: readonly Copy[]): Promise<void> {
  for (const { SnapshotId } of copies) {
    try {
      await gone(aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId })));
    } catch (error) {
      if (classify(error).class !== 'busy') throw error;
    }
  }
}

function charges({ sizeGiB = 0 }: SnapshotScheduleSpec): readonly Charge[] {
  return sizeGiB > 0 ? [{ rate: 'ebs/snapshot-gb-month', quantity: sizeGiB }] : [];
}

/** The kind with a clock of the caller's, milliseconds since 1970. */
export function snapshotSchedule(now: () => number): Resource<SnapshotScheduleSpec, SnapshotScheduleAttributes> {
  return resource<SnapshotScheduleSpec, SnapshotScheduleAttributes>({
    type: SCHEDULE_TYPE,
    rules: { keep: 'ignore', sizeGiB: 'ignore' },
    anonymous: true,
    stateful: true,
    operation: true,
    settle: 15,
    cost: charges,

    async *observe(aws, scope) {
      yield await mapInTurns([...(await readSets(aws, scope))], ([id, copies]) => ownedOf(id, copies, now()));
    },

    async create(aws, self, spec) {
      const copy = await take(aws, self, spec, now());
      return { id: setID(self.owner, self.node, self.incarnation), attributes: attributesOf([copy]) };
    },

    async update(aws, live, spec, changes) {
      const ids = (await readSet(aws, live.id)).flatMap(({ SnapshotId }) => SnapshotId ?? []);
      await retag(aws, ids, changes);
      if (fieldsOf(changes).length === 0) return;
      await take(aws, live.self, spec, now());
      await remove(aws, surplus(await readSet(aws, live.id), spec.keep));
    },

    async delete(aws, live) {
      await remove(aws, await readSet(aws, live.id));
    },
  });
}

export const SnapshotSchedule = snapshotSchedule(Date.now);
