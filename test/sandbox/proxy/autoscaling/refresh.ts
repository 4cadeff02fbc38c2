/**
 * Instance refreshes (Auto Scaling User Guide, "How an instance refresh works"), which the stand-in lacks: instances of other
 * versions give way to new ones between the two bounds of health. A refresh is over when all of them are gone, and the
 * group has the new version from then on. One that fails is rolled back when that was asked.
 */
import { randomUUID } from 'node:crypto';
import { now } from '../clock.ts';
import { alarmStates } from './behalf.ts';
import { lasting, terminate } from './leaving.ts';
import {
  activeRefresh,
  alive,
  type Group,
  isSameTemplate,
  type Member,
  type Preferences,
  type Refresh,
  type Scene,
  type Template,
} from './store.ts';

/** AWS gives up after an hour of failing; so many launches in a row stand for it here. */
const MOST_FAILURES = 3;

/** How many instances a group is to have now, and of which version new ones are. */
export interface Goal {
  readonly goal: number;
  readonly template: Template;
}

/** The version that a refresh brings about now. */
export const targetOf = (group: Group, { status, desired, previous }: Refresh): Template =>
  status.startsWith('Rollback') ? previous : (desired ?? group.template);

const isOld = (target: Template, { preferences, start }: Refresh, member: Member): boolean =>
  !isSameTemplate(member.template, target) || (!preferences.skipMatching && member.activity.start < start);

function end(refresh: Refresh, status: string, reason?: string): void {
  refresh.status = status;
  refresh.end = now();
  refresh.left = 0;
  if (reason !== undefined) refresh.reason = reason;
}

/** Rolls back when that was asked and is possible, else gives up. */
export function fail(refresh: Refresh, reason: string): void {
  if (refresh.status === 'RollbackInProgress') {
    end(refresh, 'RollbackFailed', reason);
    return;
  }
  if (!refresh.preferences.autoRollback || !refresh.desired) {
    end(refresh, 'Failed', reason);
    return;
  }
  rollBack(refresh, reason);
}

/** Goes back to the version before. */
export function rollBack(refresh: Refresh, reason: string): void {
  refresh.status = 'RollbackInProgress';
  refresh.reason = reason;
  refresh.rollback = { reason, start: now() };
  refresh.failures = 0;
  delete refresh.ending;
  delete refresh.bakingSince;
}

function succeed(scene: Scene, group: Group, refresh: Refresh): void {
  if (refresh.status === 'RollbackInProgress') {
    end(refresh, 'RollbackSuccessful', refresh.reason);
    return;
  }
  const { bake } = refresh.preferences;
  refresh.bakingSince ??= now();
  if (bake > 0 && now() - refresh.bakingSince < lasting(scene, bake)) {
    refresh.status = 'Baking';
    return;
  }
  if (refresh.desired) group.template = refresh.desired;
  end(refresh, 'Successful');
}

interface Pool {
  readonly old: readonly Member[];
  readonly fresh: readonly Member[];
  readonly serving: readonly Member[];
}

function poolOf(scene: Scene, group: Group, refresh: Refresh): Pool {
  const target = targetOf(group, refresh);
  const warmup = lasting(scene, refresh.preferences.warmup);
  const members = alive(group);
  const old = members.filter((member) => isOld(target, refresh, member));
  const isServing = (member: Member): boolean =>
    member.lifecycle === 'InService' && member.healthy && (old.includes(member) || now() - member.since >= warmup);
  return { old, fresh: members.filter((member) => !old.includes(member)), serving: members.filter(isServing) };
}

/** Ends as many old ones as may go now. */
async function endOld(scene: Scene, group: Group, refresh: Refresh): Promise<void> {
  const least = Math.ceil((group.desired * refresh.preferences.least) / 100);
  for (;;) {
    const { old, serving } = poolOf(scene, group, refresh);
    const victim = old.find((member) => !serving.includes(member)) ?? old[0];
    if (!victim || (serving.includes(victim) && serving.length - 1 < least)) return;
    const cause = 'an instance was taken out of service in response to an instance refresh.';
    await terminate(scene, group, victim, cause);
  }
}

function isOver(group: Group, refresh: Refresh, { old, fresh, serving }: Pool): boolean {
  const target = targetOf(group, refresh);
  const leaving = [...group.members.values()].some(
    (member) => member.lifecycle === 'Terminating' && isOld(target, refresh, member),
  );
  return old.length === 0 && !leaving && fresh.length >= group.desired && serving.length >= fresh.length;
}

/** Takes a refresh one step further. */
export async function drive(scene: Scene, group: Group, refresh: Refresh): Promise<Goal> {
  if (refresh.status === 'Cancelling') {
    const members = alive(group);
    // What is on its way in comes in before it is over.
    const isWaiting = members.some(({ lifecycle }) => lifecycle !== 'InService');
    if (!isWaiting) end(refresh, 'Cancelled');
    return { goal: isWaiting ? Math.max(group.desired, members.length) : group.desired, template: group.template };
  }
  if (refresh.status === 'Pending') refresh.status = 'InProgress';
  const states = await alarmStates(scene, refresh.status.startsWith('Rollback') ? [] : refresh.preferences.alarms);
  if (states.includes('ALARM')) fail(refresh, 'A CloudWatch alarm that watches the instance refresh went into ALARM.');
  else if (refresh.failures >= MOST_FAILURES)
    fail(refresh, `Instances of the new version could not be started: ${group.activities[0]?.message ?? 'unhealthy'}`);
  if (activeRefresh(group) !== refresh) return { goal: group.desired, template: group.template };
  const template = targetOf(group, refresh);
  await endOld(scene, group, refresh);
  const pool = poolOf(scene, group, refresh);
  refresh.left = pool.old.length;
  if (isOver(group, refresh, pool)) succeed(scene, group, refresh);
  if (pool.old.length === 0) return { goal: group.desired, template };
  const { most } = refresh.preferences;
  const bound = most > 100 ? Math.max(group.desired + 1, Math.floor((group.desired * most) / 100)) : group.desired;
  const size = pool.old.length + pool.fresh.length;
  const missing = Math.max(0, Math.min(group.desired - pool.fresh.length, bound - size));
  return { goal: size + missing, template };
}

/** A refresh that is to begin. */
export function newRefresh(
  group: Group,
  desired: Template | undefined,
  preferences: Preferences,
  asked: Refresh['asked'],
): Refresh {
  const refresh: Refresh = {
    ...{ id: randomUUID(), status: 'Pending', start: now(), previous: group.template, preferences, asked },
    ...{ total: 0, left: 0, failures: 0 },
    ...(desired === undefined ? {} : { desired }),
  };
  const target = targetOf(group, refresh);
  refresh.total = alive(group).filter((member) => isOld(target, refresh, member)).length;
  refresh.left = refresh.total;
  return refresh;
}
