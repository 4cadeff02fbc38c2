/** One shard: the election of a leader. Candidates on clocks of their own against one API server, with every fault between. */

import { KubeError } from '../../src/kube/errors.ts';
import { FenceError, soleFence } from '../../src/kube/fence.ts';
import { createFakeClock, settle } from './fake-clock.ts';
import { candidate, down, holder, leaseServer, together } from './lease-server.ts';

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
  await a.shards.stop();
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
    const a = candidate(server, 'a', { clock: dead });
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
  await a.shards.stop();
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
