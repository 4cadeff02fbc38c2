/**
 * The API server's HTTP interface: JSON in, JSON out, typed errors, a time limit on every call, one more attempt where
 * that is harmless. It must not know any kind of object, and it must not hide failures: back-off belongs to the callers.
 */
import type { IncomingMessage } from 'node:http';
import type { Metrics } from '../ops/metrics.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { type Connection, openConnection } from './connection.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import { errorFromAnswer, hasCode, KubeError } from './errors.ts';
import type { KubeTarget } from './kubeconfig.ts';

/** One call. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Without query, for example `/api/v1/namespaces/default/configmaps/a`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Default 15 seconds. For a stream: until its first byte of answer. */
  readonly timeoutMilliseconds?: number;
  readonly signal?: AbortSignal;
}

/** The API server. */
export interface KubeApi {
  /** The parsed answer, or a `KubeError`. */
  call<T>(request: KubeRequest): Promise<T>;
  /** The body of a successful answer as it comes in; ending it is the caller's job. */
  stream(request: KubeRequest): Promise<IncomingMessage>;
  close(): void;
}

/** What the client is made of. */
export interface KubeApiOptions {
  readonly target: KubeTarget;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  readonly userAgent?: string;
}

interface Client {
  readonly connection: Connection;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly metrics: Metrics | undefined;
}

const DEFAULT_TIMEOUT = 15_000;
const MOST_ATTEMPTS = 3;
const LONGEST_WAIT_SECONDS = 5;
const LARGEST_ANSWER = 256 * 1024 * 1024;

/** A client for the target's API server. */
export function createKubeApi(options: KubeApiOptions): KubeApi {
  const clock = options.clock ?? systemClock;
  const client: Client = {
    connection: openConnection(options.target.cluster.server, options.target.cluster.proxyUrl),
    credentials: credentialsOf(options.target, clock),
    clock,
    userAgent: options.userAgent ?? 'scalingtier-operator',
    metrics: options.metrics,
  };
  return {
    call: <T>(request: KubeRequest) => withRetries(client, request, (signal) => callOnce<T>(client, request, signal)),
    stream: (request) =>
      withRetries(client, request, (signal, answered) => openStream(client, request, signal, answered)),
    close: () => client.connection.close(),
  };
}

type Attempt<T> = (signal: AbortSignal, answered: () => void) => Promise<T>;

async function withRetries<T>(client: Client, request: KubeRequest, attempt: Attempt<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await limited(client, request, attempt);
    } catch (error) {
      const pause = count < MOST_ATTEMPTS ? pauseBeforeRetry(client, request, error, count) : undefined;
      if (pause === undefined || request.signal?.aborted === true) throw error;
      await sleep(client.clock, pause, request.signal);
    }
  }
}

/** Milliseconds until another attempt, or nothing when the caller has to decide. */
function pauseBeforeRetry(client: Client, request: KubeRequest, error: unknown, count: number): number | undefined {
  if (!(error instanceof KubeError)) return undefined;
  if (error.code === 401 && count === 1) {
    client.credentials.refused();
    return 1000 + client.clock.random() * 2000;
  }
  // 429 says that the request was not looked at, so that any method may be sent again.
  if (error.code === 429) return 1000 * Math.min(error.retryAfter ?? 1, LONGEST_WAIT_SECONDS);
  // A kept-alive connection that the server closed in the same moment says nothing about the server.
  return error.reason === 'StaleConnection' && request.method === 'GET' && count === 1 ? 0 : undefined;
}

/** Runs an attempt under the call's own time limit as well as the caller's signal. */
async function limited<T>(client: Client, request: KubeRequest, attempt: Attempt<T>): Promise<T> {
  const abort = new AbortController();
  const milliseconds = request.timeoutMilliseconds ?? DEFAULT_TIMEOUT;
  const attempted = `${request.method} ${request.path}`;
  let timedOut = false;
  const cancel = client.clock.after(milliseconds, () => {
    timedOut = true;
    abort.abort();
  });
  const forward = () => abort.abort();
  request.signal?.addEventListener('abort', forward, { once: true });
  let streaming = false;
  try {
    if (request.signal?.aborted === true) throw new KubeError(`${attempted}: aborted`, { code: 0, reason: 'Aborted' });
    return await attempt(abort.signal, () => {
      streaming = true;
    });
  } catch (error) {
    if (error instanceof KubeError) throw error;
    if (timedOut)
      throw new KubeError(`${attempted}: no answer within ${milliseconds} ms`, { code: 0, reason: 'Timeout' });
    throw networkError(attempted, error, request.signal?.aborted === true);
  } finally {
    cancel();
    // A stream outlives the call: the caller's signal must still be able to end it.
    if (!streaming) request.signal?.removeEventListener('abort', forward);
  }
}

function networkError(attempted: string, cause: unknown, aborted: boolean): KubeError {
  const { code, message } = cause as { code?: string; message?: string };
  const stale = code === 'ECONNRESET' || code === 'EPIPE';
  const reason = aborted ? 'Aborted' : stale ? 'StaleConnection' : 'Network';
  return new KubeError(`${attempted}: ${aborted ? 'aborted' : (message ?? 'no connection')}`, {
    code: 0,
    reason,
    cause,
  });
}

async function callOnce<T>(client: Client, request: KubeRequest, signal: AbortSignal): Promise<T> {
  const response = await exchange(client, request, signal);
  const text = await readText(response);
  const code = response.statusCode ?? 0;
  const attempted = `${request.method} ${request.path}`;
  if (code < 200 || code > 299) throw errorFromAnswer(attempted, code, text, response.headers['retry-after']);
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new KubeError(`${attempted}: the answer is not JSON`, { code: 0, reason: 'Garbled', cause });
  }
}

async function openStream(
  client: Client,
  request: KubeRequest,
  signal: AbortSignal,
  answered: () => void,
): Promise<IncomingMessage> {
  const response = await exchange(client, request, signal);
  const code = response.statusCode ?? 0;
  if (code === 200) {
    answered();
    return response;
  }
  const text = await readText(response);
  throw errorFromAnswer(`${request.method} ${request.path}`, code, text, response.headers['retry-after']);
}

async function exchange(client: Client, request: KubeRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { connection, metrics, clock } = client;
  const proof = await client.credentials.proof();
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers: Record<string, string> = {
    accept: request.accept ?? 'application/json',
    'user-agent': client.userAgent,
  };
  if (body !== undefined) {
    headers['content-type'] = request.contentType ?? 'application/json';
    headers['content-length'] = String(Buffer.byteLength(body));
  }
  const started = clock.now();
  const labels = { method: request.method, host: connection.host };
  const path = `${request.path}${queryOf(request)}`;
  try {
    const details = { method: request.method, path, headers, signal, ...(body === undefined ? {} : { body }) };
    const response = await connection.send(details, proof);
    metrics?.client.requests.inc({ ...labels, code: String(response.statusCode) });
    metrics?.client.requestSeconds.observe(
      { verb: request.method, host: connection.host },
      (clock.now() - started) / 1000,
    );
    return response;
  } catch (error) {
    metrics?.client.requests.inc({ ...labels, code: '<error>' });
    throw error;
  }
}

function queryOf(request: KubeRequest): string {
  const pairs = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The answer, or nothing when the object does not exist. */
export async function callIfFound<T>(api: KubeApi, request: KubeRequest): Promise<T | undefined> {
  try {
    return await api.call<T>(request);
  } catch (error) {
    if (hasCode(error, 404)) return undefined;
    throw error;
  }
}
