/** Calls about single instances of groups (API reference of each action). */
import { text } from '../call.ts';
import { checkBounds } from './groups.ts';
import { terminate } from './leaving.ts';
import { invalid, regionOf, type Scene } from './store.ts';

/** SetInstanceHealth. */
export function setInstanceHealth(scene: Scene) {
  const id = text(scene.call.params, 'InstanceId') ?? '';
  const member = [...regionOf(scene).groups.values()].map(({ members }) => members.get(id)).find(Boolean);
  if (!member) throw invalid(`Instance Id not found - ${id}`);
  member.healthy = text(scene.call.params, 'HealthStatus') === 'Healthy';
  return {};
}

/** TerminateInstanceInAutoScalingGroup. */
export async function terminateInstance(scene: Scene) {
  const id = text(scene.call.params, 'InstanceId') ?? '';
  const group = [...regionOf(scene).groups.values()].find(({ members }) => members.has(id));
  const member = group?.members.get(id);
  if (!group || !member) throw invalid(`Instance Id not found - No managed instance found for instance ID: ${id}`);
  if (text(scene.call.params, 'ShouldDecrementDesiredCapacity') === 'true') {
    checkBounds({ ...group, desired: group.desired - 1 });
    group.desired -= 1;
  }
  if (member.lifecycle !== 'Terminating')
    await terminate(scene, group, member, 'an instance was taken out of service in response to a user request.');
  return {};
}
