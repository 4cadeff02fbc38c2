/** What happened in a pass that a person may want to see: one event when something happens, none when nothing does. Pure. */
import type { ResourceStatus, TierStatus } from '../api/types.ts';
import { ANNOTATIONS } from '../api/well-known.ts';
import type { Finding, Plan } from '../core/action.ts';
import { AWAITS_APPROVAL, heldBack } from '../core/approval.ts';
import type { Outcome } from '../core/outcome.ts';
import { MOVE_SECONDS } from '../core/place.ts';
import type { NodeId } from '../core/ref.ts';
import { renderValue } from '../core/render.ts';
import type { Tier, TierEvent } from '../core/tier.ts';

/** What a pass looked like. */
export interface Happening {
  readonly tier: Tier;
  readonly after: TierStatus;
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<NodeId, Outcome>;
  readonly gone: boolean;
  readonly now: Date;
}

const conditionOf = (status: TierStatus, type: string) =>
  status.conditions?.find((condition) => condition.type === type);

const normal = (reason: string, action: string, message: string): TierEvent => ({
  type: 'Normal',
  reason,
  action,
  message,
});
const warning = (reason: string, action: string, message: string): TierEvent => ({
  type: 'Warning',
  reason,
  action,
  message,
});

/** A condition became true, or is true for another reason than before. */
function newlySaid(
  before: TierStatus,
  after: TierStatus,
  type: string,
  status: string,
): { reason: string; message: string } | undefined {
  const [old, now] = [conditionOf(before, type), conditionOf(after, type)];
  if (now?.status !== status || (old?.status === status && old.reason === now.reason)) return undefined;
  return now;
}

function troubles(before: TierStatus, after: TierStatus): readonly TierEvent[] {
  const stalled = newlySaid(before, after, 'Stalled', 'True');
  const throttled = newlySaid(before, after, 'Synced', 'False');
  return [
    ...(stalled ? [warning(stalled.reason, 'Observe', stalled.message)] : []),
    ...(throttled?.reason === 'Throttled' ? [warning('Throttled', 'Observe', throttled.message)] : []),
  ];
}

const sentenceOf = ({ field, desired, observed }: Pick<Finding, 'field' | 'desired' | 'observed'>): string =>
  `${field} ${renderValue(desired)} wanted, ${renderValue(observed)} found`;

/** One clause for each node, so that many fields of one resource do not crowd out the others; its tags are one word. */
function byNode<T extends { readonly node: string; readonly field: string }>(
  items: readonly T[],
  text: (item: T) => string,
): string {
  const clauses = new Map<string, Set<string>>();
  for (const item of items) {
    const fields = clauses.get(item.node) ?? new Set();
    clauses.set(item.node, fields.add(item.field.startsWith('tags.') ? 'tags' : text(item)));
  }
  return [...clauses]
    .map(([node, fields]) => `${node}: ${[...fields].sort().join(', ')}`)
    .sort()
    .join('; ');
}

function driftEvents({ tier, after, plan, outcomes }: Happening): readonly TierEvent[] {
  const known = new Set((tier.status.drift ?? []).map(({ role, field }) => `${role} ${field}`));
  const fresh = plan.findings.filter(
    ({ action, node, field }) => action !== 'Ignored' && !known.has(`${node} ${field}`),
  );
  const corrected = (after.drift ?? []).filter(
    ({ role, action }) => action === 'Corrected' && outcomes.has(role as NodeId),
  );
  return [
    ...(fresh.length > 0 ? [warning('DriftDetected', 'Observe', byNode(fresh, sentenceOf))] : []),
    ...(corrected.length > 0
      ? [
          normal(
            'DriftCorrected',
            'Update',
            byNode(
              corrected.map((entry) => ({ ...entry, node: entry.role })),
              ({ field }) => field,
            ),
          ),
        ]
      : []),
  ];
}

/** Nodes and, of each, the fields that change. */
const namesOf = (actions: Plan['actions']): string =>
  actions.map(({ node, changes }) => [node, ...changes.map(({ path }) => path)].join(' ')).join(', ');

/** A plan that waits for a person is said once, and so is that it waits no longer. */
function approvals({ tier, after, plan }: Happening): readonly TierEvent[] {
  const { status: before } = tier;
  const isWaiting = (status: TierStatus): boolean => conditionOf(status, 'UpToDate')?.reason === 'AwaitingApproval';
  const isNew = !isWaiting(before) || before.plan?.hash !== plan.hash;
  const asked = namesOf(plan.actions.filter(({ waitsFor }) => waitsFor === AWAITS_APPROVAL));
  const approved = after.approval?.plan;
  return [
    ...(approved !== undefined && approved !== before.approval?.plan
      ? [normal('PlanApproved', 'Update', `approved: ${approved}`)]
      : []),
    ...(isWaiting(after) && isNew
      ? [
          normal(
            'PlanReady',
            'Observe',
            `${asked}: waits for approval; approve it with the annotation ${ANNOTATIONS.approvePlan}=${plan.hash}`,
          ),
        ]
      : []),
  ];
}

/** What AWS moved by itself, and what it has been moving for too long. */
function moves({ tier, after, now }: Happening): readonly TierEvent[] {
  const { resources: known = [] } = tier.status;
  const moved = (after.resources ?? []).flatMap(({ role, id, place }) => {
    const before = known.find((entry) => entry.role === role && entry.id === id)?.place;
    return before !== undefined && place !== undefined && before !== place
      ? [`${role} from ${before} to ${place}`]
      : [];
  });
  const degraded = newlySaid(tier.status, after, 'Ready', 'False');
  const isLong = ({ unreadySince: since }: ResourceStatus): boolean =>
    since !== undefined && now.getTime() - Date.parse(since) >= MOVE_SECONDS * 1000;
  const out = degraded ? (after.resources ?? []).filter(isLong) : [];
  const states = out.map(({ role, state }) => `${role} (AWS says ${state})`);
  return [
    ...(moved.length > 0 ? [normal('FailoverObserved', 'Observe', `AWS moved ${moved.join(', ')}`)] : []),
    ...(states.length > 0
      ? [
          warning(
            'FailoverObserved',
            'Observe',
            `${states.join(', ')}: out of service for longer than ${MOVE_SECONDS} seconds`,
          ),
        ]
      : []),
  ];
}

