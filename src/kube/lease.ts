/**
 * One Lease as one process sees it: look, take, renew, ask for it, hand it over. Only the monotonic clock decides;
 * timestamps in the Lease are for people, and a holder counts as dead only after its record has not changed for the whole
 * lease, as measured here. It must not decide whether this process should hold it.
 */
import type { Log } from '../ops/log.ts';
import type { KubeApi } from './api.ts';
import { type Clock, sleep, stretch } from './clock.ts';
import { hasCode } from './errors.ts';
import { openFence, type TermFence } from './fence.ts';
import {
  type LeaseMarks,
  type LeaseObject,
  type LeaseSpec,
  marksOf,
  nextSpec,
  readLease,
  writeLease,
} from './lease-object.ts';

/** Which Lease, by whom, and for how long. Durations are milliseconds. */
export interface LeaseOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly name: string;
  /** Must be of this process alone, never reused after a restart. */
  readonly identity: string;
  /** Among how many shards this process divides the tiers. */
  readonly shards: number;
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
  readonly log: Log;
  readonly clock: Clock;
}

/** A Lease as it was last seen. */
export interface LeaseView {
  /** Empty when nobody holds it. A holder that was silent for too long is still named. */
  readonly holder: string;
  /** Clock time from which anybody may take it, unless its holder is heard of before. */
  readonly freeAt: number;
  readonly marks: LeaseMarks;
}

/** One Lease. No method throws. */
export interface Lease {
  readonly name: string;
  /** Nothing when it was never read. */
  view(): LeaseView | undefined;
  /** Reads it; nothing when that failed. */
  look(signal: AbortSignal): Promise<LeaseView | undefined>;
  /** Takes it as it was last seen; nothing when that failed or took longer than a term lasts. */
  take(formerShards: number, signal: AbortSignal): Promise<TermFence | undefined>;
  /** Renews until the fence closes, or somebody else holds it. */
  keep(fence: TermFence): Promise<void>;
  /** Changes marks at the next renewal. */
  mark(changes: Partial<LeaseMarks>): void;
  /** Asks its holder for it. */
  ask(signal: AbortSignal): Promise<void>;
  /** Hands it over; a failure costs the next holder no more than the lease's duration. */
  release(): Promise<void>;
}

interface State {
  readonly options: LeaseOptions;
  /** As last seen, and since when its record has not changed. */
  seen: { readonly lease: LeaseObject | undefined; readonly record: string; readonly since: number } | undefined;
  changes: Partial<LeaseMarks>;
}

type Written = 'written' | 'raced' | 'failed';

/** A Lease that was not looked at yet. */
export function createLease(options: LeaseOptions): Lease {
  const state: State = { options, seen: undefined, changes: {} };
  return {
    name: options.name,
    view: () => viewOf(state),
    look: (signal) => look(state, signal),
    take: async (formerShards, signal) => {
      const asked = options.clock.now();
      state.changes = { formerShards, askedBy: '' };
      if ((await hold(state, signal)) !== 'written') return undefined;
      const fence = openFence(options.clock, asked, options.renewDeadline);
      if (fence.held()) return fence;
      // An answer that took longer than a term lasts begins none.
      fence.close();
      return undefined;
    },
    keep: (fence) => keep(state, fence),
    mark: (changes) => {
      state.changes = { ...state.changes, ...changes };
    },
    ask: async (signal) => {
      const { lease } = state.seen ?? {};
      if (lease?.spec === undefined) return;
      await write(state, lease.spec, { ...marksOf(lease), askedBy: options.identity }, signal);
    },
    release: () => release(state),
  };
}

function viewOf({ seen, options }: State): LeaseView | undefined {
  if (seen === undefined) return undefined;
  const { holderIdentity, leaseDurationSeconds: seconds } = seen.lease?.spec ?? {};
  const holder = holderIdentity ?? '';
  const duration = seconds === undefined ? options.leaseDuration : seconds * 1000;
  return { holder, freeAt: holder === '' ? seen.since : seen.since + duration, marks: marksOf(seen.lease) };
}

async function look(state: State, signal?: AbortSignal): Promise<LeaseView | undefined> {
  const { options } = state;
  try {
    observe(state, await readLease(options, signal));
    return viewOf(state);
  } catch (error) {
    // What was seen before stays: a write from it either finds the Lease unchanged or is refused.
    if (signal?.aborted !== true) options.log.warn({ err: error, lease: options.name }, 'lease not read');
    return undefined;
  }
}

async function keep(state: State, fence: TermFence): Promise<void> {
  const { options } = state;
  const { clock, identity } = options;
  while (!fence.signal.aborted) {
    await sleep(clock, stretch(clock, options.retryPeriod, 0.1), fence.signal);
    // After a pause of the whole process this is false although no timer has run: too late is too late.
    if (!fence.held()) return;
    await renew(state, fence);
    const holder = viewOf(state)?.holder ?? '';
    if (holder !== '' && holder !== identity) return;
  }
}

async function renew(state: State, fence: TermFence): Promise<void> {
  const { clock, identity } = state.options;
  // Somebody who asks for the lease makes a new version of it: that costs one more write, not a period.
  for (const attempts of [1, 2]) {
    const holder = viewOf(state)?.holder;
    if (holder !== identity && holder !== '') return;
    const asked = clock.now();
    const result = await hold(state, fence.signal);
    if (result === 'written') fence.renew(asked);
    if (result !== 'raced' || attempts > 1) return;
  }
}

/** Writes this process into the Lease that was last seen. */
async function hold(state: State, signal: AbortSignal): Promise<Written> {
  const { options, seen, changes } = state;
  const { identity, leaseDuration, clock, shards } = options;
  const spec = nextSpec(identity, leaseDuration, seen?.lease?.spec, clock.date());
  const result = await write(state, spec, { ...marksOf(seen?.lease), ...changes, shards }, signal);
  if (result === 'written' && state.changes === changes) state.changes = {};
  return result;
}

async function write(state: State, spec: LeaseSpec, marks: LeaseMarks, signal?: AbortSignal): Promise<Written> {
  const { options } = state;
  try {
    observe(state, await writeLease(options, state.seen?.lease, { spec, marks }, signal));
    return 'written';
  } catch (error) {
    const raced = hasCode(error, 409) || hasCode(error, 404);
    if (signal?.aborted !== true) {
      options.log[raced ? 'debug' : 'warn']({ err: error, lease: options.name }, 'lease not written');
    }
    if (!raced) return 'failed';
    await look(state, signal);
    return 'raced';
  }
}

function observe(state: State, lease: LeaseObject | undefined): void {
  const record = JSON.stringify(lease?.spec ?? {});
  const since = state.seen?.record === record ? state.seen.since : state.options.clock.now();
  state.seen = { lease, record, since };
}

async function release(state: State): Promise<void> {
  const { options } = state;
  const { identity, leaseDuration, clock, shards, log, name } = options;
  // A renewal that was under way when the term ended may or may not have arrived: only a read tells the version.
  await look(state);
  if (viewOf(state)?.holder !== identity) return;
  const { lease } = state.seen ?? {};
  const spec = nextSpec('', leaseDuration, lease?.spec, clock.date());
  const result = await write(state, spec, { ...marksOf(lease), shards });
  if (result === 'written') log.info({ lease: name }, 'handed the lease over');
  else log.warn({ lease: name }, 'could not hand the lease over');
}
