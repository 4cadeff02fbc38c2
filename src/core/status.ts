/**
 * The status of a tier: a pure projection of what a pass planned, did and saw. Equal inputs give an equal status, so that
 * nothing is written when nothing changed. It never holds a value of a sensitive field.
 */
import type { TierStatus } from '../api/types.ts';
import { conditionsOf, cut, stalledSaid, statementsOf } from './conditions.ts';
import { costOf } from './cost.ts';
import { outputsOf } from './outputs.ts';
import { movingNodes } from './place.ts';
import { progressOf, type Stall } from './progress.ts';
import type { Projection } from './projection.ts';
import { driftOf, planStatus } from './status-plan.ts';
import { resourcesOf, retainedOf } from './status-resources.ts';
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

/** The conditions, and everything that is said in the same breath. */
function judgementOf(
  projection: Projection,
  copy: TierStatus['dataProtection'],
): Pick<TierStatus, 'conditions' | 'message' | 'stage'> {
  const { tier, now, plan, outcomes, blueprint, recorded, passive, snapshot } = projection;
  const { metadata, spec, status: before } = tier;
  const deleting = metadata.deletionTimestamp !== undefined;
  const wanted = new Set(deleting ? [] : blueprint.graph.keys());
  const moving = movingNodes(snapshot, before, now);
  const progress = progressOf(plan, outcomes, { wanted, recorded, unread: snapshot.unread, moving });
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
  return judgementOf({ ...projection, now }, outputsOf(projection.blueprint, projection.snapshot).dataProtection)
    .conditions;
}

/** A list, when there is something in it. */
const listed = <K extends string, T>(key: K, items: readonly T[]): Partial<Record<K, readonly T[]>> =>
  items.length > 0 ? ({ [key]: items } as Record<K, readonly T[]>) : {};

/** The status after a pass. */
export function project(projection: Projection): TierStatus {
  const { tier, facts, plan, blueprint, intents, pinned, snapshot } = projection;
  const { metadata, status: before } = tier;
  const { endpoints, dataProtection, compute } = outputsOf(blueprint, snapshot);
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
    ...(compute ? { compute } : {}),
    plan: planStatus(plan, metadata.generation),
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
