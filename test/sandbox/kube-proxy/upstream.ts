/** The way from the proxy to the real API server. It must pass everything on as it is, and must not retry. */
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { KubeAnswer, KubeRequest } from './answer.ts';

/** The API server. */
export interface KubeUpstream {
  /** Rejects when the server cannot be reached or breaks off. */
  send(request: KubeRequest): Promise<KubeAnswer>;
  close(): void;
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'content-length']);

/** Headers that mean the message and not one leg of its way. */
export function messageHeaders(headers: IncomingMessage['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
}

async function wholeOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function answerOf({ call }: KubeRequest, response: IncomingMessage): Promise<KubeAnswer> {
  const head = { status: response.statusCode ?? 0, headers: messageHeaders(response.headers), heard: true };
  if (call.verb === 'watch' && head.status === 200) return { ...head, body: Buffer.alloc(0), stream: response };
  return { ...head, body: await wholeOf(response) };
}

/** Opens the way. */
export function openKubeUpstream(server: string, authority: string): KubeUpstream {
  const agent = new https.Agent({ keepAlive: true, ca: authority });
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const { call, address, headers, body, signal } = request;
        const length = body.length === 0 ? {} : { 'content-length': `${body.length}` };
        const options = { agent, method: call.method, headers: { ...headers, ...length } };
        const outgoing = https.request(new URL(address, server), options, (response) => {
          answerOf(request, response).then(resolve, reject);
        });
        outgoing.on('error', reject);
        // A watch ends with its client. A write that is on its way cannot be called back.
        if (call.verb === 'watch') signal.addEventListener('abort', () => outgoing.destroy(), { once: true });
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}
