/**
 * The proxy's own HTTP interface under `/_sandbox/`, for tests, the demo and a person at a prompt. It must not answer
 * anything that a client of AWS could ask.
 */
import { type EngineName, isEngine } from '../databases/engines.ts';
import type { Answer } from './call.ts';
import { readFaultRule } from './fault.ts';
import { readDeployment } from './machines/deployment.ts';
import { readService } from './machines/service.ts';
import type { Pipeline } from './pipeline.ts';
import { readSettings } from './settings.ts';

/** Where the interface begins. */
export const CONTROL = '/_sandbox/';

interface Request {
  readonly query: URLSearchParams;
  readonly body: unknown;
}

type Handler = (pipeline: Pipeline, request: Request) => unknown;

function selection(query: URLSearchParams): { account?: string; since?: number } {
  const account = query.get('account');
  const since = query.get('since');
  return { ...(account === null ? {} : { account }), ...(since === null ? {} : { since: Number(since) }) };
}

/** Which instance is meant; its account must have machines. */
function instanceOf({ settings }: Pipeline, { query }: Request, doing: string): string {
  const [account, instance] = [query.get('account') ?? '', query.get('instance') ?? ''];
  if (!settings.of(account).machines) throw new Error(`${doing} ${instance}: machines are off`);
  return instance;
}

function engineOf({ query }: Request): EngineName {
  const name = query.get('engine') ?? 'postgres';
  if (!isEngine(name)) throw new Error(`asking for a database of ${name}: there is no such engine`);
  return name;
}

const databaseOf: Handler = (pipeline, request) =>
  pipeline.world.machines.databaseOf(instanceOf(pipeline, request, 'asking for the database of'), engineOf(request));

const machineOf: Handler = (pipeline, request) =>
  pipeline.world.machines.of(instanceOf(pipeline, request, 'asking for the machine of')).address();

const serve: Handler = async (pipeline, request) => {
  const instance = instanceOf(pipeline, request, 'starting a service of');
  const machine = pipeline.world.machines.of(instance);
  await machine.serve(readService(request.body));
  return machine.address();
};

const listenerOf: Handler = ({ world }, { query }) => {
  const [account, name] = [query.get('account') ?? '', query.get('name') ?? ''];
  return world.machines.balancing.frontOf(account, name, Number(query.get('port') ?? 80));
};

const deploy: Handler = ({ world, settings }, { query, body }) => {
  const account = query.get('account') ?? '';
  if (!settings.of(account).machines) throw new Error(`deploying in ${account}: machines are off`);
  world.machines.deploy(account, readDeployment(body));
  return { deployed: account };
};

const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET health': () => ({ status: 'ok' }),
  'GET journal': ({ journal }, { query }) => journal.entries(selection(query)),
  'GET counters': ({ journal }, { query }) => journal.counters(selection(query)),
  'GET latest': ({ journal }) => ({ seq: journal.latest() }),
  'GET faults': ({ faults }) => faults.list(),
  'POST faults': ({ faults }, { body }) => ({ ids: faults.add([body].flat().map(readFaultRule)) }),
  'DELETE faults': ({ faults }, { query }) => ({ removed: faults.remove(query.get('id') ?? undefined) }),
  'GET config': ({ settings }, { query }) => settings.of(query.get('account') ?? ''),
  'POST config': ({ settings }, { query, body }) => settings.set(readSettings(body), query.get('account') ?? undefined),
  'GET database': databaseOf,
  'GET machine': machineOf,
  'GET listener': listenerOf,
  'POST service': serve,
  'POST deployment': deploy,
  'POST reset': ({ world, settings }, { query }) => {
    const account = query.get('account') ?? undefined;
    world.forget(account);
    if (account !== undefined) settings.clear(account);
    return { reset: account ?? 'all' };
  },
};

function json(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(`${JSON.stringify(value)}\n`) };
}

/** Answers a request of the interface. */
export async function control(pipeline: Pipeline, method: string, path: string, body: Buffer): Promise<Answer> {
  const url = new URL(path, 'http://sandbox');
  const handler = HANDLERS[`${method} ${url.pathname.slice(CONTROL.length)}`];
  if (!handler)
    return json(404, { error: `no such request: ${method} ${url.pathname}`, requests: Object.keys(HANDLERS) });
  try {
    const parsed: unknown = body.length === 0 ? undefined : JSON.parse(body.toString());
    return json(200, await handler(pipeline, { query: url.searchParams, body: parsed }));
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
}
