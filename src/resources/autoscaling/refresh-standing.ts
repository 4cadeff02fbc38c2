/**
 * How far a group is with the launch template version that was asked of it. A mark on the group says which one was asked
 * last; AWS's history of instance refreshes says what became of it, and the mark keeps it where AWS gave that version up.
 * Pure: it must not call AWS.
 */
import type {
  AutoScalingGroup as Description,
  InstanceRefresh,
  InstanceRefreshStatus,
  LaunchTemplateSpecification,
} from '@aws-sdk/client-auto-scaling';
import type { Health } from '../../core/kind.ts';
import type { NodeId } from '../../core/ref.ts';

/** A numbered version of a launch template. */
export interface TemplateVersion {
  readonly launchTemplateId: string;
  readonly launchTemplateVersion: string;
}

/** Who asked for which version last. */
export interface Mark extends TemplateVersion {
  readonly node: NodeId;
  readonly incarnation: number;
  /** The start of the asker's token: a group that has changed hands keeps no promise of its former owner. */
  readonly proof: string;
  /** How AWS gave it up, when it did: `RollbackSuccessful`. AWS's own history is lost after six weeks. */
  readonly ended?: string;
}

/** The tag of a group that keeps the mark. */
export const MARK_TAG = 'scalingtier.dev/instance-refresh';

/** A mark as a tag's value, in characters that every tag may have. */
export function markText(mark: Mark): string {
  const { node, incarnation, launchTemplateId, launchTemplateVersion, proof, ended } = mark;
  return [node, incarnation, `${launchTemplateId}:${launchTemplateVersion}`, proof, ...(ended ? [ended] : [])].join(
    ' ',
  );
}

const MARK = /^(\S+\/\S+) (\d+) ([\w-]+):(\d+) (\w+)(?: (\w+))?$/;

/** Reads a mark back; `undefined` when there is none. */
export function markOf(text: string | undefined): Mark | undefined {
  const [, node, incarnation, launchTemplateId, launchTemplateVersion, proof, ended] = MARK.exec(text ?? '') ?? [];
  if (!node || !launchTemplateId || !launchTemplateVersion || !proof) return undefined;
  const asked = { node: node as NodeId, incarnation: Number(incarnation), launchTemplateId, launchTemplateVersion };
  return { ...asked, proof, ...(ended ? { ended } : {}) };
}

const versionOf = (template: LaunchTemplateSpecification | undefined): TemplateVersion => ({
  launchTemplateId: template?.LaunchTemplateId ?? '',
  launchTemplateVersion: template?.Version ?? '',
});

/** Whether two name the same version. */
export const isSame = (one: TemplateVersion, other: TemplateVersion): boolean =>
  one.launchTemplateId === other.launchTemplateId && one.launchTemplateVersion === other.launchTemplateVersion;

/** The version that a refresh is to bring. */
export const targetOf = ({ DesiredConfiguration }: InstanceRefresh): TemplateVersion =>
  versionOf(DesiredConfiguration?.LaunchTemplate);

/** States in which a refresh can still be called off. */
const RUNNING: ReadonlySet<string> = new Set(['Pending', 'InProgress', 'Baking']);

/** States from which AWS comes back by itself. */
const RETURNING: ReadonlySet<string> = new Set(['Cancelling', 'RollbackInProgress']);

/** Whether a refresh can be called off. */
export const isRunning = ({ Status }: InstanceRefresh): boolean => RUNNING.has(Status ?? '');

/** Whether a group has a refresh under way: it can have no other then. */
export const isActive = ({ Status }: InstanceRefresh): boolean =>
  RUNNING.has(Status ?? '') || RETURNING.has(Status ?? '');

/** The versions of a group: the one that it launches first, then those of its instances, without those on their way out. */
function versionsOf(group: Description): readonly TemplateVersion[] {
  const staying = (group.Instances ?? []).filter(
    ({ LifecycleState = '' }) => !/^(Terminat|Detach)/.test(LifecycleState),
  );
  return [group, ...staying].map(({ LaunchTemplate }) => versionOf(LaunchTemplate));
}

/** What a group has besides the version that was asked; `undefined` when nothing. */
export function otherVersion(group: Description, asked: TemplateVersion): TemplateVersion | undefined {
  return versionsOf(group).find((version) => !isSame(version, asked));
}

/** The version that a group runs: while instances change, that of those which stay behind. */
export function runningVersion(group: Description): TemplateVersion {
  const own = versionOf(group.LaunchTemplate);
  return otherVersion(group, own) ?? own;
}

/** What a group is seen to have, and how it stands. */
export interface Standing {
  readonly version: TemplateVersion;
  readonly health: Health;
}

const READY: Health = { state: 'Successful', phase: 'ready' };

function progressOf({ PercentageComplete = 0, InstancesToUpdate, StatusReason }: InstanceRefresh): string {
  const left = InstancesToUpdate === undefined ? '' : `, ${InstancesToUpdate} instances to update`;
  return `${PercentageComplete}% complete${left}${StatusReason ? `; ${StatusReason}` : ''}`;
}

function healthOf(refresh: InstanceRefresh, { launchTemplateVersion: version }: TemplateVersion): Health {
  const { Status: state = 'Pending', StatusReason, RollbackDetails } = refresh;
  if (isRunning(refresh)) return { state, phase: 'warming', reason: `version ${version}: ${progressOf(refresh)}` };
  const why = RollbackDetails?.RollbackReason ?? StatusReason ?? 'AWS does not say why';
  if (isActive(refresh)) return { state, phase: 'settling', reason: `version ${version} is given up: ${why}` };
  const left =
    state === 'RollbackSuccessful' ? 'the group runs the version before it' : 'the group may run several versions';
  return {
    state,
    phase: 'failed',
    reason: `version ${version} ended as ${state} and is not tried again: ${why}; ${left}; change the spec to try another`,
  };
}

/** The newest refresh that was to bring a version. */
const latestOf = (version: TemplateVersion, history: readonly InstanceRefresh[]): InstanceRefresh | undefined =>
  history.find((refresh) => isSame(targetOf(refresh), version));

/** How AWS gave up a version, as far as its history reaches; `undefined` when it did not. */
export function givenUp(version: TemplateVersion, history: readonly InstanceRefresh[]): string | undefined {
  const latest = latestOf(version, history);
  return latest && !isActive(latest) && latest.Status !== 'Successful' ? latest.Status : undefined;
}

/**
 * How a group stands towards the version that was asked last. What is under way counts as done, and so does what AWS gave up: it
 * would give up again. What nobody tried, or somebody undid afterwards, is seen as it is; so is what AWS gave up for as long
 * as the mark does not say so, because somebody has to write that down while AWS knows it.
 */
export function standingOf(
  group: Description,
  mark: TemplateVersion & Pick<Mark, 'ended'>,
  history: readonly InstanceRefresh[],
): Standing {
  const { launchTemplateId, launchTemplateVersion, ended } = mark;
  const asked = { launchTemplateId, launchTemplateVersion };
  const left = otherVersion(group, asked);
  if (!left) return { version: asked, health: READY };
  const latest = latestOf(asked, history) ?? (ended ? { Status: ended as InstanceRefreshStatus } : undefined);
  if (latest && latest.Status !== 'Successful') {
    const isDone = isActive(latest) || ended !== undefined;
    return { version: isDone ? asked : left, health: healthOf(latest, asked) };
  }
  const other = history.find(isActive);
  return { version: left, health: other ? healthOf(other, targetOf(other)) : READY };
}
