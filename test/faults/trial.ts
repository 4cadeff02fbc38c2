/**
 * What all classes of faults share: a trial causes faults at one or more points and says of each point whether the promises
 * held. Runner, table, samples and random walks know trials only; no class, kind or stage is named here.
 */
import type { SandboxState } from '../sandbox/sandbox.ts';

/** One fault at one place, and what was broken by it: nothing, when the promises held. */
export interface Point {
  readonly name: string;
  readonly failures: readonly string[];
}

/** Where trials run: a sandbox that they share, with places of their own in it. */
export interface Ground {
  readonly state: SandboxState;
  /** Kubeconfig of the operator's service account, with exactly the shipped permissions. */
  readonly kubeconfig: string;
  /** The operator's program, as it is shipped. */
  readonly script: string;
  /** A namespace name and an AWS account id that no other trial has. */
  place(): { readonly namespace: string; readonly accountID: string };
}

/** One run of a real operator under faults. It fails (rejects) only when the harness itself is broken. */
export interface Trial {
  /** Unique within its class, stable between runs: what a person repeats it by. */
  readonly name: string;
  /** The life that it disturbs, where it disturbs a whole one. */
  readonly life?: string;
  /** It is one of many of a sort, of which so many stand for all unless all are asked for. */
  readonly sampled?: { readonly sort: string; readonly count: number };
  run(ground: Ground): Promise<readonly Point[]>;
}

/** A class of faults: the row of the table. */
export interface FaultClass {
  readonly name: string;
  /** Every trial there is, in a stable order. */
  trials(ground: Ground): Promise<readonly Trial[]>;
  /** Names of the trials that every test run makes; absent: some that a fixed seed chooses. */
  readonly inEveryRun?: readonly string[];
}
