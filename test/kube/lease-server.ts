/** Leases as an API server keeps them, and processes on clocks of their own that stand for shards: with every fault between. */
import type { KubeApi, KubeRequest } from '../../src/kube/api.ts';
import { KubeError } from '../../src/kube/errors.ts';
import type { Fence } from '../../src/kube/fence.ts';
import type { LeaseObject } from '../../src/kube/lease-object.ts';
import { createShards, leaseName, type Shards } from '../../src/kube/shards.ts';
import { createMetrics, type Metrics } from '../../src/ops/metrics.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createQuietLog } from './quiet-log.ts';

/** The name of shard 0's Lease. */
export const NAME = 'operator';

/** All Leases of one namespace. */
export interface LeaseServer {
  readonly leases: Map<string, LeaseObject>;
  /** The Lease of shard 0. */
  lease: LeaseObject | undefined;
  writes: number;
  reads: number;
  /** Fails or delays a call; called before the server does anything. */
  fault: ((request: KubeRequest, caller: string) => Promise<void> | void) | undefined;
  /** Fails or delays an answer; called after the server has done it. */
  answering: ((request: KubeRequest, caller: string) => Promise<void> | void) | undefined;
  /** Fails after the server has done it: the answer is lost. */
  lostAnswer: boolean;
  /** Whether a request that its caller has given up is done all the same. */
  arrivesAborted: () => boolean;
  apiFor(caller: string): KubeApi;
}

/** A server without Leases. */
export function leaseServer(): LeaseServer {
  let version = 1;
  const leases = new Map<string, LeaseObject>();
  const perform = (request: KubeRequest): LeaseObject => {
    const body = request.body as LeaseObject & { readonly metadata: { readonly name: string } };
    const name = request.method === 'POST' ? body.metadata.name : (request.path.split('/').at(-1) ?? '');
    const known = leases.get(name);
    if (request.method === 'GET') {
      server.reads++;
      return known ?? refuse(404, 'NotFound');
    }
    refuseWrite(request.method, body, known);
    server.writes++;
    const stored = JSON.parse(
      JSON.stringify({ ...body, metadata: { ...body.metadata, resourceVersion: String(++version) } }),
    ) as LeaseObject;
    leases.set(name, stored);
    if (server.lostAnswer) throw new KubeError('reset', { code: 0, reason: 'Network' });
    return stored;
  };
  const server: LeaseServer = {
    leases,
    get lease() {
      return leases.get(NAME);
    },
    set lease(lease) {
      if (lease === undefined) leases.delete(NAME);
      else leases.set(NAME, lease);
    },
    writes: 0,
    reads: 0,
    fault: undefined,
    answering: undefined,
    lostAnswer: false,
    arrivesAborted: () => false,
    apiFor: (caller) => ({
      call: async <T>(request: KubeRequest): Promise<T> => {
        await server.fault?.(request, caller);
        const aborted = request.signal?.aborted === true;
        const answer = aborted && !server.arrivesAborted() ? undefined : perform(request);
        if (aborted) throw new KubeError('aborted', { code: 0, reason: 'Aborted' });
        await server.answering?.(request, caller);
        return answer as T;
      },
      stream: () => Promise.reject(new Error('not here')),
      close: () => {},
    }),
  };
  return server;
}

function refuseWrite(method: string, body: LeaseObject, known: LeaseObject | undefined): void {
  if (method === 'POST' && known !== undefined) refuse(409, 'AlreadyExists');
  if (method === 'PUT' && known === undefined) refuse(404, 'NotFound');
  if (method === 'PUT' && body.metadata.resourceVersion !== known?.metadata.resourceVersion) refuse(409, 'Conflict');
}

function refuse(code: number, reason: string): never {
  throw new KubeError(reason, { code, reason });
}

/** The fault of a server that cannot be reached. */
export const down = () => Promise.reject(new KubeError('down', { code: 0, reason: 'Network' }));

/** A process that stands for shards. */
export interface Candidate {
  readonly identity: string;
  readonly shards: Shards;
  readonly clock: FakeClock;
  readonly metrics: Metrics;
  readonly lines: readonly string[];
  /** The fences that it was given, by shard; the latest of each. */
  readonly fences: Map<number, Fence>;
  /** The fence of shard 0. */
  readonly fence: Fence | undefined;
  /** The shards that it serves now. */
  serving(): readonly number[];
  lost: boolean;
}

/** How a candidate stands. */
export interface CandidateOptions {
  readonly count?: number;
  readonly clock?: FakeClock;
  readonly drain?: (shard: number) => Promise<void>;
}

/** Starts a process. */
export function candidate(server: LeaseServer, identity: string, options: CandidateOptions = {}): Candidate {
  const { count = 1, clock = createFakeClock(), drain = () => Promise.resolve() } = options;
  const fences = new Map<number, Fence>();
  const quiet = createQuietLog();
  const metrics = createMetrics({ process: false });
  const shards = createShards({
    api: server.apiFor(identity),
    namespace: 'ns',
    name: NAME,
    identity,
    shards: count,
    leaseDuration: 15_000,
    renewDeadline: 10_000,
    retryPeriod: 2_000,
    log: quiet.log,
    metrics,
    clock,
    onGained: (shard, fence) => fences.set(shard, fence),
    drain,
  });
  const self: Candidate = {
    identity,
    shards,
    clock,
    metrics,
    lines: quiet.lines,
    fences,
    get fence() {
      return fences.get(0);
    },
    serving: () => [...fences].filter(([, fence]) => fence.held()).map(([shard]) => shard),
    lost: false,
  };
  shards.start();
  void shards.lost.then(() => {
    self.lost = true;
  });
  return self;
}

/** Who holds the Lease of a shard. */
export function holder(server: LeaseServer, shard = 0): string | undefined {
  return server.leases.get(leaseName(NAME, shard))?.spec?.holderIdentity ?? undefined;
}

/** Moves several clocks on together. */
export async function together(milliseconds: number, ...candidates: readonly Candidate[]): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 100) {
    for (const { clock } of candidates) await clock.advance(100);
  }
}
