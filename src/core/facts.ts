/** What a stage must know beyond the spec: looked up before, handed in as data, so that stages stay pure. Types only. */
import type { TierSpec } from '../api/types.ts';
import type { Demand } from './demand.ts';
import type { Graph } from './graph.ts';
import type { Owner } from './kind.ts';
import type { Input } from './ref.ts';

/** An availability zone. */
export interface ZoneFact {
  readonly id: string;
  readonly name: string;
}

/** Looked-up facts of one tier; zones and image are pinned in its status and do not move by themselves. */
export interface Facts {
  readonly owner: Required<Owner>;
  readonly region: string;
  readonly accountID: string;
  readonly partition: string;
  /** Where the public subnets stand, in their order: in a network of the tier's own one for each of `zoneCount`, as its letters. */
  readonly zones: readonly ZoneFact[];
  readonly image: { readonly id: string; readonly rootDeviceName: string };
  /** Whether the instance type runs on CPU credits. */
  readonly burstable: boolean;
  /** The user's own user data. */
  readonly userData?: string;
}

/**
 * What pods need to reach the stage's database. The credential's `username` and `password` are added to the values, and
 * stand in a value, percent-encoded, where it says `{username}` or `{password}`.
 */
export interface ConnectionOutput {
  /** The Secret in the tier's namespace that is to hold it. */
  readonly secretName: string;
  /** A list becomes text joined by commas, without what is not known yet. */
  readonly values: Readonly<Record<string, Input<string> | readonly Input<string>[]>>;
  readonly credential: {
    readonly secretArn: Input<string>;
    /** Without it, whichever is current. */
    readonly versionId?: Input<string>;
  };
}

/** The newest restorable copy of one thing that holds data. */
export interface DataCopy {
  readonly id: Input<string>;
  readonly time: Input<string>;
}

/** What a stage publishes about itself, from attributes of its nodes. */
export interface Outputs {
  readonly endpoints: Readonly<Record<string, Input<string> | readonly Input<string>[]>>;
  /** The newest restorable copy of everything that holds data. The tier's data is as safe as the oldest of them. */
  readonly dataCopies: readonly DataCopy[];
  readonly connection?: ConnectionOutput;
  /** How many servers there are, and the label selector of what stands for them, where others may ask for another number. */
  readonly compute?: { readonly instances: Input<number>; readonly selector: string };
}

/** A stage's whole answer. */
export interface Blueprint {
  readonly graph: Graph;
  /** How what is not wanted any more ends, and what stands on what, where another graph says it. Absent: `graph` does. */
  readonly reference?: Graph;
  readonly outputs: Outputs;
}

/** A stage of the ladder: a pure function from spec and facts to what must stand in AWS. */
export interface Stage {
  (spec: TierSpec, facts: Facts): Blueprint;
  /** What AWS must have, offer or allow before anything is built. Absent: nothing that could be asked about. */
  readonly demands?: (spec: TierSpec) => readonly Demand[];
}
