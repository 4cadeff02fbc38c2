/**
 * Several real operators that share a lease of their own, each with its own way to the API server and a name that AWS sees
 * with every call. It must not know any fault.
 */
import { type KubeProxy, startKubeProxy } from '../../sandbox/kube-proxy/proxy.ts';
import { type OperatorProcess, startOperator } from '../../sandbox/operator.ts';
import type { Entry } from '../../sandbox/proxy/client.ts';
import type { Scene } from '../../sandbox/scene.ts';
import { writesSince } from '../kubernetes/promises.ts';
import type { ArgsIn, Site } from '../kubernetes/site.ts';
import { until } from './until.ts';

/** One operator of a team. */
export interface Member {
  readonly name: string;
  readonly operator: OperatorProcess;
  readonly kube: KubeProxy;
}

/** Operators that stand for one lease; the first leads. */
export interface Team {
  readonly first: Member;
  /** Starts one more, which waits for the lease; when it ends by itself, another takes its place. */
  join(name: string, env?: Readonly<Record<string, string>>): Promise<Member>;
  close(): Promise<void>;
}

/** Seconds of a lease in these stories. */
export const LEASE_SECONDS = 4;

/** Flags of every member. The lease lies in the site's own namespace, so that teams do not disturb each other. */
export const leaseFlags: ArgsIn = (namespace) => [
  ...['--leader-elect', 'true', '--lease-namespace', namespace],
  ...['--lease-duration', `${LEASE_SECONDS}`, '--renew-deadline', '3', '--retry-period', '1'],
];

const LEASE = 'scalingtier-operator';
const ROLE = 'scalingtier-operator-lease';
const INSTALLED = 'scalingtier-system';
const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces';

/** The path of a site's lease. */
export const leasePath = (namespace: string): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${LEASE}`;

/** Gives the operator's account in this namespace what it has in its own, and nothing else. */
async function permitLease({ objects, namespace }: Scene): Promise<void> {
  const role = await objects.need<{ readonly rules: unknown }>(`${RBAC}/${INSTALLED}/roles/${ROLE}`);
  const metadata = { name: ROLE };
  await objects.need(`${RBAC}/${namespace}/roles`, { method: 'POST', body: { metadata, rules: role.rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: ROLE };
  const subjects = [{ kind: 'ServiceAccount', name: LEASE, namespace: INSTALLED }];
  await objects.need(`${RBAC}/${namespace}/rolebindings`, { method: 'POST', body: { metadata, roleRef, subjects } });
}

/** Whether a member has ever led. */
export const hasLed = ({ operator }: Member): boolean => operator.logs().includes('"leading"');

/** Waits until a member leads. */
export const untilLeading = (member: Member): Promise<void> =>
  until(`${member.name} leads`, async () => hasLed(member), 60);

const PATIENCE_FLAGS = ['--drift-confirmation-seconds', '1', '--absence-grace-seconds', '20', '--sweep-seconds', '5'];

/** Makes a team of the operator that a site has already. */
export async function openTeam({ scene, kube, kubeconfig, operators, state, script }: Site): Promise<Team> {
  await permitLease(scene);
  const first: Member = { name: 'first', operator: scene.operator(), kube };
  const proxies: KubeProxy[] = [];
  let closed = false;
  await untilLeading(first);

  /** As in a cluster, what ends by itself is started again; under another name, because its turn to write is another. */
  const start = async (
    name: string,
    proxy: KubeProxy,
    env: Readonly<Record<string, string>>,
  ): Promise<OperatorProcess> => {
    const operator = await startOperator(state, {
      script,
      kubeconfig: await proxy.kubeconfigFor(kubeconfig),
      args: ['--watch-namespaces', scene.namespace, ...PATIENCE_FLAGS, ...leaseFlags(scene.namespace)],
      // The SDK's own way to name an application: it is part of the user agent of every call.
      env: { AWS_SDK_UA_APP_ID: name, ...env },
    });
    operators.add(operator);
    const again = async (how: string): Promise<void> => {
      if (!closed && how.startsWith('exit code')) await start(`${name}-again`, proxy, env);
    };
    // One that cannot be started any more is missed by the story, or the story is over.
    operator.exited.then(again).catch(() => {});
    return operator;
  };

  return {
    first,
    async join(name, env = {}) {
      const proxy = await startKubeProxy(state);
      proxies.push(proxy);
      const member = { name, operator: await start(name, proxy, env), kube: proxy };
      await until(
        `${name} stands for the lease`,
        async () => proxy.journal().some(({ path }) => /leases/.test(path)),
        30,
      );
      return member;
    },
    async close() {
      closed = true;
      for (const proxy of proxies) {
        proxy.removeFault();
        await proxy.close();
      }
    },
  };
}

/** Which member made a call. */
export const memberOf = ({ caller }: Entry): string => / app\/(\S+)/.exec(caller.userAgent)?.[1] ?? 'first';

/** Members in the order of their turns at writing to AWS; one that comes up twice has written into another's turn. */
export async function turns(scene: Scene): Promise<readonly string[]> {
  const writers = (await writesSince(scene, 0)).map(memberOf);
  return writers.filter((writer, index) => writer !== writers[index - 1]);
}
