/**
 * How far a move is, as the status shows it: every line of its runbook with times and attempts, what is left of the way back,
 * and which step failed. Pure: it reads what stands, and knows no step.
 */
import type { TransitionStatus, TransitionStep } from '../api/types.ts';
import { isInPlace } from './action.ts';
import { cut } from './conditions.ts';
import { lineThat, type Move, type Rollback, type RunbookLine, type StepTimes } from './move.ts';
import type { Projection } from './projection.ts';
import type { NodeId } from './ref.ts';

const RESULT = 256;
const REASON = 1024;

const COURSES = { forward: 'Forward', halted: 'Halted', back: 'Back' } as const;

/** What a transition is drawn from. */
type View = Pick<Projection, 'way' | 'tier' | 'now' | 'plan' | 'outcomes' | 'snapshot' | 'passive'>;

function stateOf({ node }: RunbookLine, { snapshot, outcomes }: View): TransitionStep['state'] {
  const phase = snapshot.live.get(node)?.health.phase;
  if (phase === 'ready') return 'Done';
  if (phase === 'failed') return 'Failed';
  if (phase === 'deleting') return 'TakenBack';
  return phase !== undefined || outcomes.get(node)?.made ? 'Running' : 'Pending';
}

const timesOf = (node: NodeId, { snapshot }: View): StepTimes => snapshot.live.get(node)?.attributes ?? {};

function stepOf(line: RunbookLine, view: View): TransitionStep {
  const { id, node, does } = line;
  const state = stateOf(line, view);
  const { startedTime, finishedTime, attempts, result } = timesOf(node, view);
  const reason = state === 'Failed' ? view.snapshot.live.get(node)?.health.reason : undefined;
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

/** The first step that failed, when that ends the attempt: what is over the switch is tried again instead. */
function failureOf(steps: readonly TransitionStep[], { way, tier, snapshot }: View): TransitionStatus['failure'] {
  const { generation } = tier.metadata;
  const known = tier.status.transition?.failure;
  if (way.course === 'halted' || (way.course === 'back' && known)) return known;
  const failed = steps.find(({ state }) => state === 'Failed');
  if (!failed || way.committed) return undefined;
  const { reason = 'it failed' } = snapshot.live.get(failed.role as NodeId)?.health ?? {};
  return { step: failed.id, role: failed.role, message: cut(reason, REASON), generation };
}

/** Seconds for which the app could not write; absent as long as that has not ended. */
function interruptionOf(move: Move, view: View): number | undefined {
  const at = (which: RunbookLine['interruption'], key: 'startedTime' | 'finishedTime'): string | undefined => {
    const line = lineThat(move, which);
    return line && timesOf(line.node, view)[key];
  };
  const [began, ended] = [at('begins', 'startedTime'), at('ends', 'finishedTime')];
  return began && ended ? Math.max(0, Math.round((Date.parse(ended) - Date.parse(began)) / 1000)) : undefined;
}

/** Whether the app cannot write right now because of the move. */
export function isInterrupted(view: View): boolean {
  const { move } = view.way;
  if (!move) return false;
  const [begins, ends] = [lineThat(move, 'begins'), lineThat(move, 'ends')];
  const begun = begins !== undefined && stateOf(begins, view) !== 'Pending';
  return begun && !(ends && stateOf(ends, view) === 'Done');
}

/** Whether nothing of a move is left to be done. */
export const isOver = ({ plan }: Pick<Projection, 'plan'>): boolean => plan.actions.every(isInPlace);

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
  const failure = failureOf(steps, view);
  const interruptionSeconds = interruptionOf(move, view);
  return {
    from: move.from,
    to: move.to,
    course: failure && course === 'forward' ? 'Halted' : COURSES[course],
    startedTime: before?.startedTime ?? now.toISOString(),
    rollback: rollbackOf(lines, view, committed, move),
    ...(current ? { step: current.id } : {}),
    ...(steps.length > 0 ? { steps } : {}),
    ...(interruptionSeconds === undefined ? {} : { interruptionSeconds }),
    ...(failure ? { failure } : {}),
  };
}
