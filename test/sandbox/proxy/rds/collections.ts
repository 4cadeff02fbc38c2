/**
 * How RDS's describe calls look: where the records are, what identifies one, which filters AWS knows, and how AWS says that
 * one does not exist (API reference of each action). Data only.
 */

/** One describe call. */
export interface Collection {
  readonly operation: string;
  /** The element that holds the records, and that of one record. */
  readonly list: string;
  readonly record: string;
  /** The child that identifies a record; the parameter that names one is called the same. */
  readonly id: string;
  readonly arn: string;
  /** The kind of resource in an ARN. */
  readonly kind: string;
  readonly missing: string;
  readonly noun: string;
  /** Filters, and the children that they are compared with. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  /** Parameters that narrow the list, and the child that each is compared with. */
  readonly narrow: Readonly<Record<string, string>>;
}

/** Databases. */
export const INSTANCES: Collection = {
  operation: 'DescribeDBInstances',
  list: 'DBInstances',
  record: 'DBInstance',
  id: 'DBInstanceIdentifier',
  arn: 'DBInstanceArn',
  kind: 'db',
  missing: 'DBInstanceNotFound',
  noun: 'DBInstance',
  filters: {
    'db-cluster-id': ['DBClusterIdentifier'],
    'db-instance-id': ['DBInstanceIdentifier', 'DBInstanceArn'],
    'dbi-resource-id': ['DbiResourceId'],
    domain: ['DomainMemberships'],
    engine: ['Engine'],
  },
  narrow: {},
};

/** Snapshots of databases. */
export const SNAPSHOTS: Collection = {
  operation: 'DescribeDBSnapshots',
  list: 'DBSnapshots',
  record: 'DBSnapshot',
  id: 'DBSnapshotIdentifier',
  arn: 'DBSnapshotArn',
  kind: 'snapshot',
  missing: 'DBSnapshotNotFound',
  noun: 'DBSnapshot',
  filters: {
    'db-instance-id': ['DBInstanceIdentifier'],
    'db-snapshot-id': ['DBSnapshotIdentifier', 'DBSnapshotArn'],
    'dbi-resource-id': ['DbiResourceId'],
    'snapshot-type': ['SnapshotType'],
    engine: ['Engine'],
  },
  narrow: {
    DBInstanceIdentifier: 'DBInstanceIdentifier',
    SnapshotType: 'SnapshotType',
    DbiResourceId: 'DbiResourceId',
  },
};

/** Subnet groups. */
export const SUBNET_GROUPS: Collection = {
  operation: 'DescribeDBSubnetGroups',
  list: 'DBSubnetGroups',
  record: 'DBSubnetGroup',
  id: 'DBSubnetGroupName',
  arn: 'DBSubnetGroupArn',
  kind: 'subgrp',
  missing: 'DBSubnetGroupNotFoundFault',
  noun: 'DBSubnetGroup',
  filters: {},
  narrow: {},
};

/** Parameter groups. */
export const PARAMETER_GROUPS: Collection = {
  operation: 'DescribeDBParameterGroups',
  list: 'DBParameterGroups',
  record: 'DBParameterGroup',
  id: 'DBParameterGroupName',
  arn: 'DBParameterGroupArn',
  kind: 'pg',
  missing: 'DBParameterGroupNotFound',
  noun: 'DBParameterGroup',
  filters: {},
  narrow: {},
};

const ALL: readonly Collection[] = [INSTANCES, SNAPSHOTS, SUBNET_GROUPS, PARAMETER_GROUPS];

/** Every describe call that the proxy reads records of. */
export const COLLECTIONS: ReadonlyMap<string, Collection> = new Map(ALL.map((one) => [one.operation, one]));

/** The collection that an ARN's kind of resource belongs to. */
export function collectionOfArn(arn: string): Collection | undefined {
  const kind = arn.split(':')[5];
  return ALL.find((one) => one.kind === kind);
}

/** The name in an ARN, or the name itself; names are stored in lower case. */
export function nameOf(nameOrArn: string): string {
  const name = nameOrArn.startsWith('arn:') ? nameOrArn.split(':').slice(6).join(':') : nameOrArn;
  return name.toLowerCase();
}

/** The ARN of a name. */
export function arnOf(
  { account, region }: { readonly account: string; readonly region: string },
  { kind }: Collection,
  name: string,
): string {
  return `arn:aws:rds:${region}:${account}:${kind}:${nameOf(name)}`;
}
