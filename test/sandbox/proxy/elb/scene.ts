/** Where a call is looked at, and the query forms that load balancing's calls travel in. It must not know any call. */
import type { Call, Params, Value } from '../call.ts';
import { isParams } from '../call.ts';
import { formOfParams } from '../protocol.ts';
import type { World } from '../world.ts';

/** A call and what is shared. */
export interface Scene {
  readonly world: World;
  readonly call: Call;
}

/** Lists as the query protocol writes them: `Targets.member.1`. */
export function withMembers(value: Value): Value {
  if (Array.isArray(value)) return { member: value.map(withMembers) };
  if (!isParams(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withMembers(item)]));
}

/** A call with other parameters: whoever reads either of its forms sees the same. */
export function withParams(call: Call, params: Params): Call {
  const { Action, Version } = Object.fromEntries(new URLSearchParams(call.body.toString()));
  const form = { Action, Version, ...(withMembers(params) as Params) };
  return { ...call, params, body: Buffer.from(formOfParams(form)) };
}

/** Every text in parameters, at any depth. */
export function* textsIn(value: Value): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* textsIn(item);
  else if (isParams(value)) for (const item of Object.values(value)) yield* textsIn(item);
}
