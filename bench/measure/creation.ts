/**
 * How long the operator itself takes to build a tier: in a stand-in where everything in AWS is done at once, what passes
 * between the object and a tier that is up is the operator's own time, but for the time in which a call was under way. It
 * is shared out over the edges of the longest chain of resources that need each other.
 */
import type { Graph } from '../../src/core/graph.ts';
import type { NodeId } from '../../src/core/ref.ts';
import { stages } from '../../src/stages/index.ts';
import { installOperator } from '../../test/sandbox/install.ts';
import { serviceAccountKubeconfig } from '../../test/sandbox/kubeconfig.ts';
import type { Entry } from '../../test/sandbox/proxy/client.ts';
import type { SandboxState } from '../../test/sandbox/sandbox.ts';
import { setScene } from '../../test/sandbox/scene.ts';
import type { Recording } from '../generator/recording.ts';

/** One creation. */
export interface Creation {
  /** Seconds from the object to a tier that is up. */
  readonly seconds: number;
  /** Seconds of these in which a call to AWS was under way. */
  readonly asking: number;
  /** Edges of the longest chain. */
  readonly edges: number;
}

/** Milliseconds in which at least one of these calls was under way. */
export function underWay(calls: readonly Pick<Entry, 'time' | 'milliseconds'>[]): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { time, milliseconds } of calls.toSorted((a, b) => a.time - b.time)) {
    const end = time + milliseconds;
    sum += Math.max(0, end - Math.max(time, until));
    until = Math.max(until, end);
  }
  return sum;
}

/** Edges of the longest chain of nodes that need each other. */
export function longestChain(graph: Graph): number {
  const depth = new Map<NodeId, number>();
  for (const { id, needs } of graph.values()) {
    depth.set(id, Math.max(0, ...needs.map((need) => (depth.get(need) ?? 0) + 1)));
  }
  return Math.max(0, ...depth.values());
}

function edgesOf({ tiers: [tier], accountID, region }: Recording): number {
  const facts = tier?.status.facts;
  if (!tier || !facts) throw new Error('measure a creation: the recorded tier has no facts');
  const { graph } = stages[tier.spec.stage](tier.spec, {
    owner: tier.owner,
    region,
    accountID,
    partition: 'aws',
    zones: facts.zoneIDs.map((id, index) => ({ id, name: facts.zoneNames[index] ?? '' })),
    image: { id: facts.imageID, rootDeviceName: '/dev/xvda' },
    burstable: true,
  });
  return longestChain(graph);
}

/** Builds a tier so often; every time another one. */
export async function createTiers(
  state: SandboxState,
  recording: Recording,
  runs: number,
): Promise<readonly Creation[]> {
  await installOperator(state, 'deploy/base');
  const kubeconfig = await serviceAccountKubeconfig(state, 'scalingtier-system', 'scalingtier-operator');
  const accountID = '333333333334';
  const scene = await setScene({ state, kubeconfig, namespace: 'bench-creation', accountID });
  const edges = edgesOf(recording);
  const made: Creation[] = [];
  try {
    await scene.proxy.configure({ throttle: false, factor: 0 }, accountID);
    for (let run = 0; run < runs; run += 1) {
      const since = await scene.proxy.latest();
      const began = performance.now();
      await scene.apply(`tier-${run}`, { tags: recording.tiers[0]?.spec.tags ?? {} });
      await scene.settled(`tier-${run}`, 120);
      const seconds = (performance.now() - began) / 1000;
      const calls = await scene.proxy.journal({ account: accountID, since });
      made.push({ seconds, asking: underWay(calls) / 1000, edges });
    }
    return made;
  } finally {
    await scene.close();
  }
}
