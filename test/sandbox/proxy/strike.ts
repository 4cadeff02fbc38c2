/** What each effect of a fault rule does to a call. It must not decide which calls are struck. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Call, type Next, Refusal } from './call.ts';
import type { FaultEffect } from './fault.ts';

/** A struck call and what surrounds it. */
export interface Scene {
  readonly id: string;
  readonly call: Call;
  readonly next: Next;
  /** Keeps the ids that the call made from reads for so many seconds. */
  readonly hide: (call: Call, seconds: number) => void;
  /** Resolves when the rule is removed or the client has gone. */
  readonly released: () => Promise<void>;
}

type Effects = {
  readonly [K in FaultEffect['kind']]: (effect: Extract<FaultEffect, { kind: K }>, scene: Scene) => Promise<Answer>;
};

/** A connection that ends without an answer. */
export const UNHEARD: Answer = { status: 0, headers: {}, body: Buffer.alloc(0), delivery: 'reset' };

/** Does to a process what a rule wants. */
export function endProcess(pid: number, signal: 'SIGKILL' | 'SIGSTOP'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself: what the rule wants has happened.
  }
}

const EFFECTS: Effects = {
  async delay({ milliseconds }, { call, next }) {
    await sleep(milliseconds, undefined, { signal: call.signal }).catch(() => undefined);
    return call.signal.aborted ? UNHEARD : next(call);
  },
  async error({ code, message, status = 400 }, { id }) {
    throw new Refusal(code, message ?? `fault rule ${id}`, status);
  },
  async hold(_effect, { call, next, released }) {
    await released();
    return call.signal.aborted ? UNHEARD : next(call);
  },
  async kill({ pid, when, signal = 'SIGKILL' }, { call, next }) {
    const answer = when === 'after' ? await next(call) : UNHEARD;
    endProcess(pid, signal);
    return { ...answer, delivery: 'silent' };
  },
  async lag({ seconds }, { call, next, hide }) {
    const answer = await next(call);
    hide(call, seconds);
    return answer;
  },
  async ending({ as }, { call, next }) {
    call.trace.ending = as;
    return next(call);
  },
  async truncate(_effect, { call, next }) {
    const answer = await next(call);
    return { ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) };
  },
  resetBefore: async () => UNHEARD,
  resetAfter: async (_effect, { call, next }) => ({ ...(await next(call)), delivery: 'reset' }),
  lostAnswer: async (_effect, { call, next }) => ({ ...(await next(call)), delivery: 'silent' }),
  async error500After(_effect, { call, next }) {
    await next(call);
    throw new Refusal('InternalError', 'An internal error has occurred', 500);
  },
};

/** Lets an effect happen to a call. */
export function strike<K extends FaultEffect['kind']>(
  effect: Extract<FaultEffect, { kind: K }>,
  scene: Scene,
): Promise<Answer> {
  const happen: (effect: Extract<FaultEffect, { kind: K }>, scene: Scene) => Promise<Answer> =
    EFFECTS[effect.kind as K];
  return happen(effect, scene);
}
