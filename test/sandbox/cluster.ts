/**
 * Starts a Kubernetes control plane on loopback: etcd, API server, and of the controllers those that namespaces, owner
 * references, service accounts and aggregated roles need. RBAC is on. It must not know about AWS or the operator.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ControlPlaneBinaries } from './controlplane.ts';
import { writeWhole } from './files.ts';
import { httpStatus } from './http.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { type RunningProcess, startProcess, untilReady } from './processes.ts';

/** Where the parts of the control plane listen. */
export interface ClusterPorts {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

/** A control plane that answers. */
export interface Cluster {
  readonly server: string;
  /** PEM of the API server's certificate chain. */
  readonly authority: string;
  readonly adminKubeconfig: string;
  readonly processes: readonly RunningProcess[];
}

// The API server ends before etcd: without etcd it can ignore SIGTERM for minutes.
const ranks = { controllerManager: 10, apiServer: 20, etcd: 30 } as const;

/** Starts the control plane of the run in `folder` and waits until it serves. */
export async function startCluster(
  folder: string,
  binaries: ControlPlaneBinaries,
  ports: ClusterPorts,
): Promise<Cluster> {
  const secrets = writeSecrets(folder);
  const etcd = await startEtcd(folder, binaries, ports);
  const apiServer = await startApiServer(folder, binaries, ports);
  const server = `https://127.0.0.1:${ports.apiServer}`;
  const certificate = path.join(folder, 'certificates', 'apiserver.crt');
  const authority = (): string => readFileSync(certificate, 'utf8');
  const get = (url: string): Promise<number | undefined> =>
    httpStatus(`${server}${url}`, { authority: authority(), token: secrets.adminToken });
  await untilReady(etcd, async () => (await httpStatus(`http://127.0.0.1:${ports.etcdClient}/health`)) === 200);
  await untilReady(apiServer, async () => existsSync(certificate) && (await get('/readyz')) === 200, 60);
  const adminKubeconfig = path.join(folder, 'admin.kubeconfig');
  const admin = { server, authority: authority(), user: 'admin', token: secrets.adminToken };
  writeWhole(adminKubeconfig, kubeconfigText(admin));
  const processes = [etcd, apiServer];
  if (binaries.controllerManager !== undefined) {
    const controllerManager = await startControllerManager(folder, binaries.controllerManager, adminKubeconfig);
    processes.push(controllerManager);
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    await untilReady(controllerManager, async () => (await get(account)) === 200);
  }
  return { server, authority: admin.authority, adminKubeconfig, processes };
}

function writeSecrets(folder: string): { readonly adminToken: string } {
  const adminToken = randomBytes(24).toString('hex');
  writeWhole(path.join(folder, 'tokens.csv'), `${adminToken},admin,admin,system:masters\n`);
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  writeWhole(path.join(folder, 'service-accounts.key'), privateKey);
  return { adminToken };
}

function startEtcd(folder: string, binaries: ControlPlaneBinaries, ports: ClusterPorts): Promise<RunningProcess> {
  const client = `http://127.0.0.1:${ports.etcdClient}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return startProcess(folder, {
    name: 'etcd',
    command: binaries.etcd,
    args: [
      `--data-dir=${path.join(folder, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    rank: ranks.etcd,
  });
}

function startApiServer(folder: string, binaries: ControlPlaneBinaries, ports: ClusterPorts): Promise<RunningProcess> {
  const certificates = path.join(folder, 'certificates');
  mkdirSync(certificates, { recursive: true, mode: 0o700 });
  const key = path.join(folder, 'service-accounts.key');
  return startProcess(folder, {
    name: 'kube-apiserver',
    command: binaries.apiServer,
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcdClient}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${ports.apiServer}`,
      `--cert-dir=${certificates}`,
      `--token-auth-file=${path.join(folder, 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      // Nobody reaches the API server through its Service here, and loopback addresses are refused as endpoints.
      '--endpoint-reconciler-type=none',
    ],
    rank: ranks.apiServer,
  });
}

function startControllerManager(folder: string, command: string, kubeconfig: string): Promise<RunningProcess> {
  const controllers = ['namespace', 'garbage-collector', 'serviceaccount', 'clusterrole-aggregation'];
  return startProcess(folder, {
    name: 'kube-controller-manager',
    command,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--controllers=${controllers.map((name) => `${name}-controller`).join(',')}`,
      `--service-account-private-key-file=${path.join(folder, 'service-accounts.key')}`,
      '--leader-elect=false',
      '--secure-port=0',
    ],
    rank: ranks.controllerManager,
  });
}
