/**
 * Which key is worked on when. One key is never worked on twice at once; a key that is added while it runs, runs again
 * afterwards; a failing key comes back ever later. It knows nothing of what the work is, and keeps nothing that cannot
 * be found again by listing.
 */
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { backoff, type Clock, systemClock } from './clock.ts';
import { createOrder, merge, type Order, type Priority, type Waiting } from './order.ts';

/** When and how urgently. */
export interface AddOptions {
  /** Milliseconds from now; default 0. */
  readonly after?: number;
  /** Default `low`. */
  readonly priority?: Priority;
}

/** How soon a failing key may come back, and how late it must. */
export interface FailureOptions {
  /** Milliseconds: never earlier; default 0. */
  readonly floor?: number;
  /** Milliseconds: the chance of the next try is spread over no more than this; default the queue's own. */
  readonly cap?: number;
  /** Default `low`. */
  readonly priority?: Priority;
}

/** A queue of keys and the workers on it. */
export interface Queue {
  add(key: string, options?: AddOptions): void;
  /** Adds after a time that grows with each failure in a row. */
  addAfterFailure(key: string, options?: FailureOptions): void;
  /** Ends the row of failures. */
  forget(key: string): void;
  /** Takes a key out; what runs is not ended, but does not run again. */
  drop(key: string): void;
  /** Begins to work. */
  start(work: (key: string) => Promise<void>): void;
  /** Starts nothing more and waits for what runs; false when that took longer than the limit. */
  stop(limitMilliseconds: number): Promise<boolean>;
  /** Keys that wait for a worker, wait for their time, run. */
  counts(): QueueCounts;
}

/** How many keys there are. */
export interface QueueCounts {
  readonly ready: number;
  readonly waiting: number;
  readonly running: number;
  /** Milliseconds that the longest of what runs has been running. */
  readonly longest: number;
}

/** What can be set. */
export interface QueueOptions {
  /** Label of the metrics. */
  readonly name: string;
  readonly workers: number;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  /** Milliseconds: the most that a first failure delays, and the most that any does. */
  readonly failureBase?: number;
  readonly failureCap?: number;
}

interface Running {
  readonly since: number;
  readonly priority: Priority;
  again?: Waiting;
}

interface State {
  readonly options: QueueOptions;
  readonly clock: Clock;
  readonly labels: { readonly name: string; readonly controller: string };
  readonly order: Order;
  readonly running: Map<string, Running>;
  readonly failures: Map<string, number>;
  readonly onIdle: (() => void)[];
  routineRunning: number;
  work: ((key: string) => Promise<void>) | undefined;
  stopped: boolean;
  alarm: { readonly at: number; cancel(): void } | undefined;
}

const FAILURE_BASE = 1_000;
const FAILURE_CAP = 300_000;

/** An empty queue that does not work yet. */
export function createQueue(options: QueueOptions): Queue {
  const state: State = {
    options,
    clock: options.clock ?? systemClock,
    labels: { name: options.name, controller: options.name },
    order: createOrder(),
    running: new Map(),
    failures: new Map(),
    onIdle: [],
    routineRunning: 0,
    work: undefined,
    stopped: false,
    alarm: undefined,
  };
  options.metrics?.onScrape(() => report(state));
  return {
    add: (key, given) => add(state, key, given),
    addAfterFailure: (key, given) => addAfterFailure(state, key, given),
    forget: (key) => {
      state.failures.delete(key);
    },
    drop: (key) => drop(state, key),
    start: (work) => {
      state.work = work;
      pump(state);
    },
    stop: (limit) => stop(state, limit),
    counts: () => ({
      ready: state.order.ripe(),
      waiting: state.order.unripe(),
      running: state.running.size,
      longest: Math.max(0, ...agesOf(state)),
    }),
  };
}

function add(state: State, key: string, { after = 0, priority = 'low' }: AddOptions = {}): void {
  const wish: Waiting = { key, due: state.clock.now() + Math.max(0, after), priority };
  const running = state.running.get(key);
  if (running === undefined) state.order.add(wish);
  else running.again = running.again === undefined ? wish : merge(running.again, wish);
  pump(state);
}

function addAfterFailure(
  state: State,
  key: string,
  { floor = 0, cap = Number.POSITIVE_INFINITY, priority = 'low' }: FailureOptions = {},
): void {
  const { failureBase = FAILURE_BASE, failureCap = FAILURE_CAP, metrics } = state.options;
  const count = state.failures.get(key) ?? 0;
  state.failures.set(key, count + 1);
  metrics?.queue.retries.inc(state.labels);
  const after = Math.max(floor, backoff(state.clock, count, failureBase, Math.min(cap, failureCap)));
  add(state, key, { after, priority });
}

function drop(state: State, key: string): void {
  state.failures.delete(key);
  state.order.remove(key);
  const running = state.running.get(key);
  if (running !== undefined) delete running.again;
}

/** Starts whatever may start now, and sets the alarm for what comes next. */
function pump(state: State): void {
  const { order, clock, options, running } = state;
  const ripened = order.ripen(clock.now());
  options.metrics?.queue.adds.inc(state.labels, ripened);
  while (state.work !== undefined && !state.stopped && running.size < options.workers) {
    // One worker is kept free of routine, so that slow routine cannot hold up a person's change.
    const next = order.take(state.routineRunning < Math.max(1, options.workers - 1));
    if (next === undefined) break;
    void run(state, next, state.work);
  }
  setAlarm(state, state.stopped ? undefined : order.firstDue());
}

function setAlarm(state: State, due: number | undefined): void {
  if (due === state.alarm?.at) return;
  state.alarm?.cancel();
  state.alarm = undefined;
  if (due === undefined) return;
  const ring = () => {
    state.alarm = undefined;
    pump(state);
  };
  state.alarm = { at: due, cancel: state.clock.after(Math.max(0, due - state.clock.now()), ring) };
}

async function run(state: State, next: Waiting, work: (key: string) => Promise<void>): Promise<void> {
  const { clock, labels, options } = state;
  const since = clock.now();
  const running: Running = { since, priority: next.priority };
  state.running.set(next.key, running);
  if (next.priority === 'low') state.routineRunning++;
  options.metrics?.queue.queueSeconds.observe(labels, (since - next.due) / 1000);
  try {
    await work(next.key);
  } catch (error) {
    options.log.error({ err: error, key: next.key }, 'work on a key failed');
    addAfterFailure(state, next.key);
  }
  options.metrics?.queue.workSeconds.observe(labels, (clock.now() - since) / 1000);
  state.running.delete(next.key);
  if (next.priority === 'low') state.routineRunning--;
  if (running.again !== undefined) state.order.add(running.again);
  pump(state);
  if (state.running.size === 0) for (const resolve of state.onIdle.splice(0)) resolve();
}

function stop(state: State, limitMilliseconds: number): Promise<boolean> {
  state.stopped = true;
  pump(state);
  if (state.running.size === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const cancel = state.clock.after(limitMilliseconds, () => resolve(false));
    state.onIdle.push(() => {
      cancel();
      resolve(true);
    });
  });
}

function report(state: State): void {
  const { options, labels } = state;
  const ages = agesOf(state).map((milliseconds) => milliseconds / 1000);
  const total = ages.reduce((sum, age) => sum + age, 0);
  options.metrics?.queue.depth.set(labels, state.order.ripe());
  options.metrics?.queue.unfinishedSeconds.set(labels, total);
  options.metrics?.queue.longestSeconds.set(labels, Math.max(0, ...ages));
}

function agesOf(state: State): readonly number[] {
  return [...state.running.values()].map(({ since }) => state.clock.now() - since);
}
