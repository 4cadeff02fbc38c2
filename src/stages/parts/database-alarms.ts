/**
 * Alarms on a database: the signals that it fills up, is outgrown, or that its replicas fall behind. What a class has of
 * memory follows from its name; of a class whose name does not say it, connections are not watched.
 */
import type { GraphBuilder } from '../../core/graph.ts';
import { alarm, type Signal, type Watch } from './alarms.ts';
import type { Database } from './database.ts';

const RDS = { namespace: 'AWS/RDS' } as const;
const GIB = 2 ** 30;

/** Five minutes, half of the last hour. */
const HALF_AN_HOUR = { period: 300, datapointsToAlarm: 6, evaluationPeriods: 12 } as const;
/** One minute, most of the last fifteen. */
const TEN_MINUTES = { period: 60, datapointsToAlarm: 10, evaluationPeriods: 15 } as const;

const CPU: Signal = {
  ...RDS,
  ...HALF_AN_HOUR,
  name: 'database-cpu',
  description: 'processor of the database above 80 % for half an hour: consider read replicas or a larger class',
  metricName: 'CPUUtilization',
  statistic: 'Average',
  threshold: 80,
  comparison: 'GreaterThanThreshold',
};

const CPU_CREDITS: Signal = {
  ...RDS,
  ...HALF_AN_HOUR,
  name: 'database-cpu-credits',
  description: 'CPU credits of the database nearly used up: they cost extra, or it will be throttled',
  metricName: 'CPUCreditBalance',
  statistic: 'Minimum',
  threshold: 20,
  comparison: 'LessThanThreshold',
};

/** Storage that grows by itself does so at a tenth: less than that means that it could not. */
const freeStorage = ({ wanted: { storageGiB, maxStorageGiB } }: Database): Signal => ({
  ...RDS,
  name: 'database-free-storage',
  description: 'storage of the database nearly full: raise storageGiB',
  metricName: 'FreeStorageSpace',
  statistic: 'Minimum',
  period: 300,
  datapointsToAlarm: 3,
  evaluationPeriods: 3,
  threshold: Math.round(storageGiB * GIB * (maxStorageGiB === 0 ? 0.15 : 0.05)),
  comparison: 'LessThanThreshold',
});

/** GiB of memory of the size `large` by the letter of a family, and how many of it other sizes have. */
const LARGE: Readonly<Record<string, number>> = { t: 8, m: 8, r: 16, x: 32, z: 16 };
const SIZES: Readonly<Record<string, number>> = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2, large: 1, xlarge: 2 };

/** GiB of memory of a class such as `db.r7g.2xlarge`. */
export function memoryOf(instanceClass: string): number | undefined {
  const [, family = '', size = ''] = instanceClass.split('.');
  const large = LARGE[family.charAt(0)];
  const [, times = '1', name = ''] = /^([0-9]*)(.*)$/.exec(size) ?? [];
  const part = SIZES[name];
  return large === undefined || part === undefined ? undefined : large * part * Number(times || '1');
}

/** Four fifths of the connections that the engine allows by itself: RDS keeps some of the memory for its own use. */
function connections({ engine, wanted: { instanceClass, parameters } }: Database): Signal | undefined {
  const memory = memoryOf(instanceClass);
  const usable = memory === undefined ? undefined : memory * GIB * 0.96 - GIB / 4;
  const own = usable === undefined ? undefined : Math.min(usable / engine.bytesForConnection, engine.mostConnections);
  const chosen = Number(parameters?.max_connections);
  const allowed = Number.isFinite(chosen) ? chosen : own;
  if (allowed === undefined) return undefined;
  return {
    ...RDS,
    name: 'database-connections',
    description: 'four fifths of all connections to the database in use: pool them or take a larger class',
    metricName: 'DatabaseConnections',
    statistic: 'Maximum',
    period: 60,
    datapointsToAlarm: 5,
    evaluationPeriods: 10,
    threshold: Math.max(1, Math.floor(allowed * 0.8)),
    comparison: 'GreaterThanThreshold',
  };
}

const lag = ({ engine }: Database, replica: number): Signal => ({
  ...RDS,
  ...TEN_MINUTES,
  name: `replica-lag-${replica}`,
  description: `read replica ${replica} falls behind: its reads are old`,
  metricName: 'ReplicaLag',
  statistic: 'Average',
  threshold: engine.idleLag + 30,
  comparison: 'GreaterThanThreshold',
});

/** Adds the alarms of a database. */
export function databaseAlarms(g: GraphBuilder, watch: Watch, database: Database): void {
  const { instance, replicas, wanted } = database;
  const burstable = wanted.instanceClass.startsWith('db.t');
  const signals = [CPU, ...(burstable ? [CPU_CREDITS] : []), freeStorage(database), connections(database)];
  for (const signal of signals) {
    if (signal) alarm(g, watch, signal, { DBInstanceIdentifier: instance.ref('identifier') });
  }
  replicas.forEach((replica, index) => {
    alarm(g, watch, lag(database, index + 1), { DBInstanceIdentifier: replica.ref('identifier') });
  });
}
