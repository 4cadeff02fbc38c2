/**
 * Memory of what was tried in vain. A write that AWS accepts again and again and that changes nothing is sent no more; a refusal
 * that should pass and does not is said. It holds counts of this process only: a restart may try anew.
 */
import { ANNOTATIONS } from '../api/well-known.ts';
import { type Action, CHANGING } from '../core/action.ts';
import { hashOf } from '../core/canonical.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Attempts, Memory } from './engine.ts';

/** Equal writes without effect before the circuit opens. */
const NO_EFFECT = 8;

/** What counting needs of a pass. */
export interface Trying {
  readonly memory: Memory;
  readonly now: Date;
  readonly graceSeconds: number;
}

type Opened = Pick<Outcome, 'result' | 'reason' | 'failure'>;

/** What an action would do: others in turn with it do not make it another one. */
const keyOf = ({ type, changes, live }: Action): string => hashOf({ type, changes, id: live?.id ?? '' });

function attemptsOf({ node }: Action, { attempts }: Memory): Attempts {
  const found = attempts.get(node) ?? { accepted: new Map() };
  attempts.set(node, found);
  return found;
}

const isOver = (since: number, { now, graceSeconds }: Trying): boolean => now.getTime() - since >= graceSeconds * 1000;

function loopOf({ type, changes, node }: Action): Opened {
  const what = type === 'update' ? `the change of ${changes.map(({ path }) => path).join(', ')}` : `the ${type}`;
  const ignore = type === 'update' ? ', or add them to spec.driftPolicy.ignore' : '';
  const message = `AWS accepted ${what} ${NO_EFFECT} times without effect; look at ${node} in AWS, then change the spec${ignore}, or set the annotation ${ANNOTATIONS.reconcileRequestedAt} to try again`;
  return { result: 'failed', failure: { class: 'loop', code: 'ReconcileLoop', message } };
}

/** What becomes of an action that was accepted so often without effect that sending it again is pointless. */
export function openedFor(action: Action, trying: Trying): Opened | undefined {
  const accepted = trying.memory.attempts.get(action.node)?.accepted.get(keyOf(action));
  if (!accepted || accepted.count < NO_EFFECT) return undefined;
  return isOver(accepted.last, trying)
    ? loopOf(action)
    : { result: 'settling', reason: 'accepted; AWS does not show it yet' };
}

/** Counts a write that AWS accepted. */
export function countAccepted(action: Action, trying: Trying): void {
  const attempts = attemptsOf(action, trying.memory);
  const count = (attempts.accepted.get(keyOf(action))?.count ?? 0) + 1;
  attempts.accepted.set(keyOf(action), { count, last: trying.now.getTime() });
  delete attempts.refusedSince;
}

/** Whether a refusal that should pass by itself has lasted for longer than AWS may take. */
export function isLasting(action: Action, trying: Trying): boolean {
  const attempts = attemptsOf(action, trying.memory);
  attempts.refusedSince ??= trying.now.getTime();
  return isOver(attempts.refusedSince, trying);
}

/** Forgets what was tried on nodes that are as they should be, or of which nothing is to be done any more. */
export function forgetSettled({ attempts }: Memory, actions: readonly Action[]): void {
  const open = new Set(actions.filter(({ type }) => type === 'wait' || CHANGING.has(type)).map(({ node }) => node));
  for (const node of attempts.keys()) if (!open.has(node)) attempts.delete(node);
}
