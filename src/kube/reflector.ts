/**
 * Keeps a compact copy of a collection in step with the API server, whatever happens to the connection: list, watch,
 * resume, and list again when the thread is lost. It goes on for ever until stopped. Handlers get keys and events and
 * cannot stop it. The copy says what has changed; truth for a decision is a fresh read.
 */
import { setImmediate } from 'node:timers/promises';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { KubeApi } from './api.ts';
import { backoff, type Clock, sleep, stretch, systemClock } from './clock.ts';
import { isExpired, KubeError, type StatusObject } from './errors.ts';
import { type KubeObject, keyOf, listAll } from './list.ts';
import { createStore, type Stored, type StoreEvent } from './store.ts';
import { readWatch, type StreamEnd, type WatchLine } from './watch.ts';

/** What to reflect. */
export interface ReflectorOptions<T extends Stored> {
  readonly api: KubeApi;
  /** The collection, for example `/apis/example.dev/v1/things`. */
  readonly path: string;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  /** Objects in one page of a list. */
  readonly pageSize?: number;
  /** The server ends a stream after so long; short streams let a dead connection be noticed soon. */
  readonly watchSeconds?: number;
  /** Silence beyond `watchSeconds` that makes a connection dead. */
  readonly graceMilliseconds?: number;
  /** Keeps of an object what is needed. */
  compact(object: KubeObject): T;
  /** `initial`: the object was there when the copy was first made. */
  onEvent(event: StoreEvent<T>, initial: boolean): void;
}

/** A running copy. */
export interface Reflector<T extends Stored> {
  start(): void;
  stop(): Promise<void>;
  /** Whether the copy has been complete once. */
  synced(): boolean;
  whenSynced(): Promise<void>;
  /** Clock time of the last sign of life from the API server. */
  lastActivity(): number;
  get(key: string): T | undefined;
  keys(): IterableIterator<string>;
  readonly size: number;
}

/** Metadata is all that is needed to know that something changed; the API server then sends nothing else. */
const LIST_ACCEPT = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
const WATCH_ACCEPT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
const BACKOFF_BASE = 100;
const BACKOFF_CAP = 2_000;
const HEALTHY_STREAM = 1_000;
/** After so many failures in a row even a good version is doubted: the server's history may have been restored. */
const FAILURES_BEFORE_LIST = 5;

/** Changes that a list brings and that are handed on in one turn of the event loop: a few milliseconds. */
const EVENTS_AT_ONCE = 25;

/** A reflector that does nothing until started. */
export function createReflector<T extends Stored>(options: ReflectorOptions<T>): Reflector<T> {
  const clock = options.clock ?? systemClock;
  const store = createStore<T>();
  const stopping = new AbortController();
  const synced = Promise.withResolvers<void>();
  const state: State = { version: undefined, complete: false, failures: 0, lastActivity: clock.now() };
  const context: Context<T> = {
    options,
    clock,
    signal: stopping.signal,
    state,
    emit: (events, initial) => deliver(options, events, initial),
    put: (object) => store.put(keyOf(object.metadata), options.compact(object)),
    remove: (object) => store.remove(keyOf(object.metadata)),
    replace: (objects) => store.replace(objects),
    onComplete: () => synced.resolve(),
  };
  let loop: Promise<void> | undefined;
  return {
    start: () => {
      loop ??= run(context);
    },
    stop: async () => {
      stopping.abort();
      await loop;
    },
    synced: () => state.complete,
    whenSynced: () => synced.promise,
    lastActivity: () => state.lastActivity,
    get: (key) => store.get(key),
    keys: () => store.keys(),
    get size() {
      return store.size;
    },
  };
}

interface State {
  /** Where the next stream starts; nothing when a list is due. */
  version: string | undefined;
  complete: boolean;
  failures: number;
  lastActivity: number;
}

interface Context<T extends Stored> {
  readonly options: ReflectorOptions<T>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly state: State;
  emit(events: readonly StoreEvent<T>[], initial: boolean): void;
  put(object: KubeObject): readonly StoreEvent<T>[];
  remove(object: KubeObject): readonly StoreEvent<T>[];
  replace(objects: ReadonlyMap<string, T>): readonly StoreEvent<T>[];
  onComplete(): void;
}

async function run<T extends Stored>(context: Context<T>): Promise<void> {
  const { state, clock, signal } = context;
  while (!signal.aborted) {
    const started = clock.now();
    const fine = await step(context);
    if (fine && clock.now() - started >= HEALTHY_STREAM) state.failures = 0;
    else state.failures++;
    if (state.failures > 0) await sleep(clock, backoff(clock, state.failures - 1, BACKOFF_BASE, BACKOFF_CAP), signal);
  }
}

