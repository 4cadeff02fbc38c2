/** Checks AWS's rules before the stand-in hears of a call. */
import type { Call, Step } from '../call.ts';
import type { World } from '../world.ts';
import type { Rule } from './refusal.ts';
import { CREATION_RULES } from './refusals/creation.ts';
import { GROUP_RULES } from './refusals/groups.ts';
import { INSTANCE_RULES } from './refusals/instance.ts';
import { MODIFICATION_RULES } from './refusals/modification.ts';

const RULES: readonly Rule[] = [...GROUP_RULES, ...CREATION_RULES, ...MODIFICATION_RULES, ...INSTANCE_RULES];

function concerns(rule: Rule, call: Call): boolean {
  return [rule.operation].flat().some((operation) => operation === call.operation || (operation === '*' && call.write));
}

/** Refuses what AWS refuses. */
export function refusals(world: World): Step {
  return async (call, next) => {
    for (const rule of RULES) if (concerns(rule, call)) await rule.check({ world, call }, call.params);
    return next(call);
  };
}
