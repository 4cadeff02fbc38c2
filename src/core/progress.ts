/**
 * What a plan and its outcomes mean as a whole: what is ready, what is under way, what needs a person. Conditions, messages
 * and the next look are all drawn from this one reading, so that they never contradict each other.
 */
import { type Action, CHANGING, type Plan } from './action.ts';
import type { Failure, Outcome } from './outcome.ts';
import type { NodeId } from './ref.ts';
import type { Recorded } from './snapshot.ts';

/** Why no progress is possible without a person. */
export interface Stall {
  readonly reason: 'Invalid' | 'AccessDenied' | 'QuotaExceeded' | 'OwnershipConflict' | 'ReconcileLoop' | 'DataLossRefused';
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
  readonly failures: readonly (Failure & { readonly node: NodeId })[];
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

function serves(action: Action, recorded: ReadonlyMap<string, Recorded>): boolean {
  if (action.type === 'none') return true;
  const built = recorded.get(action.node)?.specHash !== undefined;
  return built && action.live?.health.phase === 'ready' && action.type !== 'replace';
}

function workOf(actions: readonly Action[], deleting: boolean): Progress['work'] {
  const open = actions.filter(({ type }) => CHANGING.has(type) || type === 'wait');
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
export function progressOf(
  plan: Plan,
  outcomes: ReadonlyMap<NodeId, Outcome>,
  { wanted, recorded }: { readonly wanted: ReadonlySet<NodeId>; readonly recorded: ReadonlyMap<string, Recorded> },
): Progress {
  const nodes = plan.actions.filter(({ node }) => wanted.has(node));
  const failures = [...outcomes.values()].flatMap(({ node, failure }) => (failure ? [{ ...failure, node }] : []));
  const held = plan.actions.flatMap(({ node, problem, reason }): Stall[] =>
    problem === 'OwnershipConflict' || problem === 'DataLossRefused' ? [{ reason: problem, message: `${node}: ${reason}` }] : [],
  );
  const refused = failures.flatMap((failure) => stallOf(failure.node, failure) ?? []);
  return {
    wanted: wanted.size,
    ready: nodes.filter((action) => serves(action, recorded)).length,
    waitingFor: waitingFor(plan.actions, outcomes),
    work: workOf(plan.actions, wanted.size === 0),
    stalls: [...held, ...refused].sort((a, b) => (a.message < b.message ? -1 : 1)),
    failures,
  };
}
