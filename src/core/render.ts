/**
 * Plans and their parts as text for people: in status, logs, golden files. Values of sensitive fields never get here: the
 * diff hides them. Equal plans give equal text.
 */
import { type Action, CHANGING, type Plan } from './action.ts';
import { canonical } from './canonical.ts';
import type { Change } from './kind.ts';
import { Unknown } from './ref.ts';

const SIGN: Readonly<Record<Action['type'], string>> = {
  create: '+',
  update: '~',
  replace: '±',
  delete: '-',
  forget: 'r',
  hold: '!',
  wait: '…',
  none: ' ',
};

/** Longest text of one value. */
const VALUE = 120;

/** One value in a plan: plain words where there are any, JSON otherwise, cut when long. */
export function renderValue(value: unknown): string {
  const text = value instanceof Unknown || typeof value === 'string' ? String(value) : canonical(value ?? null);
  return text.length > VALUE ? `${text.slice(0, VALUE - 1)}…` : text;
}

/** `path: old → new`. */
export function renderChange({ path, from, to }: Change): string {
  return `${path}: ${renderValue(from)} → ${renderValue(to)}`;
}

function renderAction(action: Action): readonly string[] {
  const impact = action.impact && action.impact !== 'online' ? ` [${action.impact}]` : '';
  const wait = action.waitsFor ? `; after ${action.waitsFor}` : '';
  const head = `${SIGN[action.type]} ${action.node}${impact}  (${action.reason}${wait})`;
  return [head, ...action.changes.map((change) => `    ${renderChange(change)}`)];
}

/** How many actions of each sort a plan has. */
export interface Counts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
}

/** Counts what would change AWS. */
export function countsOf({ actions }: Plan): Counts {
  const count = (type: Action['type']): number => actions.filter((action) => action.type === type).length;
  return { create: count('create'), update: count('update'), replace: count('replace'), delete: count('delete') };
}

/** `+3 ~1 -0`, the PLAN column; `±` only when something is replaced. */
export function summaryOf(plan: Plan): string {
  const { create, update, replace, delete: remove } = countsOf(plan);
  return [`+${create}`, `~${update}`, ...(replace > 0 ? [`±${replace}`] : []), `-${remove}`].join(' ');
}

/** The whole plan as lines; what is as it should be is left out. */
export function renderPlan(plan: Plan): string {
  const lines = plan.actions.filter(({ type }) => type !== 'none').flatMap(renderAction);
  return [...lines, `plan: ${summaryOf(plan)}`].join('\n');
}

/** Whether a plan would change anything in AWS. */
export function isEmpty(plan: Plan): boolean {
  return !plan.actions.some(({ type }) => CHANGING.has(type));
}
