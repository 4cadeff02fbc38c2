/**
 * Auto Scaling groups as AWS shows them, and why one of them has fewer instances than it must. A group has no state of its
 * own: it serves when enough of its instances do. This file must not change anything in AWS.
 */
import {
  type Activity,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  type AutoScalingGroup as Description,
  type Filter,
  type Instance,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import type { Aws, Scope } from '../../aws/driver.ts';
import { TAG } from '../../aws/ownership.ts';
import type { Health, Owner } from '../../core/kind.ts';
import { ifExists, inBatches } from '../existing.ts';

/** AWS takes so many names at once, and gives no more records in a page than twice that. */
const NAMES = 50;
const PAGE = 100;

/** Owners in one filter. */
const OWNERS = 5;

/** Enough to see what is wrong now. */
const ACTIVITIES = 20;

const MINUTE = 60_000;

/** More replacements than these, in so long, are no accident any more. */
const BOOT_LOOP = { replacements: 3, within: 30 * MINUTE };

const unique = (values: readonly string[]): string[] => [...new Set(values)];

const ownersFilter = (owners: readonly Owner[]): Filter[] => [
  { Name: `tag:${TAG.cluster}`, Values: unique(owners.map(({ cluster }) => cluster)) },
  { Name: `tag:${TAG.namespace}`, Values: unique(owners.map(({ namespace }) => namespace)) },
  { Name: `tag:${TAG.name}`, Values: unique(owners.map(({ name }) => name)) },
];

function filtersOf(scope: Exclude<Scope, { by: 'ids' }>): readonly Filter[][] {
  if (scope.by === 'cluster') return [[{ Name: `tag:${TAG.cluster}`, Values: [scope.cluster] }]];
  return inBatches(scope.owners, OWNERS).map(ownersFilter);
}

/** Groups of these names; a name that AWS does not know is left out. */
export async function groupsNamed(aws: Aws, names: readonly string[]): Promise<readonly Description[]> {
  const found: Description[] = [];
  for (const AutoScalingGroupNames of inBatches(unique(names), NAMES)) {
    const answer = await aws.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames, MaxRecords: PAGE }),
    );
    found.push(...(answer.AutoScalingGroups ?? []));
  }
  return found;
}

/** One group, or `undefined`. */
export async function groupNamed(aws: Aws, name: string): Promise<Description | undefined> {
  return (await groupsNamed(aws, [name]))[0];
}

/** The groups of a scope, page by page; `named` makes names of ids. */
export async function* groupsIn(
  aws: Aws,
  scope: Scope,
  named: (id: string) => string = (id) => id,
): AsyncIterable<readonly Description[]> {
  if (scope.by === 'ids') {
    yield await groupsNamed(aws, scope.ids.map(named));
    return;
  }
  for (const Filters of filtersOf(scope)) {
    const pages = paginateDescribeAutoScalingGroups({ client: aws.autoScaling, pageSize: PAGE }, { Filters });
    for await (const { AutoScalingGroups = [] } of pages) yield AutoScalingGroups;
  }
}

/** Whether an instance serves. */
export const inService = ({ LifecycleState, HealthStatus }: Instance): boolean =>
  LifecycleState === 'InService' && HealthStatus !== 'Unhealthy';

/** The newest activities of a group first; none when the group is just gone. */
async function activitiesOf(aws: Aws, AutoScalingGroupName: string): Promise<readonly Activity[]> {
  const call = new DescribeScalingActivitiesCommand({ AutoScalingGroupName, MaxRecords: ACTIVITIES });
  return (await ifExists(aws.autoScaling.send(call)))?.Activities ?? [];
}

/** Instances that were taken out because they were not healthy, not because fewer were wanted. */
const isReplacement = ({ Description: what = '', Cause = '' }: Activity): boolean =>
  /^Terminating/.test(what) && /health[- ]check/i.test(Cause);

/** The reason of a group whose instances die as fast as they start; `undefined` when they do not. */
export function bootLoopOf(activities: readonly Activity[], time: number): string | undefined {
  const recent = activities
    .filter(isReplacement)
    .filter(({ StartTime }) => time - (StartTime?.getTime() ?? 0) < BOOT_LOOP.within);
  if (recent.length <= BOOT_LOOP.replacements) return undefined;
  const cause = recent[0]?.Cause ?? 'unhealthy';
  return `boot loop: ${recent.length} instances were replaced within 30 minutes, the last one because: ${cause}`;
}

/** Why the newest launch failed, in AWS's words; `undefined` when it did not. */
export function launchFailureOf(activities: readonly Activity[]): string | undefined {
  const latest = activities.find(({ Description: what = '' }) => /^Launching/.test(what));
  return latest?.StatusCode === 'Failed' ? (latest.StatusMessage ?? latest.Cause) : undefined;
}

function suspensionOf({ SuspendedProcesses = [] }: Description): string | undefined {
  const held = SuspendedProcesses.find(({ ProcessName }) => ProcessName === 'Launch' || ProcessName === 'Terminate');
  return held && `its process ${held.ProcessName} is suspended: ${held.SuspensionReason ?? 'by hand'}`;
}

/** What can be told of a group from its own record; `undefined` when it is short of instances and nothing says why. */
function plainHealth(group: Description): Health | undefined {
  const { Instances = [], MinSize = 0, MaxSize = 0, Status } = group;
  const serving = Instances.filter(inService).length;
  if (Status) return { state: Status, phase: 'deleting' };
  // Nobody asks for a group of none: it is on its way out, and can be deleted as soon as it is empty.
  if (MaxSize === 0 && Instances.length > 0)
    return { state: `Emptying, ${Instances.length} instances left`, phase: 'deleting' };
  if (serving >= MinSize) return { state: 'InService', phase: 'ready' };
  return undefined;
}

/** How a group stands; what it lacks is looked for in its activities. */
export async function healthOf(aws: Aws, group: Description, time: number): Promise<Health> {
  const plain = plainHealth(group);
  if (plain) return plain;
  const { Instances = [], MinSize = 0, AutoScalingGroupName: name = '' } = group;
  const short = `${Instances.filter(inService).length} of ${MinSize} instances are in service`;
  const suspended = suspensionOf(group);
  if (suspended) return { state: 'Pending', phase: 'warming', reason: `${short}; ${suspended}` };
  const activities = await activitiesOf(aws, name);
  const loop = bootLoopOf(activities, time);
  if (loop) return { state: 'BootLoop', phase: 'failed', reason: `${short}; ${loop}` };
  const failure = launchFailureOf(activities);
  return { state: 'Pending', phase: 'warming', reason: failure ? `${short}; ${failure}` : short };
}
