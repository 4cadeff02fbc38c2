/**
 * How far a move is, as the status shows it: every line of its runbook with times and attempts, what is left of the way back,
 * and which step failed. Pure: it reads what stands, and knows no step.
 */
import type { TransitionStatus, TransitionStep } from '../api/types.ts';
import { isInPlace } from './action.ts';
import { isHeld } from './approval.ts';
import { cut } from './conditions.ts';
import { lineThat, type Move, type Rollback, type RunbookLine, type StepTimes, type Way } from './move.ts';
import type { Projection } from './projection.ts';
import type { NodeId } from './ref.ts';

const RESULT = 512;
const REASON = 1024;

const COURSES = { forward: 'Forward', halted: 'Halted', back: 'Back' } as const;

/** How it goes: a step that failed just now ends the attempt. */
const courseOf = ({ course = 'forward', withdrawn }: Way, failure: TransitionStatus['failure']) => {
  if (withdrawn) return 'RolledBack';
  return failure && course === 'forward' ? 'Halted' : COURSES[course];
};

/** What a transition is drawn from. */
type View = Pick<Projection, 'way' | 'tier' | 'now' | 'plan' | 'outcomes' | 'snapshot' | 'passive'>;

function stateOf({ node }: RunbookLine, { snapshot, outcomes }: View): TransitionStep['state'] {
  const phase = snapshot.live.get(node)?.health.phase;
  if (phase === 'ready') return 'Done';
  if (phase === 'failed') return 'Failed';
  if (phase === 'deleting') return 'TakenBack';
  return phase !== undefined || outcomes.get(node)?.made ? 'Running' : 'Pending';
}

/** Why a line is not done: in its own words, or what it waits for that is not the operator's to do. */
function whyNot({ node }: RunbookLine, { plan, snapshot }: View): string | undefined {
  const reason = snapshot.live.get(node)?.health.reason;
  if (reason !== undefined) return reason;
  const action = plan.actions.find((one) => one.node === node && isHeld(one));
  return action?.waitsFor && `waits for ${action.waitsFor}`;
}

const timesOf = (node: NodeId, { snapshot }: View): StepTimes => snapshot.live.get(node)?.attributes ?? {};

function stepOf(line: RunbookLine, view: View): TransitionStep {
  const { id, node, does } = line;
  const state = stateOf(line, view);
  const { startedTime, finishedTime, attempts, result } = timesOf(node, view);
  const reason = state === 'Done' ? undefined : whyNot(line, view);
  return {
    id,
    role: node,
    does,
    state,
    ...(startedTime ? { startedTime } : {}),
    ...(finishedTime ? { finishedTime } : {}),
    ...(attempts ? { attempts } : {}),
    ...(result ? { result: cut(result, RESULT) } : {}),
    ...(reason ? { result: cut(reason, REASON) } : {}),
  };
}

/** The lines that this tier has: those whose node is wanted, or still stands. */
function linesOf({ runbook }: Move, { plan, snapshot }: View): readonly RunbookLine[] {
  const planned = new Set(plan.actions.map(({ node }) => node));
  return runbook.filter(({ node }) => planned.has(node) || snapshot.live.has(node));
}

/** What is left of the way back, by the last line that is done and says so. */
function rollbackOf(
  lines: readonly RunbookLine[],
  view: View,
  committed: boolean,
  { commit, runbook }: Move,
): Rollback {
  const done = lines.filter((line) => stateOf(line, view) === 'Done');
  const said = done.findLast(({ rollback }) => rollback !== undefined)?.rollback ?? 'Lossless';
  if (said !== 'Lossless' || !committed) return said;
  return runbook.find(({ node }) => node === commit)?.rollback ?? 'Impossible';
}

