/** The controller against an API server in this process: who is acted on, what is written, and when it looks again. */
import type { Pass, References, Tier, TierEvent, Verdict } from '../../src/core/tier.ts';
import { createKubeApi, type KubeApi } from '../../src/kube/api.ts';
import { type Clock, systemClock } from '../../src/kube/clock.ts';
import { type Controller, createController } from '../../src/kube/controller.ts';
import { soleFence, type TermFence } from '../../src/kube/fence.ts';
import { createMetrics, type Metrics } from '../../src/ops/metrics.ts';
import { type Exchange, type FakeApiServer, fail, startFakeApiServer } from './fake-api-server.ts';
import { createFakeClock } from './fake-clock.ts';
import { createQuietLog } from './quiet-log.ts';
import { putTier, sampleStatus, tierPath, verdict } from './tier-samples.ts';
import { until } from './until.ts';

const FINALIZER = 'scalingtier.dev/cleanup';
const DELETING = { deletionTimestamp: '2030-01-01T00:00:00Z' };

let server: FakeApiServer;
let api: KubeApi;
let controller: Controller;
let fence: TermFence;
let metrics: Metrics;
let lines: string[];
let passes: Tier[];
let events: TierEvent[];

beforeEach(async () => {
  server = await startFakeApiServer();
  passes = [];
  events = [];
});

afterEach(async () => {
  await controller.stop(1_000);
  fence.close();
  api.close();
  await server.close();
});

type Reconcile = (tier: Tier, pass: Pass) => Promise<Verdict> | Verdict;

function run(
  reconcile: Reconcile,
  options: {
    readonly passSeconds?: number;
    readonly standby?: boolean;
    readonly clock?: Clock;
    readonly references?: () => References;
  } = {},
): void {
  const quiet = createQuietLog();
  lines = quiet.lines;
  metrics = createMetrics({ process: false });
  api = createKubeApi({ target: server.target, metrics });
  fence = soleFence(systemClock);
  controller = createController({
    api,
    log: quiet.log,
    metrics,
    workers: 2,
    resyncSeconds: 600,
    namespaces: [],
    passSeconds: options.passSeconds ?? 30,
    clock: options.clock ?? systemClock,
    reconcile: async (tier, pass) => {
      passes.push(tier);
      return await reconcile(tier, pass);
    },
    readReferences: async () => options.references?.() ?? { problems: [] },
    emit: (_, event) => {
      events.push(event);
    },
  });
  controller.watch();
  if (options.standby !== true) controller.lead(0, fence);
}

const writes = () => server.requests.filter(({ method }) => method !== 'GET');
const statusWrites = () => writes().filter(({ path }) => path.endsWith('/status'));
const scraped = async () => (await metrics.scrape()).body;
const isFailedPass = (line: string) => line.includes('"pass failed"');
const idle = () => new Promise((resolve) => setTimeout(resolve, 100));

describe('who is acted on', () => {
  test('not guarded and not deleting: the finalizer is put on before the engine sees it', async () => {
    putTier(server);
    let guardedFirst: readonly string[] | undefined;
    run((tier) => {
      guardedFirst ??= server.get(tierPath())?.metadata.finalizers ?? [];
      return verdict({ status: tier.status });
    });
    await until('a pass', () => passes.length === 1);
    expect(guardedFirst).toEqual([FINALIZER]);
    expect(passes[0]?.metadata.finalizers).toEqual([FINALIZER]);
    await idle();
    expect(passes).toHaveLength(1);
  });

  test('guarded and deleting: acted on until nothing is left, then the finalizer goes and the object with it', async () => {
    putTier(server, { finalizers: ['other/one', FINALIZER], ...DELETING });
    run(() => verdict({ gone: passes.length === 3, requeueAfter: 0.01, status: sampleStatus(`${passes.length}`) }));
    await until('three passes', () => passes.length === 3);
    await until('the finalizer is gone', () => server.get(tierPath())?.metadata.finalizers?.length === 1);
    expect(server.get(tierPath())?.metadata.finalizers).toEqual(['other/one']);
    await idle();
    expect(passes).toHaveLength(3);
  });

  test('the last finalizer lets the object go, and nothing is asked of it afterwards', async () => {
    putTier(server, { finalizers: [FINALIZER], ...DELETING });
    run((tier) => verdict({ gone: true, status: tier.status }));
    await until('the object is gone', () => server.get(tierPath()) === undefined);
    await idle();
    expect(passes).toHaveLength(1);
  });

  test('gone, but not deleting: the finalizer stays', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run((tier) => verdict({ gone: true, status: tier.status }));
    await until('a pass', () => passes.length === 1);
    await idle();
    expect(server.get(tierPath())?.metadata.finalizers).toEqual([FINALIZER]);
  });

  test('deleting and not guarded: left alone', async () => {
    putTier(server, { finalizers: ['other/one'], ...DELETING });
    run(() => verdict());
    await until('a read', () => server.requests.some(({ path }) => path === tierPath()));
    await idle();
    expect(passes).toHaveLength(0);
    expect(writes()).toHaveLength(0);
  });

  test('a finalizer that was taken off by hand is put on again', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run((tier) => verdict({ status: tier.status }));
    await until('a pass', () => passes.length === 1);
    putTier(server, { finalizers: [] });
    await until('it is back', () => server.get(tierPath())?.metadata.finalizers?.[0] === FINALIZER);
  });
});

