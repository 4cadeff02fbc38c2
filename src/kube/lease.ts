/**
 * Leadership by a `coordination.k8s.io/v1` Lease. One candidate has one term: when it is lost, the fence closes for good
 * and the process is expected to end. Only the monotonic clock decides; timestamps in the Lease are for people, and
 * another holder counts as dead only after its record has not changed for the whole lease, as measured here.
 */
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { KubeApi } from './api.ts';
import { type Clock, sleep, stretch, systemClock } from './clock.ts';
import { hasCode } from './errors.ts';
import { type Fence, openFence, type TermFence } from './fence.ts';
import { type LeaseObject, readLease, writeLease } from './lease-object.ts';

/** How to elect. Durations are milliseconds. */
export interface LeaseOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly name: string;
  /** Must be of this process alone, never reused after a restart. */
  readonly identity: string;
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
}

/** One candidate. */
export interface Election {
  /** Begins to stand; resolves with the fence once elected, or with nothing when stopped before. */
  start(): Promise<Fence | undefined>;
  /** Resolves when the term ends otherwise than by `stop`. */
  readonly lost: Promise<void>;
  /** Closes the fence and hands the lease over. Nothing may be written to AWS after this call. */
  stop(): Promise<void>;
}

interface Candidate {
  readonly options: LeaseOptions;
  readonly clock: Clock;
  readonly stopping: AbortController;
  /** The Lease as last seen, and when it was last seen to change. */
  seen: { readonly lease: LeaseObject | undefined; readonly record: string; readonly since: number } | undefined;
  fence: TermFence | undefined;
}

/** A candidate that does not stand yet. */
export function createElection(options: LeaseOptions): Election {
  const clock = options.clock ?? systemClock;
  const candidate: Candidate = { options, clock, stopping: new AbortController(), seen: undefined, fence: undefined };
  const elected = Promise.withResolvers<Fence | undefined>();
  const lost = Promise.withResolvers<void>();
  let term: Promise<void> | undefined;
  options.metrics?.client.leader.set({ name: options.name }, 0);
  return {
    start: () => {
      term ??= serve(candidate, elected.resolve, lost.resolve);
      return elected.promise;
    },
    lost: lost.promise,
    stop: async () => {
      candidate.stopping.abort();
      candidate.fence?.close();
      await term;
    },
  };
}

async function serve(candidate: Candidate, onElected: (fence?: Fence) => void, onLost: () => void): Promise<void> {
  const { options, stopping } = candidate;
  const { name, identity, log, metrics } = options;
  const fence = await acquire(candidate);
  onElected(fence);
  if (fence === undefined) return;
  metrics?.client.leader.set({ name }, 1);
  log.info({ lease: name, identity }, 'became the leader');
  fence.signal.addEventListener('abort', () => metrics?.client.leader.set({ name }, 0), { once: true });
  await keep(candidate, fence);
  fence.close();
  if (stopping.signal.aborted) {
    await release(candidate);
    return;
  }
  log.error({ lease: name, identity }, 'lost the lease');
  onLost();
}

async function acquire(candidate: Candidate): Promise<TermFence | undefined> {
  const { options, clock, stopping } = candidate;
  while (!stopping.signal.aborted) {
    const asked = clock.now();
    if (await attempt(candidate)) {
      candidate.fence = openFence(clock, asked, options.renewDeadline);
      if (stopping.signal.aborted) candidate.fence.close();
      // An answer that took longer than leadership lasts begins no term: the lease is ours and is renewed at once.
      if (candidate.fence.held() || stopping.signal.aborted) return candidate.fence;
      candidate.fence.close();
      continue;
    }
    await sleep(clock, stretch(clock, options.retryPeriod, 0.2), stopping.signal);
  }
  return undefined;
}

/** Renews until the term ends. */
async function keep(candidate: Candidate, fence: TermFence): Promise<void> {
  const { options, clock } = candidate;
  while (!fence.signal.aborted) {
    await sleep(clock, stretch(clock, options.retryPeriod, 0.1), fence.signal);
    // After a pause of the whole process this is false although no timer has run: too late is too late.
    if (!fence.held()) return;
    const asked = clock.now();
    if (await attempt(candidate, fence.signal)) fence.renew(asked);
    else if (isOthers(candidate)) return;
  }
}

/** Tries once to get or renew the lease; never throws. */
async function attempt(candidate: Candidate, signal: AbortSignal = candidate.stopping.signal): Promise<boolean> {
  const { options, clock } = candidate;
  try {
    // What we wrote ourselves needs no reading: a conflict tells when somebody else wrote.
    if (!isOurs(candidate)) observe(candidate, await readLease(options, signal));
    if (!mayTake(candidate)) return false;
    observe(candidate, await writeLease(options, candidate.seen?.lease, clock.date(), signal));
    return true;
  } catch (error) {
    const lostRace = hasCode(error, 409) || hasCode(error, 404);
    if (lostRace) await observeAnew(candidate, signal);
    if (!signal.aborted)
      options.log[lostRace ? 'debug' : 'warn']({ err: error, lease: options.name }, 'lease attempt failed');
    return false;
  }
}

async function observeAnew(candidate: Candidate, signal: AbortSignal): Promise<void> {
  try {
    observe(candidate, await readLease(candidate.options, signal));
  } catch {
    // The next attempt reads again.
    candidate.seen = undefined;
  }
}

function observe(candidate: Candidate, lease: LeaseObject | undefined): void {
  const record = JSON.stringify(lease?.spec ?? {});
  const since = candidate.seen?.record === record ? candidate.seen.since : candidate.clock.now();
  candidate.seen = { lease, record, since };
}

function holderOf(candidate: Candidate): string {
  return candidate.seen?.lease?.spec?.holderIdentity ?? '';
}

function isOurs(candidate: Candidate): boolean {
  return candidate.seen?.lease !== undefined && holderOf(candidate) === candidate.options.identity;
}

function isOthers(candidate: Candidate): boolean {
  const holder = holderOf(candidate);
  return holder !== '' && holder !== candidate.options.identity;
}

function mayTake(candidate: Candidate): boolean {
  const holder = holderOf(candidate);
  if (holder === '' || holder === candidate.options.identity) return true;
  const seconds = candidate.seen?.lease?.spec?.leaseDurationSeconds;
  const duration = seconds === undefined ? candidate.options.leaseDuration : seconds * 1000;
  return candidate.clock.now() - (candidate.seen?.since ?? candidate.clock.now()) >= duration;
}

/** Hands the lease over; a failure costs the next leader no more than the lease's duration. */
async function release(candidate: Candidate): Promise<void> {
  const { options, clock } = candidate;
  try {
    // A renewal that was under way when the term ended may or may not have arrived: only a read tells the version.
    observe(candidate, await readLease(options));
    if (!isOurs(candidate)) return;
    await writeLease({ ...options, identity: '' }, candidate.seen?.lease, clock.date());
    options.log.info({ lease: options.name }, 'handed the lease over');
  } catch (error) {
    options.log.warn({ err: error, lease: options.name }, 'could not hand the lease over');
  }
}
