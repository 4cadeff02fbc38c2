/**
 * The conditions of a tier. They never flap: a transition time moves only when a status does, messages are sorted and carry
 * no times. `Reconciling` and `Stalled` are there only while true, as kstatus expects.
 */
import type { Condition, TierStatus } from '../api/types.ts';
import type { ConditionReason, ConditionType } from '../api/well-known.ts';
import { type Action, type Finding, isRestricted, type Plan } from './action.ts';
import { AWAITS_APPROVAL, timeOf } from './approval.ts';
import type { Way } from './move.ts';
import type { Progress, Stall } from './progress.ts';
import { isEmpty } from './render.ts';

/** What the conditions are drawn from. */
export interface Standing {
  readonly progress: Progress;
  readonly plan: Plan;
  readonly deleting: boolean;
  /** Why nothing is written, if so. */
  readonly passive: 'Paused' | 'ObserveOnly' | undefined;
  /** The stage was in force before this pass. */
  readonly inForce: boolean;
  readonly dataCopy: { readonly id: string; readonly time: string } | undefined;
  /** A move between stages, while there is one. */
  readonly moving?: Moving;
  /** A move has just ended: what only it needed goes next. */
  readonly moved?: boolean;
}

/** What the conditions say of a move. */
export interface Moving {
  readonly course: NonNullable<Way['course']>;
  /** From where to where, and at which step. */
  readonly words: string;
  /** The app cannot write. */
  readonly interrupted: boolean;
  /** After a step failed what was built goes as well. */
  readonly rollsBack: boolean;
  readonly failure?: { readonly step: string; readonly message: string };
}

/** When, for which generation, and what was said before. */
export interface Occasion {
  readonly now: Date;
  readonly generation: number;
  readonly before: TierStatus;
}

type Statement<T extends ConditionType = ConditionType> = {
  readonly type: T;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: ConditionReason<T>;
  readonly message: string;
};

/** Longest message; Kubernetes allows more, people do not read it. */
const MESSAGE = 1024;
const COPY_MILLISECONDS = 24 * 3_600_000;
const MOVED = 'the move is over: what only it needed goes';

/** Cuts a text to what a message may hold. */
export function cut(text: string, max: number = MESSAGE): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

const say = <T extends ConditionType>(
  type: T,
  status: Statement['status'],
  reason: ConditionReason<T>,
  message: string,
): Statement<T> => ({ type, status, reason, message });

/** Turns statements into conditions, keeping the transition times of those whose status did not change. */
export function conditionsOf(
  statements: readonly Statement[],
  { now, generation, before }: Occasion,
): readonly Condition[] {
  return statements.map(({ type, status, reason, message }) => {
    const old = before.conditions?.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now.toISOString();
    return { type, status, reason, message: cut(message), lastTransitionTime, observedGeneration: generation };
  });
}

function readySaid({ progress, plan, deleting, inForce, moving }: Standing): Statement<'Ready'> {
  const { wanted, ready, waitingFor, failed } = progress;
  const waiting = waitingFor.length > 0 ? `; waiting for ${waitingFor.slice(0, 3).join(', ')}` : '';
  const broken = failed.length > 0 ? `; failed: ${failed.slice(0, 3).join(', ')}` : '';
  if (deleting) return say('Ready', 'False', 'Deleting', `deleting${waiting}`);
  if (moving?.interrupted) return say('Ready', 'False', 'Transitioning', `the app cannot write; ${moving.words}`);
  if (ready === wanted) return say('Ready', 'True', 'Available', `all ${wanted} resources are ready`);
  const message = `${ready} of ${wanted} resources are ready${broken}${waiting}`;
  if (!inForce) return say('Ready', 'False', 'Creating', message);
  const missing = plan.actions.some(
    ({ type, live }) => type === 'create' || type === 'replace' || (type === 'hold' && !live),
  );
  return say('Ready', 'False', missing ? 'Unavailable' : 'Degraded', message);
}

function syncedSaid({ progress, passive }: Standing): Statement<'Synced'> {
  const { failures } = progress;
  const unanswered = failures.some(({ class: sort }) => sort === 'ambiguous' || sort === 'transient');
  const said = failures.map(({ node, code, message: text }) => `${node}: ${code}: ${text}`).sort();
  const message = [...said, ...(unanswered ? ['asked again until AWS answers in spec.aws.region'] : [])].join('; ');
  if (failures.length > 0) {
    const throttled = failures.every((failure) => failure.class === 'throttled');
    return say('Synced', 'False', throttled ? 'Throttled' : 'ReconcileError', message);
  }
  if (passive === 'Paused')
    return say('Synced', 'False', 'Paused', 'the annotation scalingtier.dev/paused keeps the operator from writing');
  return say('Synced', 'True', 'ReconcileSuccess', 'the last pass ran to its end');
}

/** Nodes and, of each, the fields that are to change. */
const namesOf = (actions: readonly Action[]): string =>
  actions
    .map(({ node, changes }) => `${node} ${changes.map(({ path }) => path).join(', ')}`)
    .sort()
    .slice(0, 5)
    .join('; ');

