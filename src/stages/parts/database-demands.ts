/** What a database on RDS asks of AWS's offers: to be confirmed before anything is built. What AWS offers is not known here. */
import { RDS_DEFAULTS } from '../../api/defaults.ts';
import type { TierSpec } from '../../api/types.ts';
import type { DatabaseDemand } from '../../core/demand.ts';
import { ENGINES } from './engines.ts';

/** The database first, for which zones are chosen, then its replicas when there are to be any. */
export function databaseDemands({ database, network }: TierSpec): readonly DatabaseDemand[] {
  const { engine, rds = RDS_DEFAULTS } = database;
  const { count, instanceClass = rds.instanceClass, multiAZ } = rds.readReplicas;
  const common = {
    sort: 'database' as const,
    versionField: 'spec.database.rds.engineVersion',
    engine,
    version: rds.engineVersion ?? ENGINES[engine].version,
    ...(network.byo ? { subnetIDs: network.byo.dataSubnetIDs } : {}),
  };
  const primary: DatabaseDemand = {
    ...common,
    field: 'spec.database.rds.instanceClass',
    instanceClass: rds.instanceClass,
    multiAZ: rds.multiAZ,
  };
  const replica: DatabaseDemand = {
    ...common,
    field: 'spec.database.rds.readReplicas.instanceClass',
    instanceClass,
    multiAZ,
  };
  return count > 0 ? [primary, replica] : [primary];
}

/** How many addresses they take in the data subnets: a standby has one of its own. */
export const databaseAddresses = ({ database: { rds = RDS_DEFAULTS } }: TierSpec): number =>
  (rds.multiAZ ? 2 : 1) + rds.readReplicas.count * (rds.readReplicas.multiAZ ? 2 : 1);
