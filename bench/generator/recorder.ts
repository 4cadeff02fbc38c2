/**
 * Stands between a client and an AWS stand-in and writes down every exchange: what was asked, what was answered. It passes
 * both on unchanged and must not judge them.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Params } from '../../test/sandbox/proxy/call.ts';
import { decode } from '../../test/sandbox/proxy/decode.ts';
import { messageHeaders, openWay } from '../../test/sandbox/proxy/upstream.ts';

/** One question and its answer. */
export interface Exchange {
  /** As signatures name it. */
  readonly service: string;
  readonly operation: string;
  readonly params: Params;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A recorder that listens. */
export interface Recorder {
  readonly endpoint: string;
  /** What was heard since the last time; forgets it. */
  take(): readonly Exchange[];
  close(): Promise<void>;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Starts a recorder in front of a stand-in. */
export async function startRecorder(standIn: string): Promise<Recorder> {
  const way = openWay(standIn);
  let heard: Exchange[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    const pass = async (): Promise<void> => {
      const { method = 'GET', url: path = '/' } = message;
      const incoming = { method, path, headers: messageHeaders(message.headers), body: await bodyOf(message) };
      const answer = await way.send(incoming);
      const { service, operation, params } = decode(incoming);
      heard.push({
        service: service.signingName,
        operation,
        params,
        status: answer.status,
        contentType: answer.headers['content-type'] ?? '',
        body: answer.body.toString(),
      });
      const { 'content-length': _length, ...headers } = answer.headers;
      response.writeHead(answer.status, { ...headers, 'content-length': answer.body.length });
      response.end(answer.body);
    };
    pass().catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    take() {
      const taken = heard;
      heard = [];
      return taken;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      way.close();
    },
  };
}
