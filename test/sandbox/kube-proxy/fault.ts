/**
 * Faults of the API server and of the way to it, as data. Matching depends on the calls alone, so that a run repeated with
 * the same calls meets the same faults.
 */
import type { KillEffect } from '../proxy/fault.ts';
import type { KubeCall, Verb } from './call.ts';

/** Which calls a rule is for; everything that is given must fit. */
export interface KubeMatch {
  readonly method?: string;
  /** A path without query, or a pattern with `*` for any text, or several of them. */
  readonly path?: string | readonly string[];
  readonly verb?: Verb | readonly Verb[];
  /** `status`; an empty text: the object itself. */
  readonly subresource?: string;
  readonly write?: boolean;
  /** Only these of the calls that fit otherwise, counted from 1 since the rule was added. */
  readonly nth?: number | readonly number[];
}

/** What a rule does to a call. */
export type CallEffect =
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The server refuses with a `Status`, and has done nothing. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /** The connection breaks and the server never heard of the call. */
  | { readonly kind: 'resetBefore' }
  /** The server did it, then the connection breaks. */
  | { readonly kind: 'resetAfter' }
  /** The connection stays open and silent, before the server hears of the call or after it did it. */
  | { readonly kind: 'hang'; readonly when: 'before' | 'after' }
  | KillEffect
  /** Holds the call, before the server hears of it, until the rule is removed. */
  | { readonly kind: 'hold' }
  /** Somebody else writes the object first, so that the server itself refuses what names the version before. */
  | { readonly kind: 'touch' }
  /** The answer to an earlier read is given again: an API server that lives in the past. */
  | { readonly kind: 'replay'; readonly seq: number };

/** What a rule does to a watch: to those that are open when it is added as well. */
export type WatchEffect =
  /** The stream ends as if the server had ended it, or breaks. */
  | { readonly kind: 'watchCut'; readonly how: 'end' | 'reset' }
  /** Half-open: nothing comes any more, and nobody says that it is over. */
  | { readonly kind: 'watchSilence' }
  /** What comes is held back until the rule is removed. */
  | { readonly kind: 'watchHold' }
  /** Events of these types (all when not given) are left out. */
  | { readonly kind: 'watchDrop'; readonly types?: readonly string[] };

/** What a rule does. */
export type KubeEffect = CallEffect | WatchEffect;

/** A fault rule. */
export interface KubeFaultRule {
  readonly match: KubeMatch;
  readonly effect: KubeEffect;
  /** How often it strikes; for ever when not given. */
  readonly count?: number;
}

/** Whether an effect is one on the stream of a watch. */
export function isWatchEffect(effect: KubeEffect): effect is WatchEffect {
  return effect.kind.startsWith('watch');
}

function glob(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
}

/** Whether a call fits, `nth` aside. */
export function fits({ match, effect }: KubeFaultRule, call: KubeCall): boolean {
  const { method, path, verb, subresource, write } = match;
  if (isWatchEffect(effect) && call.verb !== 'watch') return false;
  if (method !== undefined && method !== call.method) return false;
  if (write !== undefined && write !== call.write) return false;
  if (subresource !== undefined && subresource !== (call.subresource ?? '')) return false;
  if (verb !== undefined && ![verb].flat().includes(call.verb)) return false;
  return path === undefined || [path].flat().some((pattern) => glob(pattern).test(call.path));
}

/** Whether the n-th call that fits is meant. */
export function isDue({ match, count }: KubeFaultRule, matched: number, struck: number): boolean {
  if (count !== undefined && struck >= count) return false;
  return match.nth === undefined || [match.nth].flat().includes(matched);
}