/** One list if one is due, and one stream; false when either went wrong. */
async function step<T extends Stored>(context: Context<T>): Promise<boolean> {
  const { state, signal, options } = context;
  try {
    if (state.version === undefined) await relist(context);
    const end = await watch(context, state.version ?? '');
    options.metrics?.client.watches.inc({ end });
    options.log.debug({ path: options.path, end }, 'watch stream ended');
    if (end === 'garbled') state.version = undefined;
    return end === 'closed';
  } catch (error) {
    if (signal.aborted) return false;
    options.metrics?.client.watches.inc({ end: 'error' });
    if (isExpired(error) || state.failures >= FAILURES_BEFORE_LIST) state.version = undefined;
    const level = isExpired(error) || state.failures === 0 ? 'info' : 'warn';
    options.log[level]({ path: options.path, err: error, failures: state.failures }, 'watching was interrupted');
    return false;
  }
}

async function relist<T extends Stored>(context: Context<T>): Promise<void> {
  const { options, state } = context;
  const listing = await listAll<T>(options.api, {
    path: options.path,
    accept: LIST_ACCEPT,
    pageSize: options.pageSize ?? 100,
    signal: context.signal,
    compact: options.compact,
    onPage: () => touch(context),
  });
  const initial = !state.complete;
  const events = context.replace(listing.objects);
  state.version = listing.version;
  state.complete = true;
  options.metrics?.client.lists.inc();
  options.log.info({ path: options.path, objects: listing.objects.size, changed: events.length }, 'collection listed');
  await emitInTurns(context, events, initial);
  context.onComplete();
}

/** A list may bring thousands of changes at once. */
async function emitInTurns<T extends Stored>(
  { emit }: Context<T>,
  events: readonly StoreEvent<T>[],
  initial: boolean,
): Promise<void> {
  for (let from = 0; from < events.length; from += EVENTS_AT_ONCE) {
    if (from > 0) await setImmediate();
    emit(events.slice(from, from + EVENTS_AT_ONCE), initial);
  }
}

async function watch<T extends Stored>(context: Context<T>, version: string): Promise<StreamEnd> {
  const { options, clock, signal } = context;
  const seconds = Math.round(stretch(clock, options.watchSeconds ?? 30, 0.2));
  const ending = new AbortController();
  const end = () => ending.abort();
  signal.addEventListener('abort', end, { once: true });
  try {
    const stream = await options.api.stream({
      method: 'GET',
      path: options.path,
      query: { watch: true, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: seconds },
      accept: WATCH_ACCEPT,
      signal: ending.signal,
    });
    touch(context);
    return await readWatch(stream, {
      clock,
      idleMilliseconds: seconds * 1000 + (options.graceMilliseconds ?? 5_000),
      onLine: (line) => takeIn(context, line),
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function takeIn<T extends Stored>(context: Context<T>, line: WatchLine): void {
  const { state } = context;
  touch(context);
  if (line.type === 'ERROR') throw streamError(line.object as StatusObject);
  const object = line.object as KubeObject;
  const version = object.metadata?.resourceVersion;
  if (version === undefined) throw lostThread(`a ${line.type} event has no resourceVersion`);
  const events = changesOf(context, line.type, object);
  state.version = version;
  state.failures = 0;
  context.emit(events, false);
}

function changesOf<T extends Stored>(context: Context<T>, type: string, object: KubeObject): readonly StoreEvent<T>[] {
  if (type === 'BOOKMARK') return [];
  if (type === 'ADDED' || type === 'MODIFIED') return context.put(object);
  if (type === 'DELETED') return context.remove(object);
  throw lostThread(`event type "${type}" is unknown`);
}

/** An error inside a stream means that what comes next is unknown: only a list finds the thread again. */
function streamError(status: StatusObject): KubeError {
  return lostThread(status.message ?? status.reason ?? 'no message');
}

function lostThread(why: string): KubeError {
  return new KubeError(`watch: ${why}`, { code: 410, reason: 'Expired' });
}

function touch<T extends Stored>(context: Context<T>): void {
  context.state.lastActivity = context.clock.now();
}

function deliver<T extends Stored>(
  options: ReflectorOptions<T>,
  events: readonly StoreEvent<T>[],
  initial: boolean,
): void {
  for (const event of events) {
    try {
      options.onEvent(event, initial);
    } catch (error) {
      options.log.error({ err: error, key: event.key }, 'a handler of watch events failed');
    }
  }
}
