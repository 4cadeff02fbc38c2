/**
 * What a stage demands of AWS before anything is built: to be there, on offer, allowed, or free. Data only; how each sort is
 * asked about is the engine's business.
 */
import type { NodeId } from './ref.ts';

/** One sort of database instance: AWS must offer it. */
export interface DatabaseDemand {
  readonly sort: 'database';
  /** The field that names the class, and the one that names the version. */
  readonly field: string;
  readonly versionField: string;
  readonly engine: string;
  /** A major version, or a full one. */
  readonly version: string;
  readonly instanceClass: string;
  readonly multiAZ: boolean;
  /** Where it is to stand; absent: in the zones of the tier. */
  readonly subnetIDs?: readonly string[];
}

/** A certificate that must be there and valid. */
export interface CertificateDemand {
  readonly sort: 'certificate';
  readonly field: string;
  readonly arn: string;
}

/** The type of the tier's servers: AWS must offer it where they stand. */
export interface InstanceTypeDemand {
  readonly sort: 'instanceType';
  readonly field: string;
  readonly name: string;
  /** Whether servers stand in the first zone alone, or in each. */
  readonly where: 'first' | 'each';
  /** Subnets that the user brought for them; absent: the zones of the tier. */
  readonly subnetIDs?: readonly string[];
}

/** Subnets that the user brought: of the VPC, in enough zones. */
export interface SubnetsDemand {
  readonly sort: 'subnets';
  readonly field: string;
  readonly vpcID: string;
  readonly subnetIDs: readonly string[];
  /** In how many zones they must lie at least. */
  readonly zones: number;
  /** Whether two of them in one zone are one too many. */
  readonly onePerZone?: boolean;
  /** Longest prefix that each may have. */
  readonly longestPrefix?: number;
  /** Subnets of others: what stands in a zone of none of them would not be reached from there. */
  readonly reachedFrom?: { readonly field: string; readonly subnetIDs: readonly string[] };
}

/** Free addresses in subnets that the user brought. */
export interface RoomDemand {
  readonly sort: 'room';
  readonly field: string;
  readonly subnetIDs: readonly string[];
  /** Addresses that are to be taken in each of them, and in all of them together. */
  readonly addressesInEach?: number;
  readonly addresses?: number;
}

/** A security group that the user brought: of the VPC. */
export interface SecurityGroupDemand {
  readonly sort: 'securityGroup';
  readonly field: string;
  readonly vpcID: string;
  readonly id: string;
}

/** What AWS limits by account and region. */
export type QuotaName =
  | 'VPCs'
  | 'Elastic IP addresses'
  | 'NAT gateways per zone'
  | 'Application Load Balancers'
  | 'target groups'
  | 'Auto Scaling groups'
  | 'DB instances';

/** So many of something: the account must be allowed to have them beside what it has. */
export interface QuotaDemand {
  readonly sort: 'quota';
  readonly quota: QuotaName;
  readonly count: number;
  /** Types of the nodes that count: what stands of them already is not asked for again. */
  readonly types: readonly string[];
}

/** A call that the credentials must be allowed to make. */
export interface PermissionDemand {
  readonly sort: 'permission';
  readonly action: 'CreateVpc' | 'AllocateAddress' | 'CreateSecurityGroup';
  /** For whose sake: the call carries its tags, on which rights may depend. */
  readonly node: NodeId;
  /** Where. */
  readonly vpcID?: string;
}

/** Anything that is demanded. */
export type Demand =
  | DatabaseDemand
  | InstanceTypeDemand
  | CertificateDemand
  | SubnetsDemand
  | RoomDemand
  | SecurityGroupDemand
  | QuotaDemand
  | PermissionDemand;
