/**
 * Fault rules as data: the one format that tests, the demo and a person at a prompt share. Matching depends on the calls
 * alone, so that a run repeated with the same calls meets the same faults.
 */
import type { Call } from './call.ts';
import { wordsOf } from './words.ts';

/** Which calls a rule is for; everything that is given must fit. */
export interface FaultMatch {
  readonly service?: string;
  /** An operation or a pattern with `*`, or several of them. */
  readonly operation?: string | readonly string[];
  readonly account?: string;
  readonly region?: string;
  readonly write?: boolean;
  /** `<namespace>/<name>`. */
  readonly tier?: string;
  /** A part of what the caller calls itself. */
  readonly userAgent?: string;
  /** None of these calls, as `wordsOf` says them. */
  readonly except?: readonly string[];
  /** Only these of the calls that fit otherwise, counted from 1 since the rule was added. */
  readonly nth?: number | readonly number[];
}

/** Ends or stops a process, before the server hears of the call or after it was done; the answer never leaves. */
export interface KillEffect {
  readonly kind: 'kill';
  readonly pid: number;
  readonly when: 'before' | 'after';
  readonly signal?: 'SIGKILL' | 'SIGSTOP';
}

/** What a rule does to a call. */
export type FaultEffect =
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** AWS refuses; `status` is 400 when not given. */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  /** The connection breaks and AWS never heard of the call. */
  | { readonly kind: 'resetBefore' }
  /** AWS did it, then the connection breaks. */
  | { readonly kind: 'resetAfter' }
  /** AWS did it, the answer never comes: the client's time-out ends the wait. */
  | { readonly kind: 'lostAnswer' }
  /** AWS did it and answers 500 `InternalError`. */
  | { readonly kind: 'error500After' }
  /** AWS did it, the answer is cut in the middle. */
  | { readonly kind: 'truncate' }
  | KillEffect
  /** Holds the call, before AWS hears of it, until the rule is released or removed. */
  | { readonly kind: 'hold' }
  /** What the call makes is not seen by reads for so many real seconds. */
  | { readonly kind: 'lag'; readonly seconds: number }
  /** AWS accepts the call, and what it sets in motion ends otherwise than asked; which endings there are is the service's. */
  | { readonly kind: 'ending'; readonly as: string };

/** A fault rule. */
export interface FaultRule {
  readonly match: FaultMatch;
  readonly effect: FaultEffect;
  /** How often it strikes; for ever when not given. */
  readonly count?: number;
}

/** A rule in force. */
export interface ActiveFault extends FaultRule {
  readonly id: string;
  /** Calls that fitted so far. */
  readonly matched: number;
  /** How often it has struck. */
  readonly struck: number;
}

const KINDS = new Set<FaultEffect['kind']>([
  'delay',
  'error',
  'resetBefore',
  'resetAfter',
  'lostAnswer',
  'error500After',
  'truncate',
  'kill',
  'hold',
  'lag',
  'ending',
]);

function glob(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
}

/** Whether a call fits, `nth` aside. */
export function fits(match: FaultMatch, call: Call): boolean {
  for (const key of ['service', 'account', 'region', 'write', 'tier'] as const) {
    if (match[key] !== undefined && match[key] !== call[key]) return false;
  }
  if (!call.caller.userAgent.includes(match.userAgent ?? '')) return false;
  if (match.except?.includes(wordsOf(call))) return false;
  if (match.operation === undefined) return true;
  return [match.operation].flat().some((pattern) => glob(pattern).test(call.operation));
}

/** Whether the n-th call that fits is meant. */
export function isDue(rule: FaultRule, matched: number, struck: number): boolean {
  if (rule.count !== undefined && struck >= rule.count) return false;
  return rule.match.nth === undefined || [rule.match.nth].flat().includes(matched);
}

/** Checks what a person or a test sent; the error names what is wrong. */
export function readFaultRule(body: unknown): FaultRule {
  const { match, effect, count } = (body ?? {}) as Partial<FaultRule>;
  if (typeof match !== 'object' || match === null) throw new Error('read fault rule: match is missing');
  if (typeof effect !== 'object' || effect === null || !KINDS.has(effect.kind)) {
    throw new Error(`read fault rule: effect.kind cannot be ${JSON.stringify((effect as { kind?: unknown })?.kind)}`);
  }
  if (effect.kind === 'kill' && (!Number.isSafeInteger(effect.pid) || effect.pid <= 1)) {
    throw new Error(`read fault rule: effect.pid cannot be ${JSON.stringify(effect.pid)}`);
  }
  if (count !== undefined && !(Number.isSafeInteger(count) && count > 0)) {
    throw new Error(`read fault rule: count cannot be ${JSON.stringify(count)}`);
  }
  return { match, effect, ...(count === undefined ? {} : { count }) };
}
