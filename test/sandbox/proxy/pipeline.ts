/**
 * The way of one call: decoded, entered in the journal, struck by faults, throttled, through its service's steps to the
 * stand-in, and back. It must know no service.
 */
import { randomUUID } from 'node:crypto';
import { type Accounts, createAccounts, DEFAULT_ACCOUNT } from './accounts.ts';
import { hideBirths, recordBirths, tierOfId } from './births.ts';
import { type Answer, type Call, type Next, type Params, Refusal, type Step, succeeded } from './call.ts';
import { now } from './clock.ts';
import { type Decoded, decode, type Incoming, journaled } from './decode.ts';
import { createFaults, type Faults } from './faults.ts';
import { createJournal, type Entry, type Journal } from './journal.ts';
import type { Machines } from './machines/machines.ts';
import { formOfParams, outcomeOf, renderRefusal } from './protocol.ts';
import { regions } from './regions.ts';
import type { Service } from './service.ts';
import { SERVICES, serviceNamed } from './services.ts';
import { DEFAULT_SETTINGS, type Settings, type SettingsStore, settingsStore } from './settings.ts';
import { throttle } from './throttle.ts';
import { tierOf } from './tier.ts';
import { unimplemented } from './unimplemented.ts';
import type { Outgoing, Upstream } from './upstream.ts';
import { createWorld, type World } from './world.ts';

/** The proxy without its HTTP side. */
export interface Pipeline {
  readonly journal: Journal;
  readonly faults: Faults;
  readonly settings: SettingsStore;
  readonly world: World;
  handle(incoming: Incoming, signal: AbortSignal): Promise<Answer>;
}

function compose(steps: readonly Step[], last: Next): Next {
  return steps.reduceRight<Next>((next, step) => (call) => step(call, next), last);
}

