/**
 * A part of the sandbox that is one test's own: a namespace, an AWS account, and a real operator process under exactly the
 * shipped permissions. The operator watches its own namespace only, so that scenes run side by side without a lease.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { TierSpecInput, TierStatus } from '../../src/api/types.ts';
import { type Account, enterAccount } from './account.ts';
import { type Objects, openObjects } from './objects.ts';
import { type OperatorProcess, startOperator } from './operator.ts';
import { type ProxyControl, proxyControl } from './proxy/client.ts';
import type { SandboxState } from './sandbox.ts';

/** A tier as read back. */
export interface TierObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: TierStatus;
}

/** One test's own part of the world. */
export interface Scene {
  readonly state: SandboxState;
  readonly namespace: string;
  readonly account: Account;
  readonly proxy: ProxyControl;
  readonly objects: Objects;
  operator(): OperatorProcess;
  /** Starts another operator process in place of the last one. */
  restart(args?: readonly string[]): Promise<OperatorProcess>;
  apply(name: string, spec?: Partial<TierSpecInput>, annotations?: Readonly<Record<string, string>>): Promise<void>;
  patch(name: string, spec: object): Promise<void>;
  /** Sets annotations, written `key=value` or, to remove one, `key-`. */
  annotate(name: string, ...annotations: readonly string[]): Promise<void>;
  get(name: string): Promise<TierObject>;
  /** Waits until a tier satisfies a question; fails with what it looked like last. */
  until(name: string, question: string, holds: (tier: TierObject) => boolean, seconds?: number): Promise<TierObject>;
  /** Waits until this generation is built and up to date. */
  settled(name: string, seconds?: number): Promise<TierObject>;
  /** Asks the operator to look now. */
  lookNow(name: string, seconds?: number): Promise<TierObject>;
  /** Deletes a tier and waits until it is gone. */
  remove(name: string, seconds?: number): Promise<void>;
  /** Waits until a tier is gone. */
  gone(name: string, seconds?: number): Promise<void>;
  events(name: string): Promise<readonly { readonly reason: string; readonly note: string; readonly type: string }[]>;
  close(): Promise<void>;
}

/** Where a scene is set. */
export interface Setting {
  readonly state: SandboxState;
  /** The operator's, usually from `serviceAccountKubeconfig`. */
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Twelve digits, of this scene alone. */
  readonly accountID: string;
  /** More flags for the operator. */
  readonly args?: readonly string[];
  /** Its program; default: the sources. */
  readonly script?: string;
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
    !condition(tier, 'Reconciling') &&
    !condition(tier, 'Stalled')
  );
}

/** The path of a namespace's tiers, or of one of them. */
export const tierPath = (namespace: string, name?: string): string =>
  `/apis/scalingtier.dev/v1alpha1/namespaces/${namespace}/scalingtiers${name === undefined ? '' : `/${name}`}`;

const LOOK_MILLISECONDS = 200;
/** What never ends must not be waited out for ever: patience becomes at most this many times as long. */
const LONGEST = 3;

/** In milliseconds, until when patience of so many seconds lasts: it counts from the last sign that waiting is worth while. */
export const patienceUntil = (started: number, sign: number, seconds: number): number =>
  Math.min(sign + seconds * 1000, started + LONGEST * seconds * 1000);

let requests = 0;

