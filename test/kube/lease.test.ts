/** Leader election: candidates on clocks of their own against one API server, each fault of networks and processes. */
import type { KubeApi, KubeRequest } from '../../src/kube/api.ts';
import { KubeError } from '../../src/kube/errors.ts';
import { type Fence, FenceError, soleFence } from '../../src/kube/fence.ts';
import { createElection, type Election } from '../../src/kube/lease.ts';
import type { LeaseObject } from '../../src/kube/lease-object.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { createFakeClock, type FakeClock, settle } from './fake-clock.ts';
import { createQuietLog } from './quiet-log.ts';

/** The one Lease, as an API server keeps it. */
interface LeaseServer {
  lease: LeaseObject | undefined;
  writes: number;
  /** Fails or delays a call; called before the server does anything. */
  fault: ((request: KubeRequest, caller: string) => Promise<void> | void) | undefined;
  /** Fails after the server has done it: the answer is lost. */
  lostAnswer: boolean;
  apiFor(caller: string): KubeApi;
}

function leaseServer(): LeaseServer {
  let version = 1;
  const server: LeaseServer = {
    lease: undefined,
    writes: 0,
    fault: undefined,
    lostAnswer: false,
    apiFor: (caller) => ({
      call: async <T>(request: KubeRequest): Promise<T> => {
        await server.fault?.(request, caller);
        return perform(request) as T;
      },
      stream: () => Promise.reject(new Error('not here')),
      close: () => {},
    }),
  };
  const perform = (request: KubeRequest): LeaseObject => {
    if (request.method === 'GET') return server.lease ?? refuse(404, 'NotFound');
    const body = request.body as LeaseObject;
    if (request.method === 'POST' && server.lease !== undefined) refuse(409, 'AlreadyExists');
    if (request.method === 'PUT' && server.lease === undefined) refuse(404, 'NotFound');
    if (request.method === 'PUT' && body.metadata.resourceVersion !== server.lease?.metadata.resourceVersion) {
      refuse(409, 'Conflict');
    }
    server.writes++;
    server.lease = { ...body, metadata: { ...body.metadata, resourceVersion: String(++version) } };
    if (server.lostAnswer) throw new KubeError('reset', { code: 0, reason: 'Network' });
    return server.lease;
  };
  return server;
}

function refuse(code: number, reason: string): never {
  throw new KubeError(reason, { code, reason });
}

interface Candidate {
  readonly election: Election;
  readonly clock: FakeClock;
  fence: Fence | undefined;
  lost: boolean;
}

function candidate(server: LeaseServer, identity: string, clock = createFakeClock()): Candidate {
  const election = createElection({
    api: server.apiFor(identity),
    namespace: 'ns',
    name: 'operator',
    identity,
    leaseDuration: 15_000,
    renewDeadline: 10_000,
    retryPeriod: 2_000,
    log: createQuietLog().log,
    metrics: createMetrics({ process: false }),
    clock,
  });
  const self: Candidate = { election, clock, fence: undefined, lost: false };
  void election.start().then((fence) => {
    self.fence = fence;
  });
  void election.lost.then(() => {
    self.lost = true;
  });
  return self;
}

const holder = (server: LeaseServer) => server.lease?.spec?.holderIdentity;
const down = () => Promise.reject(new KubeError('down', { code: 0, reason: 'Network' }));

/** Moves two clocks on together. */
async function together(milliseconds: number, ...candidates: Candidate[]): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 100) {
    for (const { clock } of candidates) await clock.advance(100);
  }
}

test('the first candidate creates the lease and keeps it for hours', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await settle();
  expect(a.fence?.held()).toBe(true);
  expect(server.lease?.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
  await a.clock.advance(3_600_000);
  expect(a.fence?.held()).toBe(true);
  expect(a.fence?.signal.aborted).toBe(false);
  expect(a.lost).toBe(false);
});

test('of two that start at once one leads, and the other does not while it is alive', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  const b = candidate(server, 'b');
  await together(60_000, a, b);
  expect([a.fence, b.fence].filter((fence) => fence?.held() === true)).toHaveLength(1);
  expect(server.lease?.spec?.leaseTransitions).toBe(0);
});

test('a released lease passes on at the next attempt, without waiting it out', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await settle();
  const b = candidate(server, 'b');
  await settle();
  await a.election.stop();
  expect(holder(server)).toBe('');
  expect(a.fence?.held()).toBe(false);
  expect(a.lost).toBe(false);
  await b.clock.advance(2_500);
  expect(b.fence?.held()).toBe(true);
  expect(server.lease?.spec?.leaseTransitions).toBe(1);
});

test('a silent leader is followed after the lease, as measured here, however wrong its wall clock is', async () => {
  for (const wall of [Date.UTC(2001, 0, 1), Date.UTC(2099, 0, 1)]) {
    const server = leaseServer();
    const dead = createFakeClock();
    dead.setWall(new Date(wall));
    const a = candidate(server, 'a', dead);
    await settle();
    expect(a.fence?.held()).toBe(true);
    const b = candidate(server, 'b');
    await b.clock.advance(14_000);
    expect(b.fence).toBeUndefined();
    await b.clock.advance(4_000);
    expect(b.fence?.held()).toBe(true);
  }
});

test('a wall clock that jumps changes nothing', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  const b = candidate(server, 'b');
  await together(5_000, a, b);
  a.clock.setWall(new Date(Date.UTC(2000, 0, 1)));
  b.clock.setWall(new Date(Date.UTC(2060, 0, 1)));
  await together(60_000, a, b);
  expect(a.fence?.held()).toBe(true);
  expect(b.fence).toBeUndefined();
});

