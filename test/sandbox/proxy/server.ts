/** The HTTP side of the proxy: reads requests, writes answers, and breaks connections where a fault asks for it. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMetadata } from '../metadata.ts';
import type { Answer } from './call.ts';
import { CONTROL, control } from './control.ts';
import { createMachines } from './machines/machines.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import type { Settings } from './settings.ts';
import { messageHeaders, openUpstream } from './upstream.ts';

/** How a proxy is started. */
export interface ProxyOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Addresses of the stand-ins, which share the accounts. */
  readonly upstreams: readonly string[];
  /** The same seed and the same calls give the same durations. */
  readonly seed?: string;
  readonly settings?: Partial<Settings>;
  /** The folder of the run, in which machines have their place; without one nothing can be real. */
  readonly folder?: string | undefined;
}

/** A proxy that listens. */
export interface RunningProxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function deliver(answer: Answer, response: ServerResponse): void {
  if (answer.delivery === 'reset') response.socket?.resetAndDestroy();
  // The connection stays open and silent: the client's own time-out must end it.
  if (answer.delivery === 'silent' || answer.delivery === 'reset') return;
  const { 'content-length': _length, ...headers } = answer.headers;
  response.writeHead(answer.status, { ...headers, 'content-length': answer.body.length });
  response.end(answer.body);
}

async function answer(pipeline: Pipeline, message: IncomingMessage, signal: AbortSignal): Promise<Answer> {
  const { method = 'GET', url: path = '/' } = message;
  const body = await bodyOf(message);
  if (path.startsWith(CONTROL)) return control(pipeline, method, path, body);
  return pipeline.handle({ method, path, headers: messageHeaders(message.headers), body }, signal);
}

function serve(pipeline: Pipeline): Server {
  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    answer(pipeline, message, gone.signal).then(
      (found) => deliver(found, response),
      (error: unknown) => deliver({ status: 502, headers: {}, body: Buffer.from(String(error)) }, response),
    );
  });
  return server;
}

/** Starts a proxy on loopback. */
export async function startProxy({
  port,
  upstreams,
  seed = '1',
  settings,
  folder,
}: ProxyOptions): Promise<RunningProxy> {
  const upstream = openUpstream(upstreams);
  const endpoint = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const metadata = await startMetadata();
  const machines = createMachines({ folder, endpoint, metadata: () => metadata.endpoint });
  const pipeline = createPipeline(upstream, { seed, machines, settings });
  const server = serve(pipeline);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: endpoint(),
    async close() {
      pipeline.faults.remove();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await machines.close();
      await metadata.close();
      upstream.close();
    },
  };
}
