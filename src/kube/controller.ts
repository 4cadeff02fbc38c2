/**
 * From changes on the API server to passes: watches tiers, queues the keys of those that this process serves, runs passes,
 * and decides when to look again. It knows neither AWS nor what a pass does, nor who serves which shard and why.
 */
import type { Pass, References, Tier, TierEvent, TierMetadata, Verdict } from '../core/tier.ts';
import type { Log } from '../ops/log.ts';
import { tierLog } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { KubeApi } from './api.ts';
import { createCensus } from './census.ts';
import { type Checks, checksOf } from './checks.ts';
import { type Clock, spread, systemClock, together } from './clock.ts';
import { createPublish } from './connection-secret.ts';
import { isRefusedByServer } from './errors.ts';
import { reportFailure } from './failure.ts';
import { type Fence, FenceError } from './fence.ts';
import { type PassContext, type PassResult, runPass } from './pass.ts';
import { createQueue, type Queue } from './queue.ts';
import { createReflector, type Reflector } from './reflector.ts';
import { createRests, NOT_AT_REST, type Rest, type Rests } from './rests.ts';
import type { StoreEvent } from './store.ts';
import { createTerms, type Terms } from './terms.ts';
import { createTierClient, type TierObject, tiersPath } from './tiers.ts';
import { summarize, type TierSummary, triggerOf } from './trigger.ts';

/** What a controller is made of. */
export interface ControllerOptions {
  readonly api: KubeApi;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly workers: number;
  /** The longest time between two looks. */
  readonly resyncSeconds: number;
  /** Namespaces to watch; all when empty. */
  readonly namespaces: readonly string[];
  /** Among so many shards the tiers are divided; default 1. */
  readonly shards?: number;
  readonly clock?: Clock;
  /** A pass that takes longer is aborted; default 300. */
  readonly passSeconds?: number;
  /** `fence` is what every write of this pass must ask. */
  reconcile(tier: Tier, pass: Pass, fence: Fence): Promise<Verdict>;
  readReferences(tier: TierObject): Promise<References>;
  emit(tier: TierMetadata, event: TierEvent): void;
}

/** A controller. */
export interface Controller {
  /** Begins to watch. Nothing is written before `lead`. */
  watch(): void;
  /** Begins to serve a shard, until the fence closes, `giveUp` or `stop`. */
  lead(shard: number, fence: Fence): void;
  /** Begins nothing more in a shard, aborts what runs there, and resolves after the last pass. */
  giveUp(shard: number): Promise<void>;
  /** Aborts what runs, waits for it no longer than the limit; false when something did not end in time. */
  stop(limitMilliseconds: number): Promise<boolean>;
  /** Asks for a pass, for example because an event from AWS names the tier. */
  request(key: string): void;
  /** Says that AWS shows something else of a tier: its rest is over. What comes back soon anyway does so at its own pace. */
  changed(key: string): void;
  synced(): boolean;
  whenSynced(): Promise<void>;
  readonly checks: Checks;
}

interface Running {
  readonly options: ControllerOptions;
  readonly clock: Clock;
  readonly queue: Queue;
  readonly census: ReturnType<typeof createCensus>;
  readonly context: PassContext;
  readonly terms: Terms;
  readonly rests: Rests;
  readonly reflectors: readonly Reflector<TierSummary>[];
  readonly stopping: AbortSignal;
  /** Keys whose last pass was overtaken. */
  readonly overtaken: Set<string>;
}

const NAME = 'scalingtier';
const LABELS = { controller: NAME };
const REQUEUED = { ...LABELS, result: 'requeue_after' };
const PASS_SECONDS = 300;
const SHORTEST_WAIT_SECONDS = 0.1;
/** Who comes back sooner waits for AWS to settle, and for what its changes lead to. */
const SETTLING_SECONDS = 30;
/** The API server recovers for all tiers at once and without a sign: none finds out much later than the watch does. */
const REFUSED = { cap: 30_000 } as const;