/** Whether nothing was planned at the end of the last pass. */
function wasQuiet({ plan }: TierStatus): boolean {
  return plan !== undefined && plan.create + plan.update + plan.replace + plan.delete === 0;
}

/** Changes that somebody asked for: said once, when they are planned, however many passes they take. */
function changeEvents({ tier, plan, after }: Happening): readonly TierEvent[] {
  const { metadata, status: before } = tier;
  const news = before.observedGeneration !== metadata.generation || wasQuiet(before);
  if (before.stage === undefined || !news || after.transition) return [];
  const held = heldBack(plan.actions);
  const named = (types: readonly string[]): string =>
    namesOf(plan.actions.filter((action) => types.includes(action.type) && !action.drift && !held.has(action)));
  const [replaced, updated] = [named(['replace']), named(['update', 'create', 'delete'])];
  return [
    ...(replaced ? [normal('Replacing', 'Update', replaced)] : []),
    ...(updated ? [normal('Updating', 'Update', updated)] : []),
  ];
}

/** A move as it goes: begun, step by step, over or called off. */
function transitions({ tier: { status: before }, after }: Happening): readonly TierEvent[] {
  const [old, now] = [before.transition, after.transition];
  const done = (steps: NonNullable<TierStatus['transition']>['steps'] = []): readonly string[] =>
    steps.flatMap(({ id, does, state, result }) =>
      state === 'Done' ? [`step ${id}: ${does}${result ? `: ${result}` : ''}`] : [],
    );
  const known = new Set(done(old?.steps));
  const completed = now ? done(now.steps).filter((step) => !known.has(step)) : [];
  const started = now && !old ? [normal('TransitionStarted', 'Update', `moving from ${now.from} to ${now.to}`)] : [];
  const isWithdrawn = now?.course === 'RolledBack' && old?.course !== 'RolledBack';
  return [
    ...started,
    ...(isWithdrawn ? [normal('TransitionRolledBack', 'Update', `what was built for the move to ${now.to} goes`)] : []),
    ...notesOf(completed).map((note) => normal('StepCompleted', 'Update', note)),
    ...(old && !now ? [endOfTransition(old, after)] : []),
  ];
}

function endOfTransition(old: NonNullable<TierStatus['transition']>, { stage }: TierStatus): TierEvent {
  const { from, to, interruptionSeconds: seconds } = old;
  if (stage !== to)
    return normal('TransitionRolledBack', 'Update', `${from} stays in force; the move to ${to} was called off`);
  const cost = seconds === undefined ? '' : `; the app could not write for ${seconds} seconds`;
  return normal('TransitionCompleted', 'Update', `${to} is in force${cost}`);
}

function milestones({ tier, after, plan }: Happening): readonly TierEvent[] {
  const before = tier.status;
  const begins = (before.conditions ?? []).length === 0 && after.stage === undefined;
  const ready = newlySaid(before, after, 'Ready', 'True');
  const cost = after.cost ? `, about ${after.cost.monthlyEstimate} ${after.cost.currency} a month` : '';
  return [
    ...(begins
      ? [normal('Creating', 'Create', `building ${tier.spec.stage}: ${plan.actions.length} resources${cost}`)]
      : []),
    ...(ready
      ? [
          normal(
            before.stage === undefined ? 'Created' : 'Updated',
            'Update',
            `${after.stage ?? tier.spec.stage} is ready: ${ready.message}`,
          ),
        ]
      : []),
  ];
}

/** Characters of a list in one event: the API server takes 1,024 bytes of a note, and nothing of this may be cut. */
const LISTED = 900;

/** A list as notes, as many as it takes. */
function notesOf(items: readonly string[]): readonly string[] {
  const notes: string[] = [];
  for (const item of items) {
    const longer = `${notes.at(-1)}, ${item}`;
    if (notes.length > 0 && longer.length <= LISTED) notes[notes.length - 1] = longer;
    else notes.push(item);
  }
  return notes;
}

function endings({ tier, after, plan, gone }: Happening): readonly TierEvent[] {
  const begins = conditionOf(tier.status, 'Ready')?.reason !== 'Deleting';
  const retained = notesOf((after.retained ?? []).map(({ role, id }) => `${role} ${id}`));
  const deletes = plan.actions.filter(({ type }) => type === 'delete').length;
  return [
    ...(begins ? [normal('Deleting', 'Delete', `deleting ${deletes} resources`)] : []),
    ...(gone ? retained.map((note) => normal('Retained', 'Delete', `left in AWS: ${note}`)) : []),
    ...(gone ? [normal('Deleted', 'Delete', 'AWS holds nothing of this tier any more, but for what is retained')] : []),
  ];
}

/** The events of a pass. */
export function eventsOf(happening: Happening): readonly TierEvent[] {
  const { tier, after } = happening;
  const trouble = troubles(tier.status, after);
  if (tier.metadata.deletionTimestamp !== undefined) return [...endings(happening), ...trouble];
  return [
    ...milestones(happening),
    ...transitions(happening),
    ...changeEvents(happening),
    ...approvals(happening),
    ...moves(happening),
    ...driftEvents(happening),
    ...trouble,
  ];
}
