/**
 * What a pass stands on, gathered once before it looks at AWS: the account, the facts, the stage's graph, the user's policies.
 * It reads lookups only, but for a look that a refusal asks for, and decides nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import { nextOpening } from '../api/spec/windows.ts';
import type { Intent, StageName, TierStatus } from '../api/types.ts';
import { ANNOTATIONS } from '../api/well-known.ts';
import type { Aws } from '../aws/driver.ts';
import { publishedStage } from '../aws/lookups.ts';
import { identify } from '../aws/ownership.ts';
import type { SessionRequest } from '../aws/session.ts';
import { type Grant, NO_GRANT } from '../core/approval.ts';
import type { Demand } from '../core/demand.ts';
import type { Blueprint, Facts } from '../core/facts.ts';
import { EMPTY_GRAPH, type Graph } from '../core/graph.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Owner } from '../core/kind.ts';
import { isNamed, specAt, stepsOf, stillFor, type Way, wayOf } from '../core/move.ts';
import { RETAINED_TAG } from '../core/names.ts';
import type { Policy } from '../core/policy.ts';
import type { NodeId } from '../core/ref.ts';
import { type Recorded, typeOf } from '../core/snapshot.ts';
import { recordedOf } from '../core/status-resources.ts';
import type { Pass, Tier } from '../core/tier.ts';
import { clearance } from './clearance.ts';
import type { Engine } from './engine.ts';
import { type Gathered, gatherFacts, groundOf, pinnedFacts } from './facts.ts';
import { horizonOf } from './horizon.ts';
import { isYoung } from './intents.ts';
import { type Looking, look } from './look.ts';
import type { Warning } from './preflight-check.ts';

/** What stays the same within one pass. */
export interface Course {
  readonly engine: Engine;
  readonly tier: Tier;
  readonly pass: Pass;
  readonly aws: Aws;
  readonly owner: Required<Owner>;
  readonly now: Date;
  readonly deleting: boolean;
  readonly passive: 'Paused' | 'ObserveOnly' | undefined;
  readonly facts: Facts;
  readonly pinned: TierStatus['facts'];
  /** What could not be found out before anything is built. */
  readonly warnings: readonly Warning[];
  readonly way: Way;
  /** The nodes that must serve for the tier to be ready: those of the stage in force, and after a switch the new ones too. */
  readonly serving: ReadonlySet<NodeId>;
  readonly blueprint: Blueprint;
  readonly recorded: ReadonlyMap<NodeId, Recorded>;
  readonly intents: readonly Intent[];
  readonly looking: Looking;
  readonly policy: Policy;
}

/** Whether a request is made by annotation. */
export const annotated = ({ metadata }: Tier, key: string): boolean => metadata.annotations[key] === 'true';

function passiveOf(tier: Tier): Course['passive'] {
  // A paused object can be deleted: deletion is the stronger wish.
  if (tier.metadata.deletionTimestamp !== undefined) return undefined;
  if (annotated(tier, ANNOTATIONS.paused)) return 'Paused';
  return tier.spec.managementPolicy === 'ObserveOnly' ? 'ObserveOnly' : undefined;
}

/** When what interrupts may begin, if not now: only a move waits for it, and none that goes forward only. */
function opensFor({ tier, now }: Pick<Course, 'tier' | 'now'>, { move, committed }: Way): { readonly opens?: string } {
  const { maintenanceWindow } = tier.spec.transition;
  const opening = move && !committed && maintenanceWindow ? nextOpening(maintenanceWindow, now) : undefined;
  return opening ? { opens: opening.toISOString() } : {};
}

/** What was approved of a move is approved of one attempt. */
function grantOf({ status: { approval = NO_GRANT } }: Tier, { course }: Way): Grant {
  return course === 'halted' || course === 'back' ? { ...approval, changes: [] } : approval;
}

function policyOf(
  { engine, tier, owner, now }: Pick<Course, 'engine' | 'tier' | 'owner' | 'now'>,
  { intents, way }: Pick<Course, 'intents' | 'way'>,
): Policy {
  const still = stillFor(way, tier.status);
  const { approval, driftPolicy, deletionPolicy, tags = {} } = tier.spec;
  const { driftConfirmationSeconds, absenceGraceSeconds } = engine.patience;
  const young = new Map(
    intents.flatMap((intent) =>
      isYoung(intent, now, absenceGraceSeconds) ? [[intent.role as NodeId, intent.incarnation] as const] : [],
    ),
  );
  const seen = new Map(
    (tier.status.drift ?? []).map(({ role, field, firstSeenTime }) => [`${role} ${field}`, Date.parse(firstSeenTime)]),
  );
  return {
    drift: driftPolicy.mode,
    ignore: driftPolicy.ignore ?? [],
    acceptDataLoss: deletionPolicy.confirmDataLoss === tier.metadata.name,
    ...(still ? { still } : {}),
    tagsOf: (node, incarnation) => identify(owner, node, incarnation, tags).tags,
    obsoleteTags: [...(tier.status.tagKeys ?? []), RETAINED_TAG],
    searching: (node, incarnation) => (young.get(node) ?? 0) >= incarnation,
    sought: [...young.keys()],
    left: (node, id) =>
      tier.status.retained?.some((entry) => entry.role === node && (id === undefined || entry.id === id)) ?? false,
    approval: {
      required: approval.required,
      approved: [tier.metadata.annotations[ANNOTATIONS.approvePlan], approval.approvedPlan].flatMap(
        (hash) => hash ?? [],
      ),
      granted: grantOf(tier, way),
      ...opensFor({ tier, now }, way),
    },
    confirmed: (node, field) => {
      const first = seen.get(`${node} ${field}`);
      return first !== undefined && now.getTime() - first >= driftConfirmationSeconds * 1000;
    },
  };
}

