/** However much there is to say, the API server takes the status: a refused one would stop the tier. */
import fc from 'fast-check';
import { fitStatus } from '../../src/api/fit.ts';
import { status as schema } from '../../src/api/status.ts';
import type { TierStatus } from '../../src/api/types.ts';
import type { Action } from '../../src/core/action.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { announce } from '../../src/engine/intents.ts';
import { actionOf } from '../core/samples.ts';

/** etcd refuses what is larger, and the object has a spec too. */
const ETCD_BYTES = 1_500_000;
const TIME = '2026-11-24T12:00:00.000Z';

/** How many of everything, how long every text is, and what it is made of: one byte, three or four. */
const amount = fc.record({
  count: fc.constantFrom(0, 1, 49, 51, 101, 299, 301, 500),
  length: fc.constantFrom(1, 64, 65, 256, 257, 1_025),
  letter: fc.constantFrom('x', '€', '😀'),
});

function statusOf({ count, length, letter }: { count: number; length: number; letter: string }): TierStatus {
  const text = letter.repeat(length);
  const many = <T>(make: (role: string) => T): readonly T[] =>
    Array.from({ length: count }, (_, index) => make(`toy.box/n${index}`));
  return {
    observedGeneration: 1,
    message: text,
    conditions: [{ type: 'Stalled', status: 'True', reason: 'ReconcileLoop', message: text, lastTransitionTime: TIME }],
    intents: many((role) => ({ role, incarnation: 1, startedAt: TIME })),
    resources: many((role) => ({ role, type: text, id: text, incarnation: 1, state: text, ready: true })),
    drift: many((role) => ({
      role,
      field: text,
      desired: text,
      observed: text,
      class: 'Correctable',
      firstSeenTime: TIME,
      action: 'Pending',
    })),
    retained: many((role) => ({ role, id: text })),
    plan: {
      hash: 'sha256:0',
      generation: 1,
      summary: text,
      create: count,
      update: 0,
      replace: 0,
      delete: 0,
      text,
      steps: many((role) => ({
        role,
        action: 'Update',
        reason: text,
        changes: Array.from({ length: 20 }, () => ({ path: text, from: text, to: text })),
      })),
    },
  };
}

describe('a status', () => {
  it('is bounded: any number and size of intents, resources, deviations, steps and messages fits', () => {
    fc.assert(
      fc.property(amount, (drawn) => {
        const fitting = fitStatus(statusOf(drawn));
        const judged = schema.safeParse(JSON.parse(JSON.stringify(fitting)));
        expect(judged.success ? '' : judged.error.message).toBe('');
        expect(Buffer.byteLength(JSON.stringify(fitting))).toBeLessThan(ETCD_BYTES);
      }),
      { numRuns: 25, seed: 42 },
    );
  });

  it('holds every intent on which something was made: what does not fit is not announced', () => {
    const creating = (index: number): Action => actionOf({ type: 'create', node: `toy.box/n${index}` as NodeId });
    fc.assert(
      fc.property(fc.array(fc.nat(120), { maxLength: 10 }), (waves) => {
        const announcing = { recorded: new Map(), now: new Date(TIME), graceSeconds: 120 };
        let intents: ReturnType<typeof announce> = [];
        for (const [wave, count] of waves.entries()) {
          const actions = Array.from({ length: count }, (_, index) => creating(wave * 50 + index));
          const after = announce(intents, actions, announcing);
          expect(after.map(({ role }) => role)).toEqual(expect.arrayContaining(intents.map(({ role }) => role)));
          expect(fitStatus({ observedGeneration: 1, intents: after }).intents).toEqual(after);
          intents = after;
        }
      }),
      { numRuns: 60, seed: 42 },
    );
  });
});
