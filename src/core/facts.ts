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

/** What a stage publishes about itself, from attributes of its nodes. */
export interface Outputs {
  readonly endpoints: Readonly<Record<string, Input<string>>>;
  /** The newest restorable copy of the data that the stage holds. */
  readonly dataCopy: { readonly id: Input<string>; readonly time: Input<string> };
}

/** A stage's whole answer. */
export interface Blueprint {
  readonly graph: Graph;
  readonly outputs: Outputs;
}

/** A stage of the ladder: a pure function from spec and facts to what must stand in AWS. */
export type Stage = (spec: TierSpec, facts: Facts) => Blueprint;
