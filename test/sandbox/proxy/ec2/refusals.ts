/** Checks AWS's rules before the stand-in hears of a call, and answers dry runs: allowed, and nothing done. */
import { type Call, Refusal, type Step, text } from '../call.ts';
import { BALANCER_RULES } from '../elb/interfaces.ts';
import { DATABASE_RULES } from '../rds/network.ts';
import type { World } from '../world.ts';
import type { Rule } from './refusal.ts';
import { COMPUTE_RULES } from './refusals/compute.ts';
import { NAT_RULES } from './refusals/nat.ts';
import { NETWORK_RULES } from './refusals/network.ts';
import { STORAGE_RULES } from './refusals/storage.ts';

const RULES: readonly Rule[] = [
  ...NETWORK_RULES,
  ...NAT_RULES,
  ...COMPUTE_RULES,
  ...STORAGE_RULES,
  ...DATABASE_RULES,
  ...BALANCER_RULES,
];

function concerns(rule: Rule, call: Call): boolean {
  return [rule.operation].flat().some((operation) => operation === call.operation || (operation === '*' && call.write));
}

/** Refuses what AWS refuses. API reference, "Common query parameters": a dry run that would succeed is `DryRunOperation`. */
export function refusals(world: World): Step {
  return async (call, next) => {
    for (const rule of RULES) if (concerns(rule, call)) await rule.check({ world, call }, call.params);
    if (text(call.params, 'DryRun') !== 'true') return next(call);
    throw new Refusal('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  };
}
