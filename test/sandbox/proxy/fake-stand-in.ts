/** A stand-in for the stand-in: answers every call with what a test says and remembers what it was asked. Tests only. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the fake answers. */
export interface FakeAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

/** A fake that listens. */
export interface FakeStandIn {
  readonly endpoint: string;
  /** Bodies of the calls that reached it. */
  readonly heard: readonly string[];
  answer(answer: FakeAnswer): void;
  close(): Promise<void>;
}

/** Starts a fake on loopback. */
export async function startFakeStandIn(first: FakeAnswer): Promise<FakeStandIn> {
  let current = first;
  const heard: string[] = [];
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    heard.push(Buffer.concat(chunks).toString());
    response.writeHead(current.status ?? 200, { 'content-type': current.type ?? 'text/xml' });
    response.end(current.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    answer: (answer) => {
      current = answer;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
