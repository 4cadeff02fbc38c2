/**
 * What every end-to-end test stands on: the run's sandbox, a namespace and an AWS account of its own, and a real operator
 * process under exactly the shipped permissions. Each operator watches its own namespace only, so test files run side by side
 * without a lease; leadership has tests of its own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { TierSpecInput, TierStatus } from '../../src/api/types.ts';
import { type Account, enterAccount } from '../sandbox/account.ts';
import { attachSandbox } from '../sandbox/attach.ts';
import { installOperator } from '../sandbox/install.ts';
import { serviceAccountKubeconfig } from '../sandbox/kubeconfig.ts';
import { kubectl, kubectlJson, tryKubectl } from '../sandbox/kubectl.ts';
import { type OperatorProcess, startOperator } from '../sandbox/operator.ts';
import { type ProxyControl, proxyControl } from '../sandbox/proxy/client.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';

/** A tier as read back. */
export interface TierObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: TierStatus;
}

/** One test file's own part of the world. */
export interface Scene {
  readonly state: SandboxState;
  readonly namespace: string;
  readonly account: Account;
  readonly proxy: ProxyControl;
  operator(): OperatorProcess;
  /** Starts another operator process in place of the last one. */
  restart(args?: readonly string[]): Promise<OperatorProcess>;
  apply(name: string, spec?: Partial<TierSpecInput>, annotations?: Readonly<Record<string, string>>): Promise<void>;
  patch(name: string, spec: object): Promise<void>;
  annotate(name: string, ...annotations: readonly string[]): Promise<void>;
  get(name: string): Promise<TierObject>;
  /** Waits until a tier satisfies a question; fails with what it looked like last. */
  until(name: string, question: string, holds: (tier: TierObject) => boolean, seconds?: number): Promise<TierObject>;
  /** Waits until this generation is built and up to date. */
  settled(name: string, seconds?: number): Promise<TierObject>;
  /** Asks the operator to look now. */
  lookNow(name: string): Promise<void>;
  remove(name: string, seconds?: number): Promise<void>;
  events(name: string): Promise<readonly { readonly reason: string; readonly note: string; readonly type: string }[]>;
  close(): Promise<void>;
}

/** Short patience, so that tests need not wait for what AWS takes minutes for; the stand-in's times are short as well. */
const PATIENCE = [
  '--drift-confirmation-seconds',
  '1',
  '--absence-grace-seconds',
  '20',
  '--sweep-seconds',
  '5',
  '--deep-look-seconds',
  '604800',
];

/** The status of a condition. */
export function condition(
  tier: TierObject,
  type: string,
): { readonly status: string; readonly reason: string; readonly message: string } | undefined {
  return tier.status.conditions?.find((candidate) => candidate.type === type);
}

/** Whether this generation is built and up to date. */
export function isSettled(tier: TierObject): boolean {
  const holds = (type: string): boolean => condition(tier, type)?.status === 'True';
  return (
    tier.status.observedGeneration === tier.metadata.generation &&
    holds('Ready') &&
    holds('UpToDate') &&
    !condition(tier, 'Reconciling')
  );
}

let requests = 0;

/** Sets a scene. `name` must be of this test file alone; `account` has twelve digits. */
export async function scene(name: string, accountID: string, args: readonly string[] = []): Promise<Scene> {
  const state = attachSandbox();
  await installOperator(state, 'deploy/base');
  const kubeconfig = await serviceAccountKubeconfig(state, 'scalingtier-system', 'scalingtier-operator');
  const account = await enterAccount(state.aws.endpoint, accountID);
  const proxy = proxyControl(state.aws.endpoint);
  await kubectl(state, ['create', 'namespace', name]);
  const start = (more: readonly string[] = []): Promise<OperatorProcess> =>
    startOperator(state, {
      kubeconfig,
      args: ['--watch-namespaces', name, '--leader-elect', 'false', ...PATIENCE, ...args, ...more],
    });
  let operator = await start();
  const here = ['--namespace', name];
  const get = (tier: string): Promise<TierObject> =>
    kubectlJson<TierObject>(state, ['get', 'scalingtier', tier, ...here]);

  // One life is told in several tests: after a wait that failed the rest of the story means nothing, and need not be waited for.
  let broken: string | undefined;

  const until: Scene['until'] = async (tier, question, holds, seconds = 60) => {
    if (broken) throw new Error(`${question}: not waited for, because this failed before: ${broken}`);
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const last = await get(tier);
      if (holds(last)) return last;
      if (performance.now() > deadline) {
        const { status } = last;
        broken = question;
        throw new Error(
          `${tier}: not within ${seconds} s: ${question}\n${stringify({ message: status.message, conditions: status.conditions, plan: status.plan?.text, drift: status.drift })}\n${operator.logs().split('\n').slice(-12).join('\n')}`,
        );
      }
      await delay(200);
    }
  };

  return {
    state,
    namespace: name,
    account,
    proxy,
    operator: () => operator,
    async restart(more = []) {
      operator = await start(more);
      return operator;
    },
    async apply(tier, spec = {}, annotations = {}) {
      const aws = { region: 'us-east-1', assumeRoleARN: account.roleARN, ...spec.aws };
      const manifest = {
        apiVersion: 'scalingtier.dev/v1alpha1',
        kind: 'ScalingTier',
        metadata: { name: tier, namespace: name, annotations },
        spec: { stage: 'SingleServer', ...spec, aws },
      };
      await kubectl(state, ['apply', '--filename', '-'], { input: JSON.stringify(manifest) });
    },
    async patch(tier, spec) {
      await kubectl(state, [
        'patch',
        'scalingtier',
        tier,
        ...here,
        '--type',
        'merge',
        '--patch',
        JSON.stringify({ spec }),
      ]);
    },
    async annotate(tier, ...annotations) {
      await kubectl(state, ['annotate', '--overwrite', 'scalingtier', tier, ...here, ...annotations]);
    },
    get,
    until,
    settled: (tier, seconds = 60) => until(tier, 'settled', isSettled, seconds),
    async lookNow(tier) {
      requests += 1;
      const token = `${process.pid}-${requests}`;
      await kubectl(state, [
        'annotate',
        '--overwrite',
        'scalingtier',
        tier,
        ...here,
        `scalingtier.dev/reconcile-requested-at=${token}`,
      ]);
      await until(tier, `request ${token} handled`, ({ status }) => status.lastHandledReconcileAt === token, 30);
    },
    async remove(tier, seconds = 60) {
      await kubectl(state, ['delete', 'scalingtier', tier, ...here, `--timeout=${seconds}s`], {
        timeoutSeconds: seconds + 5,
      });
    },
    async events(tier) {
      const { items } = await kubectlJson<{
        items: { reason: string; note: string; type: string; regarding: { name: string } }[];
      }>(state, ['get', 'events.v1.events.k8s.io', ...here]);
      return items.filter(({ regarding }) => regarding.name === tier);
    },
    async close() {
      await operator.stop();
      account.close();
      await tryKubectl(state, ['delete', 'namespace', name, '--wait=false']);
    },
  };
}
