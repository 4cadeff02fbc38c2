/**
 * What people reach of a load balancer: one listener, as a real HTTP server that passes each request on to a target and answers as
 * it does, 503 when there is none, 502 when that one does not answer. What is under way at a target comes to its end, whatever
 * becomes of the target meanwhile. It must not choose targets, and must not ask a second one: a request may have been done.
 */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withoutHop } from '../upstream.ts';
import type { Served } from './traffic.ts';

/** Is told of each request when it is answered. */
export type Witness = (served: Served) => void;

/** Where a target listens. */
export interface TargetAddress {
  readonly host: string;
  readonly port: number;
}

/** A listener that takes requests. */
export interface Front extends TargetAddress {
  close(): Promise<void>;
}

/** Longer than clients keep a connection idle. */
const KEEP_ALIVE_MILLISECONDS = 60_000;

function refuse(response: ServerResponse, status: number, words: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { server: 'awselb/2.0', 'content-type': 'text/html' });
  response.end(`<html><body><center><h1>${status} ${words}</h1></center></body></html>`);
}

function pass(
  request: IncomingMessage,
  response: ServerResponse,
  { host, port }: TargetAddress,
  witness: Witness,
): void {
  const began = Date.now();
  const from = request.socket.remoteAddress ?? '';
  const headers = {
    ...withoutHop(request.headers),
    ...{ 'x-forwarded-for': from, 'x-forwarded-proto': 'http', 'x-forwarded-port': `${request.socket.localPort}` },
  };
  const { method, url: path } = request;
  const asked = http.request({ agent: false, host, port, method, path, headers });
  asked.on('response', (answer) => {
    const at = Date.now();
    const status = answer.statusCode ?? 502;
    witness({ at, by: 'target', chosen: true, status, seconds: (at - began) / 1000 });
    response.writeHead(status, withoutHop(answer.headers));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  asked.on('error', () => {
    // Who has gone away himself was not failed by anybody.
    if (!response.headersSent && !response.destroyed)
      witness({ at: Date.now(), by: 'balancer', chosen: true, status: 502, seconds: 0 });
    refuse(response, 502, 'Bad Gateway');
  });
  response.on('close', () => asked.destroy());
  request.on('error', () => asked.destroy());
  request.pipe(asked);
}

/** Begins to listen; `choose` answers with a target for the next request. */
export async function openFront(choose: () => TargetAddress | undefined, witness: Witness): Promise<Front> {
  const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS }, (request, response) => {
    const target = choose();
    if (target) return pass(request, response, target, witness);
    witness({ at: Date.now(), by: 'balancer', chosen: false, status: 503, seconds: 0 });
    return refuse(response, 503, 'Service Temporarily Unavailable');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { address: host, port } = server.address() as AddressInfo;
  return {
    ...{ host, port },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
