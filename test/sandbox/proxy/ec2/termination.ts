/**
 * TerminateInstances of what has ended already (API reference: "this operation is idempotent; if you terminate an instance
 * more than once, each call succeeds"), which the stand-in trips over. Only living instances are passed on.
 */
import { type Step, texts } from '../call.ts';
import { xmlAnswer } from '../protocol.ts';
import type { World } from '../world.ts';
import { branch, type Element, itemsOf, leaf, parseXml, textAt, writeXml } from '../xml.ts';
import { withParams } from './form.ts';
import { notFound } from './refusal.ts';
import { look } from './view.ts';
import { writeState } from './views/instance.ts';

const ENDED = new Set(['shutting-down', 'terminated']);

function unchanged(id: string, state: string): Element {
  const item = branch('item', [leaf('instanceId', id)]);
  writeState(item, 'currentState', state);
  writeState(item, 'previousState', state);
  return item;
}

/** Answers for ended instances and passes the others on. */
export function termination(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'TerminateInstances') return next(call);
    const ids = texts(call.params, 'InstanceId');
    const instances = await look({ world, call }, 'DescribeInstances', {});
    const states = new Map(
      instances.map((one) => [textAt(one, 'instanceId') ?? '', textAt(one, 'instanceState', 'name') ?? '']),
    );
    for (const id of ids) if (!states.has(id)) throw notFound(id);
    const ended = ids.filter((id) => ENDED.has(states.get(id) ?? ''));
    if (ended.length === 0) return next(call);
    const items = ended.map((id) => unchanged(id, states.get(id) ?? ''));
    const alive = ids.filter((id) => !ended.includes(id));
    const root = branch('TerminateInstancesResponse', [branch('instancesSet', items)]);
    if (alive.length === 0) return xmlAnswer(200, writeXml(root));
    const answer = await next(withParams(call, { ...call.params, InstanceId: alive }));
    if (answer.status >= 300) return answer;
    root.children = [branch('instancesSet', [...items, ...itemsOf(parseXml(answer.body.toString()), 'instancesSet')])];
    return xmlAnswer(200, writeXml(root));
  };
}
