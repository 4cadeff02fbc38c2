/**
 * A database restarts, moves to its standby, stops and starts (RDS User Guide, "Rebooting", "Failing over", "Stopping a DB
 * instance temporarily"). A restart brings static parameters into force.
 */
import { text } from '../../call.ts';
import { begin, type Stage } from '../../lifecycle.ts';
import { INSTANCES, nameOf } from '../collections.ts';
import { later } from '../due.ts';
import { databaseEvent } from '../events.ts';
import { courseOf, factsOf } from '../facts.ts';
import { accepted, type Handler } from '../handler.ts';
import type { Scene } from '../scene.ts';
import { serverOf } from '../servers.ts';
import { endingIn, REBOOT, STARTING, STOPPING } from '../stages.ts';

const idIn = ({ call }: Scene): string => nameOf(text(call.params, 'DBInstanceIdentifier') ?? '');

function restarted(scene: Scene, id: string): void {
  factsOf(scene, id).pendingReboot = false;
  databaseEvent(scene, id, 'availability', 'DB instance restarted');
}

/** RDS-EVENT-0013 and 0049: the standby has taken over. */
function failedOver(scene: Scene, id: string): void {
  factsOf(scene, id).failovers += 1;
  databaseEvent(scene, id, 'failover', 'Multi-AZ instance failover completed');
}

/** RebootDBInstance. */
export const rebootInstance: Handler = async (scene) => {
  const id = idIn(scene);
  const failover = text(scene.call.params, 'ForceFailover') === 'true';
  begin(scene.world, scene.call, courseOf(id), endingIn(REBOOT, scene.call.trace.ending));
  if (failover) databaseEvent(scene, id, 'failover', 'Multi-AZ instance failover started');
  later(scene, `reboot of ${id}`, {
    course: courseOf(id),
    until: ['rebooting'],
    work(then) {
      const server = serverOf(then, id);
      server?.stop();
      server?.start();
      if (failover) failedOver(then, id);
      restarted(then, id);
    },
  });
  return accepted(scene, INSTANCES, id);
};

/** StopDBInstance and StartDBInstance; the stand-in knows both final states. */
const moving =
  (stages: readonly Stage[], category: string, message: string): Handler =>
  async (scene, next) => {
    const answer = await next(scene.call);
    if (answer.status >= 300) return answer;
    const id = idIn(scene);
    begin(scene.world, scene.call, courseOf(id), stages);
    if (stages === STARTING) {
      restarted(scene, id);
      serverOf(scene, id)?.start();
    } else serverOf(scene, id)?.stop();
    databaseEvent(scene, id, category, message);
    return answer;
  };

/** StopDBInstance. */
export const stopInstance = moving(STOPPING, 'notification', 'DB instance stopped');

/** StartDBInstance. */
export const startInstance = moving(STARTING, 'notification', 'DB instance started');
