/**
 * Client tokens: a call repeated with the same token and the same parameters is answered with what the first one made,
 * with other parameters it is refused (EC2 API reference, "Ensuring idempotency"). A call that failed is not remembered;
 * one whose answer was lost on the way is, because the token is remembered here, before the answer leaves.
 */
import { createHash } from 'node:crypto';
import {
  type Answer,
  type Call,
  isParams,
  type Params,
  Refusal,
  type Step,
  succeeded,
  text,
  type Value,
} from './call.ts';
import type { World } from './world.ts';

/** A creating call with a token. */
export interface TokenRule {
  readonly operation: string;
  /** The parameter that holds the token. */
  readonly token: string;
  /** Brings the first answer up to date, where AWS answers with the state of now. */
  readonly current?: (world: World, call: Call, first: Answer) => Promise<Answer>;
}

interface Memory {
  readonly parameters: string;
  readonly answer: Promise<Answer>;
}

function canonical(value: Value): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isParams(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, canonical(item)]),
  );
}

function digest(params: Params, token: string): string {
  const { [token]: _token, ...rest } = params;
  return createHash('sha256')
    .update(JSON.stringify(canonical(rest)))
    .digest('hex');
}

async function repeated(world: World, call: Call, rule: TokenRule, known: Memory): Promise<Answer> {
  if (known.parameters !== digest(call.params, rule.token)) {
    throw new Refusal(
      'IdempotentParameterMismatch',
      'The request uses the same client token as a previous, but non-identical request.',
    );
  }
  const first = await known.answer;
  call.trace.replayed = true;
  call.trace.reached = true;
  return rule.current ? rule.current(world, call, first) : first;
}

/** Remembers tokens. `mismatch` of each service is AWS's common code for it. */
export function tokens(world: World, rules: readonly TokenRule[]): Step {
  const byOperation = new Map(rules.map((rule) => [rule.operation, rule]));
  return async (call, next) => {
    const rule = byOperation.get(call.operation);
    const token = rule && text(call.params, rule.token);
    if (!rule || token === undefined || text(call.params, 'DryRun') === 'true') return next(call);
    const store = world.memory(call).store<Memory>(`tokens of ${call.service}:${call.operation}`);
    const known = store.get(token);
    if (known) return repeated(world, call, rule, known);
    const answer = next(call);
    store.set(token, { parameters: digest(call.params, rule.token), answer });
    const forget = (): boolean => store.delete(token);
    answer.then((first) => succeeded(first) || forget(), forget);
    return answer;
  };
}
