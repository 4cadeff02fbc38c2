/**
 * One trip round the loop for one tier: facts, graph, look, plan, apply, status. Nothing in it waits for AWS to finish, and
 * running it twice equals running it once. Only here do plan and AWS meet.
 */
import { isDeepStrictEqual } from 'node:util';
import { fitStatus } from '../api/fit.ts';
import type { Intent } from '../api/types.ts';
import { ANNOTATIONS } from '../api/well-known.ts';
import { classify } from '../aws/errors.ts';
import { turns } from '../aws/turns.ts';
import { CHANGING, type Plan } from '../core/action.ts';
import { EMPTY_GRAPH } from '../core/graph.ts';
import type { Outcome } from '../core/outcome.ts';
import { plan as planOf } from '../core/plan.ts';
import type { Projection } from '../core/projection.ts';
import type { NodeId } from '../core/ref.ts';
import { typeOf } from '../core/snapshot.ts';
import { project } from '../core/status.ts';
import { beginningOf } from '../core/status-transition.ts';
import type { Pass, Tier, TierEvent, Verdict } from '../core/tier.ts';
import { expectAfter, expecting, LOOK_SECONDS } from './aftermath.ts';
import { apply, PassAborted } from './apply.ts';
import { forgetSettled } from './attempts.ts';
import { connectionOf } from './connection.ts';
import { annotated, begin, type Course, turnsOff, wishOf } from './course.ts';
import { type Engine, memoryOf } from './engine.ts';
import { eventsOf } from './events.ts';
import { announce, forgetVain, type Kept, remember, toAnnounce } from './intents.ts';
import { kindsOf, look, lookAgain, type View } from './look.ts';
import { obstructed, orphaned, unreadable } from './obstacle.ts';
import { restOf } from './rest.ts';
import { AT_ONCE_SECONDS, requeueAfter } from './rhythm.ts';

/** What a pass computes takes some milliseconds, and many passes may wait for the same sweep. */
const turn = turns(1);

function planFor({ engine, deleting, blueprint, recorded, policy }: Course, { snapshot }: View): Plan {
  const desired = deleting ? EMPTY_GRAPH : blueprint.graph;
  const { graph, reference = graph } = blueprint;
  return planOf({ desired, reference, snapshot, recorded, policy, kinds: kindsOf(engine) });
}

const DECISIVE: ReadonlySet<string> = new Set(['create', 'replace', 'delete']);

/** Kinds in which this plan would make or end something. While deleting also all others, once nothing seems to be left. */
function decisiveTypes({ actions }: Plan, { deleting, looking: { horizon } }: Course): ReadonlySet<string> {
  const decisive = actions.filter(({ type, waitsFor }) => DECISIVE.has(type) && !waitsFor).map(({ kind }) => kind.type);
  const last = deleting && !actions.some(({ type }) => type !== 'forget');
  return new Set(last ? [...horizon.own, ...horizon.others].map(({ type }) => type) : decisive);
}

async function survey(course: Course): Promise<{ readonly view: View; readonly plan: Plan }> {
  const { tier } = course;
  const { generation } = tier.metadata;
  const upToDate =
    tier.status.conditions?.some(({ type, status }) => type === 'UpToDate' && status === 'True') ?? false;
  await turn();
  const view = await look(course.looking, {
    wish: wishOf(course),
    atRest: upToDate && tier.status.observedGeneration === generation,
    requested: handledRequest(tier) !== tier.status.lastHandledReconcileAt,
  });
  return makeSure(course, view);
}

/** Plans, and looks again, until all that the plan would make or end, and its very end, rests on a fresh reading. */
async function makeSure(course: Course, view: View): Promise<{ readonly view: View; readonly plan: Plan }> {
  await turn();
  const plan = planFor(course, view);
  const again = await lookAgain(course.looking, view, decisiveTypes(plan, course));
  return again === view ? { view, plan } : makeSure(course, again);
}

/**
 * What the next pass must read freshly, and what no longer counts as tried. It is noticed before anything is done: a pass
 * that dies in the middle has looked, and what it found is still to be done.
 */