/** What waits for somebody else than the operator: for a person, or for AWS to take changes again. */
function restrictedSaid({ plan, progress }: Standing): Statement<'UpToDate'> | undefined {
  const asked = plan.actions.filter(({ waitsFor }) => waitsFor === AWAITS_APPROVAL);
  if (asked.length > 0) {
    const how = 'set the annotation scalingtier.dev/approve-plan or spec.approval.approvedPlan to status.plan.hash';
    return say('UpToDate', 'False', 'AwaitingApproval', `changes wait for approval: ${namesOf(asked)}; ${how}`);
  }
  const timed = plan.actions.filter((action) => timeOf(action) !== undefined);
  if (timed.length > 0 && !progress.work) {
    const what = timed.map((action) => `${action.node} until ${action.waitsFor ?? timeOf(action)}`).sort();
    return say('UpToDate', 'False', 'AwaitingWindow', `waits for its time: ${what.join(', ')}`);
  }
  const closed = plan.actions.filter(isRestricted);
  if (closed.length === 0) return undefined;
  const states = [...new Set(closed.map(({ live }) => live?.health.state ?? ''))].sort().join(', ');
  return say('UpToDate', 'False', 'UpdateRestricted', `AWS takes no change now (${states}): ${namesOf(closed)}`);
}

const countsAsDrift = ({ action }: Finding): boolean => action !== 'Ignored';

/** Of a tier for which nothing is planned. */
function settledSaid({ plan, moving }: Standing): Statement<'UpToDate'> {
  // Between the last step that was taken back and the rest nothing is planned.
  if (moving?.course === 'back') return say('UpToDate', 'False', 'Progressing', moving.words);
  return plan.actions.some(({ type }) => type === 'wait')
    ? say('UpToDate', 'False', 'Progressing', 'AWS is still at work')
    : say('UpToDate', 'True', 'InSync', 'AWS equals the spec');
}

function upToDateSaid(standing: Standing): Statement<'UpToDate'> {
  const { plan, passive, progress } = standing;
  const restricted = passive ? undefined : restrictedSaid(standing);
  if (restricted?.reason === 'AwaitingApproval') return restricted;
  const drift = plan.findings.filter(countsAsDrift);
  if (drift.length > 0) {
    const where = [...new Set(drift.map(({ node, field }) => `${node} ${field}`))].sort();
    return say('UpToDate', 'False', 'DriftDetected', `AWS differs from the spec: ${where.slice(0, 5).join(', ')}`);
  }
  if (isEmpty(plan) && progress.blind)
    return say('UpToDate', 'Unknown', 'Progressing', 'AWS could not be read: see Synced');
  if (restricted?.reason === 'AwaitingWindow') return restricted;
  if (standing.moved) return say('UpToDate', 'False', 'Progressing', MOVED);
  if (isEmpty(plan) && progress.stalls.length === 0) return settledSaid(standing);
  if (passive)
    return say('UpToDate', 'False', 'UpdateRestricted', 'changes are planned and not applied: see status.plan');
  if (progress.stalls.length > 0)
    return say('UpToDate', 'False', 'UpdateRestricted', 'changes are planned and held back');
  if (restricted) return restricted;
  return say('UpToDate', 'False', 'Progressing', 'changes are being applied: see status.plan');
}

function dataSafeSaid({ dataCopy }: Standing, now: Date): Statement<'DataSafe'> {
  if (!dataCopy) return say('DataSafe', 'False', 'NoBackup', 'there is no copy of the data yet');
  const age = now.getTime() - Date.parse(dataCopy.time);
  return age <= COPY_MILLISECONDS
    ? say('DataSafe', 'True', 'RecentCopy', `${dataCopy.id} can be restored`)
    : say('DataSafe', 'False', 'BackupTooOld', `the newest copy, ${dataCopy.id}, is older than 24 hours`);
}

/** `Stalled`, when there is something that only a person can mend. */
export function stalledSaid(stalls: readonly Stall[]): readonly Statement[] {
  const first = stalls[0];
  return first ? [say('Stalled', 'True', first.reason, stalls.map(({ message }) => message).join('; '))] : [];
}

function reconcilingSaid({ progress, passive, deleting, moving, moved }: Standing): readonly Statement[] {
  if (moved && !passive && !deleting) return [say('Reconciling', 'True', 'Transitioning', MOVED)];
  if (passive || (!progress.work && moving?.course !== 'back')) return [];
  if (moving && !deleting) return [say('Reconciling', 'True', 'Transitioning', moving.words)];
  if (!progress.work) return [];
  const message = `${progress.work.toLowerCase()}: ${progress.ready} of ${progress.wanted} ready`;
  return [say('Reconciling', 'True', progress.work, message)];
}

/** A move that was ended by a step that failed needs a person. */
function failedSaid({ moving }: Standing): readonly Stall[] {
  if (!moving?.failure || moving.course === 'back') return [];
  const { step, message } = moving.failure;
  const serving = moving.rollsBack
    ? 'the old stage serves, and what was built for the move goes; mend it and change the spec to try again'
    : 'the old stage serves; mend it and change the spec to try again, or set spec.stage back';
  const way = moving.interrupted ? 'the app cannot write until what was done is taken back' : serving;
  return [{ reason: 'TransitionFailed', message: `step ${step}: ${message}; ${way}` }];
}

function transitioningSaid({ moving, progress }: Standing): readonly Statement[] {
  if (!moving || moving.course === 'halted') return [];
  if (moving.course === 'back') return [say('Transitioning', 'True', 'RollingBack', moving.words)];
  return [say('Transitioning', 'True', progress.work ? 'StepRunning' : 'Waiting', moving.words)];
}

/** Everything that a pass says about its tier. */
export function statementsOf(standing: Standing, now: Date): readonly Statement[] {
  const { progress, deleting } = standing;
  return [
    readySaid(standing),
    ...reconcilingSaid(standing),
    ...(deleting ? [] : transitioningSaid(standing)),
    ...stalledSaid([...(deleting ? [] : failedSaid(standing)), ...progress.stalls]),
    syncedSaid(standing),
    upToDateSaid(standing),
    ...(deleting ? [] : [dataSafeSaid(standing, now)]),
  ];
}
