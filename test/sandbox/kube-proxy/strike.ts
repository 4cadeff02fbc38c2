/** What each effect of a rule does to a call. It must not decide which calls are struck. */
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess } from '../proxy/strike.ts';
import { type KubeAnswer, type KubeRequest, refusal, UNHEARD } from './answer.ts';
import type { CallEffect } from './fault.ts';

/** A struck call and what surrounds it. */
export interface Strike {
  readonly id: string;
  readonly request: KubeRequest;
  /** Asks the API server. */
  readonly next: () => Promise<KubeAnswer>;
  /** Resolves when the rule is removed or the client has gone. */
  readonly released: () => Promise<void>;
  /** Writes the object that the call is about, as somebody else. */
  readonly touch: () => Promise<void>;
  /** The answer to an earlier read. */
  readonly earlier: (seq: number) => KubeAnswer;
}

type Effects = {
  readonly [K in CallEffect['kind']]: (effect: Extract<CallEffect, { kind: K }>, strike: Strike) => Promise<KubeAnswer>;
};

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const EFFECTS: Effects = {
  async delay({ milliseconds }, { request, next }) {
    await sleep(milliseconds, undefined, { signal: request.signal }).catch(() => undefined);
    return request.signal.aborted ? UNHEARD : next();
  },
  async error({ status, reason = REASONS[status] ?? 'Unknown', message, retryAfterSeconds }, { id }) {
    const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': `${retryAfterSeconds}` };
    return refusal(status, reason, message ?? `fault rule ${id}`, headers);
  },
  async hang({ when }, { next }) {
    const answer = when === 'after' ? await next() : UNHEARD;
    answer.stream?.destroy();
    return { ...answer, delivery: 'silent' };
  },
  async hold(_effect, { request, next, released }) {
    await released();
    return request.signal.aborted ? UNHEARD : next();
  },
  async kill({ pid, when, signal = 'SIGKILL' }, { next }) {
    // A stopped process finds the answer in its socket when it goes on, as it would without a proxy.
    const answer = when === 'after' ? await next() : UNHEARD;
    endProcess(pid, signal);
    return answer;
  },
  replay: async ({ seq }, { earlier }) => earlier(seq),
  resetBefore: async () => UNHEARD,
  async resetAfter(_effect, { next }) {
    const answer = await next();
    answer.stream?.destroy();
    return { ...answer, delivery: 'reset' };
  },
  async touch(_effect, { touch, next }) {
    await touch();
    return next();
  },
};

/** Lets an effect happen to a call. */
export function strike<K extends CallEffect['kind']>(
  effect: Extract<CallEffect, { kind: K }>,
  struck: Strike,
): Promise<KubeAnswer> {
  const happen: (effect: Extract<CallEffect, { kind: K }>, struck: Strike) => Promise<KubeAnswer> =
    EFFECTS[effect.kind as K];
  return happen(effect, struck);
}
