/** The generator's switches over HTTP, and a client for them. It must not answer for AWS. */
import type { Answer } from '../../test/sandbox/proxy/call.ts';
import { jsonAnswer } from '../../test/sandbox/proxy/protocol.ts';
import type { Entry, Sums } from './journal.ts';
import type { BenchTier } from './marks.ts';
import type { Generator, Switches } from './server.ts';

/** A request to the switches. */
export interface ControlRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
}

type Handler = (generator: Generator, query: URLSearchParams, body: never) => unknown;

const span = (query: URLSearchParams): [number, number] => [
  Number(query.get('from') ?? 0),
  Number(query.get('to') ?? Number.POSITIVE_INFINITY),
];

const HANDLERS: Readonly<Record<string, Handler>> = {
  'POST tiers': ({ answers }, _query, body: readonly BenchTier[]) => answers.setTiers(body),
  'POST switches': ({ switches }, _query, body: Partial<Switches>) => Object.assign(switches, body),
  'POST world': (
    { answers },
    _query,
    { index, world, operation }: { index: number; world: string; operation?: string },
  ) => answers.move(index, world, operation),
  'GET differences': ({ answers }, query) => answers.differences(query.get('world') ?? ''),
  'GET sums': ({ journal }, query) => journal.sums(...span(query)),
  'GET calls': ({ journal }, query) => journal.between(...span(query)),
  'GET first': ({ journal }, query) => ({ at: journal.firstNamed(Number(query.get('index')), span(query)[0]) }),
  'DELETE journal': ({ journal }) => journal.clear(),
};

/** Answers a request to the switches. */
export function control(generator: Generator, { method, path, body }: ControlRequest): Answer {
  const url = new URL(path, 'http://bench');
  const name = `${method} ${url.pathname.replace('/_bench/', '')}`;
  const handler = HANDLERS[name];
  if (!handler) return jsonAnswer(404, { error: `no switch "${name}"; there are ${Object.keys(HANDLERS).join(', ')}` });
  const given = body.length > 0 ? JSON.parse(body.toString()) : undefined;
  return jsonAnswer(200, handler(generator, url.searchParams, given as never) ?? {});
}

/** The switches from another process. */
export interface GeneratorControl {
  setTiers(tiers: readonly BenchTier[]): Promise<void>;
  set(switches: Partial<Switches>): Promise<void>;
  move(index: number, world: string, operation?: string): Promise<void>;
  /** Operations that say something else of a tier in this world. */
  differences(world: string): Promise<readonly string[]>;
  sums(from?: number, to?: number): Promise<Sums>;
  calls(from?: number, to?: number): Promise<readonly Entry[]>;
  /** When a tier was first named from a time on. */
  firstNamed(index: number, from: number): Promise<number | undefined>;
  clear(): Promise<void>;
}

/** Talks to the generator at this endpoint. */
export function generatorControl(endpoint: string): GeneratorControl {
  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(`${endpoint}/_bench/${path}`, init);
    const answer = (await response.json()) as T;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }
  const span = (from = 0, to?: number): string => `from=${from}${to === undefined ? '' : `&to=${to}`}`;
  return {
    setTiers: async (tiers) => void (await ask('POST', 'tiers', tiers)),
    set: async (switches) => void (await ask('POST', 'switches', switches)),
    move: async (index, world, operation) => void (await ask('POST', 'world', { index, world, operation })),
    differences: (world) => ask('GET', `differences?world=${world}`),
    sums: (from, to) => ask('GET', `sums?${span(from, to)}`),
    calls: (from, to) => ask('GET', `calls?${span(from, to)}`),
    firstNamed: async (index, from) => (await ask<{ at?: number }>('GET', `first?index=${index}&from=${from}`)).at,
    clear: async () => void (await ask('DELETE', 'journal')),
  };
}