/** A controller that does nothing yet. */
export function createController(options: ControllerOptions): Controller {
  const { api, log, metrics, readReferences, reconcile, emit } = options;
  const clock = options.clock ?? systemClock;
  const stopping = new AbortController();
  const queue = createQueue({ name: NAME, workers: options.workers, log, metrics, clock });
  const terms = createTerms(options.shards ?? 1);
  const edge = { tiers: createTierClient(api), publish: createPublish(api, clock) };
  const onEvent = (event: StoreEvent<TierSummary>, initial: boolean) => takeIn(running, event, initial);
  const namespaces = options.namespaces.length === 0 ? [undefined] : options.namespaces;
  const reflectors = namespaces.map((name) =>
    createReflector<TierSummary>({ api, path: tiersPath(name), log, metrics, clock, compact: summarize, onEvent }),
  );
  const running: Running = {
    options,
    clock,
    queue,
    census: createCensus(metrics),
    context: { ...edge, termOf: terms.of, readReferences, reconcile, emit },
    terms,
    rests: createRests(),
    reflectors,
    stopping: stopping.signal,
    overtaken: new Set(),
  };
  metrics.reconcile.workers.set(LABELS, options.workers);
  return {
    watch: () => {
      queue.start((key) => work(running, key));
      for (const reflector of reflectors) reflector.start();
    },
    lead: (shard, fence) => {
      terms.begin(shard, fence);
      for (const key of keysOf(reflectors)) if (isOf(running, shard, key)) queue.add(key);
    },
    giveUp: async (shard) => {
      await terms.end(shard);
      for (const key of keysOf(reflectors)) if (!serves(running, key)) letGo(running, key);
    },
    stop: async (limit) => {
      stopping.abort();
      const [drained] = await Promise.all([queue.stop(limit), ...reflectors.map((reflector) => reflector.stop())]);
      return drained;
    },
    request: (key) => {
      running.rests.forget(key);
      queue.add(key, { priority: 'high' });
    },
    changed: (key) => {
      if (running.rests.forget(key)) queue.add(key);
    },
    synced: () => reflectors.every((reflector) => reflector.synced()),
    whenSynced: () => Promise.all(reflectors.map((reflector) => reflector.whenSynced())).then(() => {}),
    checks: checksOf(reflectors, queue, (options.passSeconds ?? PASS_SECONDS) * 1000, clock),
  };
}

function takeIn(running: Running, event: StoreEvent<TierSummary>, initial: boolean): void {
  if (!servesPlace(running, event.type === 'deleted' ? event.old.place : event.object.place)) {
    letGo(running, event.key);
    return;
  }
  const priority = triggerOf(event, initial);
  if (priority !== undefined) running.queue.add(event.key, { priority });
}

/** Whose a tier without a place is shows only when it is read: everybody who serves anything looks once. */
function servesPlace({ terms }: Running, place: string | undefined): boolean {
  return place === undefined ? terms.any() : terms.of(place) !== undefined;
}

function serves(running: Running, key: string): boolean {
  return servesPlace(running, summaryOf(running, key)?.place);
}

/** Whether a tier comes to this process with a shard: of one without a place nobody knows yet. */
function isOf(running: Running, shard: number, key: string): boolean {
  const place = summaryOf(running, key)?.place;
  return place === undefined || running.terms.shardOf(place) === shard;
}

