/**
 * What a group does by itself: it launches, checks and replaces its instances (Auto Scaling User Guide, "Instance lifecycle").
 * Nothing runs in the background: whoever asks Auto Scaling anything finds everything done that was due when it asked.
 */
import { now } from '../clock.ts';
import { textAt } from '../xml.ts';
import { instanceStates, runInstance, setTargets, unhealthyTargets, zoneOf } from './behalf.ts';
import { finish, lasting, stamp, terminate } from './leaving.ts';
import { forgetPolicies } from './policies.ts';
import { drive } from './refresh.ts';
import {
  activeRefresh,
  alive,
  enter,
  type Group,
  isSameTemplate,
  type Member,
  regionOf,
  type Scene,
  type Template,
} from './store.ts';

/** AWS's seconds between looks at instances that are as they should be. */
const LOOK_SECONDS = 15;

/** AWS's seconds before a launch that failed is tried again. */
const RETRY_SECONDS = 60;

/** The subnet with the fewest instances comes first: of those of the same version, which stay when others are on their way out. */
function subnetsInTurn(group: Group, template: Template): readonly string[] {
  const all = alive(group);
  const staying = all.filter((member) => isSameTemplate(member.template, template));
  const count = (members: readonly Member[], subnet: string): number =>
    members.filter((member) => member.subnet === subnet).length;
  return [...group.subnets].sort((a, b) => count(staying, a) - count(staying, b) || count(all, a) - count(all, b));
}

function failed(scene: Scene, group: Group, message: string): void {
  const time = now();
  const whole = `${message.replace(/\.$/, '')}. Launching EC2 instance failed.`;
  const activity = enter(
    group,
    `Launching a new EC2 instance.  Status Reason: ${whole}`,
    `At ${stamp(time)} an instance was started in response to a difference between desired and actual capacity.`,
    time,
  );
  activity.status = 'Failed';
  activity.end = time;
  activity.message = whole;
  group.retryAt = time + lasting(scene, RETRY_SECONDS);
  const refresh = activeRefresh(group);
  if (refresh) refresh.failures += 1;
}

/** Launches one instance wherever it can be; false when it cannot. */
async function launch(scene: Scene, group: Group, template: Template): Promise<boolean> {
  let message = activeRefresh(group)?.ending ?? group.ending;
  for (const subnet of message === undefined ? subnetsInTurn(group, template) : []) {
    const instance = await runInstance(scene, group, template, subnet);
    if (typeof instance === 'string') {
      message = instance;
      continue;
    }
    const time = now();
    const id = textAt(instance, 'instanceId') ?? '';
    const size = alive(group).length;
    const activity = enter(
      group,
      `Launching a new EC2 instance: ${id}`,
      `At ${stamp(time)} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${size} to ${size + 1}.`,
      time,
    );
    const type = textAt(instance, 'instanceType') ?? '';
    group.members.set(id, {
      ...{ id, subnet, zone: zoneOf(instance), type, template, activity },
      ...{ lifecycle: 'Pending', healthy: true, since: 0 },
    });
    const refresh = activeRefresh(group);
    if (refresh) refresh.failures = 0;
    return true;
  }
  failed(scene, group, message ?? 'The group has no subnet');
  return false;
}

async function settle(scene: Scene, group: Group, member: Member, state: string | undefined): Promise<void> {
  const isOver = state === undefined || state === 'terminated';
  if (member.lifecycle === 'Terminating') {
    if (!isOver) return;
    finish(member);
    group.members.delete(member.id);
    return;
  }
  if (isOver || ['shutting-down', 'stopping', 'stopped'].includes(state)) {
    await replace(
      scene,
      group,
      member,
      'an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.',
    );
    return;
  }
  if (member.lifecycle !== 'Pending' || state !== 'running') return;
  member.lifecycle = 'InService';
  member.since = now();
  finish(member);
  await setTargets(scene, 'RegisterTargets', group.targetGroups, [member.id]);
}

async function replace(scene: Scene, group: Group, member: Member, cause: string): Promise<void> {
  const refresh = activeRefresh(group);
  if (refresh && member.template.version === (refresh.desired ?? group.template).version) refresh.failures += 1;
  await terminate(scene, group, member, cause);
}

/** Who goes first when there are too many: the oldest. */
const oldest = (members: readonly Member[]): Member | undefined =>
  [...members].sort((a, b) => (a.since || Number.POSITIVE_INFINITY) - (b.since || Number.POSITIVE_INFINITY))[0];

async function size(scene: Scene, group: Group, goal: number, template: Template): Promise<void> {
  while (alive(group).length > goal && !group.suspended.has('Terminate')) {
    const victim = oldest(alive(group));
    if (!victim) return;
    await terminate(
      scene,
      group,
      victim,
      'an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity.',
    );
  }
  while (alive(group).length < goal && !group.suspended.has('Launch') && now() >= group.retryAt) {
    if (!(await launch(scene, group, template))) return;
  }
}

/** Whether anything of a group may be under way. */
function isBusy(group: Group): boolean {
  const members = [...group.members.values()];
  return (
    group.goneAt !== undefined ||
    activeRefresh(group) !== undefined ||
    members.length !== group.desired ||
    members.some(({ lifecycle, healthy }) => lifecycle !== 'InService' || !healthy)
  );
}

/** Load balancing's word on instances counts when that was asked, and not before the grace period is over. */
async function checkTargets(scene: Scene, group: Group): Promise<void> {
  const { HealthCheckType = '', HealthCheckGracePeriod = 0 } = group.settings;
  const isTime = now() - group.checkedAt >= lasting(scene, LOOK_SECONDS);
  if (!isTime || group.targetGroups.size === 0 || !String(HealthCheckType).includes('ELB')) return;
  group.checkedAt = now();
  const grace = lasting(scene, Number(HealthCheckGracePeriod));
  const grown = alive(group).filter(({ since }) => since > 0 && now() - since >= grace);
  if (grown.length === 0) return;
  const unhealthy = await unhealthyTargets(scene, group.targetGroups);
  for (const member of grown) if (unhealthy.has(member.id)) member.healthy = false;
}

async function advanceGroup(scene: Scene, group: Group, states: ReadonlyMap<string, string>): Promise<void> {
  for (const member of [...group.members.values()]) await settle(scene, group, member, states.get(member.id));
  await checkTargets(scene, group);
  for (const member of alive(group).filter(({ healthy }) => !healthy)) {
    await replace(
      scene,
      group,
      member,
      'an instance was taken out of service in response to an ELB system health check failure.',
    );
  }
  const refresh = activeRefresh(group);
  const { goal, template } = refresh
    ? await drive(scene, group, refresh)
    : { goal: group.desired, template: group.template };
  await size(scene, group, goal, template);
  if (group.goneAt !== undefined && now() >= group.goneAt && group.members.size === 0) {
    await forgetPolicies(scene, group);
    regionOf(scene).groups.delete(group.name);
  }
}

/** Does everything that is due. */
export async function advance(scene: Scene): Promise<void> {
  const region = regionOf(scene);
  region.advancedAt = now();
  const all = [...region.groups.values()];
  const isTime = now() - region.lookedAt >= lasting(scene, LOOK_SECONDS);
  const due = isTime ? all : all.filter(isBusy);
  if (isTime) region.lookedAt = now();
  if (due.length === 0) return;
  const states = await instanceStates(
    scene,
    due.flatMap(({ members }) => [...members.keys()]),
  );
  for (const group of due) await advanceGroup(scene, group, states);
}
