/** Calls that a file of the lifecycles handles: what it does in place of, or around, the stand-in. */
import type { Answer, Call, Step } from '../call.ts';
import type { World } from '../world.ts';
import { branch, leaf } from '../xml.ts';
import { resultOf } from './answer.ts';
import type { Collection } from './collections.ts';
import type { Scene } from './scene.ts';

/** Handles one call. `next` is the stand-in. */
export type Handler = (scene: Scene, next: (call: Call) => Promise<Answer>) => Promise<Answer>;

/** Runs the handler of each call that has one. */
export function handlers(world: World, byOperation: Readonly<Record<string, Handler>>): Step {
  const known = new Map(Object.entries(byOperation));
  return async (call, next) => {
    const handler = known.get(call.operation);
    return handler ? handler({ world, call }, next) : next(call);
  };
}

/** The answer to a call that the proxy has accepted in AWS's place; the record is filled in on its way out. */
export function accepted({ call }: Scene, { record, id }: Collection, name: string): Answer {
  call.trace.reached = true;
  return resultOf(call.operation, [branch(record, [leaf(id, name)])]);
}
