/** Several shards over several processes: fair shares, taking over, giving up, and never two numbers of shards at once. */
import { formerCount } from '../../src/kube/shard-count.ts';
import { leaseName } from '../../src/kube/shards.ts';
import { settle } from './fake-clock.ts';
import { type Candidate, candidate, down, holder, leaseServer, NAME, together } from './lease-server.ts';

const COUNT = 4;
const LEASE = 15_000;
const all = Array.from({ length: COUNT }, (_, shard) => shard);

/** Every shard is served by exactly one of these. */
function expectDivided(candidates: readonly Candidate[], shares: readonly number[]): void {
  expect(candidates.flatMap((one) => one.serving()).toSorted()).toEqual(all);
  expect(candidates.map((one) => one.serving().length).toSorted()).toEqual(shares);
}

const leader = async ({ metrics }: Candidate, shard: number): Promise<string | undefined> =>
  new RegExp(`leader_election_master_status\\{name="${leaseName(NAME, shard)}"\\} (\\d)`).exec(
    (await metrics.scrape()).body,
  )?.[1];

describe('the fair share', () => {
  test.each([
    [1, [4]],
    [2, [2, 2]],
    [3, [1, 1, 2]],
    [4, [1, 1, 1, 1]],
    [5, [0, 1, 1, 1, 1]],
  ])('%d processes that start together', async (processes, shares) => {
    const server = leaseServer();
    const candidates = Array.from({ length: processes }, (_, index) =>
      candidate(server, `p${index}`, { count: COUNT }),
    );
    for (const [index, { clock }] of candidates.entries()) clock.setRandom(() => (index + 0.5) / processes);
    await together(30_000, ...candidates);
    expectDivided(candidates, shares);
    const writes = server.writes;
    const renewals = Math.ceil(20_000 / 2_000) * COUNT;
    await together(20_000, ...candidates);
    expectDivided(candidates, shares);
    // Nothing but renewals: nobody asks any more.
    expect(server.writes - writes).toBeLessThanOrEqual(renewals);
  });

  test('who comes later gets its share, and each shard stays served but for the moment of its change', async () => {
    const server = leaseServer();
    const a = candidate(server, 'a', { count: COUNT });
    await together(10_000, a);
    expect(a.serving()).toHaveLength(COUNT);
    const b = candidate(server, 'b', { count: COUNT });
    let unserved = 0;
    for (let passed = 0; passed < 15_000; passed += 100) {
      await together(100, a, b);
      unserved += COUNT - a.serving().length - b.serving().length;
    }
    expectDivided([a, b], [2, 2]);
    expect(a.lost || b.lost).toBe(false);
    // Two shards change hands, each within a look of the newcomer at the leases.
    expect(unserved * 100).toBeLessThanOrEqual(2 * 2_500);
  });

  test('one shard among two processes is never asked for', async () => {
    const server = leaseServer();
    const a = candidate(server, 'a');
    await settle();
    const b = candidate(server, 'b');
    await together(30_000, a, b);
    expect(a.serving()).toEqual([0]);
    expect(server.lease?.metadata.annotations).not.toHaveProperty(['scalingtier.dev/asked-by']);
  });

  test('the gauges say who leads by which lease, and how many shards it serves', async () => {
    const server = leaseServer();
    const a = candidate(server, 'a', { count: 2 });
    await together(10_000, a);
    const b = candidate(server, 'b', { count: 2 });
    await together(15_000, a, b);
    for (const shard of [0, 1]) {
      expect(await leader(a, shard)).toBe(a.serving().includes(shard) ? '1' : '0');
      expect(await leader(b, shard)).toBe(b.serving().includes(shard) ? '1' : '0');
    }
    expect((await a.metrics.scrape()).body).toContain('scalingtier_shards_held 1');
  });
});

describe('taking over', () => {
  test.each([2, 3, 4])('of %d processes one dies: all it had is served within two lease periods', async (processes) => {
    const server = leaseServer();
    const candidates = Array.from({ length: processes }, (_, index) =>
      candidate(server, `p${index}`, { count: COUNT }),
    );
    await together(30_000, ...candidates);
    const [, ...left] = candidates;
    await together(2 * LEASE, ...left);
    expect(left.flatMap((one) => one.serving()).toSorted()).toEqual(all);
  });

  test('one that has none is faster than one that has some', async () => {
    const server = leaseServer();
    const [a, b] = [candidate(server, 'a', { count: 2 }), candidate(server, 'b', { count: 2 })];
    await together(10_000, a, b);
    const spare = candidate(server, 'c', { count: 2 });
    await together(5_000, a, b, spare);
    expect(spare.serving()).toEqual([]);
    await together(2 * LEASE, b, spare);
    expect([b.serving().length, spare.serving().length]).toEqual([1, 1]);
  });

  test('what a process hands over when it ends is served again within a few looks', async () => {
    const server = leaseServer();
    const [a, b] = [candidate(server, 'a', { count: COUNT }), candidate(server, 'b', { count: COUNT })];
    await together(20_000, a, b);
    await a.shards.stop();
    expect(a.serving()).toEqual([]);
    await together(6_000, b);
    expect(b.serving()).toHaveLength(COUNT);
  });

  test('one lease lost is the end: nothing is taken any more, and the rest is kept until it is handed over', async () => {
    const server = leaseServer();
    const a = candidate(server, 'a', { count: 2 });
    await together(10_000, a);
    const name = leaseName(NAME, 1);
    const lease = server.leases.get(name);
    if (lease === undefined) throw new Error('no lease');
    server.leases.set(name, { ...lease, metadata: { resourceVersion: 'x' }, spec: { holderIdentity: 'thief' } });
    await together(3_000, a);
    expect(a.lost).toBe(true);
    expect(a.serving()).toEqual([0]);
    server.leases.delete(name);
    await together(30_000, a);
    expect(a.serving()).toEqual([0]);
    await a.shards.stop();
    expect(holder(server)).toBe('');
  });
});

