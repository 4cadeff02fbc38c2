/**
 * MonitorInstances and UnmonitorInstances, which the stand-in lacks (API reference: both answer with the state that each
 * instance is on its way to; DescribeInstances shows it under `monitoring`).
 */
import { type Step, texts } from '../call.ts';
import { xmlAnswer } from '../protocol.ts';
import type { World } from '../world.ts';
import { branch, leaf, textAt, writeXml } from '../xml.ts';
import { notFound } from './refusal.ts';
import { look } from './view.ts';
import { monitoringStates } from './views/instance.ts';

const WANTED: Readonly<Record<string, readonly [state: 'enabled' | 'disabled', answer: string]>> = {
  MonitorInstances: ['enabled', 'pending'],
  UnmonitorInstances: ['disabled', 'disabling'],
};

/** Answers the two calls. */
export function monitoring(world: World): Step {
  return async (call, next) => {
    const wanted = WANTED[call.operation];
    if (!wanted) return next(call);
    const [state, answer] = wanted;
    const scene = { world, call };
    const ids = texts(call.params, 'InstanceId');
    const known = new Set(
      (await look(scene, 'DescribeInstances', { InstanceId: ids })).map((one) => textAt(one, 'instanceId')),
    );
    for (const id of ids) if (!known.has(id)) throw notFound(id);
    for (const id of ids) monitoringStates(scene).set(id, state);
    call.trace.reached = true;
    const items = ids.map((id) =>
      branch('item', [leaf('instanceId', id), branch('monitoring', [leaf('state', answer)])]),
    );
    const root = branch(`${call.operation}Response`, [branch('instancesSet', items)]);
    return xmlAnswer(200, writeXml(root));
  };
}
