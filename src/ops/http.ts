/**
 * The one server for people's and machines' questions about the process: `/metrics`, `/healthz`, `/readyz`. It answers
 * questions only; nothing can be changed through it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One named question; `true` is good, a text says what is wrong. */
export interface HealthCheck {
  readonly name: string;
  check(): true | string;
}

/** What the server answers with. */
export interface OpsServerOptions {
  /** `host:port`; an IPv6 host stands in brackets; port 0 takes a free one. */
  readonly address: string;
  scrape(): Promise<{ readonly body: string; readonly contentType: string }>;
  /** The process is alive: a failing check means that a restart would help. */
  readonly live: readonly HealthCheck[];
  /** The process does its work. */
  readonly ready: readonly HealthCheck[];
}

/** A running server. */
export interface OpsServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly code: number;
  readonly body: string;
  readonly contentType?: string;
}

/** Listens, or fails with the address that could not be had. */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const { host, port } = splitAddress(options.address);
  const server = createServer((request, response) => void respond(options, request, response));
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  server.keepAliveTimeout = 5_000;
  await listen(server, host, port, options.address);
  const bound = server.address() as AddressInfo;
  return { host: bound.address, port: bound.port, close: () => close(server) };
}

/** The host and port of an address such as `127.0.0.1:8080`, `[::1]:8080` or `:8080`. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new Error(`address "${address}" is not of the form host:port`);
  return { host: (match[1] ?? match[2]) || '0.0.0.0', port };
}

function listen(server: Server, host: string, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`listen on "${address}": ${cause.message}`, { cause })));
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function respond(options: OpsServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { code, body, contentType } = await answer(options, request).catch((error: unknown) => ({
    code: 500,
    body: `${error instanceof Error ? error.message : 'unknown error'}\n`,
    contentType: undefined,
  }));
  response.writeHead(code, { 'content-type': contentType ?? 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answer(options: OpsServerOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { code: 405, body: 'only GET and HEAD\n' };
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path === '/metrics') return { code: 200, ...(await options.scrape()) };
  if (path === '/healthz') return report(options.live);
  if (path === '/readyz') return report(options.ready);
  return { code: 404, body: 'there is /metrics, /healthz and /readyz\n' };
}

function report(checks: readonly HealthCheck[]): Answer {
  const results = checks.map(({ name, check }) => ({ name, result: check() }));
  const failed = results.some(({ result }) => result !== true);
  const lines = results.map(({ name, result }) => (result === true ? `[+] ${name} ok` : `[-] ${name}: ${result}`));
  return { code: failed ? 503 : 200, body: `${[...lines, failed ? 'failed' : 'ok'].join('\n')}\n` };
}
