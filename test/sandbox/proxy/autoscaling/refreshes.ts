/** Calls about instance refreshes (API reference of each action): one at a time, with numbered versions where they may be rolled back. */
import { type Params, Refusal, structure, text, texts } from '../call.ts';
import { usableTemplate } from './groups.ts';
import { newRefresh, rollBack } from './refresh.ts';
import { activeRefresh, type Group, groupOf, invalid, type Preferences, type Refresh, type Scene } from './store.ts';

const number = (params: Params, name: string): number | undefined =>
  params[name] === undefined ? undefined : Number(text(params, name));

const isTrue = (params: Params, name: string): boolean => text(params, name) === 'true';

/** API reference, RefreshPreferences: what holds when nothing is said. */
function preferencesOf(group: Group, params: Params): Preferences {
  const policy = structure(group.settings as Params, 'InstanceMaintenancePolicy');
  const least = number(params, 'MinHealthyPercentage');
  const most = number(params, 'MaxHealthyPercentage');
  if (most !== undefined && least === undefined)
    throw invalid('If you specify MaxHealthyPercentage, you must also specify MinHealthyPercentage.');
  if (most !== undefined && least !== undefined && most - least > 100)
    throw invalid('The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.');
  return {
    least: least ?? number(policy, 'MinHealthyPercentage') ?? 90,
    most: most ?? number(policy, 'MaxHealthyPercentage') ?? 100,
    warmup: number(params, 'InstanceWarmup') ?? number(group.settings as Params, 'DefaultInstanceWarmup') ?? 0,
    bake: number(params, 'BakeTime') ?? 0,
    skipMatching: isTrue(params, 'SkipMatching'),
    autoRollback: isTrue(params, 'AutoRollback'),
    alarms: texts(structure(params, 'AlarmSpecification'), 'Alarms'),
  };
}

function checkRollback(group: Group, desired: Refresh['desired'], { autoRollback }: Preferences): void {
  if (!autoRollback) return;
  if (!desired) throw invalid('AutoRollback requires a desired configuration.');
  if ([desired, group.template].every(({ version }) => /^\d+$/.test(version))) return;
  throw invalid('Rollback is not supported when the launch template version is $Latest or $Default.');
}

/** StartInstanceRefresh. */
export async function startRefresh(scene: Scene) {
  const { params, trace } = scene.call;
  const group = groupOf(scene);
  if (activeRefresh(group))
    throw new Refusal(
      'InstanceRefreshInProgress',
      'An Instance Refresh is already in progress and blocks the execution',
    );
  const named = structure(structure(params, 'DesiredConfiguration'), 'LaunchTemplate');
  const desired = Object.keys(named).length === 0 ? undefined : await usableTemplate(scene, named);
  const asked = structure(params, 'Preferences');
  const preferences = preferencesOf(group, asked);
  checkRollback(group, desired, preferences);
  const refresh = newRefresh(group, desired, preferences, asked);
  if (trace.ending !== undefined) refresh.ending = trace.ending;
  group.retryAt = 0;
  group.refreshes.unshift(refresh);
  return { InstanceRefreshId: refresh.id };
}

function activeOf(scene: Scene): Refresh {
  const active = activeRefresh(groupOf(scene));
  if (active) return active;
  throw new Refusal('ActiveInstanceRefreshNotFound', 'No in progress or pending Instance Refresh found.');
}

/** CancelInstanceRefresh: what has been replaced stays replaced. */
export function cancelRefresh(scene: Scene) {
  const refresh = activeOf(scene);
  if (refresh.status === 'RollbackInProgress')
    throw new Refusal('ActiveInstanceRefreshNotFound', 'No in progress or pending Instance Refresh found.');
  refresh.status = 'Cancelling';
  refresh.reason = 'Cancelled due to user request.';
  return { InstanceRefreshId: refresh.id };
}

/** RollbackInstanceRefresh. */
export function rollbackRefresh(scene: Scene) {
  const refresh = activeOf(scene);
  if (!refresh.desired)
    throw new Refusal('IrreversibleInstanceRefresh', 'The instance refresh has no desired configuration.');
  if (refresh.status !== 'RollbackInProgress') rollBack(refresh, 'Rollback was requested by a user.');
  return { InstanceRefreshId: refresh.id };
}