function summaryOf({ reflectors }: Running, key: string): TierSummary | undefined {
  for (const reflector of reflectors) {
    const found = reflector.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Forgets a tier that another process serves. */
function letGo({ queue, census, overtaken, rests }: Running, key: string): void {
  queue.drop(key);
  rests.forget(key);
  census.remove(key);
  overtaken.delete(key);
}

function* keysOf(reflectors: readonly Reflector<TierSummary>[]): Iterable<string> {
  for (const reflector of reflectors) yield* reflector.keys();
}

async function work(running: Running, key: string): Promise<void> {
  const { options, queue, clock } = running;
  const { reconcile } = options.metrics;
  // Whoever serves the tier next lists everything anew.
  if (running.stopping.aborted || !serves(running, key)) return;
  const rest = running.rests.of(key, summaryOf(running, key)?.content);
  if (rest !== undefined) {
    void look(running, key, rest);
    return;
  }
  running.rests.forget(key);
  const started = clock.now();
  reconcile.active.inc(LABELS);
  try {
    schedule(running, key, { result: await supervise(running, key), started });
  } catch (error) {
    const ending = running.stopping.aborted;
    reportFailure(options.metrics, tierLog(options.log, key), { error, ending, controller: NAME });
    if (!running.stopping.aborted && serves(running, key))
      queue.addAfterFailure(key, isRefusedByServer(error) ? REFUSED : {});
  } finally {
    reconcile.active.dec(LABELS);
    reconcile.seconds.observe(LABELS, (clock.now() - started) / 1000);
  }
}

/** Looks whether a tier at rest still is; if so, that was the pass. */
async function look(running: Running, key: string, rest: Rest): Promise<void> {
  const { clock } = running;
  const started = clock.now();
  const still = await running.rests.look(key, rest);
  if (still === undefined || running.stopping.aborted || !serves(running, key)) return;
  if (still) return comeBack(running, key, together(clock, spread(clock, rest.seconds, started)));
  running.rests.forget(key);
  running.queue.add(key);
}

/** Runs a pass under everything that may end it: its term, the end of the process, its own limit. */
async function supervise(running: Running, key: string): Promise<PassResult> {
  const { context, stopping, clock, options } = running;
  const ending = new AbortController();
  const abort = (reason?: unknown) => ending.abort(reason);
  const stop = () => abort();
  const cancel = clock.after((options.passSeconds ?? PASS_SECONDS) * 1000, () => {
    options.metrics.reconcile.timeouts.inc(LABELS);
    tierLog(options.log, key).error('a pass took too long and was aborted');
    abort();
  });
  stopping.addEventListener('abort', stop, { once: true });
  try {
    return await runPass(context, key, ending.signal, abort);
  } catch (error) {
    // Whatever the engine made of the abort: the cause is known.
    throw ending.signal.reason instanceof FenceError ? ending.signal.reason : error;
  } finally {
    cancel();
    stopping.removeEventListener('abort', stop);
  }
}

/** A pass that did not fail, and when it began. */
interface Ended {
  readonly result: PassResult;
  readonly started: number;
}

/** Decides when to look again. */
function schedule(running: Running, key: string, { result, started }: Ended): void {
  const { queue, census, options, clock } = running;
  const { total, errors } = options.metrics.reconcile;
  const again = running.overtaken.delete(key);
  // A term that ended during the pass leaves nothing to come back to.
  if (result.kind === 'forgotten' || !serves(running, key)) {
    total.inc({ ...LABELS, result: 'success' });
    queue.forget(key);
    census.remove(key);
    return;
  }
  if (result.kind === 'overtaken') {
    total.inc({ ...LABELS, result: 'requeue' });
    running.overtaken.add(key);
    // Once is somebody else's change; again and again is a quarrel that haste makes worse.
    if (again) queue.addAfterFailure(key, { ...REFUSED, priority: 'high' });
    else queue.add(key, { priority: 'high' });
    return;
  }
  const { verdict } = result;
  census.put(key, verdict.status);
  const seconds = Math.min(Math.max(verdict.requeueAfter, SHORTEST_WAIT_SECONDS), options.resyncSeconds);
  if (verdict.result === 'error') {
    total.inc({ ...LABELS, result: 'error' });
    errors.inc(LABELS);
    queue.addAfterFailure(key, { floor: seconds * 1000 });
    return;
  }
  const isSettling = seconds < SETTLING_SECONDS;
  const still = verdict.still ?? (isSettling ? undefined : NOT_AT_REST);
  if (still) running.rests.keep(key, { content: result.content, seconds, still });
  // Somebody's settling time stays exact.
  comeBack(running, key, isSettling ? seconds * 1000 : spread(clock, seconds, started));
}

/** Ends a pass that went well. */
function comeBack({ queue, options, clock }: Running, key: string, after: number): void {
  options.metrics.reconcile.total.inc(REQUEUED);
  options.metrics.tier.lastSuccess.set(clock.date().getTime() / 1000);
  queue.forget(key);
  queue.add(key, { after });
}
