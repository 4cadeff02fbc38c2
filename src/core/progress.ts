/**
 * What a plan and its outcomes mean as a whole: what is ready, what is under way, what needs a person. Conditions, messages
 * and the next look are all drawn from this one reading, so that they never contradict each other.
 */
import { type Action, CHANGING, type Plan } from './action.ts';
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
    | 'DataLossRefused';
  readonly message: string;
}

/** One reading of a pass. */
export interface Progress {
  /** Wanted nodes, and how many of them serve. */
  readonly wanted: number;
  readonly ready: number;
  readonly waitingFor: readonly string[];
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
}

function serves(action: Action, { recorded, unread }: Reference): boolean {
  if (action.type === 'none') return true;
  // Not to see something is no sign that it does not serve.
  if (unread.has(typeOf(action.node))) return recorded.get(action.node)?.ready === true;
  const built = recorded.get(action.node)?.specHash !== undefined;
  return built && action.live?.health.phase === 'ready' && action.type !== 'replace';
}

function workOf(actions: readonly Action[], deleting: boolean, { unread }: Reference): Progress['work'] {
  const isBlind = ({ node, needs }: Action): boolean => [node, ...needs].some((id) => unread.has(typeOf(id)));
  const open = actions.filter(
    (action) => CHANGING.has(action.type) || (action.type === 'wait' && (deleting || !isBlind(action))),
  );
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

/** Reads a pass. */
export function progressOf(plan: Plan, outcomes: ReadonlyMap<NodeId, Outcome>, reference: Reference): Progress {
  const { wanted, unread } = reference;
  const nodes = plan.actions.filter(({ node }) => wanted.has(node));
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
    ready: nodes.filter((action) => serves(action, reference)).length,
    waitingFor: waitingFor(plan.actions, outcomes),
    work: workOf(plan.actions, wanted.size === 0, reference),
    stalls: [...held, ...refused].sort((a, b) => (a.message < b.message ? -1 : 1)),
    failures,
    blind: unread.size > 0,
  };
}
