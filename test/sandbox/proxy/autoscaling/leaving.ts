/** How an instance leaves its group: it serves no more, then it is ended. Why it leaves is for others to decide. */
import { compressed, now } from '../clock.ts';
import { endInstance, setTargets } from './behalf.ts';
import { enter, type Group, type Member, type Scene } from './store.ts';

/** A number of AWS's seconds in milliseconds of here. */
export const lasting = ({ world, call }: Scene, seconds: number): number =>
  compressed(seconds, world.settings.of(call.account).factor);

/** A time as AWS writes it into causes. */
export const stamp = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

/** Closes the entry of what an instance was doing. */
export function finish(member: Member): void {
  member.activity.status = 'Successful';
  member.activity.end = now();
}

/** Takes an instance out. */
export async function terminate(scene: Scene, group: Group, member: Member, cause: string): Promise<void> {
  const time = now();
  member.lifecycle = 'Terminating';
  member.activity = enter(group, `Terminating EC2 instance: ${member.id}`, `At ${stamp(time)} ${cause}`, time);
  await setTargets(scene, 'DeregisterTargets', group.targetGroups, [member.id]);
  await endInstance(scene, member);
}