describe('what is written', () => {
  test('a status that differs is written once, whole, and does not cause another pass', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run(() => verdict());
    await until('a write', () => statusWrites().length === 1);
    await idle();
    expect(passes).toHaveLength(1);
    expect(statusWrites()[0]?.body).toMatchObject({ status: sampleStatus('all is well') });
    expect(statusWrites()[0]?.query.get('fieldManager')).toBe('scalingtier-operator');
    expect(Object.keys(statusWrites()[0]?.body ?? {})).not.toContain('spec');
  });

  test('a status that says the same, in another order of fields, is not written', async () => {
    const stored = { stage: 'SingleServer', observedGeneration: 3 };
    server.put(tierPath(), { ...putTier(server, { finalizers: [FINALIZER] }), status: stored });
    run(() => verdict({ status: { observedGeneration: 3, stage: 'SingleServer' } }));
    await until('a pass', () => passes.length === 1);
    await idle();
    expect(writes()).toHaveLength(0);
  });

  test('a recorded status is accepted before record returns, and is not written again at the end', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    let atReturn: unknown;
    run(async (_, pass) => {
      await pass.record(sampleStatus('intent'));
      atReturn = server.get(tierPath())?.status;
      await pass.record(sampleStatus('id'));
      return verdict({ status: sampleStatus('id') });
    });
    await until('two writes', () => statusWrites().length === 2);
    await idle();
    expect(atReturn).toEqual(sampleStatus('intent'));
    expect(statusWrites()).toHaveLength(2);
    expect(passes).toHaveLength(1);
  });

  test('records in parallel are written one after the other', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run(async (_, pass) => {
      await Promise.all(['a', 'b', 'c'].map((message) => pass.record(sampleStatus(message))));
      return verdict({ status: sampleStatus('c') });
    });
    await until('three writes', () => statusWrites().length === 3);
    expect(server.get(tierPath())?.status).toEqual(sampleStatus('c'));
    expect(passes).toHaveLength(1);
  });

  test('a record on an object that has moved on fails, aborts the pass, writes nothing and looks again at once', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    const failures: unknown[] = [];
    const aborted: boolean[] = [];
    run(async (_, pass) => {
      if (passes.length > 1) return verdict({ status: sampleStatus('second') });
      putTier(server, { generation: 2 });
      await pass.record(sampleStatus('first')).catch((error: unknown) => failures.push(error));
      aborted.push(pass.signal.aborted);
      return verdict({ status: sampleStatus('first') });
    });
    await until('the second status', () => server.get(tierPath())?.status !== undefined);
    expect(failures).toHaveLength(1);
    expect(aborted).toEqual([true]);
    expect(server.get(tierPath())?.status).toEqual(sampleStatus('second'));
    expect(passes[1]?.metadata.generation).toBe(2);
  });

  test('a spec that changed in the middle does not lose the status of the pass', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run(() => {
      if (passes.length === 1) putTier(server, { generation: 2 });
      return verdict({ status: sampleStatus(`of generation ${passes.at(-1)?.metadata.generation}`) });
    });
    await until('both passes', () => statusWrites().length >= 3);
    const written = statusWrites().map(({ body }) => (body.status as { message: string }).message);
    expect(written.at(0)).toBe('of generation 1');
    expect(written.at(-1)).toBe('of generation 2');
  });

  test("another writer's status is not overwritten by a pass that did not see it", async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run(() => {
      if (passes.length > 1) return verdict({ status: passes.at(-1)?.status ?? sampleStatus('none') });
      const object = server.get(tierPath());
      if (object !== undefined) server.put(tierPath(), { ...object, status: sampleStatus('of the new leader') });
      return verdict({ status: sampleStatus('of the old leader') });
    });
    await until('another pass', () => passes.length === 2);
    await idle();
    expect(server.get(tierPath())?.status).toEqual(sampleStatus('of the new leader'));
  });

  test('a namesake that was created in the middle is not written', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run((tier) => {
      if (passes.length > 1) return verdict({ status: tier.status });
      server.delete(tierPath());
      putTier(server, { uid: 'uid-new', finalizers: [FINALIZER] });
      return verdict({ status: sampleStatus('of the old object') });
    });
    await until('a pass over the new object', () => passes.at(-1)?.metadata.uid === 'uid-new');
    expect(server.get(tierPath())?.status).toBeUndefined();
  });

  test('events of the verdict are handed on after the status is accepted', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    const event: TierEvent = { type: 'Normal', reason: 'Created', action: 'Create', message: 'ec2.vpc/main' };
    run(() => verdict({ events: [event] }));
    await until('the event', () => events.length === 1);
    expect(server.get(tierPath())?.status).toBeDefined();
  });
});

