/**
 * What a plan and its outcomes mean as a whole: what is ready, what is under way, what needs a person. Conditions, messages
 * and the next look are all drawn from this one reading, so that they never contradict each other.
 */
import { type Action, CHANGING, type Plan } from './action.ts';
import { heldBack } from './approval.ts';
import type { Failure, Outcome } from './outcome.ts';
import type { NodeId } from './ref.ts';
import { type Recorded, typeOf } from './snapshot.ts';

/** Why no progress is possible without a person. */
export interface Stall {
  readonly reason:
    | 'Invalid'
    | 'AccessDenied'
    | 'QuotaExceeded'
    | 'OwnershipConflict'
    | 'ReconcileLoop'
    | 'DataLossRefused'
    | 'TransitionFailed';
  readonly message: string;
}

/** One reading of a pass. */
export interface Progress {
  /** Wanted nodes, and how many of them serve. */
  readonly wanted: number;
  readonly ready: number;
  readonly waitingFor: readonly string[];
  /** What will not get better by waiting, and why. */
  readonly failed: readonly string[];
  readonly work: 'Creating' | 'Updating' | 'Replacing' | 'Deleting' | undefined;
  readonly stalls: readonly Stall[];
  /** By node, or by kind where it is a reading that failed. */
  readonly failures: readonly (Failure & { readonly node: string })[];
  /** Part of what stands could not be looked at. */
  readonly blind: boolean;
}

/** What an error class asks of a person; classes not listed are retried without one. */
const STALL_OF: Readonly<Partial<Record<string, Stall['reason']>>> = {
  denied: 'AccessDenied',
  quota: 'QuotaExceeded',
  invalid: 'Invalid',
  exists: 'OwnershipConflict',
  loop: 'ReconcileLoop',
};

/** The stall that an error class means, if it means one. */
export function stallOf(node: string, { class: sort, code, message }: Failure): Stall | undefined {
  const reason = STALL_OF[sort];
  return reason && { reason, message: `${node}: ${code}: ${message}` };
}

/** What a pass is read with. */
export interface Reference {
  readonly wanted: ReadonlySet<NodeId>;
  readonly recorded: ReadonlyMap<string, Recorded>;
  /** Kinds whose reading failed, by type. */
  readonly unread: ReadonlyMap<string, Failure>;
  /** What AWS is moving, and has not been moving for too long. */
  readonly moving: ReadonlySet<NodeId>;
}

/** A reading in the making: with it what waits for a person, directly or not. */
interface Reading extends Reference {
  readonly held: ReadonlySet<Action>;
}

function serves(action: Action, { recorded, unread, moving, held }: Reading): boolean {
  const { type, node, live } = action;
  if (type === 'none') return true;
  // Not to see something is no sign that it does not serve.
  if (unread.has(typeOf(node))) return recorded.get(node)?.ready === true;
  const built = recorded.get(node)?.specHash !== undefined;
  const stands = live?.health.phase === 'ready' || moving.has(node);
  // What is to be replaced serves as long as nobody has approved that.
  return built && stands && (type !== 'replace' || held.has(action));
}

function workOf(actions: readonly Action[], deleting: boolean, { unread, held }: Reading): Progress['work'] {
  const isBlind = ({ node, needs }: Action): boolean => [node, ...needs].some((id) => unread.has(typeOf(id)));
  const open = actions.filter((action) => {
    if (action.type === 'wait') return deleting || !(isBlind(action) || held.has(action));
    return CHANGING.has(action.type) && !held.has(action);
  });
  if (open.length === 0) return undefined;
  if (deleting) return 'Deleting';
  const has = (type: Action['type']): boolean => open.some((action) => action.type === type);
  if (has('replace')) return 'Replacing';
  return has('create') ? 'Creating' : 'Updating';
}

function waitingFor(actions: readonly Action[], outcomes: ReadonlyMap<NodeId, Outcome>): readonly string[] {
  return actions.flatMap(({ node, type, reason, waitsFor }) => {
    if (type === 'wait') return [`${node} (${reason})`];
    const outcome = outcomes.get(node);
    if (outcome?.result === 'failed') return [`${node} (${outcome.failure?.code ?? 'failed'})`];
    if (outcome?.result === 'settling') return [`${node} (${outcome.reason ?? 'AWS is at work'})`];
    return waitsFor && type !== 'delete' ? [`${node} (${waitsFor})`] : [];
  });
}

/** What failed in AWS's own words, whether or not something is to be done about it. */
function failedOf(nodes: readonly Action[]): readonly string[] {
  return nodes.flatMap(({ node, live }) => {
    if (live?.health.phase !== 'failed') return [];
    return [`${node} (${live.health.reason ?? live.health.state})`];
  });
}

/** The actions about what is wanted, one for each node: what is in the way of a successor goes under the same node, later. */
function wishes(actions: readonly Action[], wanted: ReadonlySet<NodeId>): readonly Action[] {
  const seen = new Set<NodeId>();
  return actions.filter(({ node }) => {
    const isFirst = wanted.has(node) && !seen.has(node);
    seen.add(node);
    return isFirst;
  });
}

/** Reads a pass. */
export function progressOf(plan: Plan, outcomes: ReadonlyMap<NodeId, Outcome>, reference: Reference): Progress {
  const { wanted, unread } = reference;
  const reading = { ...reference, held: heldBack(plan.actions) };
  const nodes = wishes(plan.actions, wanted);
  const failures = [
    ...[...unread].map(([node, failure]) => ({ ...failure, node })),
    ...[...outcomes.values()].flatMap(({ node, failure }) => (failure ? [{ ...failure, node }] : [])),
  ];
  const held = plan.actions.flatMap(({ node, problem, reason }): Stall[] =>
    problem === 'OwnershipConflict' || problem === 'DataLossRefused'
      ? [{ reason: problem, message: `${node}: ${reason}` }]
      : [],
  );
  const refused = failures.flatMap((failure) => stallOf(failure.node, failure) ?? []);
  return {
    wanted: wanted.size,
    ready: nodes.filter((action) => serves(action, reading)).length,
    waitingFor: waitingFor(plan.actions, outcomes),
    failed: failedOf(nodes),
    work: workOf(plan.actions, wanted.size === 0, reading),
    stalls: [...held, ...refused].sort((a, b) => (a.message < b.message ? -1 : 1)),
    failures,
    blind: unread.size > 0,
  };
}
