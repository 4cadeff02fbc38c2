/**
 * What a pass stands on, gathered once before it looks at AWS: the account, the facts, the stage's graph, the user's policies.
 * It reads lookups only, but for a look that a refusal asks for, and decides nothing.
 */
import type { Intent, TierStatus } from '../api/types.ts';
import { ANNOTATIONS } from '../api/well-known.ts';
import type { Aws } from '../aws/driver.ts';
import { identify } from '../aws/ownership.ts';
import type { SessionRequest } from '../aws/session.ts';
import { NO_GRANT } from '../core/approval.ts';
import type { Blueprint, Facts, Stage } from '../core/facts.ts';
import { EMPTY_GRAPH } from '../core/graph.ts';
import type { Owner } from '../core/kind.ts';
import { RETAINED_TAG } from '../core/names.ts';
import type { Policy } from '../core/policy.ts';
import type { NodeId } from '../core/ref.ts';
import type { Recorded } from '../core/snapshot.ts';
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

function policyOf(
  { engine, tier, owner, now }: Pick<Course, 'engine' | 'tier' | 'owner' | 'now'>,
  intents: readonly Intent[],
): Policy {
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
      granted: tier.status.approval ?? NO_GRANT,
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

/** Whatever is left in AWS under the tier's name, whether it is this object's or an earlier one's. */
async function lookForStanding(looking: Looking, { metadata: { generation } }: Tier): Promise<readonly NodeId[]> {
  const { snapshot } = await look(looking, { generation, atRest: false, requested: false });
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
  { engine, tier, aws, owner, now }: Base,
  blueprint: Blueprint,
): Pick<Course, 'blueprint' | 'recorded' | 'intents' | 'looking' | 'policy'> {
  const { status } = tier;
  const recorded = recordedOf(status);
  const intents = status.intents ?? [];
  const adopt = annotated(tier, ANNOTATIONS.adopt);
  const named = [...recorded.keys(), ...[...intents, ...(status.retained ?? [])].map(({ role }) => role as NodeId)];
  const horizon = horizonOf(engine.resources, { graph: blueprint.graph, named, adopt });
  return {
    blueprint,
    recorded,
    intents,
    looking: { engine, aws, owner, claimant: { owner, recorded, adopt }, horizon },
    policy: policyOf({ engine, tier, owner, now }, intents),
  };
}

function beginEnd(base: Base, stage: Stage): Course {
  const { tier, aws, owner } = base;
  const { facts: pinned } = tier.status;
  const facts = factsAtTheEnd(aws, tier, owner);
  // Without pinned facts nothing was ever built, so nothing stands on anything.
  const blueprint = pinned ? stage(tier.spec, facts) : NOTHING;
  return { ...base, facts, pinned, warnings: [], ...outlook(base, blueprint) };
}

async function beginBuilding(base: Base, stage: Stage): Promise<Course> {
  const { tier, aws, owner, passive } = base;
  const demands = stage.demands?.(tier.spec) ?? [];
  const ground = groundOf(aws, tier, owner);
  const gathered: Gathered = await gatherFacts(ground, tier, owner, demands);
  const { facts, where } = gathered;
  const rest = outlook(base, stage(tier.spec, facts));
  const cleared = await clearance(demands, gathered.pinned, {
    ground,
    where,
    known: tier.status.facts,
    passive: passive !== undefined,
    look: () => lookForStanding(rest.looking, tier),
  });
  const warnings = [...gathered.warnings, ...cleared.warnings];
  return { ...base, facts, pinned: cleared.pinned, warnings, ...rest };
}

/** Gathers what a pass stands on; fails when the account cannot be entered or the spec names what does not exist. */
export async function begin(engine: Engine, tier: Tier, pass: Pass): Promise<Course> {
  const { metadata, spec } = tier;
  const owner = { cluster: engine.cluster, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
  const aws = await engine.sessions.open(accessOf(tier));
  const deleting = metadata.deletionTimestamp !== undefined;
  const base: Base = { engine, tier, pass, aws, owner, now: engine.now(), deleting, passive: passiveOf(tier) };
  const stage = engine.stages[spec.stage];
  return deleting ? beginEnd(base, stage) : beginBuilding(base, stage);
}
