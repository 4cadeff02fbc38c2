/** What a stage must know beyond the spec: looked up before, handed in as data, so that stages stay pure. Types only. */
import type { TierSpec } from '../api/types.ts';
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
  /** One for each of `zoneCount`, in the order of the subnets' letters. */
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
}

/** A stage's whole answer. */
export interface Blueprint {
  readonly graph: Graph;
  readonly outputs: Outputs;
}

/** One sort of database instance that a stage wants: AWS must offer it before anything is built. */
export interface DatabaseDemand {
  /** The field that names the class, and the one that names the version. */
  readonly field: string;
  readonly versionField: string;
  readonly engine: string;
  /** A major version, or a full one. */
  readonly version: string;
  readonly instanceClass: string;
  readonly multiAZ: boolean;
}

/** A stage of the ladder: a pure function from spec and facts to what must stand in AWS. */
export interface Stage {
  (spec: TierSpec, facts: Facts): Blueprint;
  /** Which databases AWS must offer; the first is the one that zones are chosen for. Absent: it has none of its own. */
  readonly databases?: (spec: TierSpec) => readonly DatabaseDemand[];
}
