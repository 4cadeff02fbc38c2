/** Two processes that divide tiers by place, against one API server: each tier has one that serves it, the other pays nothing. */
import type { Tier, Verdict } from '../../src/core/tier.ts';
import { createKubeApi, type KubeApi } from '../../src/kube/api.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { type Controller, createController } from '../../src/kube/controller.ts';
import { type Fence, soleFence, type TermFence } from '../../src/kube/fence.ts';
import { PLACE, shardOf } from '../../src/kube/place.ts';
import { createMetrics, type Metrics } from '../../src/ops/metrics.ts';
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts';
import { createQuietLog } from './quiet-log.ts';
import { sampleSpec, tierPath, verdict } from './tier-samples.ts';
import { until } from './until.ts';

const FINALIZER = 'scalingtier.dev/cleanup';
const SHARDS = 2;
/** One account of each shard. */
const accounts = [0, 1].map((shard) => {
  const all = Array.from({ length: 50 }, (_, index) => String(100_000_000_000 + index));
  return all.find((account) => shardOf(`${account}/eu-central-1`, SHARDS) === shard) ?? '';
});

interface Process {
  readonly name: string;
  readonly api: KubeApi;
  readonly controller: Controller;
  readonly metrics: Metrics;
  readonly passes: string[];
  readonly fences: Fence[];
  readonly running: Set<string>;
}

type Work = (tier: Tier, signal: AbortSignal) => Promise<Verdict> | Verdict;

let server: FakeApiServer;
let processes: Process[];
let fences: TermFence[];
let work: Work;

beforeEach(async () => {
  server = await startFakeApiServer();
  processes = [];
  fences = [];
  work = ({ status }) => verdict({ status, requeueAfter: 500 });
});

afterEach(async () => {
  for (const fence of fences) fence.close();
  await Promise.all(processes.map(({ controller }) => controller.stop(1_000)));
  for (const { api } of processes) api.close();
  await server.close();
});

async function start(name: string, ...shards: readonly number[]): Promise<Process> {
  const metrics = createMetrics({ process: false });
  const api = createKubeApi({ target: { ...server.target, user: { name, token: name } }, metrics });
  const self: Omit<Process, 'controller'> = { name, api, metrics, passes: [], fences: [], running: new Set() };
  const controller = createController({
    api,
    log: createQuietLog().log,
    metrics,
    // One worker never does routine: two passes at once need three.
    workers: 3,
    resyncSeconds: 600,
    namespaces: [],
    shards: SHARDS,
    reconcile: async (tier, { signal }, fence) => {
      const key = tier.metadata.name;
      self.passes.push(key);
      self.fences.push(fence);
      for (const other of processes) expect(other.running.has(key)).toBe(false);
      self.running.add(key);
      try {
        return await work(tier, signal);
      } finally {
        self.running.delete(key);
      }
    },
    readReferences: () => Promise.resolve({ problems: [] }),
    emit: () => {},
  });
  const made = { ...self, controller };
  processes.push(made);
  controller.watch();
  for (const shard of shards) lead(made, shard);
  await controller.whenSynced();
  return made;
}

function lead({ controller }: Process, shard: number): TermFence {
  const fence = soleFence(systemClock);
  fences.push(fence);
  controller.lead(shard, fence);
  return fence;
}

/** Puts a tier of an account on the server, as a user makes it unless annotations and finalizers say more. */
function put(name: string, account: string | undefined, metadata: object = {}): void {
  const path = tierPath(name);
  const known = server.get(path);
  const aws = account === undefined ? {} : { accountID: account };
  server.put(path, {
    ...known,
    metadata: { ...known?.metadata, ...metadata } as never,
    spec: sampleSpec({}, aws),
  });
}

const placeOfTier = (name: string) => server.get(tierPath(name))?.metadata.annotations?.[PLACE];
const place = (account: string | undefined) => `${account}/eu-central-1`;
const placed = (account: string | undefined) => ({ finalizers: [FINALIZER], annotations: { [PLACE]: place(account) } });
const requests = ({ name }: Process, tier: string) =>
  server.requests.filter(
    ({ path, headers }) => path.startsWith(tierPath(tier)) && headers.authorization === `Bearer ${name}`,
  );