test('a leader that cannot renew stops acting before anybody else may start', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  const b = candidate(server, 'b');
  await together(5_000, a, b);
  server.fault = (_, caller) => (caller === 'a' ? down() : undefined);
  for (let passed = 0; passed < 30_000; passed += 100) {
    await together(100, a, b);
    expect(a.fence?.held() === true && b.fence?.held() === true).toBe(false);
  }
  expect(a.fence?.signal.aborted).toBe(true);
  expect(a.lost).toBe(true);
  expect(b.fence?.held()).toBe(true);
});

test('a renewal that hangs does not keep the fence open', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await a.clock.advance(5_000);
  server.fault = ({ signal }) =>
    new Promise((_, reject) =>
      signal?.addEventListener('abort', () => reject(new KubeError('aborted', { code: 0, reason: 'Aborted' }))),
    );
  await a.clock.advance(12_100);
  expect(a.fence?.signal.aborted).toBe(true);
  expect(a.lost).toBe(true);
});

test('a short outage of the API server costs nothing', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await a.clock.advance(5_000);
  server.fault = down;
  await a.clock.advance(6_000);
  server.fault = undefined;
  await a.clock.advance(60_000);
  expect(a.fence?.held()).toBe(true);
});

test('a process that was paused beyond its term is fenced before any timer runs, and stays so', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await a.clock.advance(5_000);
  const writes = server.writes;
  a.clock.jump(60_000);
  expect(a.fence?.held()).toBe(false);
  expect(() => a.fence?.assertHeld()).toThrow(FenceError);
  // Nobody took the lease meanwhile: even so the term is over.
  await a.clock.advance(5_000);
  expect(a.fence?.signal.aborted).toBe(true);
  expect(a.lost).toBe(true);
  expect(server.writes).toBe(writes);
});

test('a renewal that is answered after the term does not bring it back', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await a.clock.advance(1_000);
  let answerNow = () => {};
  server.fault = () =>
    new Promise((resolve) => {
      answerNow = resolve;
    });
  await a.clock.advance(2_000);
  a.clock.jump(20_000);
  server.fault = undefined;
  answerNow();
  await settle();
  expect(a.fence?.held()).toBe(false);
  await a.clock.advance(1);
  expect(a.fence?.signal.aborted).toBe(true);
});

test('a renewal that was asked for in time and answered too late does not bring the term back', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await settle();
  server.fault = down;
  await a.clock.advance(8_000);
  let answerNow = () => {};
  server.fault = () =>
    new Promise((resolve) => {
      answerNow = resolve;
    });
  await a.clock.advance(1_900);
  a.clock.jump(1_000);
  server.fault = undefined;
  answerNow();
  await settle();
  expect(a.fence?.held()).toBe(false);
});

test('a term counts from when it was asked for, not from when the answer came', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await settle();
  let asked = 0;
  server.fault = () => {
    asked = a.clock.now();
    return new Promise((resolve) => a.clock.after(3_000, resolve));
  };
  await a.clock.advance(6_000);
  const last = asked;
  await a.clock.advance(last + 3_000 - a.clock.now());
  server.fault = down;
  await a.clock.advance(last + 9_999 - a.clock.now());
  expect(a.fence?.held()).toBe(true);
  await a.clock.advance(1);
  expect(a.fence?.held()).toBe(false);
});

test('a renewal whose answer was lost is found again and goes on', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await a.clock.advance(3_000);
  server.lostAnswer = true;
  await a.clock.advance(2_300);
  server.lostAnswer = false;
  await a.clock.advance(30_000);
  expect(a.fence?.held()).toBe(true);
  expect(a.lost).toBe(false);
});

test('a lease that somebody took by hand ends the term at the next renewal', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await a.clock.advance(3_000);
  server.lease = { metadata: { resourceVersion: 'x' }, spec: { ...server.lease?.spec, holderIdentity: 'thief' } };
  await a.clock.advance(2_500);
  expect(a.fence?.signal.aborted).toBe(true);
  expect(holder(server)).toBe('thief');
});

test('a lease that somebody deleted is made again', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await a.clock.advance(3_000);
  server.lease = undefined;
  await a.clock.advance(30_000);
  expect(a.fence?.held()).toBe(true);
  expect(holder(server)).toBe('a');
});

test('another lease duration in the record is respected', async () => {
  const server = leaseServer();
  server.lease = { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'old', leaseDurationSeconds: 60 } };
  const a = candidate(server, 'a');
  await a.clock.advance(59_000);
  expect(a.fence).toBeUndefined();
  await a.clock.advance(4_000);
  expect(a.fence?.held()).toBe(true);
});

test('stopped before it was elected, a candidate leads never', async () => {
  const server = leaseServer();
  server.lease = { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'other', leaseDurationSeconds: 15 } };
  const a = candidate(server, 'a');
  await settle();
  await a.election.stop();
  await a.clock.advance(60_000);
  expect(a.fence).toBeUndefined();
  expect(holder(server)).toBe('other');
});

test('a fence without election is held until it is closed', async () => {
  const clock = createFakeClock();
  const fence = soleFence(clock);
  clock.jump(1e12);
  expect(fence.held()).toBe(true);
  fence.close();
  expect(fence.held()).toBe(false);
  expect(fence.signal.aborted).toBe(true);
});