/** Sets a scene: makes the namespace, enters the account, starts the operator. */
export async function setScene(setting: Setting): Promise<Scene> {
  const { state, namespace, kubeconfig } = setting;
  const account = await enterAccount(state.aws.endpoint, setting.accountID);
  const proxy = proxyControl(state.aws.endpoint);
  const objects = openObjects(state);
  await objects.need('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: namespace } } });
  const start = (more: readonly string[] = []): Promise<OperatorProcess> =>
    startOperator(state, {
      kubeconfig,
      ...(setting.script === undefined ? {} : { script: setting.script }),
      args: ['--watch-namespaces', namespace, '--leader-elect', 'false', ...PATIENCE, ...(setting.args ?? []), ...more],
    });
  let operator = await start();
  const path = (name: string): string => tierPath(namespace, name);
  const get = async (name: string): Promise<TierObject> => {
    const found = await objects.need<TierObject>(path(name));
    return { ...found, status: found.status ?? {} };
  };
  const merge = (name: string, body: object): Promise<unknown> => objects.need(path(name), { method: 'PATCH', body });

  // One life is told in several tests: after a wait that failed the rest of the story means nothing, and need not be waited for.
  let broken: string | undefined;

  /** Time for rest counts from the last fault that struck: what AWS refuses is tried again a minute later, each time. */
  const patience = (seconds: number): (() => Promise<boolean>) => {
    const started = Date.now();
    let deadline = patienceUntil(started, started, seconds);
    return async () => {
      if (Date.now() <= deadline) return false;
      const calls = await proxy.journal({ account: account.id });
      const struck = calls.findLast(({ fault }) => fault !== undefined)?.time ?? started;
      deadline = patienceUntil(started, struck, seconds);
      return Date.now() > deadline;
    };
  };

  const until: Scene['until'] = async (tier, question, holds, seconds = 60) => {
    if (broken) throw new Error(`${question}: not waited for, because this failed before: ${broken}`);
    const isOver = patience(seconds);
    for (;;) {
      const last = await get(tier);
      if (holds(last)) return last;
      if (await isOver()) {
        broken = question;
        throw new Error(`${tier}: not within ${seconds} s: ${question}\n${storyOf(last)}\n${endOf(operator.logs())}`);
      }
      await delay(LOOK_MILLISECONDS);
    }
  };

  const gone: Scene['gone'] = async (tier, seconds = 60) => {
    const isOver = patience(seconds);
    for (;;) {
      const { status, body } = await objects.ask<TierObject>(path(tier));
      if (status === 404) return;
      if (await isOver())
        throw new Error(`${tier}: not gone within ${seconds} s\n${storyOf(body)}\n${endOf(operator.logs())}`);
      await delay(LOOK_MILLISECONDS);
    }
  };

  return {
    state,
    namespace,
    account,
    proxy,
    objects,
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
        metadata: { name: tier, namespace, annotations },
        spec: { stage: 'SingleServer', ...spec, aws },
      };
      await objects.need(path(tier), {
        method: 'PATCH',
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager: 'kubectl', force: 'true' },
        body: manifest,
      });
    },
    async patch(tier, spec) {
      await merge(tier, { spec });
    },
    async annotate(tier, ...annotations) {
      const entries = annotations.map((text) => {
        const [key = '', value = ''] = text.split(/=(.*)/s);
        return text.includes('=') ? [key, value] : [text.replace(/-$/, ''), null];
      });
      await merge(tier, { metadata: { annotations: Object.fromEntries(entries) } });
    },
    get,
    until,
    settled: (tier, seconds = 60) => until(tier, 'settled', isSettled, seconds),
    async lookNow(tier, seconds = 30) {
      requests += 1;
      const token = `${process.pid}-${requests}`;
      await merge(tier, { metadata: { annotations: { 'scalingtier.dev/reconcile-requested-at': token } } });
      return until(tier, `request ${token} handled`, ({ status }) => status.lastHandledReconcileAt === token, seconds);
    },
    async remove(tier, seconds) {
      await objects.need(path(tier), { method: 'DELETE' });
      await gone(tier, seconds);
    },
    gone,
    async events(tier) {
      const { items } = await objects.need<{
        readonly items: readonly {
          readonly reason: string;
          readonly note: string;
          readonly type: string;
          readonly regarding: { readonly name: string };
        }[];
      }>(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
      return items.filter(({ regarding }) => regarding.name === tier);
    },
    async close() {
      await operator.stop();
      account.close();
      await objects.ask(`/api/v1/namespaces/${namespace}`, { method: 'DELETE' });
      objects.close();
    },
  };
}

function storyOf({ status }: TierObject): string {
  const { message, conditions, plan, drift } = status ?? {};
  return stringify({ message, conditions, plan: plan?.text, drift });
}

const endOf = (logs: string): string => logs.split('\n').slice(-12).join('\n');