describe('giving up', () => {
  test('a shard is kept, and its lease renewed, until what is under way in it has ended', async () => {
    const server = leaseServer();
    const drained = new Map<number, () => void>();
    const drain = (shard: number) => new Promise<void>((resolve) => drained.set(shard, resolve));
    const a = candidate(server, 'a', { count: COUNT, drain });
    await together(10_000, a);
    const b = candidate(server, 'b', { count: COUNT });
    await together(60_000, a, b);
    expect(drained.size).toBe(2);
    expect(a.serving()).toHaveLength(COUNT);
    expect(b.serving()).toEqual([]);
    const [shard, resolve] = [...drained][0] ?? [0, () => {}];
    resolve();
    await settle();
    expect(a.serving()).not.toContain(shard);
    expect(holder(server, shard)).toBe('');
    await together(3_000, a, b);
    expect(b.serving()).toEqual([shard]);
    expect(a.lost).toBe(false);
  });

  test('an end during it hands everything over', async () => {
    const server = leaseServer();
    const a = candidate(server, 'a', { count: COUNT, drain: () => new Promise(() => {}) });
    await together(10_000, a);
    const b = candidate(server, 'b', { count: COUNT });
    await together(10_000, a, b);
    await a.shards.stop();
    expect(all.map((shard) => holder(server, shard))).toEqual(['', '', '', '']);
    expect(a.lost).toBe(false);
  });

  test('who asks and dies costs a change of hands at most', async () => {
    const server = leaseServer();
    const a = candidate(server, 'a', { count: COUNT });
    await together(10_000, a);
    const b = candidate(server, 'b', { count: COUNT });
    await together(100, b);
    await together(30_000, a);
    expect(a.serving().toSorted()).toEqual(all);
    expect(a.lost).toBe(false);
  });

  test('an ask that is not fair is taken off, and costs no renewal its term', async () => {
    const server = leaseServer();
    const a = candidate(server, 'a');
    await together(5_000, a);
    for (let times = 0; times < 10; times++) {
      const { lease } = server;
      if (lease === undefined) throw new Error('no lease');
      const annotations = { ...lease.metadata.annotations, 'scalingtier.dev/asked-by': 'nobody' };
      server.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: `asked-${times}`, annotations } };
      await together(2_300, a);
      // Written over within the same period.
      expect(server.lease?.metadata.resourceVersion).not.toBe(`asked-${times}`);
      await together(5_000, a);
      expect(a.serving()).toEqual([0]);
      expect(server.lease?.metadata.annotations).not.toHaveProperty(['scalingtier.dev/asked-by']);
    }
  });
});

