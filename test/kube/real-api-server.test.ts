/** What the Kubernetes edge relies on, asked of a real API server: versions, metadata-only watches, leases, events. */
import { join } from 'node:path';
import type { TierStatus } from '../../src/api/types.ts';
import { createKubeApi, type KubeApi } from '../../src/kube/api.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { type Controller, createController } from '../../src/kube/controller.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import { type Fence, soleFence } from '../../src/kube/fence.ts';
import { loadTarget } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/list.ts';
import { createReflector } from '../../src/kube/reflector.ts';
import { createShards } from '../../src/kube/shards.ts';
import { createTierClient, type TierClient, tiersPath } from '../../src/kube/tiers.ts';
import { summarize } from '../../src/kube/trigger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { attachSandbox } from '../sandbox/attach.ts';
import { projectFolder } from '../sandbox/folders.ts';
import { untilServed } from '../sandbox/install.ts';
import { kubectl } from '../sandbox/kubectl.ts';
import { createQuietLog } from './quiet-log.ts';
import { sampleStatus, verdict } from './tier-samples.ts';
import { until } from './until.ts';

const sandbox = attachSandbox();
const namespace = `kube-edge-${process.pid}`;
const path = tiersPath(namespace);
const MERGE = 'application/merge-patch+json';

let api: KubeApi;
let tiers: TierClient;
/** Ends what a test started, also when the test failed. */
let endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(endings.map((end) => end()));
  endings = [];
});

beforeAll(async () => {
  await kubectl(sandbox, [
    'apply',
    '--server-side',
    '--force-conflicts',
    '--filename',
    join(projectFolder, 'crds', 'scalingtiers.scalingtier.dev.yaml'),
  ]);
  await untilServed(sandbox);
  api = createKubeApi({ target: loadTarget({ KUBECONFIG: sandbox.kube.adminKubeconfig }) });
  tiers = createTierClient(api);
  await api.call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
});

