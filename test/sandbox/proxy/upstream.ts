/**
 * The way to the stand-ins. It passes headers and body on as they are and never repeats a call: whether a broken call was
 * done is for the client to find out, as with AWS.
 */
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
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

/** What goes to a stand-in. */
export type Outgoing = Pick<Call, 'method' | 'path' | 'headers' | 'body'>;

/** The way to the stand-ins, of which each has accounts of its own. */
export interface Upstream {
  /** Sends it to the one that has the account. */
  send(outgoing: Outgoing, account: string): Promise<Answer>;
  /** Sends it to every one, which finds out by itself whose it is. */
  sendToAll(outgoing: Outgoing): Promise<readonly Answer[]>;
  close(): void;
}

/** Headers without those of the connection; those that came more than once stay apart. */
export function withoutHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.has(name)));
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

/** A way to one server. */
export interface Way {
  send(outgoing: Outgoing): Promise<Answer>;
  close(): void;
}

/** Opens the way to one server; connections are kept for as long as it keeps them. */
export function openWay(address: string): Way {
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

/** The stand-in takes the account from here, instead of looking for the key among all that it has. */
const ACCOUNT = 'x-moto-account-id';

/** Opens the ways to the stand-ins. */
export function openUpstream(addresses: readonly string[]): Upstream {
  const ways = addresses.map(openWay);
  const wayOf = (account: string): Way => {
    const way = ways[Number(account) % ways.length];
    if (way === undefined) throw new Error(`send to the stand-in of account "${account}": an account is a number`);
    return way;
  };
  return {
    send: async (outgoing, account) =>
      wayOf(account).send({ ...outgoing, headers: { ...outgoing.headers, [ACCOUNT]: account } }),
    sendToAll: (outgoing) => Promise.all(ways.map((way) => way.send(outgoing))),
    close: () => {
      for (const way of ways) way.close();
    },
  };
}
