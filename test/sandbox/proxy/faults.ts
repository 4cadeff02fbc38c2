/** The rules in force, and the step that lets them strike. What a rule may do is the business of `strike.ts`. */
import type { Call, Step } from './call.ts';
import { type ActiveFault, type FaultRule, fits, isDue } from './fault.ts';
import { type Scene, strike } from './strike.ts';

/** The rules in force. */
export interface Faults {
  add(rules: readonly FaultRule[]): readonly string[];
  list(): readonly ActiveFault[];
  /** Removes one rule, or all; calls that it holds go on. False when there is no such rule. */
  remove(id?: string): boolean;
  readonly step: Step;
}

interface Rule {
  readonly id: string;
  readonly rule: FaultRule;
  matched: number;
  struck: number;
  readonly held: Set<() => void>;
}

/** The rule that strikes this call. Every rule counts every call that fits it, whichever one strikes. */
function striking(rules: Iterable<Rule>, call: Call): Rule | undefined {
  let chosen: Rule | undefined;
  for (const rule of rules) {
    if (!fits(rule.rule.match, call)) continue;
    rule.matched += 1;
    if (chosen === undefined && isDue(rule.rule, rule.matched, rule.struck)) chosen = rule;
  }
  if (chosen) chosen.struck += 1;
  return chosen;
}

function held(rule: Rule, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    rule.held.add(resolve);
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function release(rule: Rule): void {
  for (const go of rule.held) go();
  rule.held.clear();
}

/** No rules yet. */
export function createFaults(hide: Scene['hide']): Faults {
  const rules = new Map<string, Rule>();
  let count = 0;
  const add = (rule: FaultRule): string => {
    count += 1;
    const id = `fault-${count}`;
    rules.set(id, { id, rule, matched: 0, struck: 0, held: new Set() });
    return id;
  };
  return {
    add: (added) => added.map(add),
    list: () => [...rules.values()].map(({ id, rule, matched, struck }) => ({ id, ...rule, matched, struck })),
    remove(id) {
      const removed = [...rules.values()].filter((rule) => id === undefined || rule.id === id);
      for (const rule of removed) {
        rules.delete(rule.id);
        release(rule);
      }
      return id === undefined || removed.length > 0;
    },
    step: async (call, next) => {
      const rule = striking(rules.values(), call);
      if (!rule) return next(call);
      call.trace.fault = rule.id;
      return strike(rule.rule.effect, { id: rule.id, call, next, hide, released: () => held(rule, call.signal) });
    },
  };
}
