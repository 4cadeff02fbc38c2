/** The event recorder: one event for one happening, series for repeats, limits, and never an error for the caller. */
import type { TierEvent } from '../../src/core/tier.ts';
import type { KubeApi, KubeRequest } from '../../src/kube/api.ts';
import { KubeError } from '../../src/kube/errors.ts';
import { createEventRecorder, type EventRecorder } from '../../src/kube/events.ts';
import { createMetrics, type Metrics } from '../../src/ops/metrics.ts';
import { createFakeClock, type FakeClock, settle } from './fake-clock.ts';
import { createQuietLog } from './quiet-log.ts';

const REGARDING = { namespace: 'team-a', name: 'shop', uid: 'uid-1', resourceVersion: '7' };
const CREATED: TierEvent = { type: 'Normal', reason: 'Created', action: 'Create', message: 'created ec2.vpc/main' };

let clock: FakeClock;
let recorder: EventRecorder;
let metrics: Metrics;
let requests: KubeRequest[];
let answer: () => Promise<unknown>;

beforeEach(() => {
  clock = createFakeClock();
  metrics = createMetrics({ process: false });
  requests = [];
  answer = () => Promise.resolve({});
  const api: KubeApi = {
    call: <T>(request: KubeRequest) => {
      requests.push(request);
      return answer() as Promise<T>;
    },
    stream: () => Promise.reject(new Error('not here')),
    close: () => {},
  };
  recorder = createEventRecorder({ api, instance: 'pod-1', log: createQuietLog().log, metrics, clock });
});

const nameOf = (request: KubeRequest | undefined) =>
  (request?.body as { metadata: { name: string } } | undefined)?.metadata.name;
const bodies = () => requests.map(({ body }) => body as Record<string, unknown>);
const created = () => requests.filter(({ method }) => method === 'POST');

test('an event says who, what, why and about what', async () => {
  recorder.record(REGARDING, CREATED);
  await settle();
  expect(requests[0]).toMatchObject({ method: 'POST', path: '/apis/events.k8s.io/v1/namespaces/team-a/events' });
  expect(bodies()[0]).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: 'team-a' },
    eventTime: '2030-01-01T00:00:00.000000Z',
    reportingController: 'scalingtier-operator',
    reportingInstance: 'pod-1',
    action: 'Create',
    reason: 'Created',
    regarding: { apiVersion: 'scalingtier.dev/v1alpha1', kind: 'ScalingTier', name: 'shop', uid: 'uid-1' },
    note: 'created ec2.vpc/main',
    type: 'Normal',
  });
});

test('the same again becomes a series, told at once and then once a minute with the whole count', async () => {
  for (let count = 0; count < 5; count++) recorder.record(REGARDING, CREATED);
  await settle();
  expect(requests.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  expect(bodies()[1]).toMatchObject({ series: { count: 2 } });
  await clock.advance(60_000);
  recorder.record(REGARDING, CREATED);
  await settle();
  expect(bodies()[2]).toMatchObject({ series: { count: 6, lastObservedTime: '2030-01-01T00:01:00.000000Z' } });
  expect(requests[2]?.path).toBe(`/apis/events.k8s.io/v1/namespaces/team-a/events/${nameOf(requests[0])}`);
});

test('after ten quiet minutes the same is a new event with a new name', async () => {
  recorder.record(REGARDING, CREATED);
  await clock.advance(600_000);
  recorder.record(REGARDING, CREATED);
  await settle();
  expect(new Set(created().map(nameOf)).size).toBe(2);
});

test.each([
  ['another message', REGARDING, { ...CREATED, message: 'created ec2.subnet/a' }],
  ['another reason', REGARDING, { ...CREATED, reason: 'Updated' }],
  ['another object of the same name', { ...REGARDING, uid: 'uid-2' }, CREATED],
])('%s is another event', async (_, regarding, event) => {
  recorder.record(REGARDING, CREATED);
  recorder.record(regarding, event);
  await settle();
  expect(created()).toHaveLength(2);
});

test.each([
  ['one byte each', 'x'.repeat(5_000)],
  ['several bytes each', '語'.repeat(2_000)],
  ['pairs', '🚀'.repeat(1_000)],
])('a note is cut to 1,024 bytes without breaking a letter: %s', async (_, message) => {
  recorder.record(REGARDING, { ...CREATED, message });
  await settle();
  const note = String(bodies()[0]?.note);
  expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
  expect(Buffer.byteLength(note)).toBeGreaterThan(1_000);
  expect(note.endsWith('…')).toBe(true);
  expect(note.isWellFormed()).toBe(true);
});

test('secrets that got into a message are taken out', async () => {
  recorder.record(REGARDING, { ...CREATED, message: 'refused: Authorization: Bearer abc.def.ghi' });
  await settle();
  expect(bodies()[0]?.note).toBe('refused: Authorization: Bearer [redacted]');
});

test('one object cannot flood: beyond its burst events are left out and counted', async () => {
  for (let index = 0; index < 500; index++)
    recorder.record(REGARDING, { ...CREATED, message: `created number ${index}` });
  await clock.advance(600_000);
  expect(created().length).toBe(60);
  expect((await metrics.scrape()).body).toContain('scalingtier_kubernetes_events_total{outcome="limited"} 440');
});

test('all objects together are sent at a bounded rate', async () => {
  for (let index = 0; index < 200; index++) recorder.record({ ...REGARDING, uid: `uid-${index}` }, CREATED);
  await settle();
  await clock.advance(1_000);
  expect(created().length).toBeLessThanOrEqual(61);
  await clock.advance(20_000);
  expect(created().length).toBe(200);
});

test('failures are counted and harm nobody', async () => {
  answer = () => Promise.reject(new KubeError('namespace is terminating', { code: 403, reason: 'Forbidden' }));
  expect(() => recorder.record(REGARDING, CREATED)).not.toThrow();
  await settle();
  answer = () => Promise.resolve({});
  recorder.record({ ...REGARDING, uid: 'uid-2' }, CREATED);
  await settle();
  const text = (await metrics.scrape()).body;
  expect(text).toContain('scalingtier_kubernetes_events_total{outcome="failed"} 1');
  expect(text).toContain('scalingtier_kubernetes_events_total{outcome="created"} 1');
});

test('stop sends what waits, and takes no more', async () => {
  for (const uid of ['a', 'b', 'c']) recorder.record({ ...REGARDING, uid }, CREATED);
  await recorder.stop(1_000);
  recorder.record({ ...REGARDING, uid: 'late' }, CREATED);
  await settle();
  expect(created().length).toBe(3);
});

test('stop does not wait longer than its limit for an API server that does not answer', async () => {
  answer = () =>
    new Promise((_, reject) => {
      requests.at(-1)?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  for (const uid of ['a', 'b', 'c']) recorder.record({ ...REGARDING, uid }, CREATED);
  await settle();
  const stopped = recorder.stop(1_000);
  await clock.advance(1_000);
  await stopped;
  expect(created().length).toBe(1);
  expect((await metrics.scrape()).body).toContain('scalingtier_kubernetes_events_total{outcome="dropped"} 2');
});
