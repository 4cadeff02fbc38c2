/**
 * Which shards this process serves: one Lease for each, and a fair share of them for every process that stands. With one
 * shard this is the election of a leader. A term that is lost is the end of the process. It must not know what is served.
 */
import type { Metrics } from '../ops/metrics.ts';
import { sleep, stretch, systemClock } from './clock.ts';
import type { Fence, TermFence } from './fence.ts';
import { createLease, type Lease, type LeaseOptions } from './lease.ts';
import { formerCount, isClearOf, isFree, type LeaseSet, tellsCount } from './shard-count.ts';
import { answersTo, type ShardStanding, shardToAskFor, shardToTake } from './share.ts';

/** How to stand. `name` is the Lease of shard 0; those of the others end in their number. */
export interface ShardsOptions extends Omit<LeaseOptions, 'clock'> {
  readonly metrics?: Metrics;
  readonly clock?: LeaseOptions['clock'];
  /** A shard is served from now on, until its fence closes. */
  onGained(shard: number, fence: Fence): void;
  /** Ends what is under way in a shard; it is given up when that has resolved, and kept until then. */
  drain(shard: number): Promise<void>;
}

/** One process among those that share the shards. */
export interface Shards {
  /** Begins to stand. */
  start(): void;
  /** Resolves when a term ends otherwise than by `stop` or by being given up. */
  readonly lost: Promise<void>;
  /** Closes all fences and hands the leases over. Nothing may be written to AWS after this call. */
  stop(): Promise<void>;
}

interface Term {
  readonly fence: TermFence;
  /** Whether nobody who divides the tiers otherwise can be at work any more. */
  confirmed: boolean;
  /** For whom it is being drained. */
  givenTo: string;
  /** Ended by ourselves: that is no loss. */
  withdrawn: boolean;
  over: Promise<void>;
}

interface State {
  readonly options: ShardsOptions & LeaseOptions;
  readonly leases: LeaseSet;
  readonly terms: Map<number, Term>;
  readonly stopping: AbortController;
  readonly lost: PromiseWithResolvers<void>;
  /** The number of shards that others serve by, once that is told; 0 when there is nothing to wait for. */
  waitsFor: number;
}

/** How long who has a shard leaves another one that is free to those who have none, in retry periods. */
const PATIENCE = 1.5;
const SHORTEST_SLEEP = 10;

/** Stands for no shard yet. */
export function createShards(given: ShardsOptions): Shards {
  const options = { ...given, clock: given.clock ?? systemClock };
  const state: State = {
    options,
    leases: leaseSet(options),
    waitsFor: 0,
    terms: new Map(),
    stopping: new AbortController(),
    lost: Promise.withResolvers<void>(),
  };
  for (const shard of numbers(options.shards)) showServing(state, shard, 0);
  let standing: Promise<void> | undefined;
  return {
    start: () => {
      standing ??= stand(state);
    },
    lost: state.lost.promise,
    stop: async () => {
      state.stopping.abort();
      for (const { fence } of state.terms.values()) fence.close();
      await standing;
      await Promise.all([...state.terms.values()].map(({ over }) => over));
    },
  };
}

async function stand(state: State): Promise<void> {
  const { options, stopping } = state;
  while (!stopping.signal.aborted) {
    await lookAtOthers(state);
    const agreed = isAgreed(state);
    if (agreed) await takeShare(state);
    else if (await mayChangeCount(state)) await take(state, 0);
    if (agreed) await speak(state);
    const retry = stretch(options.clock, options.retryPeriod, 0.2);
    await sleep(options.clock, Math.min(retry, agreed ? nextChance(state) : retry), stopping.signal);
  }
}

/** A Lease of our own is known from its renewals. */
async function lookAtOthers({ options, leases, terms, stopping }: State): Promise<void> {
  const others = numbers(options.shards).filter((shard) => !terms.has(shard));
  await Promise.all(others.map((shard) => leases.of(shard).look(stopping.signal)));
}

function isAgreed({ options, leases, terms }: State): boolean {
  const own = terms.get(0);
  if (own?.confirmed === true && own.fence.held()) return true;
  const first = leases.of(0).view();
  return first !== undefined && tellsCount(first, options.shards);
}

/** Whether nobody serves by another count, as far as is known: it is not changed under those who work. */
async function mayChangeCount(state: State): Promise<boolean> {
  const { options, leases, stopping } = state;
  const first = leases.of(0).view();
  if (first === undefined || state.terms.has(0)) return false;
  const former = formerCount(first.marks, options.shards);
  // All of them are looked at from the first: how long one was silent shows only to who watched.
  const clear = await isClearOf(leases, former, stopping.signal);
  const free = clear && isFree(leases, first);
  if (!free && state.waitsFor !== former)
    options.log.warn({ shards: options.shards, served: former }, 'waiting: another number of shards is served');
  state.waitsFor = free ? 0 : former;
  return free;
}

async function takeShare(state: State): Promise<void> {
  const { identity, clock } = state.options;
  // Each attempt shows how the shard stands now, so that the next is another: as many as there are shards are enough.
  for (const _ of numbers(state.options.shards)) {
    const shard = shardToTake(identity, standings(state), patienceOf(state), clock.random());
    if (shard === undefined || state.stopping.signal.aborted) return;
    await take(state, shard);
  }
}

async function take(state: State, shard: number): Promise<void> {
  const { options, leases, terms, stopping } = state;
  const lease = leases.of(shard);
  const marks = lease.view()?.marks;
  const former = shard > 0 || marks === undefined ? 0 : formerCount(marks, options.shards);
  const fence = await lease.take(former, stopping.signal);
  if (fence === undefined) return;
  const term: Term = { fence, confirmed: false, givenTo: '', withdrawn: false, over: Promise.resolve() };
  terms.set(shard, term);
  term.over = serve(state, shard, term);
}

