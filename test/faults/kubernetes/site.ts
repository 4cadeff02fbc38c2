/**
 * Where one fault of the Kubernetes side is caused: a scene whose operator reaches the API server through a proxy of its own,
 * and a tier in it whose story is told to its end. It must not know any fault.
 */
import { readJson } from '../../sandbox/files.ts';
import { type KubeProxy, startKubeProxy } from '../../sandbox/kube-proxy/proxy.ts';
import type { OperatorProcess } from '../../sandbox/operator.ts';
import type { SandboxState } from '../../sandbox/sandbox.ts';
import { type Scene, setScene, tierPath } from '../../sandbox/scene.ts';
import type { Ground, Point } from '../trial.ts';
import { brokenAtEnd, brokenStanding, brokenWords } from './promises.ts';

/** A place of its own, disturbed by nobody else. */
export interface Site {
  readonly state: SandboxState;
  readonly script: string;
  readonly scene: Scene;
  /** Between the scene's operator and the API server. */
  readonly kube: KubeProxy;
  /** The path of the tier. */
  readonly path: string;
  /** Every operator that has run here. */
  readonly operators: Set<OperatorProcess>;
  /** The kubeconfig that proxies are put in front of. */
  readonly kubeconfig: string;
  /** Starts another operator in place of the scene's last one, after killing that. */
  reborn(): Promise<OperatorProcess>;
}

/** What stands at the end of a story: the tier, whose deletion is then part of the story, or nothing any more. */
export type Ending = 'standing' | 'gone';

/** One fault and what is asked of it; an error thrown is a promise that was not held. */
export type Story = (site: Site) => Promise<Ending>;

/** What the tier of every story is called. */
export const TIER = 'shop';

/** Seconds for anything that goes on after a fault. An idle machine needs a tenth. */
export const PATIENCE = 300;

/** Makes everything as fast as the stand-in can, so that a creation takes seconds. */
const HASTE = { factor: 100, throttle: false } as const;

/** More flags for the operator of a namespace. */
export type ArgsIn = (namespace: string) => readonly string[];

async function openSite(ground: Ground, argsIn: ArgsIn): Promise<Site & { close(): Promise<void> }> {
  const { namespace, accountID } = ground.place();
  const kube = await startKubeProxy(ground.state);
  const kubeconfig = await kube.kubeconfigFor(ground.kubeconfig);
  const { state, script } = ground;
  const scene = await setScene({ state, script, kubeconfig, namespace, accountID, args: argsIn(namespace) });
  await scene.proxy.configure(HASTE, accountID);
  const operators = new Set([scene.operator()]);
  return {
    state,
    script,
    scene,
    kube,
    path: tierPath(namespace, TIER),
    operators,
    kubeconfig: ground.kubeconfig,
    async reborn() {
      await scene.operator().kill();
      const operator = await scene.restart();
      operators.add(operator);
      return operator;
    },
    async close() {
      kube.removeFault();
      await scene.close();
      for (const operator of operators) await operator.stop();
      await kube.close();
    },
  };
}

function tokenOf(kubeconfig: string): string {
  const config = readJson<{ readonly users: readonly { readonly user: { readonly token: string } }[] }>(kubeconfig);
  return config?.users[0]?.user.token ?? '';
}

async function tell(site: Site, secret: string, story: Story): Promise<readonly string[]> {
  const failures: string[] = [];
  try {
    if ((await story(site)) === 'standing') {
      await site.scene.settled(TIER, PATIENCE);
      failures.push(...(await brokenStanding(site.scene, TIER)));
      await site.scene.remove(TIER, PATIENCE);
    }
    failures.push(...(await brokenAtEnd(site.scene)));
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  }
  return [...failures, ...(await brokenWords(site, secret))];
}

/** Tells one story at a place of its own and says what was broken by it. */
export async function pointOf(ground: Ground, name: string, story: Story, argsIn: ArgsIn = () => []): Promise<Point> {
  const site = await openSite(ground, argsIn);
  try {
    return { name, failures: await tell(site, tokenOf(ground.kubeconfig), story) };
  } finally {
    await site.close();
  }
}
