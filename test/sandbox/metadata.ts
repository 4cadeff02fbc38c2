/**
 * What an instance's metadata service says of the network that the instance is in, for scripts that ask it with a token (IMDSv2). A
 * network here is loopback, where all servers of the sandbox stand. It must not say anything of a role: credentials are in variables.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What all servers of a sandbox see each other in. */
export const LOOPBACK = '127.0.0.0/8';

/** A metadata service that answers. */
export interface Metadata {
  /** As `AWS_EC2_METADATA_SERVICE_ENDPOINT` names it. */
  readonly endpoint: string;
  /** Says another network from now on. */
  say(network: string): void;
  close(): Promise<void>;
}

const TOKEN = 'a-token-of-the-sandbox';
const MAC = '02:00:00:00:00:01';

/** Status and text of an answer. */
function answerTo({ method, url = '', headers }: IncomingMessage, network: string): readonly [number, string] {
  if (method === 'PUT' && url === '/latest/api/token')
    return headers['x-aws-ec2-metadata-token-ttl-seconds'] === undefined ? [400, ''] : [200, TOKEN];
  if (headers['x-aws-ec2-metadata-token'] !== TOKEN) return [401, ''];
  const known: Readonly<Record<string, string>> = {
    '/latest/meta-data/mac': MAC,
    [`/latest/meta-data/network/interfaces/macs/${MAC}/vpc-ipv4-cidr-block`]: network,
  };
  const text = known[url];
  return text === undefined ? [404, ''] : [200, text];
}

/** Starts one on loopback. */
export async function startMetadata(): Promise<Metadata> {
  let network = LOOPBACK;
  const server = createServer((message, response) => {
    const [status, text] = answerTo(message, network);
    response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    say: (said) => {
      network = said;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