function notice(course: Course, { fresh }: View, { actions }: Plan): void {
  const { engine, owner, looking } = course;
  const memory = memoryOf(engine, owner.uid);
  if (looking.horizon.own.every(({ type }) => fresh.has(type))) memory.deepAt = performance.now();
  memory.wish = wishOf(course);
  memory.restless.clear();
  forgetSettled(memory, actions);
  for (const { kind, type } of actions) {
    if (type === 'wait' || CHANGING.has(type)) memory.restless.add(kind.type);
  }
}

/**
 * Writes down what is about to be done, if it is not in the status yet. Without an accepted record of the intent a crash after
 * the call would leave a resource that nobody looks for, and one of the approval a plan of which half is done and not approved.
 */
async function announceIn(
  { tier, pass, pinned, aws, way, now }: Course,
  { granted: approval }: Plan,
  intents: readonly Intent[],
): Promise<void> {
  const { status } = tier;
  const isKnown = isDeepStrictEqual(intents, status.intents ?? []) && approval?.plan === status.approval?.plan;
  if (isKnown) return;
  const transition = beginningOf({ way, tier, now });
  const record = {
    ...(pinned ? { facts: pinned } : {}),
    ...(approval ? { approval } : {}),
    ...(transition ? { transition } : {}),
  };
  try {
    await pass.record({ ...status, ...record, accountID: aws.accountID, intents });
  } catch (error) {
    throw new PassAborted('record what is about to be done: the API server did not accept it', { cause: error });
  }
}

async function carryOut(
  course: Course,
  plan: Plan,
  { snapshot }: View,
): Promise<{ readonly outcomes: ReadonlyMap<NodeId, Outcome> } & Kept> {
  const { engine, tier, pass, aws, owner, now, recorded, passive, blueprint } = course;
  if (passive) return { outcomes: new Map(), intents: course.intents, within: Number.POSITIVE_INFINITY };
  const graceSeconds = engine.patience.absenceGraceSeconds;
  const intents = announce(course.intents, toAnnounce(plan.actions, snapshot), { recorded, now, graceSeconds });
  await announceIn(course, plan, intents);
  const outcomes = await apply(plan.actions, {
    aws,
    owner,
    userTags: tier.spec.tags ?? {},
    resources: new Map(engine.resources.map((kind) => [kind.type, kind])),
    snapshot,
    recorded,
    intents,
    earlier: course.intents,
    memory: memoryOf(engine, owner.uid),
    signal: pass.signal,
    now,
    graceSeconds,
  });
  const remembered = remember({ earlier: course.intents, announced: intents, outcomes });
  // What could not be read may be there.
  const holds = (node: NodeId): boolean =>
    snapshot.unread.has(typeOf(node)) || [blueprint.graph, snapshot.live, recorded].some((known) => known.has(node));
  return { outcomes, ...forgetVain(remembered, { holds, now, graceSeconds }) };
}

function isGone({ deleting }: Course, { actions }: Plan, outcomes: ReadonlyMap<NodeId, Outcome>): boolean {
  if (!deleting) return false;
  return actions.every(({ type, node }) => type === 'forget' && outcomes.get(node)?.result === 'done');
}

/** What the status can hold of a request's token. */
const TOKEN = 256;

/** The token of the last request to look; without one, that of the last request that was answered. */
function handledRequest({ metadata, status }: Tier): string | undefined {
  const { annotations } = metadata;
  const token = annotations[ANNOTATIONS.reconcileRequestedAt] ?? annotations[ANNOTATIONS.fluxReconcileRequestedAt];
  return token?.slice(0, TOKEN) ?? status.lastHandledReconcileAt;
}

const LEVEL = { done: 'info', settling: 'info', blocked: 'debug', failed: 'warn' } as const;

function report({ engine, tier }: Course, plan: Plan, outcomes: ReadonlyMap<NodeId, Outcome>): void {
  const name = `${tier.metadata.namespace}/${tier.metadata.name}`;
  const log = engine.log.child({ tier: name });
  for (const { node, action, result, id, reason, failure } of outcomes.values()) {
    const kind = plan.actions.find((candidate) => candidate.node === node)?.kind.type ?? '';
    engine.onDeed({ tier: name, node, kind, action, result });
    log[LEVEL[result]]({ node, action, result, id, reason, failure }, `${action} ${node}: ${result}`);
  }
}

