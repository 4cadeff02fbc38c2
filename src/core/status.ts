/**
 * The status of a tier: a pure projection of what a pass planned, did and saw. Equal inputs give an equal status, so that
 * nothing is written when nothing changed. It never holds a value of a sensitive field.
 */
import type { Drift, Intent, PlanStatus, PlanStep, ResourceStatus, Retained, TierStatus } from '../api/types.ts';
import { type Action, CHANGING, type Finding, impactOf, type Plan } from './action.ts';
import { conditionsOf, cut, stalledSaid, statementsOf } from './conditions.ts';
import { costOf } from './cost.ts';
import type { Blueprint, Facts } from './facts.ts';
import { EMPTY_GRAPH } from './graph.ts';
import type { Outcome } from './outcome.ts';
import { resolveLive, specHashOf } from './plan-desired.ts';
import { progressOf, type Stall } from './progress.ts';
import { hasUnknown, type NodeId } from './ref.ts';
import { countsOf, renderPlan, renderValue, summaryOf } from './render.ts';
import { type Recorded, type Snapshot, typeOf } from './snapshot.ts';
import type { Tier } from './tier.ts';

/** Everything that a status is drawn from. */
export interface Projection {
  readonly tier: Tier;
  readonly now: Date;
  readonly facts: Facts;
  readonly pinned: TierStatus['facts'];
  readonly blueprint: Blueprint;
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<NodeId, Outcome>;
  readonly snapshot: Snapshot;
  readonly recorded: ReadonlyMap<NodeId, Recorded>;
  readonly intents: readonly Intent[];
  readonly passive: 'Paused' | 'ObserveOnly' | undefined;
  /** The tags that each node must carry, as in the plan. */
  readonly tagsOf: (node: NodeId, incarnation: number) => Readonly<Record<string, string>>;
  readonly handledRequest: string | undefined;
  /** Whether this incarnation of a node, or a later one, may not be shown yet, as in the plan. */
  readonly searching: (node: NodeId, incarnation: number) => boolean;
}

const STEPS = 100;
const PLAN_TEXT = 16_000;
const DRIFT = 50;
const SHORT = 256;

const capital = <T extends string>(text: T): Capitalize<T> =>
  (text.charAt(0).toUpperCase() + text.slice(1)) as Capitalize<T>;

/** What the status recorded of each node's resource. */
export function recordedOf(status: TierStatus): ReadonlyMap<NodeId, Recorded> {
  return new Map(
    (status.resources ?? []).map(({ role, id, incarnation, specHash, ready }) => [
      role as NodeId,
      { incarnation, ready, ...(id === undefined ? {} : { id }), ...(specHash === undefined ? {} : { specHash }) },
    ]),
  );
}

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

