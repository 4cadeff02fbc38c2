/**
 * The status of a tier: a pure projection of what a pass planned, did and saw. Equal inputs give an equal status, so that
 * nothing is written when nothing changed. It never holds a value of a sensitive field.
 */
import type { TierStatus } from '../api/types.ts';
import { conditionsOf, cut, type Standing, stalledSaid, statementsOf } from './conditions.ts';
import { costOf } from './cost.ts';
import { outputsOf } from './outputs.ts';
import { movingNodes } from './place.ts';
import { progressOf, type Stall } from './progress.ts';
import type { Projection } from './projection.ts';
import type { NodeId } from './ref.ts';
import { driftOf, planStatus } from './status-plan.ts';
import { resourcesOf, retainedOf } from './status-resources.ts';
import { isInterrupted, isOver, transitionOf } from './status-transition.ts';
import type { Tier } from './tier.ts';

/** What the status can hold of drift. */
const DRIFT = 50;

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

/** What a move under way makes of the conditions. */
function movingOf(
  { way, ...view }: Projection,
  transition: TierStatus['transition'],
): Pick<Standing, 'moving' | 'moved'> {
  if (!transition || !way.move) return { moved: way.move !== undefined && isOver(view) };
  const { from, to, step, steps = [], failure } = transition;
  const { does, state, result } = steps.find(({ id }) => id === step) ?? { does: 'what only the move needed goes' };
  const why = state !== 'Done' && result ? `: ${result}` : '';
  const words = `${from} to ${to}: ${step ? `step ${step}: ${does}${why}` : does}`;
  const course = way.course ?? 'forward';
  const rollsBack = view.tier.spec.transition.onFailure === 'Rollback';
  const interrupted = isInterrupted({ way, ...view });
  return { moving: { course, words, interrupted, rollsBack, ...(failure ? { failure } : {}) } };
}

/** The conditions, and everything that is said in the same breath. */
function judgementOf(
  projection: Projection,
  copy: TierStatus['dataProtection'],
  transition: TierStatus['transition'],
): Pick<TierStatus, 'conditions' | 'message' | 'stage'> {
  const { tier, now, plan, outcomes, serving, recorded, passive, snapshot, way } = projection;
  const { metadata, status: before } = tier;
  const deleting = metadata.deletionTimestamp !== undefined;
  const wanted = deleting ? new Set<NodeId>() : serving;
  const moving = movingNodes(snapshot, before, now);
  const progress = progressOf(plan, outcomes, { wanted, recorded, unread: snapshot.unread, moving });
  const dataCopy = copy && { id: copy.latestCopyID, time: copy.latestCopyTime };
  const standing: Standing = {
    ...{ progress, plan, deleting, passive, inForce: before.stage !== undefined, dataCopy },
    ...movingOf(projection, transition),
  };
  const statements = statementsOf(standing, now);
  const conditions = conditionsOf(statements, { now, generation: metadata.generation, before });
  const ready = statements.some(({ type, status }) => type === 'Ready' && status === 'True');
  // What a move goes to is in force when nothing of the move is left to be done.
  const isThere = ready && (!way.move || (way.course === 'forward' && isOver(projection)));
  const stage = isThere ? way.stage : before.stage;
  return { conditions, message: cut(messageOf({ conditions })), ...(stage ? { stage } : {}) };
}

/** What time alone makes of the conditions, when a pass at another time would plan, do and see the same. */
export function conditionsAt(projection: Projection, now: Date): TierStatus['conditions'] {
  const later = { ...projection, now };
  const { dataProtection } = outputsOf(projection.blueprint, projection.snapshot);
  return judgementOf(later, dataProtection, transitionOf(later)).conditions;
}

/** A list, when there is something in it. */
const listed = <K extends string, T>(key: K, items: readonly T[]): Partial<Record<K, readonly T[]>> =>
  items.length > 0 ? ({ [key]: items } as Record<K, readonly T[]>) : {};

/** The status after a pass. */
export function project(projection: Projection): TierStatus {
  const { tier, facts, plan, blueprint, intents, pinned, snapshot } = projection;
  const { metadata, status: before } = tier;
  const { endpoints, dataProtection, compute } = outputsOf(blueprint, snapshot);
  const transition = metadata.deletionTimestamp === undefined ? transitionOf(projection) : before.transition;
  const request = projection.handledRequest ?? before.lastHandledReconcileAt;
  return {
    observedGeneration: metadata.generation,
    ...judgementOf(projection, dataProtection, transition),
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
    ...(compute ? { compute } : {}),
    plan: planStatus(plan, metadata.generation),
    ...(transition ? { transition } : {}),
    ...(plan.granted ? { approval: plan.granted } : {}),
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
