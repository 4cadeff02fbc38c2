/**
 * A database goes (RDS User Guide, "Deleting a DB instance"): `deleting`, with a final snapshot when one is wanted, and then
 * it is gone, with its automated backups unless they are kept. Until then its name, its groups and its network are in use.
 */
import { forgetBirth } from '../../births.ts';
import { type Answer, succeeded, text } from '../../call.ts';
import { begin } from '../../lifecycle.ts';
import { child, textAt } from '../../xml.ts';
import { arnOf, INSTANCES, nameOf } from '../collections.ts';
import { dropDue, later } from '../due.ts';
import { databaseEvent } from '../events.ts';
import { courseOf, forgetFacts } from '../facts.ts';
import { accepted, type Handler } from '../handler.ts';
import { ask, type Scene } from '../scene.ts';
import { endServer } from '../servers.ts';
import { deletionStages } from '../stages.ts';
import { lookUp } from '../view.ts';
import { promote } from './replication.ts';
import { beginSnapshot } from './snapshot.ts';

/** The tags of the database are the snapshot's, when it copies them. A refusal is the answer to the deletion. */
async function finalSnapshot(scene: Scene, id: string, name: string | undefined): Promise<Answer | undefined> {
  if (name === undefined) return undefined;
  const answer = await ask(scene, 'CreateDBSnapshot', { DBInstanceIdentifier: id, DBSnapshotIdentifier: name });
  if (!succeeded(answer)) return answer;
  beginSnapshot(scene, nameOf(name));
  return undefined;
}

/** Replicas in the same region are promoted when their source goes. */
async function promoteReplicas(scene: Scene, id: string): Promise<void> {
  const record = await lookUp(scene, INSTANCES, id);
  const replicas = (record && child(record, 'ReadReplicaDBInstanceIdentifiers'))?.children ?? [];
  for (const replica of replicas) await promote(scene, textAt(replica) ?? '', '1');
}

async function end(scene: Scene, id: string, keepsBackups: boolean): Promise<void> {
  await ask(scene, 'DeleteDBInstance', {
    DBInstanceIdentifier: id,
    SkipFinalSnapshot: 'true',
    DeleteAutomatedBackups: String(!keepsBackups),
  });
  forgetFacts(scene, id);
  await endServer(scene, id);
  forgetBirth(scene.world, scene.call, arnOf(scene.call, INSTANCES, id));
  databaseEvent(scene, id, 'deletion', 'DB instance deleted');
}

/** DeleteDBInstance. */
export const deleteInstance: Handler = async (scene) => {
  const { params } = scene.call;
  const id = nameOf(text(params, 'DBInstanceIdentifier') ?? '');
  const refused = await finalSnapshot(scene, id, text(params, 'FinalDBSnapshotIdentifier'));
  if (refused) return refused;
  for (const what of ['creation', 'standby', 'changes', 'reboot', 'promotion']) dropDue(scene, `${what} of ${id}`);
  await promoteReplicas(scene, id);
  const { lagSeconds } = scene.world.settings.of(scene.call.account);
  begin(scene.world, scene.call, courseOf(id), deletionStages(lagSeconds));
  const keepsBackups = text(params, 'DeleteAutomatedBackups') === 'false';
  later(scene, `deletion of ${id}`, {
    course: courseOf(id),
    until: ['deleting'],
    work: (then) => end(then, id, keepsBackups),
  });
  return accepted(scene, INSTANCES, id);
};