describe('when it looks again', () => {
  test.each([
    ['a change of the spec', { generation: 2 }],
    ['a request by annotation', { annotations: { 'scalingtier.dev/reconcile-requested-at': 'now' } }],
    ["Flux's request", { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } }],
    ['a deletion', DELETING],
  ])('%s: at once', async (_, metadata) => {
    putTier(server, { finalizers: [FINALIZER] });
    run((tier) => verdict({ status: tier.status, requeueAfter: 500 }));
    await until('the first pass', () => passes.length === 1);
    putTier(server, metadata);
    await until('the second pass', () => passes.length === 2);
  });

  test.each([
    ['an annotation of somebody else', { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } }],
    ["somebody else's finalizer", { finalizers: [FINALIZER, 'other/one'] }],
  ])('%s: not', async (_, metadata) => {
    putTier(server, { finalizers: [FINALIZER] });
    run((tier) => verdict({ status: tier.status, requeueAfter: 500 }));
    await until('the first pass', () => passes.length === 1);
    putTier(server, metadata);
    await idle();
    expect(passes).toHaveLength(1);
  });

  test('after the time that the verdict names', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run((tier) => verdict({ status: tier.status, requeueAfter: 0.2 }));
    const times: number[] = [];
    for (const count of [1, 2, 3]) {
      await until('a pass', () => passes.length >= count);
      times.push(performance.now());
    }
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(350);
  });

  test('a verdict of error is tried again and counted, and success ends the row', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run((tier) =>
      verdict({ status: tier.status, result: passes.length < 2 ? 'error' : 'success', requeueAfter: 0.05 }),
    );
    await until('two passes', () => passes.length >= 2);
    expect(await scraped()).toMatch(/controller_runtime_reconcile_total\{controller="scalingtier",result="error"\} 1/);
    expect(await scraped()).toMatch(/controller_runtime_reconcile_errors_total\{controller="scalingtier"\} 1/);
  });

  test('a pass that throws is logged with its stack, counted, tried again, and others go on', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    putTier(server, { uid: 'uid-2', finalizers: [FINALIZER] }, tierPath('other'));
    run((tier) => {
      if (tier.metadata.name === 'shop' && passes.filter(({ metadata }) => metadata.name === 'shop').length === 1) {
        throw new TypeError('cannot read the unreadable');
      }
      return verdict({ status: tier.status });
    });
    await until('three passes', () => passes.length === 3);
    expect(await scraped()).toMatch(/controller_runtime_reconcile_panics_total\{controller="scalingtier"\} 1/);
    const line = lines.find((text) => text.includes('cannot read the unreadable'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 'error', tier: 'team-a/shop', err: { type: 'TypeError' } });
    expect(line).toContain('controller.test.ts');
  });

  test('an API server out of reach is an error, not a panic', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    let refused = 0;
    server.intercept = ({ path, response, method }: Exchange) => {
      if (path !== tierPath() || method !== 'GET' || refused > 0) return false;
      refused++;
      fail(response, 500, 'InternalError', 'etcd is slow');
      return true;
    };
    run((tier) => verdict({ status: tier.status }));
    await until('a pass', () => passes.length === 1);
    expect(await scraped()).not.toMatch(/reconcile_panics_total\{.*\} 1/);
  });

  test('however long the API server refused, half a minute later its tiers are served', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    const clock = createFakeClock();
    clock.setRandom(() => 0.999_999);
    let refused = 0;
    server.intercept = ({ path, response, method }: Exchange) => {
      if (path !== tierPath() || method !== 'GET' || refused === 12) return false;
      refused++;
      fail(response, 503, 'ServiceUnavailable', 'starting');
      return true;
    };
    run((tier) => verdict({ status: tier.status }), { clock });
    for (let count = 1; count <= 12; count++) {
      await until(`refusal ${count}`, () => lines.filter(isFailedPass).length >= count);
      await clock.advance(30_000);
    }
    await until('a pass', () => passes.length === 1);
  });

  test('conflicts without end do not become a storm', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    server.intercept = ({ path, response }: Exchange) => {
      if (!path.endsWith('/status')) return false;
      fail(response, 409, 'Conflict', 'always');
      return true;
    };
    run(async (_, pass) => {
      await pass.record(sampleStatus('never'));
      return verdict();
    });
    await until('a second pass', () => passes.length >= 2);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(passes.length).toBeLessThan(12);
  });
});