/** A question of the proxy's own, with the credentials of the call that raised it. */
function question(call: Call, from: Service, to: Service, operation: string, params: Params): Outgoing {
  const { 'content-length': _length, 'x-amz-target': _target, ...headers } = call.headers;
  const authorization = (headers.authorization ?? '').replace(
    `/${from.signingName}/aws4_request`,
    `/${to.signingName}/aws4_request`,
  );
  const common = { method: 'POST', path: '/' };
  if (to.protocol === 'json') {
    const json = {
      ...headers,
      authorization,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${to.api}.${operation}`,
    };
    return { ...common, headers: json, body: Buffer.from(JSON.stringify(params)) };
  }
  const form = { ...headers, authorization, 'content-type': 'application/x-www-form-urlencoded' };
  return {
    ...common,
    headers: form,
    body: Buffer.from(formOfParams({ Action: operation, Version: to.api, ...params })),
  };
}

/** Asks the stand-ins for the account of temporary credentials that were given out before this process began. */
async function askAccount(upstream: Upstream, accessKey: string): Promise<string | undefined> {
  const answers = await upstream.sendToAll({
    method: 'POST',
    path: '/',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: Buffer.from('Action=GetCallerIdentity&Version=2011-06-15'),
  });
  const accounts = answers.map(({ body }) => /<Account>(\d{12})</.exec(body.toString())?.[1]);
  return accounts.find((account) => account !== DEFAULT_ACCOUNT);
}

function entryOf(call: Call): Entry {
  const { seq, time, service, operation, write, region, account, caller, tier } = call;
  return {
    ...{ seq, time, service, operation, write, region, account, caller, params: journaled(call) },
    ...(tier === undefined ? {} : { tier }),
    ...{ outcome: 'pending', status: 0, milliseconds: 0, effective: false, replayed: false, created: [] },
  };
}

function closeEntry(entry: Entry, call: Call, answer: Answer): void {
  const { trace } = call;
  entry.status = answer.status;
  entry.milliseconds = now() - call.time;
  entry.created = [...trace.created];
  entry.replayed = trace.replayed;
  entry.effective = call.write && trace.reached && !trace.replayed;
  if (trace.fault !== undefined) entry.fault = trace.fault;
  const undelivered = answer.delivery !== undefined && answer.delivery !== 'whole';
  if (!undelivered) entry.outcome = call.signal.aborted ? 'abandoned' : outcomeOf(answer);
  else entry.outcome = trace.reached ? 'lost' : 'reset';
}

/** What everything of one proxy hangs on. */
interface Parts {
  readonly world: World;
  readonly accounts: Accounts;
  readonly journal: Journal;
  readonly routes: ReadonlyMap<Service, Next>;
  readonly route: (service: Service) => Next;
}

async function callOf(
  parts: Parts,
  decoded: Decoded,
  incoming: Incoming,
  arrival: Pick<Call, 'seq' | 'signal'>,
): Promise<Call> {
  const { service, operation, region, accessKey, params } = decoded;
  const account = await parts.accounts.of(accessKey);
  const place = { account, region };
  return {
    ...{ ...arrival, ...place, ...incoming, operation, params },
    time: now(),
    service: service.name,
    write: service.writes(operation),
    caller: { accessKey, userAgent: incoming.headers['user-agent'] ?? '' },
    tier: tierOf(params, (id) => tierOfId(parts.world, place, id)),
    trace: { created: [], reached: false, replayed: false },
  };
}

async function answerOf(parts: Parts, service: Service, call: Call): Promise<Answer> {
  try {
    return await parts.route(service)(call);
  } catch (error) {
    const refusal =
      error instanceof Refusal
        ? error
        : new Refusal('SandboxFailed', error instanceof Error ? (error.stack ?? error.message) : String(error), 501);
    return renderRefusal(service.protocol, refusal, randomUUID());
  }
}

/** The last step: the stand-in itself, and what is learnt from its answer. */
function standIn(world: World, upstream: Upstream, accounts: Accounts, service: Service): Next {
  return async (call) => {
    const answer = await upstream.send(call, accounts.placeOf(call));
    accounts.learn(call, answer);
    if (succeeded(answer)) {
      call.trace.reached = true;
      if (call.write) call.trace.created.push(...(service.created?.(call.operation, answer.body.toString()) ?? []));
      recordBirths(world, call);
    }
    return answer;
  };
}

/** What the way of all calls begins with. */
export interface PipelineOptions {
  readonly seed: string;
  readonly machines: Machines;
  readonly settings?: Partial<Settings> | undefined;
}

/** Builds the way of all calls to one stand-in. */
export function createPipeline(upstream: Upstream, { seed, machines, settings: initial }: PipelineOptions): Pipeline {
  const settings = settingsStore({ ...DEFAULT_SETTINGS, ...initial });
  const ask: World['ask'] = (call, operation, params, service = call.service) =>
    upstream.send(question(call, serviceNamed(call.service), serviceNamed(service), operation, params), call.account);
  const world = createWorld({ settings, machines, ask }, seed);
  const journal = createJournal();
  const faults = createFaults((call, seconds) => hideBirths(world, call, seconds));
  const accounts = createAccounts((accessKey) => askAccount(upstream, accessKey));
  const build = (service: Service): Next =>
    compose(
      [regions, faults.step, throttle(world, service.limits), ...service.steps(world), unimplemented],
      standIn(world, upstream, accounts, service),
    );
  const routes = new Map(SERVICES.map((service) => [service, build(service)]));
  const parts: Parts = { world, accounts, journal, routes, route: (service) => routes.get(service) ?? build(service) };
  let seq = 0;
  return {
    ...{ journal, faults, settings, world },
    async handle(incoming, signal) {
      seq += 1;
      const decoded = decode(incoming);
      const call = await callOf(parts, decoded, incoming, { seq, signal });
      const entry = entryOf(call);
      journal.open(entry);
      const answer = await answerOf(parts, decoded.service, call);
      closeEntry(entry, call, answer);
      return answer;
    },
  };
}
