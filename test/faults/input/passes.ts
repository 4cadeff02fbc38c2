/**
 * What the operator's pure part makes of an accepted object: a plan or an error that names the field, never anything else;
 * nothing to do once all stands; and a status that the schema bounds. No AWS is asked.
 */
import { fitStatus } from '../../../src/api/fit.ts';
import type { TierSpec, TierStatus } from '../../../src/api/types.ts';
import { identify } from '../../../src/aws/ownership.ts';
import { InvalidSpec } from '../../../src/core/invalid.ts';
import { isEmpty } from '../../../src/core/render.ts';
import { project } from '../../../src/core/status.ts';
import type { References, Tier, TierMetadata } from '../../../src/core/tier.ts';
import { obstructed, unreadable } from '../../../src/engine/obstacle.ts';
import { stages } from '../../../src/stages/index.ts';
import { converged, factsOf, NOTHING, planOf, type StagedTier, type Standing } from '../../stages/tiers.ts';
import type { Manifest } from './bases.ts';
import { readAmong } from './references.ts';
import { messageProblems } from './refusal.ts';
import type { Path } from './schema.ts';

/** What came of the passes over one object. */
export interface Passed {
  readonly failures: readonly string[];
  /** Every status that would be written, without doubles. */
  readonly statuses: readonly TierStatus[];
}

/** An object as the API server stored it. */
export interface Stored {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: TierSpec;
}

const NOW = new Date('2026-01-01T00:00:00Z');

function metadataOf({ metadata }: Stored): TierMetadata {
  return {
    namespace: 'default',
    name: metadata.name,
    uid: '5f0c2a52-1111-4222-8333-444455556666',
    generation: 1,
    resourceVersion: '1',
    annotations: metadata.annotations ?? {},
    finalizers: [],
  };
}

interface World {
  readonly name: string;
  readonly standing: (tier: StagedTier) => Standing;
  readonly deleting: boolean;
  /** Whether nothing may be left to do. */
  readonly done: boolean;
}

const WORLDS: readonly World[] = [
  { name: 'an empty account', standing: () => NOTHING, deleting: false, done: false },
  { name: 'an account where all stands', standing: converged, deleting: false, done: true },
  { name: 'a deletion', standing: converged, deleting: true, done: false },
];

function pass(tier: Tier, staged: StagedTier, { name, standing, deleting, done }: World): Passed {
  const { spec, facts } = staged;
  const seen = standing(staged);
  const plan = planOf(staged, seen, { deleting });
  const blueprint = stages[spec.stage](spec, facts);
  const status = project({
    tier: deleting ? { ...tier, metadata: { ...tier.metadata, deletionTimestamp: NOW.toISOString() } } : tier,
    now: NOW,
    facts,
    pinned: undefined,
    way: { stage: spec.stage },
    serving: new Set(blueprint.graph.keys()),
    blueprint,
    plan,
    outcomes: new Map(),
    snapshot: seen.snapshot,
    recorded: seen.recorded,
    intents: [],
    passive: undefined,
    tagsOf: (node, incarnation) => identify(facts.owner, node, incarnation, spec.tags ?? {}).tags,
    searching: () => false,
    handledRequest: undefined,
  });
  return {
    failures:
      done && !isEmpty(plan)
        ? [`${name}: there is still something to do: ${JSON.stringify(status.plan?.summary)}`]
        : [],
    statuses: [fitStatus(status)],
  };
}

/** One pass; what it throws must be the one error for input that cannot be, and an end must always be possible. */
function passOrRefusal(tier: Tier, { userData }: References, world: World, touched: readonly Path[]): Passed {
  const { namespace, name, uid } = tier.metadata;
  // As in the engine, the end of a tier does not ask what its server was given to run.
  const given = userData === undefined || world.deleting ? {} : { userData };
  try {
    const facts = factsOf(tier.spec, { owner: { cluster: 'main', namespace, name, uid }, ...given });
    return pass(tier, { spec: tier.spec, facts }, world);
  } catch (error) {
    if (world.deleting || !(error instanceof InvalidSpec)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { failures: [`${world.name}: threw ${text}`], statuses: [] };
    }
    const failures = messageProblems(error.message, touched).map((problem) => `${world.name}: ${problem}`);
    return { failures, statuses: [obstructed(tier, error, NOW).status] };
  }
}

/** All passes over an object that was accepted. */
export async function passesOver(
  stored: Stored,
  companions: readonly Manifest[],
  touched: readonly Path[],
): Promise<Passed> {
  const bare = { metadata: metadataOf(stored), spec: stored.spec, status: { observedGeneration: -1 } };
  const references = await readAmong(companions, bare);
  const tier: Tier = { ...bare, references };
  const { problems } = references;
  if (problems.length > 0) {
    const failures = messageProblems(problems.join('; '), touched);
    return { failures, statuses: [unreadable(tier, NOW).status] };
  }
  const passed = WORLDS.map((world) => passOrRefusal(tier, references, world, touched));
  return {
    failures: [...new Set(passed.flatMap(({ failures }) => failures))],
    statuses: passed.flatMap(({ statuses }) => statuses),
  };
}
