/** The rules in force and the watches that they can disturb. What a rule does is the business of others. */
import type { KubeCall } from './call.ts';
import type { Channel } from './channel.ts';
import { fits, isDue, isWatchEffect, type KubeFaultRule } from './fault.ts';

/** A rule in force. */
export interface ActiveKubeFault extends KubeFaultRule {
  readonly id: string;
  /** Calls that fitted so far. */
  readonly matched: number;
  /** How often it has struck. */
  readonly struck: number;
}

/** The rule that strikes a call. */
export interface Striking {
  readonly id: string;
  readonly rule: KubeFaultRule;
  /** Resolves when the rule is removed or the client has gone. */
  held(signal: AbortSignal): Promise<void>;
}

/** The rules in force. */
export interface KubeFaults {
  /** Adds rules and answers with their ids, in order; open watches that fit are disturbed at once. */
  add(rules: readonly KubeFaultRule[]): readonly string[];
  list(): readonly ActiveKubeFault[];
  /** Removes one rule, or all; what it holds goes on. */
  remove(id?: string): void;
  striking(call: KubeCall): Striking | undefined;
  /** Takes a watch that opens into care, with the rule that struck it, until the answered function is called. */
  enter(channel: Channel, struckBy: Striking | undefined): () => void;
}

interface Rule {
  readonly id: string;
  readonly rule: KubeFaultRule;
  matched: number;
  struck: number;
  readonly waiting: Set<() => void>;
}

function isStruck(entry: Rule, call: KubeCall): boolean {
  if (!fits(entry.rule, call)) return false;
  entry.matched += 1;
  return isDue(entry.rule, entry.matched, entry.struck);
}

function held(entry: Rule, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    entry.waiting.add(resolve);
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** No rules yet. */
export function createKubeFaults(): KubeFaults {
  const rules = new Map<string, Rule>();
  const channels = new Set<Channel>();
  let count = 0;
  const add = (rule: KubeFaultRule): string => {
    count += 1;
    const entry: Rule = { id: `fault-${count}`, rule, matched: 0, struck: 0, waiting: new Set() };
    rules.set(entry.id, entry);
    const { effect } = rule;
    if (!isWatchEffect(effect)) return entry.id;
    for (const channel of channels) {
      if (!isStruck(entry, channel.call)) continue;
      entry.struck += 1;
      channel.disturb(entry.id, effect);
    }
    return entry.id;
  };
  return {
    add: (added) => added.map(add),
    list: () => [...rules.values()].map(({ id, rule, matched, struck }) => ({ id, ...rule, matched, struck })),
    remove(id) {
      for (const entry of [...rules.values()].filter((candidate) => id === undefined || candidate.id === id)) {
        rules.delete(entry.id);
        for (const go of entry.waiting) go();
        for (const channel of channels) channel.release(entry.id);
      }
    },
    striking(call) {
      // Every rule counts every call that fits it, whichever one strikes.
      const [entry] = [...rules.values()].filter((candidate) => isStruck(candidate, call));
      if (entry === undefined) return undefined;
      entry.struck += 1;
      return { id: entry.id, rule: entry.rule, held: (signal) => held(entry, signal) };
    },
    enter(channel, struckBy) {
      channels.add(channel);
      const effect = struckBy?.rule.effect;
      // The rule may have been removed while the server was asked.
      if (struckBy && effect && isWatchEffect(effect) && rules.has(struckBy.id)) channel.disturb(struckBy.id, effect);
      return () => channels.delete(channel);
    },
  };
}
