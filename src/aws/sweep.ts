/**
 * One reading of all that an installation owns of one kind. As long as AWS says what it said, the answers are compared and
 * not read. It must not know who wants the reading, nor how old it may be.
 */
import type { Owned } from '../core/kind.ts';
import { type Echo, noted } from './echo.ts';
import { asSweep } from './lane.ts';
import { type Press, type Shown, shownByTier } from './shown.ts';

/** What a sweep found, with its times on the observer's clock in milliseconds. */
export interface Sweep {
  readonly began: number;
  readonly ended: number;
  readonly byTier: ReadonlyMap<string, Shown>;
  readonly echo: Echo;
  /** When AWS's answers were last read. */
  readonly read: number;
  /** Whether they were then what they had been before. */
  readonly steady: boolean;
}

/** How to sweep. */
export interface Sweeping {
  readonly reading: () => AsyncIterable<readonly Owned[]>;
  readonly press: Press;
  readonly before: Sweep | undefined;
  readonly now: () => number;
}

/** Milliseconds after which the same answers are read again: what a kind makes of them may depend on the time of day. */
const REREAD = 600_000;

async function readAll({ reading, press, before, now }: Sweeping, began: number): Promise<Sweep> {
  const { result: byTier, echo } = await noted(() => shownByTier(reading(), press, before?.byTier));
  const steady = echo.print !== undefined && echo.print === before?.echo.print;
  return { began, ended: now(), byTier, echo, read: began, steady };
}

async function compare(sweeping: Sweeping, before: Sweep, began: number): Promise<Sweep> {
  if (await before.echo.repeat()) return { ...before, began, ended: sweeping.now() };
  return readAll(sweeping, began);
}

/** Sweeps. What changes all the time is read at once: comparing first would only cost calls. */
export function sweep(sweeping: Sweeping): Promise<Sweep> {
  const { before, now } = sweeping;
  const began = now();
  const compares = before?.steady === true && began - before.read < REREAD;
  return asSweep(() => (compares ? compare(sweeping, before, began) : readAll(sweeping, began)));
}
