/**
 * Snapshots by hand (RDS User Guide, "Creating a DB snapshot"): `creating` with a progress, then `available`; the database is
 * `backing-up` meanwhile.
 */
import { type Answer, succeeded, text } from '../../call.ts';
import { begin, progress } from '../../lifecycle.ts';
import { nameOf, SNAPSHOTS } from '../collections.ts';
import { later } from '../due.ts';
import { happened } from '../events.ts';
import { courseOf, snapshotOf } from '../facts.ts';
import type { Handler } from '../handler.ts';
import type { Scene } from '../scene.ts';
import { endingIn, SNAPSHOT, SNAPSHOT_BACKUP } from '../stages.ts';

/** Begins the course of a snapshot that the stand-in has made. */
export function beginSnapshot(scene: Scene, id: string): void {
  begin(scene.world, scene.call, snapshotOf(id), endingIn([SNAPSHOT], scene.call.trace.ending));
  happened(scene, SNAPSHOTS, id, 'creation', 'Creating manual snapshot');
  later(scene, `snapshot ${id}`, {
    course: snapshotOf(id),
    until: [SNAPSHOT.state],
    work: (then) => happened(then, SNAPSHOTS, id, 'creation', 'Manual snapshot created'),
  });
}

/** CreateDBSnapshot. */
export const createSnapshot: Handler = async (scene, next) => {
  const answer = await next(scene.call);
  if (!succeeded(answer)) return answer;
  const { world, call } = scene;
  beginSnapshot(scene, nameOf(text(call.params, 'DBSnapshotIdentifier') ?? ''));
  const instance = courseOf(nameOf(text(call.params, 'DBInstanceIdentifier') ?? ''));
  if (!progress(world, call, instance)) begin(world, call, instance, SNAPSHOT_BACKUP);
  return answer;
};

/** CopyDBSnapshot. */
export const copySnapshot: Handler = async (scene, next): Promise<Answer> => {
  const answer = await next(scene.call);
  if (succeeded(answer)) beginSnapshot(scene, nameOf(text(scene.call.params, 'TargetDBSnapshotIdentifier') ?? ''));
  return answer;
};
