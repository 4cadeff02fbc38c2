/** The plan and its deviations as the status shows them: cut to what fits, values as text, never one of a sensitive field. */
import type { Drift, PlanStatus, PlanStep } from '../api/types.ts';
import { type Action, CHANGING, type Finding, impactOf, type Plan } from './action.ts';
import { cut } from './conditions.ts';
import type { Projection } from './projection.ts';
import { countsOf, renderPlan, renderValue, summaryOf } from './render.ts';

const STEPS = 100;
const PLAN_TEXT = 16_000;
const SHORT = 256;

const capital = <T extends string>(text: T): Capitalize<T> =>
  (text.charAt(0).toUpperCase() + text.slice(1)) as Capitalize<T>;

function stepOf({ node, type, impact, reason, waitsFor, changes }: Action): PlanStep {
  return {
    role: node,
    action: capital(type) as PlanStep['action'],
    ...(impact ? { impact: capital(impact) } : {}),
    reason: cut(waitsFor ? `${reason}; after ${waitsFor}` : reason, SHORT),
    ...(changes.length > 0
      ? {
          changes: changes.slice(0, 16).map(({ path, from, to }) => ({
            path: cut(path, 200),
            from: renderValue(from),
            to: renderValue(to),
          })),
        }
      : {}),
  };
}

/** `status.plan`. */
export function planStatus(plan: Plan, generation: number): PlanStatus {
  const steps = plan.actions.filter(({ type }) => type !== 'none').map(stepOf);
  const changing = plan.actions.filter(({ type }) => CHANGING.has(type));
  const impact = impactOf(changing.flatMap(({ changes }) => changes));
  return {
    hash: plan.hash,
    generation,
    summary: summaryOf(plan),
    ...countsOf(plan),
    ...(changing.length > 0 ? { impact: capital(impact) } : {}),
    ...(steps.length > 0 ? { steps: steps.slice(0, STEPS), text: cut(renderPlan(plan), PLAN_TEXT) } : {}),
  };
}

/** One entry of `status.drift`. */
export function driftOf(finding: Finding, { tier, now, outcomes }: Projection): Drift {
  const { node: role, field, desired, observed, class: sort, action } = finding;
  const before = tier.status.drift?.find((entry) => entry.role === role && entry.field === field);
  const result = outcomes.get(role)?.result;
  const corrected = action === 'Pending' && (result === 'done' || result === 'settling');
  return {
    role,
    field: cut(field, 200),
    desired: renderValue(desired),
    observed: renderValue(observed),
    class: sort,
    firstSeenTime: before?.firstSeenTime ?? now.toISOString(),
    action: corrected ? 'Corrected' : action,
  };
}
