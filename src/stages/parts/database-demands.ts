/** What a database on RDS asks of AWS's offers: to be confirmed before anything is built. What AWS offers is not known here. */
import { RDS_DEFAULTS } from '../../api/defaults.ts';
import type { TierSpec } from '../../api/types.ts';
import type { DatabaseDemand } from '../../core/facts.ts';
import { ENGINES } from './engines.ts';

/** The database first, for which zones are chosen, then its replicas when there are to be any. */
export function databaseDemands({ database }: TierSpec): readonly DatabaseDemand[] {
  const { engine, rds = RDS_DEFAULTS } = database;
  const { count, instanceClass = rds.instanceClass, multiAZ } = rds.readReplicas;
  const common = {
    versionField: 'spec.database.rds.engineVersion',
    engine,
    version: rds.engineVersion ?? ENGINES[engine].version,
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
