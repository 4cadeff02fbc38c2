/**
 * Talks to the sandbox's real API server about ScalingTiers, in a namespace of its own. It must not use the operator's
 * client: the definition is judged by the server alone.
 */
import { randomBytes } from 'node:crypto';
import https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { CRD_NAME } from '../../src/api/well-known.ts';
import { attachSandbox } from '../sandbox/attach.ts';
import { untilServed } from '../sandbox/install.ts';
import { kubectl } from '../sandbox/kubectl.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';
import type { Piece } from './manifests.ts';

/** What the server answered. */
export interface Answer {
  readonly status: number;
  readonly body: Piece;
  /** The server's message when it refused. */
  readonly message: string;
}

/** One call. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Name of the tier, with the subresource; absent: the collection. */
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Piece;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An API server with the definition installed. */
export interface ApiServer {
  readonly state: SandboxState;
  readonly namespace: string;
  /** A call about tiers of the namespace. */
  call(call: Call): Promise<Answer>;
  /** Creates without keeping. */
  judge(manifest: Piece): Promise<Answer>;
  /** Applies with server-side apply. */
  apply(
    manifest: Piece,
    options: { readonly manager: string; readonly force?: boolean; readonly status?: boolean },
  ): Promise<Answer>;
  kubectl(...args: readonly string[]): Promise<string>;
  /** Removes the namespace with everything in it. */
  stop(): Promise<void>;
}

/** Installs the definition and makes a namespace. */
export async function apiServer(): Promise<ApiServer> {
  const state = attachSandbox();
  const namespace = `api-${randomBytes(4).toString('hex')}`;
  const file = new URL(`../../crds/${CRD_NAME}.yaml`, import.meta.url).pathname;
  await kubectl(state, ['apply', '--server-side', '--force-conflicts', '--filename', file]);
  await untilServed(state);
  await kubectl(state, ['create', 'namespace', namespace]);
  const agent = new https.Agent({ keepAlive: true });
  const call = caller(state, agent, `/apis/scalingtier.dev/v1alpha1/namespaces/${namespace}/scalingtiers`);
  return {
    state,
    namespace,
    call,
    judge: (body) => call({ method: 'POST', query: { dryRun: 'All' }, body }),
    apply: (manifest, { manager, force = false, status = false }) =>
      call({
        method: 'PATCH',
        name: `${nameOf(manifest)}${status ? '/status' : ''}`,
        query: { fieldManager: manager, force: String(force) },
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: manifest,
      }),
    kubectl: async (...args) => (await kubectl(state, [...args, '--namespace', namespace])).stdout,
    stop: async () => {
      agent.destroy();
      await kubectl(state, ['delete', 'namespace', namespace, '--wait=false']);
    },
  };
}

function nameOf(manifest: Piece): string {
  return String((manifest.metadata as Piece).name);
}

function caller(state: SandboxState, agent: https.Agent, path: string): ApiServer['call'] {
  const config = new KubeConfig();
  config.loadFromFile(state.kube.adminKubeconfig);
  return async ({ method, name, query = {}, body, headers = {} }) => {
    const options: https.RequestOptions = { method, timeout: 30_000 };
    await config.applyToHTTPSOptions(options);
    const url = new URL(
      `${path}${name === undefined ? '' : `/${name}`}?${new URLSearchParams(query)}`,
      state.kube.server,
    );
    const own = { 'content-type': 'application/json', accept: 'application/json', ...headers };
    const text = await exchange(url, { ...options, agent, headers: { ...options.headers, ...own } }, body);
    return { status: text.status, body: text.body, message: String(text.body.message ?? '') };
  };
}

function exchange(url: URL, options: https.RequestOptions, body: Piece | undefined): Promise<Omit<Answer, 'message'>> {
  return new Promise((resolve, reject) => {
    const request = https.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const answer = JSON.parse(Buffer.concat(chunks).toString()) as Piece;
        resolve({ status: response.statusCode ?? 0, body: answer });
      });
    });
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error(`no answer from ${url.pathname} within 30 s`)));
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
