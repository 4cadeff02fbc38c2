/** Faults of what the operator writes to the API server: refused, done with the answer lost, never answered. */
import type { KubeEffect, KubeFaultRule } from '../../sandbox/kube-proxy/proxy.ts';
import type { Story } from './site.ts';
import { PATIENCE, TIER } from './site.ts';

/** Status writes of an undisturbed creation: as many places for a fault. */
export const STATUS_WRITES = 14;

/** A creation during which rules are in force at the API server. */
function creationUnder(...rules: readonly KubeFaultRule[]): Story {
  return async ({ scene, kube }) => {
    const ids = kube.addFaults(...rules);
    await scene.apply(TIER);
    await scene.settled(TIER, PATIENCE);
    const struck = kube.faults().filter(({ id, struck }) => ids.includes(id) && struck > 0);
    if (struck.length === 0) throw new Error(`no rule has struck: ${JSON.stringify(rules)}`);
    kube.removeFault();
    return 'standing';
  };
}

const atStatus = (effect: KubeEffect, nth: number | readonly number[]): KubeFaultRule => ({
  match: { verb: 'patch', subresource: 'status', nth },
  effect,
});

/** The finalizer is the only thing that is written to the object itself. */
const atFinalizer = (effect: KubeEffect): KubeFaultRule => ({
  match: { verb: 'patch', subresource: '', nth: 1 },
  effect,
});

/** An object's whole way out with the removal of its finalizer disturbed. */
function deletionUnder(effect: KubeEffect): Story {
  return async ({ scene, kube }) => {
    await scene.apply(TIER);
    await scene.settled(TIER, PATIENCE);
    kube.addFaults(atFinalizer(effect));
    await scene.remove(TIER, PATIENCE);
    if (!kube.faults().some(({ struck }) => struck > 0)) throw new Error('the finalizer was never taken off');
    return 'gone';
  };
}

const odd = Array.from({ length: 20 }, (_, index) => 2 * index + 1);

const EFFECTS: Readonly<Record<string, KubeEffect>> = {
  conflict: { kind: 'touch' },
  'refused conflict': { kind: 'error', status: 409 },
  'lost answer': { kind: 'resetAfter' },
  'lost request': { kind: 'resetBefore' },
};

/** One story for each status write of a creation and each way in which it can fail. */
function everyStatusWrite(): readonly (readonly [string, Story])[] {
  return Object.entries(EFFECTS).flatMap(([name, effect]) =>
    Array.from({ length: STATUS_WRITES }, (_, index): readonly [string, Story] => [
      `status write ${index + 1}: ${name}`,
      creationUnder(atStatus(effect, index + 1)),
    ]),
  );
}

/** By name. */
export const writeStories: Readonly<Record<string, Story>> = {
  ...Object.fromEntries(everyStatusWrite()),
  'every other status write: conflict': creationUnder(atStatus({ kind: 'touch' }, odd)),
  'every other status write: lost answer': creationUnder(atStatus({ kind: 'resetAfter' }, odd)),
  'every other status write: 500': creationUnder(atStatus({ kind: 'error', status: 500 }, odd)),
  'every status write: slow': creationUnder({
    match: { subresource: 'status' },
    effect: { kind: 'delay', milliseconds: 1_500 },
  }),
  'status write 3: done and never answered': creationUnder(atStatus({ kind: 'hang', when: 'after' }, 3)),
  'status write 3: never heard nor answered': creationUnder(atStatus({ kind: 'hang', when: 'before' }, 3)),
  'status writes: too many requests': creationUnder(
    atStatus({ kind: 'error', status: 429, retryAfterSeconds: 1 }, [2, 3, 4, 5, 6, 7]),
  ),
  'finalizer: conflict': creationUnder(atFinalizer({ kind: 'touch' })),
  'finalizer: lost answer': creationUnder(atFinalizer({ kind: 'resetAfter' })),
  'finalizer removal: conflict': deletionUnder({ kind: 'touch' }),
  'finalizer removal: lost answer': deletionUnder({ kind: 'resetAfter' }),
  'finalizer removal: lost request': deletionUnder({ kind: 'resetBefore' }),
  'events: refused': creationUnder({
    match: { path: '*/events*', write: true },
    effect: { kind: 'error', status: 403 },
  }),
  'reads of the object: refused': creationUnder({
    match: { verb: 'get', path: `*/scalingtiers/${TIER}`, nth: [1, 2, 4, 6] },
    effect: { kind: 'error', status: 500 },
  }),
};