const idle = () => new Promise((resolve) => setTimeout(resolve, 100));
const scraped = async ({ metrics }: Process) => (await metrics.scrape()).body;

describe('whose a tier is', () => {
  test('each is served by the process that has its shard, under the fence of that shard', async () => {
    const a = await start('a');
    const b = await start('b');
    const fenceOfA = lead(a, 0);
    const fenceOfB = lead(b, 1);
    put('first', accounts[0]);
    put('second', accounts[1]);
    await until('both passes', () => a.passes.length === 1 && b.passes.length === 1);
    await idle();
    expect([a.passes, b.passes]).toEqual([['first'], ['second']]);
    expect([a.fences, b.fences]).toEqual([[fenceOfA], [fenceOfB]]);
    expect([placeOfTier('first'), placeOfTier('second')]).toEqual(accounts.map(place));
  });

  test('a new one costs the other process one read, and none after that', async () => {
    await start('a', 0);
    const b = await start('b', 1);
    put('first', accounts[0]);
    await until('it has its place', () => placeOfTier('first') !== undefined);
    await idle();
    expect(requests(b, 'first').length).toBeLessThanOrEqual(1);
    const before = requests(b, 'first').length;
    for (const generation of [2, 3, 4]) put('first', accounts[0], { generation });
    await idle();
    expect(requests(b, 'first')).toHaveLength(before);
  });

  test('one that has its place costs the other process nothing, from the start', async () => {
    put('first', accounts[0], placed(accounts[0]));
    const b = await start('b', 1);
    put('first', accounts[0], { generation: 2 });
    await idle();
    expect(requests(b, 'first')).toEqual([]);
    expect(await scraped(b)).toContain('workqueue_adds_total{name="scalingtier",controller="scalingtier"} 0');
  });

  test('one that was guarded by an operator without places gets its place, once', async () => {
    put('first', accounts[0], { finalizers: [FINALIZER] });
    const a = await start('a', 0, 1);
    await until('a pass', () => a.passes.length === 1);
    await idle();
    expect(placeOfTier('first')).toBe(place(accounts[0]));
    expect(server.get(tierPath('first'))?.metadata.finalizers).toEqual([FINALIZER]);
    expect(requests(a, 'first').map(({ method }) => method)).toEqual(['GET', 'PATCH']);
    expect(a.passes).toHaveLength(1);
  });

  test('a shard that nobody has leaves its tiers alone', async () => {
    const a = await start('a', 0);
    put('second', accounts[1]);
    await until('a read', () => requests(a, 'second').length === 1);
    await idle();
    expect(a.passes).toEqual([]);
    expect(placeOfTier('second')).toBeUndefined();
  });
});

describe('a tier that changes its place', () => {
  test('is handed on by who served it, after its pass, and served by the other from then on', async () => {
    put('moving', accounts[0], placed(accounts[0]));
    let finish = () => {};
    work = async ({ status }) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return verdict({ status, requeueAfter: 500 });
    };
    const a = await start('a', 0);
    const b = await start('b', 1);
    await until('the first pass', () => a.passes.length === 1);
    put('moving', accounts[1], { generation: 2 });
    await idle();
    expect(b.passes).toEqual([]);
    expect(placeOfTier('moving')).toBe(place(accounts[0]));
    finish();
    await until('the other serves it', () => b.passes.length === 1);
    finish();
    await idle();
    expect(placeOfTier('moving')).toBe(place(accounts[1]));
    expect([a.passes.length, b.passes.length]).toEqual([1, 1]);
    expect(await scraped(a)).not.toContain('scalingtier_tiers{');
  });

  test('between two shards of one process it goes on under the fence of the new one', async () => {
    put('moving', accounts[0], placed(accounts[0]));
    const a = await start('a', 0, 1);
    await until('the first pass', () => a.passes.length === 1);
    put('moving', accounts[1], { generation: 2 });
    await until('the second pass', () => a.passes.length === 2);
    expect(a.fences[1]).toBe(fences[1]);
  });

  test('a place that somebody else wrote is put right', async () => {
    put('copied', accounts[0], placed(accounts[1]));
    const a = await start('a', 0);
    await start('b', 1);
    await until('it is served', () => a.passes.length === 1);
    expect(placeOfTier('copied')).toBe(place(accounts[0]));
    put('copied', accounts[0], { annotations: {} });
    await until('it is back', () => placeOfTier('copied') === place(accounts[0]));
  });
});