/** The first step that failed, when that ends the attempt: what is over the switch, or is to be tried again anyway, does not. */
function failureOf(
  move: Move,
  steps: readonly TransitionStep[],
  { way, tier, snapshot }: View,
): TransitionStatus['failure'] {
  const { generation } = tier.metadata;
  const known = tier.status.transition?.failure;
  if (way.course === 'halted' || (way.course === 'back' && known)) return known;
  const again = new Set(move.runbook.flatMap((line) => (line.again ? [line.id] : [])));
  const failed = steps.find(({ id, state }) => state === 'Failed' && !again.has(id));
  if (!failed || way.committed) return undefined;
  const { reason = 'it failed' } = snapshot.live.get(failed.role as NodeId)?.health ?? {};
  return { step: failed.id, role: failed.role, message: cut(reason, REASON), generation };
}

/** Seconds for which the app could not write; absent as long as that has not ended. */
function interruptionOf(lines: readonly RunbookLine[], view: View): number | undefined {
  const at = (which: RunbookLine['interruption'], key: 'startedTime' | 'finishedTime'): string | undefined => {
    const line = lineThat(lines, which);
    return line && timesOf(line.node, view)[key];
  };
  const [began, ended] = [at('begins', 'startedTime'), at('ends', 'finishedTime')];
  return began && ended ? Math.max(0, Math.round((Date.parse(ended) - Date.parse(began)) / 1000)) : undefined;
}

/** The same, as a step has foretold it. */
const expectationOf = (lines: readonly RunbookLine[], view: View): number | undefined =>
  lines.map(({ node }) => timesOf(node, view).expectedInterruptionSeconds).findLast((seconds) => seconds !== undefined);

/** Whether the app cannot write right now because of the move. */
export function isInterrupted(view: View): boolean {
  const { move } = view.way;
  if (!move) return false;
  const lines = linesOf(move, view);
  const [begins, ends] = [lineThat(lines, 'begins'), lineThat(lines, 'ends')];
  const begun = begins !== undefined && stateOf(begins, view) !== 'Pending';
  return begun && !(ends && stateOf(ends, view) === 'Done');
}

/** Whether nothing of a move is left to be done. */
export const isOver = ({ plan }: Pick<Projection, 'plan'>): boolean => plan.actions.every(isInPlace);

/**
 * What is said of a move in the same breath as the announcement of its first deeds: whoever takes over from here has to know that
 * they are its own, and not what an earlier one has left.
 */
export function beginningOf({ way, tier, now }: Pick<View, 'way' | 'tier' | 'now'>): TransitionStatus | undefined {
  const { transition } = tier.status;
  if (transition || way.course !== 'forward' || !way.move) return transition;
  const { from, to } = way.move;
  return { from, to, course: COURSES.forward, startedTime: now.toISOString(), rollback: 'Lossless' };
}

/** `status.transition`; nothing when no move is under way any more. */
export function transitionOf(view: View): TransitionStatus | undefined {
  const { way, tier, now } = view;
  const { move, course = 'forward', committed = false } = way;
  if (!move || (course !== 'halted' && !way.steps && isOver(view))) return undefined;
  // What is only planned has not begun.
  if (view.passive && !tier.status.transition) return undefined;
  const lines = linesOf(move, view);
  const steps = lines.map((line) => stepOf(line, view));
  const current = steps.find(({ state }) => state !== 'Done');
  const before = tier.status.transition;
  const failure = failureOf(move, steps, view);
  const interruptionSeconds = interruptionOf(lines, view);
  const expectedInterruptionSeconds = expectationOf(lines, view);
  return {
    from: move.from,
    to: move.to,
    course: courseOf(way, failure),
    startedTime: before?.startedTime ?? now.toISOString(),
    rollback: rollbackOf(lines, view, committed, move),
    ...(current ? { step: current.id } : {}),
    ...(steps.length > 0 ? { steps } : {}),
    ...(expectedInterruptionSeconds === undefined ? {} : { expectedInterruptionSeconds }),
    ...(interruptionSeconds === undefined ? {} : { interruptionSeconds }),
    ...(failure ? { failure } : {}),
  };
}
