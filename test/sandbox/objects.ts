/**
 * Kubernetes objects over HTTP, as the administrator: for tests that look often, where a kubectl process for each look would
 * cost more than what is tested. It must not be used where what a person sees of kubectl is the question.
 */
import https from 'node:https';
import { readJson } from './files.ts';
import type { SandboxState } from './sandbox.ts';

/** One answer of the API server, whatever its status. */
export interface ObjectsAnswer<T = unknown> {
  readonly status: number;
  readonly body: T;
}

/** What can be asked. */
export interface ObjectsRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Default: merge patch for PATCH, JSON otherwise. */
  readonly contentType?: string;
}

/** A client of one API server. */
export interface Objects {
  /** Asks and answers with whatever came. */
  ask<T>(path: string, request?: ObjectsRequest): Promise<ObjectsAnswer<T>>;
  /** Asks and fails unless the answer is a success. */
  need<T>(path: string, request?: ObjectsRequest): Promise<T>;
  close(): void;
}

const SECONDS = 30;

function adminToken({ kube }: SandboxState): string {
  const config = readJson<{ readonly users: readonly { readonly user: { readonly token: string } }[] }>(
    kube.adminKubeconfig,
  );
  return config?.users[0]?.user.token ?? '';
}

/** Opens a client with kept-alive connections. */
export function openObjects(state: SandboxState): Objects {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 32, ca: state.kube.authority });
  const authorization = `Bearer ${adminToken(state)}`;

  function ask<T>(path: string, given: ObjectsRequest = {}): Promise<ObjectsAnswer<T>> {
    const { method = 'GET', query = {}, body } = given;
    const contentType = given.contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    const url = new URL(path, state.kube.server);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return new Promise((resolve, reject) => {
      const headers = { authorization, accept: 'application/json', 'content-type': contentType };
      const request = https.request(url, { agent, method, headers, timeout: SECONDS * 1000 }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, body: parse(text) as T });
        });
      });
      request.once('timeout', () => request.destroy(new Error(`${method} ${path}: no answer in ${SECONDS} s`)));
      request.once('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  return {
    ask,
    async need<T>(path: string, request: ObjectsRequest = {}) {
      const { status, body } = await ask<T>(path, request);
      if (status >= 200 && status < 300) return body;
      const { message = '' } = body as { readonly message?: string };
      throw new Error(`${request.method ?? 'GET'} ${path}: ${status} ${message}`);
    },
    close: () => agent.destroy(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}
