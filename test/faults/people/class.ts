/**
 * People who do not wait: the spec is changed, or the object deleted, while each write of its creation is under way. What they
 * do to resources in AWS is a step of the lives themselves.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isSettled } from '../../sandbox/scene.ts';
import { live, type Stage, type StepEnd } from '../life/drive.ts';
import type { Life, LifeStep } from '../life/life.ts';
import { type KnownLife, knownLives, oneOfMany } from '../life/reference.ts';
import { differences, surplus, type World } from '../life/world.ts';
import type { FaultClass, Trial } from '../trial.ts';

const TIER = 'shop';
const MOMENT = 300;
/** Of twenty in a second: so long may it take until a write comes. */
const LOOKS = 4800;

/** Holds the n-th write to AWS, does something meanwhile, and lets go a moment later; whether that write came at all. */
async function during(n: number, { here }: Stage, act: () => Promise<unknown>): Promise<boolean> {
  const match = { account: here.account.id, write: true, nth: n };
  const [id] = await here.proxy.addFaults({ match, effect: { kind: 'hold' }, count: 1 });
  const struck = async (): Promise<boolean> =>
    (await here.proxy.faults()).some((rule) => rule.id === id && rule.struck > 0);
  const built = async (): Promise<boolean> => isSettled(await here.get(TIER));
  // The last writes of a long creation come minutes after the first; once all is built there will be none.
  for (let look = 0; look < LOOKS && !(await struck()); look += 1) {
    if (look % 20 === 0 && (await built())) break;
    await delay(50);
  }
  const held = await struck();
  await act();
  setTimeout(() => here.proxy.removeFault(id).catch(() => {}), MOMENT);
  return held;
}

const isChange = (step: LifeStep): step is Extract<LifeStep, { readonly patch: unknown }> => 'patch' in step;

function endOf(ends: readonly StepEnd[], judge: (end: StepEnd) => readonly string[]): readonly string[] {
  const end = ends.at(-1);
  return end === undefined ? ['no step was driven'] : end.stuck === undefined ? judge(end) : [end.stuck];
}

/** The spec changes in mid-creation: the end is that of the changed spec. */
function changed(known: KnownLife, n: number): Trial {
  const { life, reference } = known;
  const change = life.steps.find(isChange);
  const wanted = reference.find(({ step }) => step === change?.name);
  const name = `${life.name}: changed at write ${n} of its creation`;
  return {
    name,
    life: life.name,
    ...oneOfMany(known, 'changed'),
    async run(ground) {
      let held = false;
      // The step's own patch comes again after the person's: equal, and without effect.
      const steps = life.steps.filter((step) => step === change);
      const ends = await live(ground, { ...life, steps }, async (_, stage) => {
        await stage.here.apply(TIER, life.spec);
        held = await during(n, stage, () => stage.here.patch(TIER, change?.patch ?? {}));
        return async () => Number(held);
      });
      const failures = endOf(ends, (end) => differences(wanted?.world ?? {}, end.world));
      return held || failures.length > 0 ? [{ name, failures }] : [];
    },
  };
}

/** What is in the account, by its names alone: tags of what stays tell of changes that this life did not see. */
const labels = (world: World = {}): World =>
  Object.fromEntries(Object.entries(world).filter(([part]) => part.startsWith('account ')));

/** The object is deleted in mid-creation: nothing is left that a deletion at rest would not leave. */
function deleted(known: KnownLife, n: number): Trial {
  const { life, reference } = known;
  const wanted = reference.at(-1);
  const name = `${life.name}: deleted at write ${n} of its creation`;
  return {
    name,
    life: life.name,
    ...oneOfMany(known, 'deleted'),
    async run(ground) {
      let held = false;
      const gone: Life = { ...life, steps: [{ name: 'delete', remove: true }] };
      const ends = await live(ground, gone, async (_, stage) => {
        await stage.here.apply(TIER, life.spec);
        held = await during(n, stage, () => delay(0));
        return async () => Number(held);
      });
      const failures = endOf(ends, (end) => surplus(labels(wanted?.world), labels(end.world)));
      return held || failures.length > 0 ? [{ name, failures }] : [];
    },
  };
}

/** People who do not wait. */
export const people: FaultClass = {
  name: 'people',
  async trials(ground) {
    const lives = await knownLives(ground);
    return lives.flatMap((known) => {
      const writes = known.reference[0]?.writes.aws ?? 0;
      const numbers = Array.from({ length: writes }, (_, index) => index + 1);
      return numbers.flatMap((n) => [changed(known, n), deleted(known, n)]);
    });
  },
};
