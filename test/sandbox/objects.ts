/**
 * Kubernetes objects over HTTP, as the administrator: for tests that look often, where a kubectl process for each look would
 * cost more than what is tested. It must not be used where what a person sees of kubectl is the question.
 */
import type { ClientRequest } from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
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

/** How often it connects before it gives up: on a busy machine one was seen to be closed before it was secured, and why is not known. */
const CONNECTIONS = 5;

/** Whether nothing was asked yet: then asking once more does nothing twice. */
const isUnasked = ({ socket }: ClientRequest): boolean =>
  socket === null || ('secureConnecting' in socket && socket.secureConnecting === true);

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

  async function ask<T>(path: string, given: ObjectsRequest = {}): Promise<ObjectsAnswer<T>> {
    for (let left = CONNECTIONS - 1; ; left -= 1) {
      const answer = await askOnce<T>(path, given, left > 0);
      if (answer) return answer;
      await delay(200);
    }
  }

  /** Answers with nothing where nothing was asked, if somebody will ask again. */
  function askOnce<T>(path: string, given: ObjectsRequest, isAgain: boolean): Promise<ObjectsAnswer<T> | undefined> {
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
      request.once('error', (error) => (isAgain && isUnasked(request) ? resolve(undefined) : reject(error)));
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
