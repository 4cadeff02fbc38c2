/**
 * What a move between two stages is, and which way a tier goes: whether its stage stands, moves to the next one, or is on the way
 * back. Pure: everything is decided from spec and status. What a move consists of is its own file's business.
 */
import type { StageName, TierSpec, TierStatus } from '../api/types.ts';
import type { Demand } from './demand.ts';
import type { Blueprint, Facts } from './facts.ts';
import { InvalidSpec } from './invalid.ts';
import type { NodeId } from './ref.ts';
import type { Tier } from './tier.ts';

/** What is left of the way back: all of it, what was written until the switch, nothing. */
export type Rollback = 'Lossless' | 'LossyAfterFirstWrite' | 'Impossible';

/** One line of a move's runbook. */
export interface RunbookLine {
  /** As people call it: `D6`. */
  readonly id: string;
  readonly node: NodeId;
  /** What it does, for people. */
  readonly does: string;
  /** What is left of the way back once it is done. Absent: what was left before. */
  readonly rollback?: Rollback;
  /** The app cannot write from when this begins, or until this is done. */
  readonly interruption?: 'begins' | 'ends';
  /** One that failed is tried again, before the switch too: what it needs is somebody else's to do, and that ends no attempt. */
  readonly again?: true;
  /** A resource: it is not taken back with the steps, and goes, if it does, as resources go. */
  readonly stays?: true;
}

/** How far a move may be drawn. */
export interface Attempt {
  /** Whether it has steps: where they are taken back, after one failed or when the move was called off, it stands without them. */
  readonly steps: boolean;
  /** Whether the switch is announced: what is published speaks of the new stage. */
  readonly committed: boolean;
  /** Whether a step is announced, where more than the switch decides what is wanted. */
  readonly begun: (step: NodeId) => boolean;
}

/** The way from one stage to its neighbour: a runbook, and the graph in which its lines are nodes. */
export interface Move {
  readonly from: StageName;
  readonly to: StageName;
  /** In the order in which people read it; a line whose node a tier does not have does not count. */
  readonly runbook: readonly RunbookLine[];
  /** The node from whose announcement on the move goes forward only. */
  readonly commit: NodeId;
  /** Pure, like a stage. */
  readonly build: (spec: TierSpec, facts: Facts, attempt: Attempt) => Blueprint;
  /** What AWS must have, offer or allow before anything of it is built. */
  readonly demands?: (spec: TierSpec) => readonly Demand[];
}

/** What every step says of itself beside what it answers: RFC 3339, and how often it was begun. */
export interface StepTimes {
  readonly startedTime?: string;
  readonly finishedTime?: string;
  /** The same in whole seconds since 1970: of two steps that were done one after the other the later one has more. */
  readonly finishedSeconds?: string;
  readonly attempts?: number;
  /** For how long the app will not be able to write, where a step has found that out before it begins. */
  readonly expectedInterruptionSeconds?: number;
  /** What came of it, in one line for people. */
  readonly result?: string;
}

/** Where a tier is on the ladder, and where it goes. */
export interface Way {
  /** The stage that is in force when everything is as it should be. */
  readonly stage: StageName;
  readonly move?: Move;
  /**
   * `forward`: under way. `halted`: a step failed; its steps are taken back and the old stage serves. `back`: it was called off, and
   * what is left of it goes.
   */
  readonly course?: 'forward' | 'halted' | 'back';
  /** Whether it goes forward only. */
  readonly committed?: boolean;
  /** After a step failed, its steps are taken back: what was built for it goes as well, as when it is called off. */
  readonly withdrawn?: true;
  /** On the way back: its steps are being taken back, and everything else stays until they are. */
  readonly steps?: boolean;
}

/** The rungs between two stages, the nearest to `from` first, `to` last. */
function rungs(from: StageName, to: StageName, ladder: readonly StageName[]): readonly StageName[] {
  const [start, end] = [ladder.indexOf(from), ladder.indexOf(to)];
  return start < end ? ladder.slice(start + 1, end + 1) : ladder.slice(end, start).reverse();
}

/** Whether the status names a node: as announced, or as standing. */
export function isNamed({ intents = [], resources = [] }: TierStatus, node: NodeId): boolean {
  return [...intents, ...resources].some(({ role }) => role === node);
}

/** The move that the status speaks of. */
function moveUnderWay({ transition }: TierStatus, moves: readonly Move[]): Move | undefined {
  return moves.find(({ from, to }) => from === transition?.from && to === transition.to);
}

/** The steps of a move: what goes when it is taken back. */
export const stepsOf = ({ runbook }: Move): ReadonlySet<NodeId> =>
  new Set(runbook.flatMap(({ node, stays }) => (stays ? [] : [node])));