function planStatus(plan: Plan, generation: number): PlanStatus {
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

function driftOf(finding: Finding, { tier, now, outcomes }: Projection): Drift {
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

/** The hash of what stands, when a look showed that it stands as it should; else what was recorded before. */
function hashAfter(role: NodeId, action: Action | undefined, projection: Projection): string | undefined {
  const { blueprint, snapshot, recorded, tagsOf, searching } = projection;
  const node = blueprint.graph.get(role);
  const owned = snapshot.live.get(role);
  const kept = recorded.get(role)?.specHash;
  if (!node || !owned || !action || action.changes.length > 0 || action.type === 'create') return kept;
  // What is on its way out was not compared with anything, or is not shown as it is.
  if (owned.health.phase === 'deleting' || searching(role, owned.incarnation + 1)) return kept;
  if (action.type === 'hold' && action.problem !== 'DriftDetected') return kept;
  const spec = resolveLive(node, snapshot);
  // A tolerated deviation was judged against the hash that is recorded: it stays the measure.
  return action.type === 'hold' || hasUnknown(spec) ? kept : specHashOf(spec, tagsOf(role, owned.incarnation));
}

function resourceOf(role: NodeId, projection: Projection): ResourceStatus | undefined {
  const { snapshot, outcomes, recorded, plan, tier } = projection;
  const before = tier.status.resources?.find((entry) => entry.role === role);
  if (snapshot.unread.has(typeOf(role))) return before;
  const owned = snapshot.live.get(role);
  const outcome = outcomes.get(role);
  const action = plan.actions.find(({ node }) => node === role);
  const known = recorded.get(role);
  const made = outcome?.id !== undefined && outcome.action === 'create';
  const id = made ? outcome.id : (owned?.id ?? known?.id);
  if (id === undefined) return undefined;
  // What makes room for its successor was ended by us: should the wish be taken back, it is missing, not lost.
  const specHash = made || outcome?.action === 'replace' ? undefined : hashAfter(role, action, projection);
  const health = made ? undefined : owned?.health;
  return {
    role,
    type: typeOf(role),
    id,
    incarnation: made ? outcome.incarnation : (owned?.incarnation ?? known?.incarnation ?? 1),
    state: cut(health?.state ?? (made ? 'creating' : 'missing'), 64),
    ready: health?.phase === 'ready',
    ...(specHash === undefined ? {} : { specHash }),
  };
}

function resourcesOf(projection: Projection): readonly ResourceStatus[] {
  const { blueprint, snapshot, outcomes, tier } = projection;
  const deleting = tier.metadata.deletionTimestamp !== undefined;
  // What is gone for good needs no memory; what is wanted keeps its last id, from which the next incarnation counts.
  const wanted = deleting ? [] : [...blueprint.graph.keys()];
  const seen = [...snapshot.live.keys(), ...[...outcomes.values()].filter(({ id }) => id).map(({ node }) => node)];
  const unread = (tier.status.resources ?? [])
    .map(({ role }) => role as NodeId)
    .filter((role) => snapshot.unread.has(typeOf(role)));
  return [...new Set([...wanted, ...seen, ...unread])].flatMap((role) => resourceOf(role, projection) ?? []);
}

/** AWS answers with an empty text what it does not know yet. */
const isSaid = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The attributes of a blueprint's outputs that are known. */
function outputsOf({ blueprint, snapshot }: Projection): Pick<TierStatus, 'endpoints' | 'dataProtection'> {
  const endpoints = resolveLive({ spec: blueprint.outputs.endpoints }, snapshot) as Readonly<Record<string, unknown>>;
  const copy = resolveLive({ spec: blueprint.outputs.dataCopy }, snapshot) as Readonly<Record<string, unknown>>;
  const known = Object.entries(endpoints).filter(([, value]) => isSaid(value));
  return {
    endpoints: Object.fromEntries(known),
    ...(isSaid(copy.id) && isSaid(copy.time)
      ? { dataProtection: { latestCopyID: copy.id, latestCopyTime: copy.time } }
      : {}),
  };
}

/** Everything that was left in AWS and that nobody has taken over since. */
function retainedOf({ tier, plan, outcomes, snapshot, blueprint }: Projection): readonly Retained[] {
  const left = plan.actions.flatMap(({ type, node, live }) =>
    type === 'forget' && live && outcomes.get(node)?.result === 'done' ? [{ role: node, id: live.id }] : [],
  );
  const all = [...(tier.status.retained ?? []), ...left];
  const isFirst = ({ role, id }: Retained, at: number): boolean =>
    all.findIndex((other) => other.role === role && other.id === id) === at;
  const wanted = tier.metadata.deletionTimestamp === undefined ? blueprint.graph : EMPTY_GRAPH;
  const isTaken = ({ role, id }: Retained): boolean =>
    wanted.has(role as NodeId) && snapshot.live.get(role as NodeId)?.id === id;
  return all.filter((entry, at) => isFirst(entry, at) && !isTaken(entry));
}

function messageOf(status: Pick<TierStatus, 'conditions'>): string {
  const said = (type: string): string | undefined =>
    status.conditions?.find((condition) => condition.type === type)?.message;
  return said('Stalled') ?? said('Ready') ?? '';
}

/** Keys of user tags that AWS may still carry: what is not wanted any more is forgotten once everything is in its place. */
function tagKeysOf({ tier, plan }: Projection): readonly string[] {
  const wanted = Object.keys(tier.spec.tags ?? {});
  const settled = plan.actions.every(({ type }) => type === 'none' || type === 'hold');
  return [...new Set([...(settled ? [] : (tier.status.tagKeys ?? [])), ...wanted])].sort();
}

/** The conditions, and everything that is said in the same breath. */
function judgementOf(
  projection: Projection,
  copy: TierStatus['dataProtection'],
): Pick<TierStatus, 'conditions' | 'message' | 'stage'> {
  const { tier, now, plan, outcomes, blueprint, recorded, passive } = projection;
  const { metadata, spec, status: before } = tier;
  const deleting = metadata.deletionTimestamp !== undefined;
  const wanted = new Set(deleting ? [] : blueprint.graph.keys());
  const progress = progressOf(plan, outcomes, { wanted, recorded, unread: projection.snapshot.unread });
  const dataCopy = copy && { id: copy.latestCopyID, time: copy.latestCopyTime };
  const standing = { progress, plan, deleting, passive, inForce: before.stage !== undefined, dataCopy };
  const statements = statementsOf(standing, now);
  const conditions = conditionsOf(statements, { now, generation: metadata.generation, before });
  const ready = statements.some(({ type, status }) => type === 'Ready' && status === 'True');
  const stage = ready ? spec.stage : before.stage;
  return { conditions, message: cut(messageOf({ conditions })), ...(stage ? { stage } : {}) };
}

/** What time alone makes of the conditions, when a pass at another time would plan, do and see the same. */
export function conditionsAt(projection: Projection, now: Date): TierStatus['conditions'] {
  return judgementOf({ ...projection, now }, outputsOf(projection).dataProtection).conditions;
}

/** A list, when there is something in it. */
const listed = <K extends string, T>(key: K, items: readonly T[]): Partial<Record<K, readonly T[]>> =>
  items.length > 0 ? ({ [key]: items } as Record<K, readonly T[]>) : {};

/** The status after a pass. */
export function project(projection: Projection): TierStatus {
  const { tier, facts, plan, blueprint, intents, pinned } = projection;
  const { metadata, status: before } = tier;
  const { endpoints, dataProtection } = outputsOf(projection);
  const request = projection.handledRequest ?? before.lastHandledReconcileAt;
  return {
    observedGeneration: metadata.generation,
    ...judgementOf(projection, dataProtection),
    accountID: facts.accountID,
    ...(request ? { lastHandledReconcileAt: request } : {}),
    ...(pinned ? { facts: pinned } : {}),
    ...listed('intents', intents),
    resources: resourcesOf(projection),
    ...listed(
      'drift',
      plan.findings.slice(0, DRIFT).map((finding) => driftOf(finding, projection)),
    ),
    driftCount: plan.findings.filter(({ action }) => action !== 'Ignored').length,
    ...(endpoints ? { endpoints } : {}),
    plan: planStatus(plan, metadata.generation),
    ...(metadata.deletionTimestamp === undefined ? { cost: costOf(blueprint.graph) } : {}),
    ...(dataProtection ? { dataProtection } : {}),
    ...listed('retained', retainedOf(projection)),
    ...listed('tagKeys', tagKeysOf(projection)),
  };
}

/** Conditions that speak of the last pass alone. */
const PASSING: readonly string[] = ['Stalled', 'Reconciling'];

/** The status of a pass that could not even plan: everything known stays, the conditions say what is in the way. */
export function projectObstacle(
  tier: Tier,
  obstacle: {
    readonly stalls: readonly Stall[];
    readonly synced: {
      readonly reason: 'ReconcileError' | 'Throttled' | 'CredentialsInvalid';
      readonly message: string;
    };
  },
  now: Date,
): TierStatus {
  const { metadata, status: before } = tier;
  const { stalls, synced } = obstacle;
  const known = before.conditions ?? [];
  const ready = known.find(({ type }) => type === 'Ready');
  const reason = stalls.length > 0 && stalls.every((stall) => stall.reason === 'Invalid') ? 'Invalid' : 'Creating';
  const statements = [
    ...(ready ? [] : [{ type: 'Ready', status: 'False', reason, message: synced.message } as const]),
    ...stalledSaid(stalls),
    { type: 'Synced', status: 'False', ...synced } as const,
  ];
  const said = conditionsOf(statements, { now, generation: metadata.generation, before });
  // A change that could not be looked at must not read as done: an invalid spec is the answer to it, an outage is not.
  const answered = stalls.length > 0 ? metadata.generation : before.observedGeneration;
  // What was said of another generation says nothing of this one.
  const outdated = answered === before.observedGeneration ? PASSING : [...PASSING, 'UpToDate'];
  const kept = known.filter(
    ({ type }) => !outdated.includes(type) && !said.some((condition) => condition.type === type),
  );
  const conditions = [...kept, ...said];
  return { ...before, observedGeneration: answered, conditions, message: cut(synced.message) };
}