afterAll(async () => {
  await api.call({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
  api.close();
});

function create(name: string): Promise<KubeObject> {
  const body = {
    apiVersion: 'scalingtier.dev/v1alpha1',
    kind: 'ScalingTier',
    metadata: { name },
    spec: { stage: 'SingleServer', aws: { region: 'eu-central-1' } },
  };
  return api.call<KubeObject>({ method: 'POST', path, body });
}

const patch = (name: string, body: object) =>
  api.call({ method: 'PATCH', path: `${path}/${name}`, body, contentType: MERGE });
const remove = (name: string) => api.call({ method: 'DELETE', path: `${path}/${name}` });
async function read(name: string) {
  const tier = await tiers.read(`${namespace}/${name}`);
  if (tier === undefined) throw new Error(`no tier "${name}"`);
  return tier;
}

describe('tiers', () => {
  test('a status is applied whole, and what is left out next time is gone', async () => {
    await create('whole');
    const first = await tiers.recordStatus((await read('whole')).metadata, sampleStatus('one'));
    const second: TierStatus = { observedGeneration: 1, stage: 'SingleServer' };
    await tiers.recordStatus(first, second);
    expect((await read('whole')).status).toEqual(second);
    await remove('whole');
  });

  test('an old version is refused, even when the status would not change', async () => {
    await create('old');
    const { metadata } = await read('old');
    await tiers.recordStatus(metadata, sampleStatus('one'));
    await expect(tiers.recordStatus(metadata, sampleStatus('two'))).rejects.toMatchObject({ code: 409 });
    await expect(tiers.recordStatus(metadata, sampleStatus('one'))).rejects.toMatchObject({ code: 409 });
    await remove('old');
  });

  test('an equal status makes no new version', async () => {
    await create('equal');
    const first = await tiers.recordStatus((await read('equal')).metadata, sampleStatus('one'));
    const second = await tiers.recordStatus(first, sampleStatus('one'));
    expect(second.resourceVersion).toBe(first.resourceVersion);
    await remove('equal');
  });

  test('an object that took the place of another of the same name is not written', async () => {
    await create('again');
    const old = (await read('again')).metadata;
    await remove('again');
    await create('again');
    await expect(tiers.recordStatus(old, sampleStatus('x'))).rejects.toMatchObject({ code: 409 });
    await expect(tiers.writeStatus(old, { observedGeneration: -1 }, sampleStatus('x'))).rejects.toMatchObject({
      code: 409,
    });
    await tiers.removeFinalizer(old);
    expect((await read('again')).status).toEqual({ observedGeneration: -1 });
    await remove('again');
  });

  test('a status is written although the spec changed meanwhile, and is not recorded then', async () => {
    await create('moved');
    const { metadata, status } = await read('moved');
    await patch('moved', { spec: { tags: { Team: 'a' } } });
    await expect(tiers.recordStatus(metadata, sampleStatus('x'))).rejects.toMatchObject({ code: 409 });
    await tiers.writeStatus(metadata, status, sampleStatus('x'));
    const after = await read('moved');
    expect([after.metadata.generation, after.status.message, after.spec.tags]).toEqual([2, 'x', { Team: 'a' }]);
    await remove('moved');
  });

  test('the finalizer holds the object, comes with the place, leaves the spec alone, and its end lets the object go', async () => {
    await create('held');
    const before = await read('held');
    const guarded = await tiers.guard(before, 'default/eu-central-1');
    expect(guarded.metadata.finalizers).toEqual(['scalingtier.dev/cleanup']);
    expect(guarded.metadata.annotations).toMatchObject({ 'scalingtier.dev/place': 'default/eu-central-1' });
    expect(guarded.metadata.generation).toBe(before.metadata.generation);
    await expect(tiers.guard(before, 'default/eu-central-1')).rejects.toMatchObject({ code: 409 });
    await remove('held');
    expect((await read('held')).metadata.deletionTimestamp).toBeDefined();
    await tiers.removeFinalizer(guarded.metadata);
    await expect(tiers.read(`${namespace}/held`)).resolves.toBeUndefined();
    await tiers.removeFinalizer(guarded.metadata);
  });
});

test('labels and annotations of others leave what a tier says, whoever writes its spec or status changes it', async () => {
  await create('said');
  await tiers.recordStatus((await read('said')).metadata, sampleStatus('ours'));
  const { content } = await read('said');
  await patch('said', { metadata: { labels: { a: 'b' }, annotations: { 'example.com/stamp': '1' } } });
  expect((await read('said')).content).toBe(content);
  const body = { status: { message: 'theirs' } };
  const query = { fieldManager: 'somebody' };
  await api.call({ method: 'PATCH', path: `${path}/said/status`, query, body, contentType: MERGE });
  const after = (await read('said')).content;
  expect(after).not.toBe(content);
  const metrics = createMetrics({ process: false });
  const { log } = createQuietLog();
  const reflector = createReflector({ api, path, metrics, log, compact: summarize, onEvent: () => {} });
  endings.push(() => reflector.stop());
  reflector.start();
  await reflector.whenSynced();
  expect(reflector.get(`${namespace}/said`)?.content).toBe(after);
  await patch('said', { spec: { tags: { Team: 'a' } } });
  expect((await read('said')).content).not.toBe(after);
  await remove('said');
});

test('a watch brings metadata only, bookmarks, and goes on where it ended', async () => {
  const kept: (KubeObject & { spec?: unknown })[] = [];
  const seen: string[] = [];
  const metrics = createMetrics({ process: false });
  await create('watched-1');
  await create('watched-2');
  const reflector = createReflector({
    api,
    path,
    metrics,
    log: createQuietLog().log,
    pageSize: 1,
    watchSeconds: 3,
    compact: (object) => {
      kept.push(object);
      return { uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion };
    },
    onEvent: ({ type, key }) => seen.push(`${type} ${key.slice(namespace.length + 1)}`),
  });
  endings.push(() => reflector.stop());
  reflector.start();
  await reflector.whenSynced();
  expect([...seen].sort()).toEqual(['added watched-1', 'added watched-2']);
  const closed = 'scalingtier_watch_streams_total{end="closed"}';
  await until('the server ends a stream', async () => (await metrics.scrape()).body.includes(closed));
  await patch('watched-1', { metadata: { annotations: { a: 'b' } } });
  await remove('watched-2');
  await until('both events', () => seen.length === 4);
  expect(seen.slice(2)).toEqual(['modified watched-1', 'deleted watched-2']);
  expect(kept.every(({ spec }) => spec === undefined)).toBe(true);
  expect((await metrics.scrape()).body).toContain('scalingtier_watch_lists_total 1');
  await remove('watched-1');
});

/** Stands for shards; answers with the fences that it was given. */
function standing(identity: string, shards: number, leaseDuration = 4_000) {
  const fences = new Map<number, Fence>();
  const process = createShards({
    api,
    namespace,
    name: `lease-of-${shards}`,
    identity,
    shards,
    log: createQuietLog().log,
    leaseDuration,
    renewDeadline: 3_000,
    retryPeriod: 200,
    onGained: (shard, fence) => fences.set(shard, fence),
    drain: () => Promise.resolve(),
  });
  endings.push(() => process.stop());
  process.start();
  const serving = () => [...fences].filter(([, fence]) => fence.held()).map(([shard]) => shard);
  return { serving, stop: process.stop };
}

test('of two candidates one leads; the other follows at once when the first hands over', async () => {
  // Longer than the test: who waits for the end of the lease waits in vain.
  const lease = 3_600_000;
  const a = standing('a', 1, lease);
  await until('a leads', () => a.serving().length === 1);
  const b = standing('b', 1, lease);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect([a.serving(), b.serving()]).toEqual([[0], []]);
  await a.stop();
  expect(a.serving()).toEqual([]);
  await until('b leads', () => b.serving().length === 1);
});

test('who comes later asks for its share of the shards and gets it', async () => {
  const a = standing('a', 4);
  await until('a serves all', () => a.serving().length === 4);
  const b = standing('b', 4);
  await until('each serves two', () => a.serving().length === 2 && b.serving().length === 2);
  expect([...a.serving(), ...b.serving()].toSorted()).toEqual([0, 1, 2, 3]);
});

test('an event is accepted, and its repeat becomes a series', async () => {
  const object = await create('eventful');
  const recorder = createEventRecorder({ api, instance: 'test', log: createQuietLog().log });
  const regarding = { ...object.metadata, namespace };
  const event = { type: 'Warning', reason: 'AccessDenied', action: 'Create', message: '語'.repeat(1_000) } as const;
  recorder.record(regarding, event);
  recorder.record(regarding, event);
  await recorder.stop(5_000);
  const events = await api.call<{ items: { regarding: { name: string }; series?: { count: number } }[] }>({
    method: 'GET',
    path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
  });
  expect(events.items.filter((item) => item.regarding.name === 'eventful')).toMatchObject([{ series: { count: 2 } }]);
  await remove('eventful');
});

test('a tier lives: guarded, reported, changed, deleted, without a pass too many', async () => {
  const passes: string[] = [];
  const metrics = createMetrics({ process: false });
  const fence = soleFence(systemClock);
  const controller: Controller = createController({
    api,
    metrics,
    log: createQuietLog().log,
    workers: 2,
    resyncSeconds: 600,
    namespaces: [namespace],
    reconcile: async ({ metadata }, pass) => {
      passes.push(`${metadata.generation}${metadata.deletionTimestamp === undefined ? '' : ' deleting'}`);
      const status = { ...sampleStatus('fine'), observedGeneration: metadata.generation };
      await pass.record({ ...status, message: 'intent' });
      return verdict({ status, gone: metadata.deletionTimestamp !== undefined });
    },
    readReferences: () => Promise.resolve({ problems: [] }),
    emit: () => {},
  });
  endings.push(async () => {
    await controller.stop(1_000);
    fence.close();
  });
  controller.watch();
  controller.lead(0, fence);
  await create('lives');
  const reported = (generation: number) => async () => {
    const { status } = await read('lives');
    return status?.observedGeneration === generation && status.message === 'fine';
  };
  // A change in the middle of a pass overtakes it, and may bring two: what overtaking does, controller.test.ts tells.
  await until('the first pass is reported', reported(1));
  await patch('lives', { spec: { tags: { Team: 'a' } } });
  await until('the second pass is reported', reported(2));
  const settled = await read('lives');
  expect(settled.metadata.finalizers).toEqual(['scalingtier.dev/cleanup']);
  await remove('lives');
  await until('the last pass', () => passes.length === 3);
  await until('it is gone', async () => (await tiers.read(`${namespace}/lives`)) === undefined);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(passes).toEqual(['1', '2', '3 deleting']);
});