/** From taking a Lease to its end, whatever ends it. */
async function serve(state: State, shard: number, term: Term): Promise<void> {
  const { options, stopping, terms, lost } = state;
  const { log, identity } = options;
  const { fence } = term;
  const lease = state.leases.of(shard);
  const kept = lease.keep(fence);
  // The process may have begun to end while the Lease was asked for.
  if (stopping.signal.aborted) fence.close();
  term.confirmed = (await confirm(state, shard, fence)) && fence.held();
  if (term.confirmed) {
    showServing(state, shard, 1);
    log.info({ lease: lease.name, shard, identity }, 'leading');
    options.onGained(shard, fence);
  } else withdraw(term);
  await kept;
  fence.close();
  showServing(state, shard, 0);
  if (stopping.signal.aborted || term.withdrawn || !term.confirmed) await lease.release();
  else {
    log.error({ lease: lease.name, shard, identity }, 'lost the lease');
    // The process ends: it keeps its other shards until their passes have ended, and takes none any more.
    stopping.abort();
    lost.resolve();
  }
  terms.delete(shard);
}

/** Waits until nobody can serve by another count any more; false when that ends the term. */
async function confirm({ options, leases, terms }: State, shard: number, { signal }: TermFence): Promise<boolean> {
  const first = leases.of(0);
  if (shard > 0) {
    const own = terms.get(0);
    // Nobody changes the count while shard 0 is served here.
    if (own?.confirmed === true && own.fence.held()) return true;
    const view = await first.look(signal);
    return view !== undefined && tellsCount(view, options.shards);
  }
  const former = first.view()?.marks.formerShards ?? 0;
  while (!signal.aborted) {
    if (await isClearOf(leases, former, signal)) {
      if (former > 0) first.mark({ formerShards: 0 });
      return true;
    }
    await sleep(options.clock, options.retryPeriod, signal);
  }
  return false;
}

/** Answers those who ask for shards of ours, and asks for some. */
async function speak(state: State): Promise<void> {
  const { identity, clock } = state.options;
  const { give, refuse } = answersTo(identity, standings(state));
  for (const shard of refuse) state.leases.of(shard).mark({ askedBy: '' });
  for (const shard of give) void giveUp(state, shard);
  const shard = shardToAskFor(identity, standings(state), clock.random());
  if (shard !== undefined) await state.leases.of(shard).ask(state.stopping.signal);
}

async function giveUp(state: State, shard: number): Promise<void> {
  const term = state.terms.get(shard);
  if (term?.confirmed !== true) return;
  const lease = state.leases.of(shard);
  term.givenTo = lease.view()?.marks.askedBy ?? '';
  state.options.log.info({ lease: lease.name, shard, to: term.givenTo }, 'giving the shard up');
  await state.options.drain(shard);
  withdraw(term);
}

function withdraw(term: Term): void {
  term.withdrawn = term.fence.held();
  term.fence.close();
}

/** How the shards stand, seen from this process. */
function standings(state: State): readonly ShardStanding[] {
  const { identity, shards, clock } = state.options;
  return numbers(shards).map((shard): ShardStanding => {
    const view = state.leases.of(shard).view();
    const term = state.terms.get(shard);
    const askedBy = view?.marks.askedBy ?? '';
    // What is being given up counts as given.
    if (term !== undefined) return term.givenTo === '' ? held(identity, askedBy) : held(term.givenTo, '');
    if (view === undefined) return held('unknown', '');
    if (view.holder === identity) return { holder: '', freeFor: 0, askedBy: identity };
    if (!isFree(state.leases, view)) return held(view.holder, askedBy);
    return { holder: '', freeFor: clock.now() - view.freeAt, askedBy };
  });
}

function held(holder: string, askedBy: string): ShardStanding {
  return { holder, freeFor: 0, askedBy };
}

/** Milliseconds until a Lease becomes free, or patience with a free one ends. */
function nextChance(state: State): number {
  const { clock, identity, shards } = state.options;
  const times = numbers(shards)
    .filter((shard) => !state.terms.has(shard))
    .flatMap((shard) => {
      const { freeAt = Number.POSITIVE_INFINITY, holder } = state.leases.of(shard).view() ?? {};
      return holder === identity ? [] : [freeAt, freeAt + patienceOf(state)];
    })
    .map((at) => at - clock.now())
    .filter((wait) => wait > 0);
  return Math.max(SHORTEST_SLEEP, Math.min(...times));
}

function patienceOf({ options }: State): number {
  return PATIENCE * options.retryPeriod;
}

function leaseSet(options: LeaseOptions): LeaseSet {
  const leases = new Map<number, Lease>();
  return {
    identity: options.identity,
    shards: options.shards,
    clock: options.clock,
    of: (shard) => {
      const lease = leases.get(shard) ?? createLease({ ...options, name: leaseName(options.name, shard) });
      leases.set(shard, lease);
      return lease;
    },
  };
}

/** The name of a shard's Lease. Every count shares shard 0's, which tells how many there are. */
export function leaseName(name: string, shard: number): string {
  return shard === 0 ? name : `${name}-${shard}`;
}

function showServing({ options, terms }: State, shard: number, value: 0 | 1): void {
  const held = [...terms.values()].filter(({ confirmed, fence }) => confirmed && fence.held());
  options.metrics?.client.leader.set({ name: leaseName(options.name, shard) }, value);
  options.metrics?.client.shards.set(held.length);
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}
