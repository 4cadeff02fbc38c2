/**
 * One HTTP exchange with the API server over kept-alive connections: it sends, and hands back the answer as a stream. It
 * knows no retries, no JSON and no Kubernetes.
 */
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Proof, TlsMaterial } from './credentials.ts';

/** One request. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the exchange and its stream. */
  readonly signal?: AbortSignal;
}

/** Sends to one server. */
export interface Connection {
  readonly host: string;
  /** Resolves when the head of the answer is there; rejects when there is none. */
  send(exchange: Exchange, proof: Proof): Promise<IncomingMessage>;
  close(): void;
}

const KEEP_ALIVE = {
  keepAlive: true,
  keepAliveMsecs: 15_000,
  maxSockets: 64,
  maxFreeSockets: 16,
  scheduling: 'lifo',
} as const;

/** A connection pool to a server, through a proxy if one is named. */
export function openConnection(server: string, proxyURL?: string): Connection {
  const base = new URL(server);
  const prefix = base.pathname === '/' ? '' : base.pathname;
  const proxy = proxyURL === undefined ? {} : { proxyEnv: { HTTP_PROXY: proxyURL, HTTPS_PROXY: proxyURL } };
  const pool = agentPool(base.protocol === 'http:', proxy);
  return {
    host: base.host,
    close: () => pool.close(),
    send: (exchange, proof) => {
      const { request, agent } = pool.for(proof.tls);
      const outgoing = request({
        agent,
        host: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port || (base.protocol === 'http:' ? 80 : 443),
        method: exchange.method,
        path: `${prefix}${exchange.path}`,
        headers: { ...exchange.headers, ...proof.headers },
        ...(exchange.signal === undefined ? {} : { signal: exchange.signal }),
      });
      return answerOf(outgoing, exchange.body);
    },
  };
}

function answerOf(outgoing: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', resolve);
    outgoing.on('socket', (socket) => socket.setNoDelay(true));
    outgoing.end(body);
  });
}

function agentPool(plain: boolean, proxy: object) {
  let agent: http.Agent | https.Agent | undefined;
  let current = '';
  return {
    close: () => agent?.destroy(),
    for: (tls: TlsMaterial) => {
      if (plain) {
        agent ??= new http.Agent({ ...KEEP_ALIVE, ...proxy });
        return { agent, request: http.request };
      }
      const fingerprint = JSON.stringify([
        tls.ca?.toString('base64'),
        String(tls.cert),
        String(tls.key),
        tls.servername,
      ]);
      if (agent === undefined || fingerprint !== current) {
        // Rotated certificates need new connections; what runs on the old ones, watches among them, ends by itself.
        agent = new https.Agent({ ...KEEP_ALIVE, ...proxy, ...tls });
        current = fingerprint;
      }
      return { agent, request: https.request };
    },
  };
}
