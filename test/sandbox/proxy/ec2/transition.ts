/**
 * Calls that set something in motion: what must be known before the call, and what begins after it. Each sort of
 * resource declares its own; this file runs them.
 */
import { type Answer, type Step, succeeded, text } from '../call.ts';
import type { World } from '../world.ts';
import { type Element, parseXml, writeXml } from '../xml.ts';
import type { Scene } from './view.ts';

/** A call that sets something in motion. `K` is what it must know beforehand. */
export interface Transition<K = unknown> {
  readonly operation: string;
  /** Looks at what the call will change. */
  readonly before?: (scene: Scene) => Promise<K>;
  /** Begins what the call has set in motion; may change the answer, which is the root element. */
  readonly after: (scene: Scene, answer: Element, known: K) => Promise<void> | void;
}

/** Declares a transition; what `before` finds is what `after` gets. */
export function transition<K>(declared: Transition<K>): Transition {
  return declared as Transition;
}

/** Runs the transitions of each call. Dry runs set nothing in motion. */
export function transitions(world: World, declared: readonly Transition[]): Step {
  const byOperation = new Map(declared.map((one) => [one.operation, one]));
  return async (call, next) => {
    const found = byOperation.get(call.operation);
    if (!found || text(call.params, 'DryRun') === 'true') return next(call);
    const scene: Scene = { world, call };
    const known = await found.before?.(scene);
    const answer = await next(call);
    const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
    if (!root) return answer;
    await found.after(scene, root, known);
    return { ...answer, body: Buffer.from(writeXml(root)) } satisfies Answer;
  };
}