describe('leadership and the end', () => {
  test('without leadership nothing is done and nothing is written', async () => {
    putTier(server);
    run((tier) => verdict({ status: tier.status }), { standby: true });
    await controller.whenSynced();
    await idle();
    expect(passes).toHaveLength(0);
    expect(writes()).toHaveLength(0);
    controller.lead(0, fence);
    await until('a pass', () => passes.length === 1);
  });

  test('losing the lease aborts the pass, and its status is not written', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    let signal: AbortSignal | undefined;
    let finish = () => {};
    run(async (_, pass) => {
      signal = pass.signal;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return verdict();
    });
    await until('a pass', () => signal !== undefined);
    fence.close();
    expect(signal?.aborted).toBe(true);
    finish();
    await idle();
    expect(writes()).toHaveLength(0);
    controller.request('team-a/shop');
    await idle();
    expect(passes).toHaveLength(1);
  });

  test('a record without leadership is refused', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    const failures: unknown[] = [];
    run(async (_, pass) => {
      fence.close();
      await pass.record(sampleStatus('too late')).catch((error: unknown) => failures.push(error));
      return verdict();
    });
    await until('the failure', () => failures.length === 1);
    await idle();
    expect(writes()).toHaveLength(0);
  });

  test('stop aborts what runs and waits for it', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    let ended = false;
    run(async (tier, pass) => {
      await new Promise((resolve) => pass.signal.addEventListener('abort', resolve));
      ended = true;
      return verdict({ status: tier.status });
    });
    await until('a pass', () => passes.length === 1);
    await expect(controller.stop(2_000)).resolves.toBe(true);
    expect(ended).toBe(true);
  });

  test('a pass that takes too long is aborted and counted', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    let aborted = false;
    run(
      async (tier, pass) => {
        await new Promise((resolve) => pass.signal.addEventListener('abort', resolve));
        aborted = true;
        return verdict({ status: tier.status });
      },
      { passSeconds: 0.05 },
    );
    await until('the abort', () => aborted);
    expect(await scraped()).toMatch(/controller_runtime_reconcile_timeouts_total\{controller="scalingtier"\} [1-9]/);
  });

  test('readiness waits for the first list', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    let open = false;
    server.intercept = ({ response }) => {
      if (!open) fail(response, 503, 'ServiceUnavailable', 'starting');
      return !open;
    };
    run((tier) => verdict({ status: tier.status }));
    const cache = controller.checks.ready.find(({ name }) => name === 'cache');
    expect(cache?.check()).toBe('first list not complete');
    open = true;
    await controller.whenSynced();
    expect(cache?.check()).toBe(true);
    expect(controller.checks.live.every(({ check }) => check() === true)).toBe(true);
  });

  test('the census counts tiers by stage and condition until they go', async () => {
    putTier(server, { finalizers: [FINALIZER] });
    run((tier) => verdict({ gone: tier.metadata.deletionTimestamp !== undefined }));
    const line = 'scalingtier_tiers{stage="SingleServer",condition="Ready",status="True"} 1';
    await until('it is counted', async () => (await scraped()).includes(line));
    putTier(server, DELETING);
    await until('it is counted no more', async () => !(await scraped()).includes('scalingtier_tiers{'));
    expect(server.get(tierPath())).toBeUndefined();
  });
});