const NOTHING: Blueprint = { graph: EMPTY_GRAPH, outputs: { endpoints: {}, dataCopies: [] } };

/** The end of a tier must not hang on an image or a zone that is no longer offered. */
function factsAtTheEnd(aws: Aws, { status: { facts: pinned } }: Tier, owner: Required<Owner>): Facts {
  const nothing = { zoneIDs: [], zoneNames: [], imageID: '', imageSource: '', architecture: '' };
  return pinnedFacts(aws, owner, pinned ?? nothing);
}

/** What a pass works towards: the next one sees something else wanted when the spec has changed, or the tier's way. */
export const wishOf = ({ tier, way }: Pick<Course, 'tier' | 'way'>): string =>
  [tier.metadata.generation, way.stage, way.move?.from, way.course, way.committed, way.steps, way.withdrawn].join(' ');

/** Whatever is left in AWS under the tier's name, whether it is this object's or an earlier one's. */
async function lookForStanding(looking: Looking, wish: string): Promise<readonly NodeId[]> {
  const { snapshot } = await look(looking, { wish, atRest: false, requested: false });
  return [...snapshot.live.keys(), ...snapshot.foreign.keys()];
}

/** How to get into the tier's account. */
export function accessOf({ spec, status, references: { externalID } }: Tier): SessionRequest {
  const { region, accountID = status.accountID, assumeRoleARN } = spec.aws;
  return {
    region,
    ...(accountID ? { accountID } : {}),
    ...(assumeRoleARN ? { assumeRoleARN } : {}),
    ...(externalID ? { externalID } : {}),
  };
}

/** What a pass is about, whether the tier is built or ended. */
type Base = Pick<Course, 'engine' | 'tier' | 'pass' | 'aws' | 'owner' | 'now' | 'deleting' | 'passive'>;

/** What is known of a tier's graph and what it is looked at for. */
function outlook(
  { engine, tier, aws, owner, now, deleting }: Base,
  { blueprint, passing }: Drawing,
  way: Way,
): Pick<Course, 'blueprint' | 'recorded' | 'intents' | 'looking' | 'policy'> {
  const { status } = tier;
  const recorded = recordedOf(status);
  const intents = status.intents ?? [];
  const adopt = annotated(tier, ANNOTATIONS.adopt);
  const graph = deleting ? EMPTY_GRAPH : blueprint.graph;
  // A copy of data that was left is that copy and no other: what is wanted again is a new one.
  const isCopy = (node: NodeId) => engine.resources.some(({ keeper }) => keeper?.type === typeOf(node));
  const wanted = { has: (node: NodeId) => graph.has(node) && !isCopy(node) };
  const named = [...recorded.keys(), ...[...intents, ...(status.retained ?? [])].map(({ role }) => role as NodeId)];
  const horizon = horizonOf(engine.resources, { graph: blueprint.graph, named, adopt });
  return {
    blueprint,
    recorded,
    intents,
    looking: { engine, aws, owner, claimant: { owner, recorded, adopt, wanted }, horizon },
    policy: { ...policyOf({ engine, tier, owner, now }, { intents, way }), ...(passing ? { passing } : {}) },
  };
}

/** What a tier is to be, where its way leads it. */
interface Drawing {
  readonly blueprint: Blueprint;
  readonly serving: ReadonlySet<NodeId>;
  readonly passing?: ReadonlySet<NodeId>;
}

/** How a move has what it makes end. */
const endsOf = ({ graph, reference = graph }: Blueprint): Graph => reference;

/** Of the moves that lead into a stage, the graph of the one that knows most of what is left: it is the one that was made. */
function pastOf(moves: readonly Blueprint[], left: readonly NodeId[]): Graph | undefined {
  const known = moves.map(endsOf).map((graph) => ({ graph, count: left.filter((node) => graph.has(node)).length }));
  return known.toSorted((a, b) => b.count - a.count).find(({ count }) => count > 0)?.graph;
}

/** Draws a stage. What a move that is over has left to be ended ends as that move says. */
function drawStage({ engine: { stages, moves }, tier }: Base, stage: StageName, facts: Facts): Drawing {
  const spec = specAt(tier.spec, stage);
  const blueprint = stages[stage](spec, facts);
  const { graph } = blueprint;
  const serving = new Set(graph.keys());
  const left = (tier.status.resources ?? []).map(({ role }) => role as NodeId).filter((role) => !graph.has(role));
  if (left.length === 0) return { blueprint, serving };
  const over = { steps: true, committed: true, begun: () => true };
  const into = moves.filter(({ to }) => to === stage).map((move) => move.build(spec, facts, over));
  const past = pastOf(into, left);
  return past
    ? { blueprint: { ...blueprint, reference: new Map([...past, ...graph]) }, serving }
    : { blueprint, serving };
}

