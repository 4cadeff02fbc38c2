/**
 * Events for people (`events.k8s.io/v1`): one when something happens, a series when it happens again. Best effort by
 * nature: recording never throws, never waits and never keeps a pass from its work. Messages come in ready to be shown.
 */
import { createHash } from 'node:crypto';
import { API_VERSION, FIELD_MANAGER, KIND } from '../api/well-known.ts';
import type { TierEvent, TierMetadata } from '../core/tier.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { redactText } from '../ops/redact.ts';
import type { KubeApi } from './api.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { microTime } from './lease-object.ts';
import { type Bucket, createBucket } from './rate.ts';

/** What an event is about. */
export type Regarding = Pick<TierMetadata, 'namespace' | 'name' | 'uid' | 'resourceVersion'>;

/** Where events go. */
export interface EventRecorder {
  record(regarding: Regarding, event: TierEvent): void;
  /** Sends what waits, but not for longer than the limit, and nothing afterwards. */
  stop(limitMilliseconds: number): Promise<void>;
}

/** What a recorder is made of. */
export interface EventRecorderOptions {
  readonly api: KubeApi;
  /** The process that reports, for example the pod's name. */
  readonly instance: string;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
}

interface Series {
  readonly name: string;
  readonly namespace: string;
  count: number;
  /** How often it had happened when the API server was last told. */
  toldCount: number;
  toldAt: number;
  lastAt: number;
}

interface Recorder {
  readonly options: EventRecorderOptions;
  readonly clock: Clock;
  readonly series: Map<string, Series>;
  readonly buckets: Map<string, Bucket>;
  readonly total: Bucket;
  readonly pending: (() => Promise<void>)[];
  readonly stopping: AbortController;
  sending: Promise<void> | undefined;
  stopped: boolean;
}

const SERIES_WINDOW = 600_000;
/** A series is told at most so often; the count in between is not lost. */
const SERIES_PAUSE = 60_000;
const MOST_SERIES = 4_096;
const MOST_PENDING = 1_000;
const LONGEST_NOTE = 1_024;

/** A recorder. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const clock = options.clock ?? systemClock;
  const recorder: Recorder = {
    options,
    clock,
    series: new Map(),
    buckets: new Map(),
    total: createBucket(clock, 50, 10),
    pending: [],
    stopping: new AbortController(),
    sending: undefined,
    stopped: false,
  };
  return {
    record: (regarding, event) => {
      try {
        if (!recorder.stopped) record(recorder, regarding, event);
      } catch (error) {
        options.log.warn({ err: error }, 'could not record an event');
      }
    },
    stop: async (limitMilliseconds) => {
      recorder.stopped = true;
      const cancel = clock.after(limitMilliseconds, () => recorder.stopping.abort());
      await recorder.sending;
      cancel();
    },
  };
}

function record(recorder: Recorder, regarding: Regarding, event: TierEvent): void {
  const { clock } = recorder;
  const note = cut(redactText(event.message));
  const id = createHash('sha256')
    .update(JSON.stringify([regarding.uid, event.type, event.reason, note]))
    .digest('hex');
  const now = clock.now();
  const known = recorder.series.get(id);
  if (known !== undefined && now - known.lastAt < SERIES_WINDOW) {
    known.count++;
    known.lastAt = now;
    if (now - known.toldAt >= SERIES_PAUSE || known.toldCount === 1) tell(recorder, known);
    else count(recorder, 'merged');
    return;
  }
  if (!bucketOf(recorder, regarding.uid).take()) {
    count(recorder, 'limited');
    return;
  }
  const suffix = `${Math.floor(clock.date().getTime()).toString(16)}${id.slice(0, 8)}`;
  const series: Series = {
    name: `${regarding.name}.${suffix}`,
    namespace: regarding.namespace,
    count: 1,
    toldCount: 1,
    toldAt: now,
    lastAt: now,
  };
  recorder.series.delete(id);
  recorder.series.set(id, series);
  forgetOld(recorder);
  const body = eventObject(recorder, series, regarding, { ...event, message: note });
  send(recorder, 'created', { method: 'POST', path: eventsPath(series.namespace), body });
}

/** Tells the API server how often it has happened by now. */
function tell(recorder: Recorder, series: Series): void {
  series.toldAt = recorder.clock.now();
  series.toldCount = series.count;
  const body = { series: { count: series.count, lastObservedTime: microTime(recorder.clock.date()) } };
  const path = `${eventsPath(series.namespace)}/${series.name}`;
  send(recorder, 'repeated', { method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
}

function eventObject(recorder: Recorder, series: Series, regarding: Regarding, event: TierEvent): object {
  const { namespace, name, uid, resourceVersion } = regarding;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: series.name, namespace },
    eventTime: microTime(recorder.clock.date()),
    reportingController: FIELD_MANAGER,
    reportingInstance: recorder.options.instance.slice(0, 128),
    action: event.action.slice(0, 128),
    reason: event.reason.slice(0, 128),
    regarding: { apiVersion: API_VERSION, kind: KIND, namespace, name, uid, resourceVersion },
    note: event.message,
    type: event.type,
  };
}

function send(recorder: Recorder, outcome: string, request: Parameters<KubeApi['call']>[0]): void {
  if (recorder.pending.length >= MOST_PENDING) {
    count(recorder, 'dropped');
    return;
  }
  recorder.pending.push(async () => {
    try {
      const wait = recorder.total.wait();
      if (wait > 0) await sleep(recorder.clock, wait, recorder.stopping.signal);
      recorder.total.take();
      await recorder.options.api.call({ ...request, signal: recorder.stopping.signal });
      count(recorder, outcome);
    } catch (error) {
      // A namespace that is going takes no new events, and an event may have been swept away: nothing is lost by it.
      count(recorder, 'failed');
      recorder.options.log.debug({ err: error }, 'event not sent');
    }
  });
  recorder.sending ??= sendAll(recorder);
}

async function sendAll(recorder: Recorder): Promise<void> {
  for (let next = recorder.pending.shift(); next !== undefined; next = recorder.pending.shift()) {
    if (recorder.stopping.signal.aborted) count(recorder, 'dropped');
    else await next();
  }
  recorder.sending = undefined;
}

function bucketOf(recorder: Recorder, uid: string): Bucket {
  const known = recorder.buckets.get(uid);
  if (known !== undefined) return known;
  // A climb through a stage makes a few dozen events at once; what never ends must not flood.
  const bucket = createBucket(recorder.clock, 60, 0.05);
  recorder.buckets.set(uid, bucket);
  return bucket;
}

/** Both maps are bounded: the oldest series goes first, and so does every bucket that is full again. */
function forgetOld(recorder: Recorder): void {
  const [oldest] = recorder.series.keys();
  if (recorder.series.size > MOST_SERIES && oldest !== undefined) recorder.series.delete(oldest);
  if (recorder.buckets.size <= MOST_SERIES) return;
  for (const [uid, bucket] of recorder.buckets) if (bucket.full()) recorder.buckets.delete(uid);
}

function count(recorder: Recorder, outcome: string): void {
  recorder.options.metrics?.client.events.inc({ outcome });
}

function eventsPath(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
}

function cut(note: string): string {
  if (Buffer.byteLength(note) <= LONGEST_NOTE) return note;
  let end = LONGEST_NOTE - 3;
  while (Buffer.byteLength(note.slice(0, end)) > LONGEST_NOTE - 3) end--;
  return `${note.slice(0, end)}…`;
}
