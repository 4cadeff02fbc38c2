/**
 * What proves leadership at the moment of a write. It is asked before every write to AWS and to Kubernetes, and answers
 * from the monotonic clock alone, so that a process that was paused finds itself fenced before it has read anything.
 */
import type { Clock } from './clock.ts';

/** Leadership of this process. */
export interface Fence {
  /** Aborts when leadership ends. */
  readonly signal: AbortSignal;
  held(): boolean;
  /** Throws unless held. */
  assertHeld(): void;
}

/** A fence whose end moves with each renewal. */
export interface TermFence extends Fence {
  /** Moves the end; `askedAt` is when the successful renewal was asked for, not when it was answered. */
  renew(askedAt: number): void;
  /** Ends the term for good. */
  close(): void;
}

/** A write was about to happen without leadership. */
export class FenceError extends Error {
  override readonly name = 'FenceError';
  constructor() {
    super('write refused: this process does not lead any more');
  }
}

/** A term that began with a renewal asked for at `askedAt` and ends `duration` milliseconds after the last one. */
export function openFence(clock: Clock, askedAt: number, duration: number): TermFence {
  const ending = new AbortController();
  let end = askedAt + duration;
  let cancel = () => {};
  const close = () => {
    cancel();
    end = Number.NEGATIVE_INFINITY;
    if (!ending.signal.aborted) ending.abort(new FenceError());
  };
  const watch = () => {
    cancel();
    // A timer may fire early by a fraction: only the clock decides.
    cancel = clock.after(Math.max(1, end - clock.now()), () => (clock.now() >= end ? close() : watch()));
  };
  watch();
  return {
    signal: ending.signal,
    held: () => clock.now() < end,
    assertHeld: () => {
      if (clock.now() >= end) throw new FenceError();
    },
    renew: (at) => {
      // A term that has ended does not come back, even when a late answer says that the lease is ours.
      if (ending.signal.aborted || clock.now() >= end) return;
      end = at + duration;
      watch();
    },
    close,
  };
}

/** Leadership without an election, for a process that is known to be alone; it ends when closed. */
export function soleFence(clock: Clock): TermFence {
  return openFence(clock, clock.now(), Number.POSITIVE_INFINITY);
}