describe('another number of shards', () => {
  test.each([
    [1, 4],
    [4, 1],
    [4, 2],
    [2, 3],
  ])('%d and then %d: the second waits, says so, and serves when the first has ended', async (before, after) => {
    const server = leaseServer();
    const old = candidate(server, 'old', { count: before });
    await together(10_000, old);
    const next = candidate(server, 'next', { count: after });
    await together(60_000, old, next);
    expect(old.serving()).toHaveLength(before);
    expect(next.serving()).toEqual([]);
    expect(next.lines.filter((line) => line.includes('another number of shards is served'))).toHaveLength(1);
    await old.shards.stop();
    await together(10_000, next);
    expect(next.serving()).toHaveLength(after);
  });

  test('a process that was killed is waited for as long as its leases last', async () => {
    const server = leaseServer();
    const old = candidate(server, 'old', { count: COUNT });
    await together(10_000, old);
    const next = candidate(server, 'next', { count: 1 });
    await together(10_000, next);
    expect(next.serving()).toEqual([]);
    await together(20_000, next);
    expect(next.serving()).toEqual([0]);
    // The old one was only paused: it finds itself fenced, and takes nothing back.
    old.clock.jump(30_000);
    expect(old.serving()).toEqual([]);
    await together(30_000, old, next);
    expect(old.serving()).toEqual([]);
  });

  test('while any shard of the old number is served, its other shards stay with those who serve it', async () => {
    const server = leaseServer();
    const olds = [candidate(server, 'a', { count: 2 }), candidate(server, 'b', { count: 2 })];
    await together(10_000, ...olds);
    const [left, dead] = olds.toSorted((one) => (one.serving().includes(0) ? 1 : -1));
    if (left === undefined) throw new Error('nobody is left');
    expect(dead?.serving()).toEqual([0]);
    const next = candidate(server, 'next', { count: 1 });
    await together(60_000, next, left);
    expect(left.serving().toSorted()).toEqual([0, 1]);
    expect(next.serving()).toEqual([]);
    expect(holder(server)).toBe(left.identity);
  });

  test('an older operator, whose lease tells no number, counts as one shard', async () => {
    const server = leaseServer();
    server.lease = { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'old', leaseDurationSeconds: 15 } };
    const next = candidate(server, 'next', { count: 2 });
    await together(14_000, next);
    expect(next.serving()).toEqual([]);
    await together(10_000, next);
    expect(next.serving()).toHaveLength(2);
  });

  test('a lease taken under the old number at the last moment holds up the new one until it is free', async () => {
    const server = leaseServer();
    const old = candidate(server, 'old', { count: 2 });
    await together(10_000, old);
    await old.shards.stop();
    // Between the new one's look at the other lease and its taking of shard 0's, somebody takes the other.
    const name = leaseName(NAME, 1);
    server.fault = ({ method, path }) => {
      const lease = server.leases.get(name);
      if (method !== 'PUT' || !path.endsWith(`/${NAME}`) || lease?.spec?.holderIdentity === 'late') return;
      const spec = { ...lease?.spec, holderIdentity: 'late', leaseDurationSeconds: 15 };
      server.leases.set(name, { metadata: { ...lease?.metadata, resourceVersion: 'late' }, spec });
    };
    const next = candidate(server, 'next', { count: 1 });
    await together(14_000, next);
    expect(holder(server)).toBe('next');
    expect(next.serving()).toEqual([]);
    expect(server.lease?.metadata.annotations).toMatchObject({ 'scalingtier.dev/former-shards': '2' });
    await together(5_000, next);
    expect(next.serving()).toEqual([0]);
    expect(server.lease?.metadata.annotations).not.toHaveProperty(['scalingtier.dev/former-shards']);
  });

  test('a lease taken just after the number changed is given back unserved', async () => {
    const server = leaseServer();
    const old = candidate(server, 'old', { count: 2 });
    await together(10_000, old);
    await old.shards.stop();
    let changed = false;
    server.fault = ({ method, path }) => {
      const { lease } = server;
      if (changed || method !== 'PUT' || !path.endsWith(`/${NAME}-1`) || lease === undefined) return;
      changed = true;
      const annotations = { 'scalingtier.dev/shards': '1', 'scalingtier.dev/former-shards': '2' };
      const spec = { holderIdentity: 'next', leaseDurationSeconds: 15 };
      server.lease = { metadata: { resourceVersion: 'next', annotations }, spec };
    };
    const again = candidate(server, 'again', { count: 2 });
    again.clock.setRandom(() => 0.99);
    await together(5_000, again);
    expect(changed).toBe(true);
    expect(again.fences.size).toBe(0);
    expect(holder(server, 1)).toBe('');
  });

  test('who changed the number and died leaves what it waited for to the next', async () => {
    const server = leaseServer();
    const lease = (holderIdentity: string, annotations: Record<string, string>) => ({
      metadata: { resourceVersion: holderIdentity, annotations },
      spec: { holderIdentity, leaseDurationSeconds: 15 },
    });
    server.lease = lease('', { 'scalingtier.dev/shards': '1', 'scalingtier.dev/former-shards': '2' });
    server.leases.set(leaseName(NAME, 1), lease('late', { 'scalingtier.dev/shards': '2' }));
    const next = candidate(server, 'next', { count: 1 });
    await together(14_000, next);
    expect(next.serving()).toEqual([]);
    await together(6_000, next);
    expect(next.serving()).toEqual([0]);
  });

  test.each([
    [4, 0, 4, 0],
    [1, 0, 4, 1],
    [4, 1, 4, 1],
    [4, 1, 2, 4],
    [2, 4, 1, 4],
  ])('shard 0 tells %d, formerly %d: who would have %d waits for those of %d', (shards, formerShards, own, former) => {
    expect(formerCount({ shards, formerShards, askedBy: '' }, own)).toBe(former);
  });

  test('what cannot be read does not count as free', async () => {
    const server = leaseServer();
    const old = candidate(server, 'old', { count: 2 });
    await together(10_000, old);
    await old.shards.stop();
    server.fault = ({ path }) => (path.endsWith(`/${NAME}-1`) ? down() : undefined);
    const next = candidate(server, 'next', { count: 1 });
    await together(30_000, next);
    expect(next.serving()).toEqual([]);
    server.fault = undefined;
    await together(5_000, next);
    expect(next.serving()).toEqual([0]);
  });
});

test('with one shard, standing by costs one read in each period and leading one write', async () => {
  const server = leaseServer();
  const a = candidate(server, 'a');
  await settle();
  const b = candidate(server, 'b');
  await together(1_000, a, b);
  const { reads, writes } = server;
  await together(22_000, a, b);
  expect(server.reads - reads).toBeLessThanOrEqual(11);
  expect(server.writes - writes).toBeLessThanOrEqual(11);
});
