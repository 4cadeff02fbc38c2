/**
 * What a plan is made of. An action says what would be done to one node and why; it holds everything that apply and the
 * status need to know, so that neither looks at the graph or the snapshot again.
 */
import type { Grant } from './approval.ts';
import type { Change, Impact, Kind, Owned } from './kind.ts';
import { type Input, type NodeId, unknownIn } from './ref.ts';

/**
 * - `create`, `update`, `replace`, `delete` change AWS
 * - `forget` leaves the resource where it is and marks it as retained
 * - `hold` would change AWS, but a policy or a danger forbids it until a person acts
 * - `wait` has nothing to do but AWS is at work, or the kind could not be read
 * - `none` is as it should be
 */
export type ActionType = 'create' | 'update' | 'replace' | 'delete' | 'forget' | 'hold' | 'wait' | 'none';

/** Why an action is held back; the words are the reasons of the conditions. */
export type Problem = 'OwnershipConflict' | 'DataLossRefused' | 'DriftDetected' | 'Failed';

/** One node's part of a plan. */
export interface Action {
  readonly type: ActionType;
  readonly node: NodeId;
  readonly kind: Kind;
  /** Why, for people; stable from pass to pass. */
  readonly reason: string;
  readonly changes: readonly Change[];
  readonly impact?: Impact;
  /** It needs a person's approval whatever the tier's policy says. */
  readonly approval?: true;
  /** Nobody asked for it: AWS differs from what was applied last. */
  readonly drift: boolean;
  /** The spec to reach, references unresolved. */
  readonly spec?: Input<object>;
  /** The nodes that it is applied after: those that its spec refers to, and those that it was put after. */
  readonly needs: readonly NodeId[];
  readonly live?: Owned;
  /** Planned, but not to be done in this pass, and what for. */
  readonly waitsFor?: string;
  /** RFC 3339: it waits for this time and for nothing else. */
  readonly until?: string;
  /** Only with `hold`. */
  readonly problem?: Problem;
}

/** One deviation of AWS from what was applied last. */
export interface Finding {
  readonly node: NodeId;
  /** Dotted path, `tags.<key>`, or `existence`. */
  readonly field: string;
  readonly desired: unknown;
  readonly observed: unknown;
  readonly class: 'Correctable' | 'NeedsRestart' | 'NeedsReplacement';
  readonly action: 'Pending' | 'Corrected' | 'Reported' | 'Ignored';
}

/** Everything that a pass would do, in the order in which it may be done. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly findings: readonly Finding[];
  /**
   * SHA-256 over what it would do; equal plans have equal hashes, also after a restart. While a part of it waits for approval
   * it stands for that part alone, so that it stays the same while the rest is done.
   */
  readonly hash: string;
  /** What the user has approved so far, to be remembered before anything of it is done. */
  readonly granted?: Grant;
}

/** Whether nothing is left to be done about a node: it is as it should be, or differs in a way that a policy tolerates. */
export function isInPlace({ type, problem, live, changes }: Action): boolean {
  return (
    type === 'none' || (type === 'hold' && problem === 'DriftDetected' && live !== undefined && changes.length === 0)
  );
}

/** Actions that change AWS. */
export const CHANGING: ReadonlySet<ActionType> = new Set(['create', 'update', 'replace', 'delete', 'forget']);

/** Whether it waits for nothing but what it refers to, which whoever carries it out may come to know in the same pass. */
export const awaitsKnowledge = ({ type, impact, changes, waitsFor }: Action): boolean =>
  type === 'update' &&
  impact === 'online' &&
  waitsFor !== undefined &&
  changes.some(({ to }) => unknownIn(to).some(({ node }) => node === waitsFor));

/** Whether a pass may carry it out. */
export const mayRun = (action: Action): boolean =>
  CHANGING.has(action.type) && (action.waitsFor === undefined || awaitsKnowledge(action));

/** The strongest impact among changes. */
export function impactOf(changes: readonly Change[]): Impact {
  const impacts = new Set(changes.map((change) => change.impact));
  if (impacts.has('replace')) return 'replace';
  return impacts.has('restart') ? 'restart' : 'online';
}

/** Whether a change waits because AWS takes none of its fields right now. */
export function isRestricted({ waitsFor, live, changes }: Action): boolean {
  if (waitsFor === undefined || !live || live.health.phase === 'settling') return false;
  return changes.some((change) => isClosed(change, live));
}

/** Whether AWS does not change this field right now, for its own reasons. */
export function isClosed({ path }: Change, { health }: Owned): boolean {
  return health.closed?.includes(path.split('.', 1)[0] ?? '') ?? false;
}
