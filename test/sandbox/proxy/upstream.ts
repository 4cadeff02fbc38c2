/**
 * The way to the stand-in. It passes headers and body on as they are and never repeats a call: whether a broken call was
 * done is for the client to find out, as with AWS.
 */
import { Agent, request } from 'node:http';
import type { Answer, Call } from './call.ts';

/** Headers that belong to one connection and not to the message. */
const HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-connection',
  'expect',
]);

/** What goes to the stand-in. */
export type Outgoing = Pick<Call, 'method' | 'path' | 'headers' | 'body'>;

/** A way to the stand-in. */
export interface Upstream {
  send(outgoing: Outgoing): Promise<Answer>;
  close(): void;
}

/** Header names in lower case, without those of the connection. */
export function messageHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    if (value !== undefined && !HOP.has(key)) kept[key] = typeof value === 'string' ? value : value.join(', ');
  }
  return kept;
}

/** Opens the way to the stand-in; connections are kept for as long as it keeps them. */
export function openUpstream(address: string): Upstream {
  const { hostname, port } = new URL(address);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const send = ({ method, path, headers, body }: Outgoing): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = { ...messageHeaders(headers), 'content-length': String(body.length) };
      const sent = request({ agent, hostname, port, method, path, headers: outgoing }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 502;
          resolve({ status, headers: messageHeaders(response.headers), body: Buffer.concat(chunks) });
        });
      });
      sent.on('error', (error) =>
        reject(new Error(`ask the stand-in at ${address}: ${error.message}`, { cause: error })),
      );
      sent.end(body);
    });
  return { send, close: () => agent.destroy() };
}