describe('at rest', () => {
  /** Passes that find nothing to do; what a look answers is up to the test. */
  function restful(look: () => boolean | Promise<boolean>): { readonly looks: () => number } {
    let looks = 0;
    const still = async () => {
      looks += 1;
      return await look();
    };
    putTier(server, { finalizers: [FINALIZER] });
    run(({ status }) => verdict({ status, requeueAfter: 0.1, still }));
    return { looks: () => looks };
  }
  const reads = () => server.requests.filter(({ path }) => path === tierPath()).length;

  test('it is looked at again and again without a pass, a read or a write', async () => {
    const { looks } = restful(() => true);
    await until('a few looks', () => looks() >= 5);
    expect([passes.length, reads(), writes().length]).toEqual([1, 1, 0]);
    expect(await scraped()).toMatch(/controller_runtime_reconcile_total{[^}]*requeue_after[^}]*} ([5-9]|\d\d)/);
  });

  test('what a look does not find as it was is seen to by a pass, and rests after it', async () => {
    const { looks } = restful(() => looks() % 3 !== 0);
    await until('three passes', () => passes.length === 3);
    expect(looks()).toBe(6);
  });

  test('a change of the object is seen to by a pass at once, also while a look waits for AWS', async () => {
    let answer: (still: boolean) => void = () => {};
    const { looks } = restful(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    await until('a look', () => looks() === 1);
    putTier(server, { generation: 2 });
    await until('a pass', () => passes.length === 2);
    answer(true);
    await until('another look', () => looks() === 2);
    await idle();
    expect([passes.length, looks()]).toEqual([2, 2]);
  });

  test("others' labels and annotations, written again and again, cost no pass; a status that they write does", async () => {
    const { looks } = restful(() => true);
    await until('a look', () => looks() === 1);
    for (let stamp = 1; stamp <= 5; stamp += 1) {
      const seen = looks();
      putTier(server, { annotations: { 'example.com/stamp': String(stamp) } });
      await until('another look', () => looks() > seen + 1);
    }
    expect([passes.length, reads(), writes().length]).toEqual([1, 1, 0]);
    const managedFields = [
      { manager: 'somebody', operation: 'Update', subresource: 'status', time: '2030-01-01T00:00:00Z' },
    ];
    putTier(server, { managedFields });
    await until('a pass', () => passes.length === 2);
  });

  test('looks that wait for AWS hold no worker', async () => {
    const { looks } = restful(() => new Promise(() => {}));
    await until('a look', () => looks() === 1);
    for (const name of ['one', 'two', 'three', 'four'])
      putTier(server, { finalizers: [FINALIZER], uid: name }, tierPath(name));
    await until('their passes', () => passes.length === 5);
  });

  test('what it names in other objects is read at each look, and a change of it is seen to by a pass', async () => {
    let reads = 0;
    let userData = 'one';
    putTier(server, { finalizers: [FINALIZER] });
    const references = (): References => {
      reads += 1;
      return { userData, borrowed: true, problems: [] };
    };
    run(({ status }) => verdict({ status, requeueAfter: 0.1, still: async () => true }), { references });
    await until('a few looks', () => reads >= 4);
    expect(passes).toHaveLength(1);
    userData = 'two';
    await until('a pass', () => passes.length === 2);
    expect(passes[1]?.references.userData).toBe('two');
  });

  test('it is seen to by a pass as soon as AWS shows something else of it, and only then', async () => {
    let waits = true;
    const { looks } = restful(() => (waits ? new Promise(() => {}) : true));
    await until('a look', () => looks() === 1);
    controller.changed('team-a/other');
    controller.changed('team-a/shop');
    waits = false;
    await until('a pass', () => passes.length === 2);
    await until('another look', () => looks() > 1);
    await idle();
    expect(passes).toHaveLength(2);
  });

  test('who waits long without being at rest is seen to as soon as AWS shows something else, who settles is not', async () => {
    const settling = 29;
    const waiting = 30;
    const seconds = [settling, waiting, settling];
    putTier(server, { finalizers: [FINALIZER] });
    run(({ status }) => verdict({ status, requeueAfter: seconds[passes.length - 1] ?? settling }));
    await until('the first pass', () => passes.length === 1);
    controller.changed('team-a/shop');
    await idle();
    expect(passes).toHaveLength(1);
    controller.request('team-a/shop');
    await until('the second pass', () => passes.length === 2);
    await idle();
    controller.changed('team-a/shop');
    await until('the third pass', () => passes.length === 3);
  });

  test('who asks for a pass gets one', async () => {
    const { looks } = restful(() => true);
    await until('a look', () => looks() === 1);
    controller.request('team-a/shop');
    await until('a pass', () => passes.length === 2);
  });
});
