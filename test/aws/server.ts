/** An HTTP server on loopback that answers as a test says, one answer for each request, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What to do with one request: an answer, or a connection that ends without one. */
export type Reply = { readonly status: number; readonly body: string } | 'reset';

/** The server. */
export interface LocalServer {
  readonly url: string;
  /** `Action` of each request, in order. */
  readonly actions: readonly string[];
  reply(...replies: readonly Reply[]): void;
  close(): Promise<void>;
}

/** An EC2 error as AWS sends it. */
export const fault = (status: number, code: string): Reply => ({
  status,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>AWS says no</Message></Error></Errors><RequestID>r-1</RequestID></Response>`,
});

/** An empty EC2 answer. */
export const answer = (operation: string): Reply => ({
  status: 200,
  body: `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r-1</requestId></${operation}Response>`,
});

const FIRST_PORT = 21_000;
const PORTS = 9_000;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply === 'reset') response.destroy();
  else response.writeHead(reply.status, { 'content-type': 'text/xml' }).end(reply.body);
}

/** Starts a server on a free port. */
export async function localServer(): Promise<LocalServer> {
  const actions: string[] = [];
  const replies: Reply[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      actions.push(new URLSearchParams(body).get('Action') ?? '');
      send(response, replies.shift() ?? fault(400, 'NoReplyLeft'));
    });
  });
  const listen = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
  let port = FIRST_PORT + Math.floor(Math.random() * PORTS);
  while (!(await listen(port))) port = FIRST_PORT + Math.floor(Math.random() * PORTS);
  return {
    url: `http://127.0.0.1:${port}`,
    actions,
    reply: (...more) => void replies.push(...more),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