/** Draws what is wanted: a stage, or the move to one. */
function draw(base: Base, way: Way, facts: Facts): Drawing {
  const { move, course, committed = false } = way;
  if (!move) return drawStage(base, way.stage, facts);
  const {
    engine: { stages },
    tier: { spec, status },
  } = base;
  const attempt = { committed, begun: (step: NodeId) => isNamed(status, step) };
  const old = stages[move.from](specAt(spec, move.from), facts);
  const moving = move.build(specAt(spec, move.to), facts, { steps: true, ...attempt });
  const steps = stepsOf(move);
  const own = committed ? [...moving.graph.keys()].filter((node) => !steps.has(node)) : [...old.graph.keys()];
  // What a move has made ends as the move says, also when it was called off.
  const reference = endsOf(moving);
  if (way.withdrawn || (course === 'back' && !way.steps))
    return { blueprint: { ...old, reference }, serving: new Set(own) };
  if (course === 'forward') return { blueprint: moving, serving: new Set(own) };
  const without = move.build(specAt(spec, move.to), facts, { steps: false, ...attempt });
  const drawing = { blueprint: { ...without, reference }, serving: new Set(own) };
  if (course !== 'back') return drawing;
  return { ...drawing, passing: new Set([...without.graph.keys()].filter((node) => !old.graph.has(node))) };
}

/** What AWS is asked for before anything is built. */
const demandsOf = ({ engine: { stages }, tier: { spec } }: Base, { stage, move }: Way): readonly Demand[] =>
  (move ?? stages[stage]).demands?.(specAt(spec, stage)) ?? [];

function beginEnd(base: Base, way: Way): Course {
  const { tier, aws, owner } = base;
  const { facts: pinned } = tier.status;
  const facts = factsAtTheEnd(aws, tier, owner);
  // Without pinned facts nothing was ever built, so nothing stands on anything.
  const drawing = pinned ? draw(base, way, facts) : { blueprint: NOTHING, serving: new Set<NodeId>() };
  return { ...base, way, serving: drawing.serving, facts, pinned, warnings: [], ...outlook(base, drawing, way) };
}

async function beginBuilding(base: Base, way: Way): Promise<Course> {
  const { tier, aws, owner, passive } = base;
  const demands = demandsOf(base, way);
  const ground = groundOf(aws, tier, owner);
  const gathered: Gathered = await gatherFacts(ground, tier, owner, demands);
  const { facts, where } = gathered;
  const drawing = draw(base, way, facts);
  const { serving } = drawing;
  const rest = outlook(base, drawing, way);
  const cleared = await clearance(demands, gathered.pinned, {
    ground,
    where,
    known: tier.status.facts,
    passive: passive !== undefined,
    look: () => lookForStanding(rest.looking, wishOf({ tier, way })),
  });
  const warnings = [...gathered.warnings, ...cleared.warnings];
  return { ...base, way, serving, facts, pinned: cleared.pinned, warnings, ...rest };
}

const ladderOf = ({ stages, moves }: Engine) => ({ stages: Object.keys(stages) as StageName[], moves });

/** Whether another way begins with what a pass has come to: a move is over, called off, or may be tried again. */
export function turnsOff({ engine, tier, way, deleting, passive }: Course, status: TierStatus): boolean {
  if (deleting || passive) return false;
  try {
    return !isDeepStrictEqual(wayOf({ ...tier, status }, ladderOf(engine)), way);
  } catch {
    // Where there is no way on, the next pass says so.
    return true;
  }
}

/** What an earlier object left stands in some stage; adopted in another one, its data would not come along. */
async function refuseToJump(aws: Aws, tier: Tier): Promise<void> {
  const { metadata, spec, status } = tier;
  if (!annotated(tier, ANNOTATIONS.adopt) || status.stage !== undefined) return;
  const published = await publishedStage(aws, metadata);
  if (published === undefined || published === spec.stage) return;
  const message = `spec.stage: what is to be adopted stands in stage ${published}; set spec.stage to ${published}, and change it once the tier is ready`;
  throw new InvalidSpec(message);
}

/** Gathers what a pass stands on; fails when the account cannot be entered or the spec names what does not exist. */
export async function begin(engine: Engine, tier: Tier, pass: Pass): Promise<Course> {
  const { metadata } = tier;
  const owner = { cluster: engine.cluster, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
  const aws = await engine.sessions.open(accessOf(tier));
  const deleting = metadata.deletionTimestamp !== undefined;
  const base: Base = { engine, tier, pass, aws, owner, now: engine.now(), deleting, passive: passiveOf(tier) };
  if (!deleting) await refuseToJump(aws, tier);
  const way = wayOf(tier, ladderOf(engine));
  return deleting ? beginEnd(base, way) : beginBuilding(base, way);
}
