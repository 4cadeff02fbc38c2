/**
 * How long the operator itself takes to build a tier: what passes between the object and a tier that is up, without what AWS
 * takes on the path on which it came to be, and without the time in which a call was under way. It is shared out over the edges
 * of that path. In a stand-in where everything is done at once AWS takes nothing, and the path is the longest chain of
 * resources that need each other.
 */
import { withDefaults } from '../../src/api/defaults.ts';
import type { TierSpecInput } from '../../src/api/types.ts';
import type { Graph } from '../../src/core/graph.ts';
import type { Owner } from '../../src/core/kind.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { resources } from '../../src/resources/index.ts';
import { stages } from '../../src/stages/index.ts';
import { enterAs } from '../../test/faults/life/world.ts';
import { installOperator } from '../../test/sandbox/install.ts';
import { serviceAccountKubeconfig } from '../../test/sandbox/kubeconfig.ts';
import type { Entry } from '../../test/sandbox/proxy/client.ts';
import type { SandboxState } from '../../test/sandbox/sandbox.ts';
import { type Scene, setScene } from '../../test/sandbox/scene.ts';
import { type Path, pathOf, watch } from './path.ts';

/** One creation. */
export interface Creation {
  /** Seconds from the object to a tier that is up. */
  readonly seconds: number;
  /** Seconds of these in which AWS worked on what the tier waited for. */
  readonly waiting: number;
  /** Seconds of the others in which a call to AWS was under way. */
  readonly asking: number;
  /** Edges of the path. */
  readonly edges: number;
  /** Seconds of each edge, by what was made at its end, without the time in which a call was under way. */
  readonly own: readonly (readonly [NodeId, number])[];
}

/** Seconds that were the operator's. */
export const ownSeconds = ({ seconds, waiting, asking }: Creation): number => seconds - waiting - asking;

type Call = Pick<Entry, 'time' | 'milliseconds'>;

/** Milliseconds in which at least one of these calls was under way. */
export function underWay(calls: readonly Call[]): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { time, milliseconds } of calls.toSorted((a, b) => a.time - b.time)) {
    const end = time + milliseconds;
    sum += Math.max(0, end - Math.max(time, until));
    until = Math.max(until, end);
  }
  return sum;
}

/** The parts of calls that lie in a span of time. */
export const within = (calls: readonly Call[], from: number, to: number): readonly Call[] =>
  calls
    .map(({ time, milliseconds }) => [Math.max(time, from), Math.min(time + milliseconds, to)] as const)
    .flatMap(([begin, end]) => (end > begin ? [{ time: begin, milliseconds: end - begin }] : []));

/** Edges of the longest chain of nodes that need each other. */
export function longestChain(graph: Graph): number {
  const depth = new Map<NodeId, number>();
  for (const { id, needs } of graph.values()) {
    depth.set(id, Math.max(0, ...needs.map((need) => (depth.get(need) ?? 0) + 1)));
  }
  return Math.max(0, ...depth.values());
}

/** The graph of a tier as far as its shape goes: zones and images decide no edge. */
function shapeOf(input: TierSpecInput, owner: Required<Owner>): Graph {
  const spec = withDefaults(input);
  const zones = Array.from({ length: spec.network.create.zoneCount }, (_, index) => `zone-${index}`);
  const { graph } = stages[spec.stage](spec, {
    owner,
    region: spec.aws.region,
    accountID: '000000000000',
    partition: 'aws',
    zones: zones.map((name) => ({ id: name, name })),
    image: { id: 'ami-00000000', rootDeviceName: '/dev/xvda' },
    burstable: true,
  });
  return graph;
}

/** The edges of a path, with the operator's own part of each. */
const ownOf = ({ steps }: Path, calls: readonly Call[]): Creation['own'] =>
  steps.map(({ node, from, to }) => [node, (to - from - underWay(within(calls, from, to))) / 1000]);

/** What is built, how often, and what AWS's times are divided by; 0: everything is done at once. */
export interface Building {
  readonly spec: TierSpecInput;
  readonly runs: number;
  readonly factor: number;
  readonly onRun?: (creation: Creation) => void;
}

const ACCOUNT = '333333333334';
const SECONDS = 900;

/** Builds one tier; every time another one. */
async function createTier(scene: Scene, name: string, { spec, factor }: Building): Promise<Creation> {
  const owner = { cluster: 'sandbox', namespace: scene.namespace, name, uid: '00000000-0000-4000-8000-000000000000' };
  const graph = shapeOf(spec, owner);
  const aws = await enterAs(scene.state.aws.endpoint, spec.aws.region, scene.account.roleARN);
  const { accessKeyId: observer } = await aws.ec2.config.credentials();
  const since = await scene.proxy.latest();
  const { uid: _, ...anybody } = owner;
  let isOver = factor === 0;
  const began = Date.now();
  const build = async (): Promise<number> => {
    try {
      await scene.apply(name, spec);
      await scene.settled(name, SECONDS);
      return Date.now();
    } finally {
      isOver = true;
    }
  };
  const watched = { aws, graph, owner: anybody, resources };
  const [ended, moments] = await Promise.all([build(), watch(watched, () => isOver)]);
  const entries = await scene.proxy.journal({ account: scene.account.id, since });
  const calls = entries.filter(({ caller }) => caller.accessKey !== observer);
  const seconds = (ended - began) / 1000;
  if (factor === 0) return { seconds, waiting: 0, asking: underWay(calls) / 1000, edges: longestChain(graph), own: [] };
  const path = pathOf(graph, moments, { began, ended });
  const own = ownOf(path, calls);
  const waiting = path.waiting / 1000;
  const asking = seconds - waiting - own.reduce((sum, [, part]) => sum + part, 0);
  return { seconds, waiting, asking, edges: own.length, own };
}

/** Builds a tier so often. */
export async function createTiers(state: SandboxState, building: Building): Promise<readonly Creation[]> {
  await installOperator(state, 'deploy/base');
  const kubeconfig = await serviceAccountKubeconfig(state, 'scalingtier-system', 'scalingtier-operator');
  const scene = await setScene({ state, kubeconfig, namespace: 'bench-creation', accountID: ACCOUNT });
  const made: Creation[] = [];
  try {
    await scene.proxy.configure({ throttle: false, factor: building.factor }, ACCOUNT);
    for (let run = 0; run < building.runs; run += 1) {
      const creation = await createTier(scene, `tier-${run}`, building);
      building.onRun?.(creation);
      made.push(creation);
    }
    return made;
  } finally {
    await scene.close();
  }
}
