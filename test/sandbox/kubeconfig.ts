/**
 * Kubeconfigs for the sandbox's API server: the administrator's, and one for a service account with a real token of its
 * own, so that the operator under test may do exactly what the shipped RBAC allows. It must not relax TLS.
 */
import path from 'node:path';
import { writeWhole } from './files.ts';
import { kubectl } from './kubectl.ts';
import type { SandboxState } from './sandbox.ts';

/** What a kubeconfig says. */
export interface KubeconfigSpec {
  readonly server: string;
  /** PEM of the certificates that the client trusts. */
  readonly authority: string;
  readonly user: string;
  readonly token: string;
  readonly namespace?: string;
}

/** The text of a kubeconfig; JSON, which every reader of YAML can read. */
export function kubeconfigText({ server, authority, user, token, namespace = 'default' }: KubeconfigSpec): string {
  const data = Buffer.from(authority).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'sandbox',
    clusters: [{ name: 'sandbox', cluster: { server, 'certificate-authority-data': data } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user, namespace } }],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** Writes a kubeconfig with a token of an existing service account; answers with its path. */
export async function serviceAccountKubeconfig(
  state: SandboxState,
  namespace: string,
  serviceAccount: string,
): Promise<string> {
  const request = ['create', 'token', serviceAccount, '--namespace', namespace, '--duration', '24h'];
  const { stdout } = await kubectl(state, request);
  const file = path.join(state.folder, `${namespace}-${serviceAccount}.kubeconfig`);
  const { server, authority } = state.kube;
  const user = `system:serviceaccount:${namespace}:${serviceAccount}`;
  writeWhole(file, kubeconfigText({ server, authority, user, token: stdout.trim(), namespace }));
  return file;
}
