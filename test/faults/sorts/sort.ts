/** Sorts of faults that can be put into any life: each is data, with how often it can strike within a step. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeEffect, KubeMatch } from '../../sandbox/kube-proxy/proxy.ts';
import type { FaultEffect, FaultMatch, Settings } from '../../sandbox/proxy/client.ts';
import type { Stage, StepEnd } from '../life/drive.ts';

/** Takes a fault away again; the answer says whether it struck. */
export type Undo = () => Promise<boolean>;

/** A sort of fault. */
export interface Sort {
  readonly name: string;
  /** The writes that it is repeated for, a few in each life; absent: one life is enough. */
  readonly every?: keyof StepEnd['writes'];
  /** The process does not outlive it: the next one of the same life can only be put before the process after it. */
  readonly fatal?: true;
  /** Puts it in place for a step; `n` is the write that it is meant for. */
  put(n: number, stage: Stage): Promise<Undo>;
}

/** What a rule does, once the process is known. */
type For<Effect> = Effect | ((pid: number) => Effect);

function effectFor<Effect extends object>(effect: For<Effect>, { here }: Stage): Effect {
  return typeof effect === 'function' ? effect(here.operator().pid) : effect;
}

/** A rule in front of AWS. */
export function onAws(effect: For<FaultEffect>, match: FaultMatch = {}, count?: number): Sort['put'] {
  return async (_n, stage) => {
    const { account, proxy } = stage.here;
    const rule = {
      match: { account: account.id, ...match },
      effect: effectFor(effect, stage),
      ...(count ? { count } : {}),
    };
    const [id] = await proxy.addFaults(rule);
    return async () => {
      const struck = (await proxy.faults()).some((active) => active.id === id && active.struck > 0);
      await proxy.removeFault(id);
      await caughtUp(rule.effect.kind === 'lag' ? rule.effect.seconds : 0);
      return struck;
    };
  };
}

/** What is read next must be read without lag: what AWS still hides is not missing. */
const caughtUp = (seconds = 0): Promise<void> => delay(seconds * 1000);

/** Several faults as one: it has struck when one of them has. */
export function together(...puts: readonly Sort['put'][]): Sort['put'] {
  return async (n, stage) => {
    const undos: Undo[] = [];
    for (const put of puts) undos.unshift(await put(n, stage));
    return async () => {
      let struck = false;
      for (const undo of undos) struck = (await undo()) || struck;
      return struck;
    };
  };
}

/** The same at the n-th write to AWS. */
export function atAwsWrite(effect: For<FaultEffect>): Sort['put'] {
  return (nth, stage) => onAws(effect, { write: true, nth }, 1)(nth, stage);
}

/** A rule in front of the API server, for what concerns tiers. */
export function onKubernetes(effect: For<KubeEffect>, match: KubeMatch = {}, count?: number): Sort['put'] {
  return async (_n, stage) => {
    const rule = {
      match: { path: '*/scalingtiers*', ...match },
      effect: effectFor(effect, stage),
      ...(count ? { count } : {}),
    };
    const [id] = stage.kube.addFaults(rule);
    return async () => {
      const struck = stage.kube.faults().some((active) => active.id === id && active.struck > 0);
      stage.kube.removeFault(id);
      return struck;
    };
  };
}

/** The same at the n-th write to the tier's object. */
export function atRecord(effect: For<KubeEffect>): Sort['put'] {
  return (nth, stage) => onKubernetes(effect, { path: '*/scalingtiers/*', write: true, nth }, 1)(nth, stage);
}

/** Other manners of AWS for the length of a step. */
export function withManners(settings: Partial<Settings>): Sort['put'] {
  return async (_n, { here }) => {
    const before = await here.proxy.configure({}, here.account.id);
    await here.proxy.configure(settings, here.account.id);
    const back = Object.fromEntries(Object.keys(settings).map((key) => [key, before[key as keyof Settings]]));
    return async () => {
      await here.proxy.configure(back, here.account.id);
      await caughtUp(settings.lagSeconds);
      return true;
    };
  };
}