/** The line with which the time begins, or ends, in which the app cannot write; of those that a tier has, because each method has its own. */
export const lineThat = (
  lines: readonly RunbookLine[],
  interruption: RunbookLine['interruption'],
): RunbookLine | undefined => lines.find((line) => line.interruption === interruption);

/** Whether a failed step ended the attempt: until the spec changes, and until all of its steps are taken back. */
function isHalted(move: Move, { transition, resources = [] }: TierStatus, generation: number): boolean {
  if (!transition?.failure) return false;
  const steps = stepsOf(move);
  return transition.failure.generation === generation || resources.some(({ role }) => steps.has(role as NodeId));
}

/** What deciding about the way needs to know. */
export interface Ladder {
  /** All stages, in the order in which an app climbs. */
  readonly stages: readonly StageName[];
  readonly moves: readonly Move[];
}

/** The move by which a tier comes nearer to the stage that is wanted; none when that is in force, or where there is no way. */
function nextMove(inForce: StageName, wanted: StageName, { stages, moves }: Ladder): Move | undefined {
  const [next] = rungs(inForce, wanted, stages);
  return moves.find(({ from, to }) => from === inForce && to === next);
}

/** Whether a step of these moves stands. */
const hasSteps = (status: TierStatus, moves: readonly Move[]): boolean =>
  moves.some((move) => [...stepsOf(move)].some((node) => isNamed(status, node)));

/** What was called off goes whole before anything is begun anew: first its steps, while all that they stand on is as it was. */
const wayBack = (move: Move, status: TierStatus): Way => ({
  stage: move.from,
  move,
  course: 'back',
  ...(hasSteps(status, [move]) ? { steps: true } : {}),
});

/** Whether a move is on its way back, or was withdrawn after it failed and is to be begun anew. */
function goesBack({ transition }: TierStatus, generation: number): boolean {
  if (transition?.course === 'RolledBack') return transition.failure?.generation !== generation;
  return transition?.course === 'Back';
}

/** After a step failed the old stage serves: beside what was built for the move, or once its steps are taken back without it. */
function wayAfterFailure(move: Move, { spec, status }: Tier): Way {
  if (spec.transition.onFailure === 'Pause' || hasSteps(status, [move]))
    return { stage: move.to, move, course: 'halted' };
  return { stage: move.from, move, course: 'halted', withdrawn: true };
}

/** Which way a tier goes; fails with `InvalidSpec` where there is none. */
export function wayOf(tier: Tier, ladder: Ladder): Way {
  const { metadata, spec, status } = tier;
  const { resources = [], intents = [] } = status;
  const inForce = status.stage as StageName | undefined;
  const wanted = spec.stage;
  if (inForce === undefined || resources.length + intents.length === 0) return { stage: wanted };
  const begun = moveUnderWay(status, ladder.moves);
  // Whoever is over the switch goes on, whatever is asked for meanwhile: the old copy has missed writes since.
  if (begun && isNamed(status, begun.commit))
    return { stage: begun.to, move: begun, course: 'forward', committed: true };
  const move = nextMove(inForce, wanted, ladder);
  if (begun && (move !== begun || goesBack(status, metadata.generation))) return wayBack(begun, status);
  // The steps of a move that is over go first: another move has steps of the same names.
  if (wanted === inForce || (!begun && hasSteps(status, ladder.moves))) return { stage: inForce };
  // The end of a tier needs no way but the one out.
  if (!move && metadata.deletionTimestamp !== undefined) return { stage: inForce };
  if (!move) {
    const [next] = rungs(inForce, wanted, ladder.stages);
    const message = `spec.stage: there is no way from ${inForce} to ${next} yet; set it back to ${inForce}, or create another ScalingTier and move the data`;
    throw new InvalidSpec(message);
  }
  if (begun === move && isHalted(move, status, metadata.generation)) return wayAfterFailure(move, tier);
  return { stage: move.to, move, course: 'forward' };
}

/** The spec as a stage is to read it: of several rungs, one at a time. */
export const specAt = (spec: TierSpec, stage: StageName): TierSpec =>
  spec.stage === stage ? spec : { ...spec, stage };

/**
 * The step because of which nothing else may be touched right now: between it and the end of the interruption a change of a
 * server or a database would fall into the time in which nobody can write.
 */
export function stillFor({ move }: Way, status: TierStatus): NodeId | undefined {
  if (!move) return undefined;
  const { runbook } = move;
  const begun = lineThat(
    runbook.filter(({ node }) => isNamed(status, node)),
    'begins',
  );
  const ends = lineThat(runbook, 'ends');
  const ended = status.transition?.steps?.some(({ id, state }) => id === ends?.id && state === 'Done');
  return ended ? undefined : begun?.node;
}
