/** What a check of one sort of demand is: a question to AWS and what its answer means. Types only. */
import type { Aws } from '../aws/driver.ts';
import type { Zone } from '../aws/lookups.ts';
import type { BroughtSubnet } from '../aws/subnets.ts';
import type { Demand } from '../core/demand.ts';
import type { NodeId } from '../core/ref.ts';

/** What checks are made on. */
export interface Ground {
  readonly aws: Aws;
  /** Nodes of the tier for which something stands, as far as is known. */
  readonly standing: ReadonlySet<NodeId>;
  /** The tags that the resource of a node would carry. */
  readonly tagsOf: (node: NodeId) => Readonly<Record<string, string>>;
}

/** Where the tier is to stand. */
export interface Where {
  readonly zones: readonly Zone[];
  /** Subnets that the user brought, by id. */
  readonly subnets: ReadonlyMap<string, BroughtSubnet>;
}

/** Something that could not be found out. The tier is built all the same: AWS will say when it is in the way. */
export interface Warning {
  readonly message: string;
  /** Whether it is a right that is missing. */
  readonly denied: boolean;
}

/** What came of a question. */
export interface Answer {
  /** Names of the zones in which it can be had; absent: it has nothing to do with zones. */
  readonly zoneNames?: ReadonlySet<string>;
  /** Fails when it cannot be had where the tier is to stand. */
  readonly confirm?: (where: Where) => Warning | undefined | Promise<Warning | undefined>;
}

/** The check of one sort of demand. */
export interface Check<D extends Demand> {
  /** Whether it is an offer of AWS's, which holds for the zones in which it was made. */
  readonly isOffer?: true;
  /** Whether it is asked for the sake of building alone: it says nothing about whether the spec is right. */
  readonly forBuilding?: true;
  /** What is demanded, as text: an equal one is not asked about again. */
  readonly textOf: (demand: D) => string;
  /** Fails with the way out when AWS says no. */
  readonly ask: (ground: Ground, demand: D) => Promise<Answer>;
}