describe('gaining and giving up', () => {
  test('all tiers of a shard are looked at when it is gained, and no others', async () => {
    for (const [index, account] of [0, 1, 0, 1].entries()) {
      put(`tier-${index}`, accounts[account], placed(accounts[account]));
    }
    const a = await start('a');
    await idle();
    expect(a.passes).toEqual([]);
    lead(a, 0);
    await until('both passes', () => a.passes.length === 2);
    lead(a, 1);
    await until('all passes', () => a.passes.length >= 4);
    await idle();
    expect(a.passes.slice(0, 2).toSorted()).toEqual(['tier-0', 'tier-2']);
    expect(a.passes.slice(2).toSorted()).toEqual(['tier-1', 'tier-3']);
  });

  test('giving up aborts what runs in the shard, waits for it, and leaves the other shard alone', async () => {
    put('first', accounts[0], placed(accounts[0]));
    put('second', accounts[1], placed(accounts[1]));
    const signals = new Map<string, AbortSignal>();
    const finish = new Map<string, () => void>();
    work = async ({ metadata, status }, signal) => {
      signals.set(metadata.name, signal);
      await new Promise<void>((resolve) => finish.set(metadata.name, resolve));
      return verdict({ status, requeueAfter: 0.1 });
    };
    const a = await start('a', 0, 1);
    await until('both passes', () => signals.size === 2);
    let given = false;
    void a.controller.giveUp(0).then(() => {
      given = true;
    });
    await idle();
    expect(given).toBe(false);
    expect([signals.get('first')?.aborted, signals.get('second')?.aborted]).toEqual([true, false]);
    finish.get('first')?.();
    await until('it is given up', () => given);
    await new Promise((resolve) => setTimeout(resolve, 300));
    put('first', accounts[0], { generation: 2 });
    await idle();
    expect(a.passes.filter((name) => name === 'first')).toHaveLength(1);
    finish.get('second')?.();
    await until('the other goes on', () => a.passes.filter((name) => name === 'second').length === 2);
    finish.get('second')?.();
  });

  test('what is given up waits in no queue, is counted in no census, and comes back with the shard', async () => {
    put('first', accounts[0], placed(accounts[0]));
    work = () => verdict({ requeueAfter: 0.3 });
    const a = await start('a', 0);
    await until('it is counted', async () => (await scraped(a)).includes('scalingtier_tiers{'));
    await a.controller.giveUp(0);
    const before = a.passes.length;
    expect(await scraped(a)).not.toContain('scalingtier_tiers{');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(a.passes).toHaveLength(before);
    lead(a, 0);
    await until('it is served again', () => a.passes.length > before);
  });

  test('a lost lease ends the passes of its shard only', async () => {
    put('first', accounts[0], placed(accounts[0]));
    put('second', accounts[1], placed(accounts[1]));
    const signals = new Map<string, AbortSignal>();
    work = async ({ metadata, status }, signal) => {
      signals.set(metadata.name, signal);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return verdict({ status });
    };
    const a = await start('a', 0, 1);
    await until('both passes', () => signals.size === 2);
    fences[0]?.close();
    expect([signals.get('first')?.aborted, signals.get('second')?.aborted]).toEqual([true, false]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(
      server.requests.filter(({ method, path }) => method !== 'GET' && path.startsWith(tierPath('first'))),
    ).toEqual([]);
    a.controller.request('team-a/first');
    await idle();
    expect(a.passes.filter((name) => name === 'first')).toHaveLength(1);
  });
});
