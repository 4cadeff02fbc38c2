/**
 * Parameter Store (Systems Manager API reference): DescribeParameters honours `MaxResults`, which the stand-in ignores;
 * its token is the place of the next parameter, which the stand-in's token is too.
 */
import { type Call, type Params, type Step, succeeded, text } from '../call.ts';
import { paramsOfJson } from '../protocol.ts';
import type { World } from '../world.ts';

/** The list of each paged call, and the most that one page of it may hold. */
const LISTS: Readonly<Record<string, readonly [list: string, most: number]>> = {
  DescribeParameters: ['Parameters', 50],
  GetParametersByPath: ['Parameters', 10],
};

function cut(call: Call, body: Params, list: string, size: number): Params {
  const items = body[list];
  if (!Array.isArray(items) || items.length <= size) return body;
  const start = Number(text(call.params, 'NextToken') ?? 0);
  return { ...body, [list]: items.slice(0, size), NextToken: String(start + size) };
}

/** Cuts pages. */
export function parameters(world: World): Step {
  return async (call, next) => {
    const [list, most] = LISTS[call.operation] ?? [];
    const answer = await next(call);
    if (list === undefined || most === undefined || !succeeded(answer)) return answer;
    const cap = world.settings.of(call.account).pageSize;
    const sizes = [most, Number(text(call.params, 'MaxResults') ?? most), cap > 0 ? cap : most];
    const cutBody = cut(call, paramsOfJson(answer.body.toString()), list, Math.min(...sizes));
    return { ...answer, body: Buffer.from(JSON.stringify(cutBody)) };
  };
}
