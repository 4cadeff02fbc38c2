/**
 * Who has to expect an aftermath, and for how long: after a change, whatever stands on what was changed and may come to differ
 * in its wake is looked at by itself for a while, because AWS speaks of it later. It must not decide what is done about it.
 */
import type { Action } from '../core/action.ts';
import type { Outcome } from '../core/outcome.ts';
import type { NodeId } from '../core/ref.ts';

/** By kind, until when one is expected, in milliseconds on the monotonic clock. */
export type Expected = Map<string, number>;

/** Seconds between looks. */
export const LOOK_SECONDS = 5;

/** Kinds that have to expect one now; the others are forgotten. */
export function expecting(expected: Expected, now = performance.now()): ReadonlySet<string> {
  for (const [type, until] of expected) if (until <= now) expected.delete(type);
  return new Set(expected.keys());
}

/** Takes note of what was changed. Actions come in the order in which they are built. */
export function expectAfter(
  expected: Expected,
  { actions, outcomes }: { actions: readonly Action[]; outcomes: ReadonlyMap<NodeId, Outcome> },
  until: number,
): void {
  const changed = new Set<NodeId>();
  for (const { node, action, result } of outcomes.values()) {
    if (action === 'update' && (result === 'done' || result === 'settling')) changed.add(node);
  }
  if (changed.size === 0) return;
  for (const { node, kind, needs } of actions) {
    if (!needs.some((need) => changed.has(need))) continue;
    changed.add(node);
    if (kind.aftermath) expected.set(kind.type, until);
  }
}
