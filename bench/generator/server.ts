/**
 * The generator as a server: AWS's wire on one side, a journal and a few switches for the bench on the other. Calls are
 * counted here, never in the client. It must not know any operation.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, type Call, Refusal } from '../../test/sandbox/proxy/call.ts';
import { decode, type Incoming } from '../../test/sandbox/proxy/decode.ts';
import { renderRefusal } from '../../test/sandbox/proxy/protocol.ts';
import type { Service } from '../../test/sandbox/proxy/service.ts';
import { type LimitRow, take } from '../../test/sandbox/proxy/throttle.ts';
import { messageHeaders } from '../../test/sandbox/proxy/upstream.ts';
import { type Answers, type Asked, createAnswers, type Given, Unrecorded } from './answers.ts';
import { compile } from './catalogue.ts';
import { type ControlRequest, control } from './control.ts';
import { createJournal, type Journal } from './journal.ts';
import type { Recording } from './recording.ts';
import { CONVERGED } from './recording.ts';

/** Switches. */
export interface Switches {
  /** Whether AWS's request limits apply. */
  throttle: boolean;
  /** The world into which a tier goes by the writes that were recorded on the way. */
  destination: string | undefined;
  /** Milliseconds until an answer leaves. */
  delay: number;
}

/** What a generator is made of. */
export interface Generator {
  readonly answers: Answers;
  readonly journal: Journal;
  readonly switches: Switches;
  readonly writesInto: (world: string) => number;
  readonly handle: (incoming: Incoming) => Answer;
}

/** A generator that listens. */
export interface RunningGenerator extends Generator {
  readonly endpoint: string;
  close(): Promise<void>;
}

const DEFAULT_ACCOUNT = '123456789012';
/** Keys that were given out for an account say so. */
const KEY_START = 'ASIABENCH';

const accountOf = (accessKey: string): string =>
  accessKey.startsWith(KEY_START) ? accessKey.slice(KEY_START.length) : DEFAULT_ACCOUNT;

/** Temporary credentials whose key says which account they are for. */
function credentialsFor(body: Buffer, account: string): Buffer {
  const text = body.toString().replace(/<AccessKeyId>[^<]*</, `<AccessKeyId>${KEY_START}${account}<`);
  return Buffer.from(text.replace(/<Expiration>[^<]*</, `<Expiration>${new Date(Date.now() + 36e5).toISOString()}<`));
}

/** One call on its way. */
interface Heard {
  readonly service: Service;
  readonly asked: Asked;
  readonly write: boolean;
  /** Its limit has room. */
  readonly free: boolean;
  /** The account that a session is opened for. */
  readonly role: string | undefined;
}

/** What cannot be answered is said loudly: the client must not take it for a mishap of AWS. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const told = error instanceof Unrecorded ? error.message : error instanceof Error ? error.stack : String(error);
  return new Refusal('Unrecorded', told ?? '', 501);
}

interface Bucket {
  tokens: number;
  time: number;
}

/** AWS's own limits, one bucket for each account, region and row. */
function limiter(now: () => number) {
  const buckets = new Map<string, Bucket>();
  return (
    service: Service,
    call: Pick<Call, 'operation' | 'params' | 'account' | 'region'>,
  ): { row: string; free: boolean } => {
    // A row's own condition looks at parameters only.
    const fits = ({ operations, when }: LimitRow) => operations.test(call.operation) && (when?.(call as Call) ?? true);
    const row = service.limits.rows.find(fits);
    if (!row) return { row: '', free: true };
    const key = `${call.account} ${call.region} ${service.name}/${row.name}`;
    const time = now();
    const bucket = buckets.get(key) ?? { tokens: row.burst, time };
    buckets.set(key, bucket);
    return { row: `${service.name}/${row.name}`, free: take(bucket, row, time) };
  };
}

/** Builds a generator from a recording; `now` is wall-clock milliseconds. */
export function createGenerator(
  recording: Recording,
  now: () => number = () => performance.timeOrigin + performance.now(),
): Generator {
  const catalogue = compile(recording);
  const answers = createAnswers(catalogue);
  const journal = createJournal();
  const switches: Switches = { throttle: true, destination: undefined, delay: 0 };
  const limit = limiter(now);
  const written = new Map<number, number>();

  // A tier has changed when all that was written for it when it was recorded has been written again.
  const follow = (tiers: readonly number[]): void => {
    const { destination } = switches;
    const [tier] = tiers;
    if (destination === undefined || tier === undefined || answers.worldOf(tier) === destination) return;
    const count = (written.get(tier) ?? 0) + 1;
    const done = count >= catalogue.writesInto(destination === CONVERGED ? answers.worldOf(tier) : destination);
    written.set(tier, done ? 0 : count);
    if (done) answers.move(tier, destination);
  };

  /** What AWS says when it does not refuse. */
  const answerOf = (call: Heard): Given => {
    const { service, asked, write, free, role } = call;
    if (switches.throttle && !free) {
      const { throttled, status } = service.limits;
      throw new Refusal(throttled, 'Request limit exceeded.', status);
    }
    const given = write ? answers.write(asked) : answers.read(asked);
    if (write) follow(given.tiers);
    return role === undefined ? given : { ...given, body: credentialsFor(given.body, role) };
  };

  const handle = (incoming: Incoming): Answer => {
    const { service, operation, region, accessKey, params } = decode(incoming);
    const account = accountOf(accessKey);
    const role = typeof params.RoleArn === 'string' ? params.RoleArn.split(':')[4] : undefined;
    const global = service.global ?? false;
    const asked = { service: service.signingName, operation, params, region, global, account: role ?? account };
    const write = service.writes(operation);
    const at = now();
    const { row, free } = limit(service, { operation, params, account, region });
    const entry = { at, service: service.name, operation, account, region, row, write };
    try {
      const { status, contentType, body, tiers } = answerOf({ service, asked, write, free, role });
      journal.enter({ ...entry, outcome: 'ok', tiers, bytes: body.length });
      return { status, headers: { 'content-type': contentType }, body };
    } catch (error) {
      const refusal = refusalOf(error);
      journal.enter({ ...entry, outcome: refusal.code, tiers: [], bytes: 0, note: refusal.message });
      return renderRefusal(service.protocol, refusal, 'bench');
    }
  };
  return { answers, journal, switches, writesInto: catalogue.writesInto, handle };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function deliver({ status, headers, body }: Answer, response: ServerResponse): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}

/** Starts a generator on loopback. */
export async function startGenerator(recording: Recording, port = 0): Promise<RunningGenerator> {
  const generator = createGenerator(recording);
  const server = createServer({ keepAliveTimeout: 3_600_000 }, (message, response) => {
    const serve = async (): Promise<void> => {
      const { method = 'GET', url: path = '/' } = message;
      const body = await bodyOf(message);
      if (path.startsWith('/_bench/'))
        return deliver(control(generator, { method, path, body } satisfies ControlRequest), response);
      const answer = generator.handle({ method, path, headers: messageHeaders(message.headers), body });
      if (generator.switches.delay > 0) setTimeout(deliver, generator.switches.delay, answer, response);
      else deliver(answer, response);
    };
    serve().catch((error: unknown) =>
      deliver({ status: 500, headers: {}, body: Buffer.from(String(error)) }, response),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    ...generator,
    endpoint: `http://127.0.0.1:${bound}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
