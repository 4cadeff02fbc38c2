/**
 * A replica becomes a database of its own (RDS User Guide, "Promoting a read replica"; "Deleting a DB instance": replicas of
 * a deleted source are promoted).
 */
import { text } from '../../call.ts';
import { begin } from '../../lifecycle.ts';
import { INSTANCES, nameOf } from '../collections.ts';
import { later } from '../due.ts';
import { databaseEvent } from '../events.ts';
import { courseOf, factsOf } from '../facts.ts';
import { accepted, type Handler } from '../handler.ts';
import { ask, type Scene } from '../scene.ts';
import { PROMOTING, promotionStages } from '../stages.ts';

/** Automated backups of a promoted replica: one day, when nothing is asked (API reference, PromoteReadReplica). */
const DEFAULT_DAYS = '1';

/** Ends replication. The stand-in forgets that it is a replica, and goes on naming the source. */
export async function promote(scene: Scene, id: string, days: string): Promise<void> {
  const facts = factsOf(scene, id);
  facts.promoted = true;
  facts.unbacked = days === '0';
  await ask(scene, 'PromoteReadReplica', { DBInstanceIdentifier: id, BackupRetentionPeriod: days });
  databaseEvent(scene, id, 'read replica', 'Promoted Read Replica to a stand-alone DB instance');
}

/** PromoteReadReplica. */
export const promoteReplica: Handler = async (scene) => {
  const id = nameOf(text(scene.call.params, 'DBInstanceIdentifier') ?? '');
  const days = text(scene.call.params, 'BackupRetentionPeriod') ?? DEFAULT_DAYS;
  begin(scene.world, scene.call, courseOf(id), promotionStages(days !== '0'));
  later(scene, `promotion of ${id}`, {
    course: courseOf(id),
    until: PROMOTING,
    work: (then) => promote(then, id, days),
  });
  return accepted(scene, INSTANCES, id);
};
