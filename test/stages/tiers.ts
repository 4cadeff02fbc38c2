/** Tiers for tests of stages: specs as users write them, facts as the engine looks them up, and AWS as if it held all of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { withDefaults } from '../../src/api/defaults.ts';
import type { TierSpec, TierSpecInput } from '../../src/api/types.ts';
import { identify } from '../../src/aws/ownership.ts';
import type { Plan } from '../../src/core/action.ts';
import type { Facts } from '../../src/core/facts.ts';
import { EMPTY_GRAPH, type Graph, type Node } from '../../src/core/graph.ts';
import type { Kind, Owned } from '../../src/core/kind.ts';
import { plan } from '../../src/core/plan.ts';
import { resolveLive, specHashOf } from '../../src/core/plan-desired.ts';
import type { Policy } from '../../src/core/policy.ts';
import { type NodeId, refsOf } from '../../src/core/ref.ts';
import type { Recorded, Snapshot } from '../../src/core/snapshot.ts';
import { resources } from '../../src/resources/index.ts';
import { stages } from '../../src/stages/index.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

/** The spec of an example, complete with defaults. */
export function exampleSpec(file: string): TierSpec {
  const [first] = parseAllDocuments(readFileSync(join(EXAMPLES, file), 'utf8'));
  if (!first) throw new Error(`read example ${file}: it has no document`);
  return withDefaults((first.toJSON() as { spec: TierSpecInput }).spec);
}

const ZONES = ['a', 'b', 'c'].map((letter, index) => ({ id: `use1-az${index + 1}`, name: `us-east-1${letter}` }));

/** What would be looked up for a spec. */
export function factsOf({ aws, network }: TierSpec, change: Partial<Facts> = {}): Facts {
  return {
    owner: { cluster: 'main', namespace: 'default', name: 'shop', uid: '5f0c2a52-1111-4222-8333-444455556666' },
    region: aws.region,
    accountID: '123456789012',
    partition: 'aws',
    zones: ZONES.slice(0, network.create.zoneCount),
    image: { id: 'ami-0123456789abcdef0', rootDeviceName: '/dev/xvda' },
    burstable: true,
    ...change,
  };
}

/** A tier as a stage sees it. */
export interface StagedTier {
  readonly spec: TierSpec;
  readonly facts: Facts;
}

/** The graph of a tier's stage. */
export function graphOf({ spec, facts }: StagedTier): Graph {
  return stages[spec.stage](spec, facts).graph;
}

/** AWS and the status as they are when everything stands. */
export interface Standing {
  readonly snapshot: Snapshot;
  readonly recorded: ReadonlyMap<NodeId, Recorded>;
}

/** Nothing stands. */
export const NOTHING: Standing = {
  snapshot: { live: new Map(), superseded: [], foreign: new Map(), unread: new Map() },
  recorded: new Map(),
};

const tagsOf =
  ({ spec, facts }: StagedTier): Policy['tagsOf'] =>
  (node, incarnation) =>
    identify(facts.owner, node, incarnation, spec.tags ?? {}).tags;

/** An attribute that tells where it comes from. */
const attributesOf = ({ id }: Node, graph: Graph): Readonly<Record<string, string>> => {
  const refs = [...graph.values()].flatMap(({ spec }) => refsOf(spec)).filter(({ $ref }) => $ref === id);
  return Object.fromEntries(refs.map(({ attr }) => [attr, `${attr} of ${id}`]));
};

/** Everything that a tier wants, standing as asked. */
export function converged(tier: StagedTier): Standing {
  const graph = graphOf(tier);
  const live = new Map<NodeId, Owned>();
  const recorded = new Map<NodeId, Recorded>();
  const snapshot: Snapshot = { ...NOTHING.snapshot, live };
  for (const node of graph.values()) {
    const spec = resolveLive(node, snapshot);
    const tags = tagsOf(tier)(node.id, 1);
    live.set(node.id, {
      owner: tier.facts.owner,
      node: node.id,
      incarnation: 1,
      id: `id of ${node.id}`,
      spec,
      attributes: attributesOf(node, graph),
      tags,
      health: { state: 'available', phase: 'ready' },
    });
    recorded.set(node.id, { id: `id of ${node.id}`, incarnation: 1, specHash: specHashOf(spec, tags), ready: true });
  }
  return { snapshot, recorded };
}

/** The kinds, without their verbs. */
export const kinds = resources as readonly unknown[] as readonly Kind[];

/** A tier's policy, when everything has been seen twice and nothing is being looked for. */
export function policyOf(tier: StagedTier, change: Partial<Policy> = {}): Policy {
  const { deletionPolicy, driftPolicy } = tier.spec;
  return {
    drift: driftPolicy.mode,
    ignore: driftPolicy.ignore ?? [],
    acceptDataLoss: deletionPolicy.confirmDataLoss === tier.facts.owner.name,
    tagsOf: tagsOf(tier),
    obsoleteTags: [],
    searching: () => false,
    sought: [],
    left: () => false,
    confirmed: () => true,
    ...change,
  };
}

/** The plan of one pass over a tier. */
export function planOf(
  tier: StagedTier,
  { snapshot, recorded }: Standing,
  { deleting = false, policy = {} }: { deleting?: boolean; policy?: Partial<Policy> } = {},
): Plan {
  const reference = graphOf(tier);
  const desired = deleting ? EMPTY_GRAPH : reference;
  return plan({ desired, reference, snapshot, recorded, kinds, policy: policyOf(tier, policy) });
}

/** Every way in which a tier may be let go. */
export const ENDS: Readonly<Record<string, TierSpec['deletionPolicy']>> = {
  'delete-with-snapshot': { default: 'Delete', database: 'Snapshot' },
  'delete-but-retain-the-database': { default: 'Delete', database: 'Retain' },
  'delete-everything': { default: 'Delete', database: 'Delete', confirmDataLoss: 'shop' },
  'delete-unconfirmed': { default: 'Delete', database: 'Delete' },
  'retain-everything': { default: 'Retain', database: 'Retain' },
  'retain-with-snapshot': { default: 'Retain', database: 'Snapshot' },
};