/** What could not be found out, for the log; a right that is missing is also an event. It is said once, since it is asked once. */
function warn({ engine, tier, warnings }: Course): readonly TierEvent[] {
  const log = engine.log.child({ tier: `${tier.metadata.namespace}/${tier.metadata.name}` });
  for (const { message } of warnings) log.warn({}, message);
  const message = warnings.flatMap((warning) => (warning.denied ? [warning.message] : [])).join('; ');
  return message === '' ? [] : [{ type: 'Warning', reason: 'AccessDenied', action: 'Observe', message }];
}

/** For how long AWS has not equalled the spec, as the status says. */
function outdatedSeconds({ status }: Tier, now: Date): number {
  const said = status.conditions?.find(({ type }) => type === 'UpToDate');
  return said?.status === 'False' ? (now.getTime() - Date.parse(said.lastTransitionTime)) / 1000 : 0;
}

/** Seconds until the next look for the sake of what may come in the wake of a change; never, when nothing may. */
function lookAfter({ engine, owner }: Course, plan: Plan, outcomes: ReadonlyMap<NodeId, Outcome>): number {
  const { aftermath, restless } = memoryOf(engine, owner.uid);
  const { actions } = plan;
  expectAfter(aftermath, { actions, outcomes }, performance.now() + engine.patience.absenceGraceSeconds * 1000);
  const types = expecting(aftermath);
  for (const type of types) restless.add(type);
  return types.size > 0 ? LOOK_SECONDS : Number.POSITIVE_INFINITY;
}

async function go(engine: Engine, tier: Tier, pass: Pass): Promise<Verdict> {
  const course = await begin(engine, tier, pass);
  const { view, plan } = await survey(course);
  notice(course, view, plan);
  const { outcomes, intents, within: owed } = await carryOut(course, plan, view);
  const within = Math.min(owed, lookAfter(course, plan, outcomes));
  report(course, plan, outcomes);
  const gone = isGone(course, plan, outcomes);
  const { connection, snapshot, within: retry } = await connectionOf(course, view.snapshot);
  await turn();
  const { now, facts, pinned, way, serving, blueprint, recorded, passive, policy } = course;
  const projection: Projection = {
    tier,
    now,
    facts,
    pinned,
    way,
    serving,
    blueprint,
    plan,
    outcomes,
    snapshot,
    recorded,
    intents,
    passive,
    tagsOf: policy.tagsOf,
    handledRequest: handledRequest(tier),
    searching: policy.searching,
  };
  const status = fitStatus(project(projection));
  const onward = turnsOff(course, status) ? AT_ONCE_SECONDS : Number.POSITIVE_INFINITY;
  const still = Number.isFinite(Math.min(within, retry, onward))
    ? undefined
    : restOf(course, { view, plan, projection, status });
  if (gone) engine.memory.delete(tier.metadata.uid);
  return {
    ...(still ? { still } : {}),
    ...(connection ? { connection } : {}),
    status,
    events: [...warn(course), ...eventsOf({ tier, after: status, plan, outcomes, gone, now })],
    requeueAfter: Math.min(
      within,
      retry,
      onward,
      requeueAfter(plan, outcomes, {
        restSeconds: tier.spec.driftPolicy.intervalSeconds,
        confirmationSeconds: engine.patience.driftConfirmationSeconds,
        passive: passive !== undefined,
        now,
        outdatedSeconds: outdatedSeconds(tier, now),
        unread: view.snapshot.unread,
      }),
    ),
    gone,
    result: 'success',
  };
}

/** One pass. It throws only what is unexpected: a lost lease, a refused record, a defect. */
export async function reconcile(engine: Engine, tier: Tier, pass: Pass): Promise<Verdict> {
  const now = engine.now();
  const deleting = tier.metadata.deletionTimestamp !== undefined;
  // The way out when AWS cannot be entered any more must not lead through AWS.
  if (deleting && annotated(tier, ANNOTATIONS.forceOrphan)) return orphaned(tier);
  if (!deleting && tier.references.problems.length > 0) return unreadable(tier, now);
  try {
    return await go(engine, tier, pass);
  } catch (error) {
    if (error instanceof Error && isUnexpected(error)) throw error;
    return obstructed(tier, error, now);
  }
}

/** What must not become a status: the pass was aborted, the lease was lost, or the code is wrong. */
function isUnexpected(error: Error): boolean {
  const isOurs = error instanceof PassAborted || classify(error).class === 'fenced';
  return isOurs || error instanceof TypeError || error instanceof RangeError;
}
