/**
 * Parameters of each engine (RDS User Guide, "Working with parameter groups"): which there are, which apply only after a
 * reboot, which values they take. A share of AWS's several hundred. Data and its readers only.
 */
import type { Engine } from './catalogue.ts';

/** One parameter of an engine. */
export interface Parameter {
  readonly name: string;
  /** `static` ones apply after a reboot. */
  readonly type: 'static' | 'dynamic';
  readonly data: 'integer' | 'string' | 'boolean' | 'float';
  readonly value?: string;
  /** A range `0-100` or a list `a,b`. */
  readonly allowed?: string;
  readonly modifiable: boolean;
}

type Row = readonly [
  name: string,
  type: Parameter['type'],
  data: Parameter['data'],
  value?: string | undefined,
  allowed?: string | undefined,
  fixed?: 'fixed',
];

const POSTGRES: readonly Row[] = [
  ['application_name', 'dynamic', 'string'],
  ['autovacuum', 'dynamic', 'boolean', '1', '0,1'],
  ['autovacuum_max_workers', 'static', 'integer', undefined, '1-262143'],
  ['autovacuum_naptime', 'dynamic', 'integer', '15', '1-2147483'],
  ['autovacuum_vacuum_cost_limit', 'dynamic', 'integer', undefined, '-1-10000'],
  ['checkpoint_timeout', 'dynamic', 'integer', undefined, '30-3600'],
  ['config_file', 'static', 'string', '/rdsdbdata/config/postgresql.conf', undefined, 'fixed'],
  ['deadlock_timeout', 'dynamic', 'integer', undefined, '1-2147483647'],
  ['default_statistics_target', 'dynamic', 'integer', undefined, '1-10000'],
  ['effective_cache_size', 'dynamic', 'integer', '{DBInstanceClassMemory/16384}', '1-2147483647'],
  ['idle_in_transaction_session_timeout', 'dynamic', 'integer', '86400000', '0-2147483647'],
  ['log_autovacuum_min_duration', 'dynamic', 'integer', '10000', '-1-2147483647'],
  ['log_connections', 'dynamic', 'boolean', undefined, '0,1'],
  ['log_disconnections', 'dynamic', 'boolean', undefined, '0,1'],
  ['log_lock_waits', 'dynamic', 'boolean', undefined, '0,1'],
  ['log_min_duration_statement', 'dynamic', 'integer', undefined, '-1-2147483647'],
  ['log_statement', 'dynamic', 'string', undefined, 'none,ddl,mod,all'],
  ['log_temp_files', 'dynamic', 'integer', undefined, '-1-2147483647'],
  [
    'maintenance_work_mem',
    'dynamic',
    'integer',
    'GREATEST({DBInstanceClassMemory*1024/63963136},65536)',
    '1024-2147483647',
  ],
  ['max_connections', 'static', 'integer', 'LEAST({DBInstanceClassMemory/9531392},5000)', '6-8388607'],
  ['max_logical_replication_workers', 'static', 'integer', undefined, '0-262143'],
  ['max_parallel_workers', 'dynamic', 'integer', 'GREATEST({DBInstanceVCPU/2},8)', '0-1024'],
  ['max_replication_slots', 'static', 'integer', '20', '5-8388607'],
  ['max_wal_senders', 'static', 'integer', '35', '5-8388607'],
  ['max_wal_size', 'dynamic', 'integer', '2048', '128-201326592'],
  ['max_worker_processes', 'static', 'integer', 'GREATEST({DBInstanceVCPU*2},8)', '0-262143'],
  ['random_page_cost', 'dynamic', 'float', undefined, '0-1.79769e+308'],
  ['rds.force_ssl', 'dynamic', 'boolean', '1', '0,1'],
  ['rds.logical_replication', 'static', 'boolean', '0', '0,1'],
  ['rds.log_retention_period', 'dynamic', 'integer', '4320', '1440-10080'],
  ['shared_buffers', 'static', 'integer', '{DBInstanceClassMemory/32768}', '16-1073741823'],
  ['shared_preload_libraries', 'static', 'string', 'pg_stat_statements'],
  ['statement_timeout', 'dynamic', 'integer', undefined, '0-2147483647'],
  ['timezone', 'dynamic', 'string', 'UTC'],
  ['wal_buffers', 'static', 'integer', undefined, '-1-262143'],
  ['wal_sender_timeout', 'dynamic', 'integer', '30000', '0-3600000'],
  ['work_mem', 'dynamic', 'integer', undefined, '64-2147483647'],
];

const MYSQL: readonly Row[] = [
  ['autocommit', 'dynamic', 'boolean', undefined, '0,1'],
  ['basedir', 'static', 'string', '/rdsdbbin/mysql', undefined, 'fixed'],
  ['binlog_format', 'dynamic', 'string', 'MIXED', 'ROW,STATEMENT,MIXED'],
  ['binlog_row_image', 'dynamic', 'string', undefined, 'full,minimal,noblob'],
  ['character_set_server', 'dynamic', 'string', undefined, 'latin1,utf8,utf8mb3,utf8mb4'],
  ['collation_server', 'dynamic', 'string'],
  ['connect_timeout', 'dynamic', 'integer', undefined, '2-31536000'],
  ['event_scheduler', 'dynamic', 'string', undefined, 'ON,OFF'],
  ['explicit_defaults_for_timestamp', 'dynamic', 'boolean', undefined, '0,1'],
  ['general_log', 'dynamic', 'boolean', undefined, '0,1'],
  ['gtid-mode', 'static', 'string', 'OFF_PERMISSIVE', 'OFF,OFF_PERMISSIVE,ON_PERMISSIVE,ON'],
  ['innodb_buffer_pool_size', 'dynamic', 'integer', '{DBInstanceClassMemory*3/4}', '5242880-9223372036854775807'],
  ['innodb_flush_log_at_trx_commit', 'dynamic', 'integer', undefined, '0,1,2'],
  ['innodb_lock_wait_timeout', 'dynamic', 'integer', undefined, '1-1073741824'],
  ['innodb_log_buffer_size', 'dynamic', 'integer', '8388608', '262144-4294967295'],
  ['innodb_log_file_size', 'static', 'integer', '134217728', '4194304-274877906944'],
  ['interactive_timeout', 'dynamic', 'integer', undefined, '1-31536000'],
  ['log_bin_trust_function_creators', 'dynamic', 'boolean', undefined, '0,1'],
  ['log_output', 'dynamic', 'string', 'TABLE', 'TABLE,FILE,NONE'],
  ['long_query_time', 'dynamic', 'float', undefined, '0-31536000'],
  ['lower_case_table_names', 'static', 'integer', undefined, '0,1'],
  ['max_allowed_packet', 'dynamic', 'integer', undefined, '1024-1073741824'],
  ['max_connections', 'dynamic', 'integer', '{DBInstanceClassMemory/12582880}', '1-100000'],
  ['max_user_connections', 'dynamic', 'integer', undefined, '0-4294967295'],
  ['net_read_timeout', 'dynamic', 'integer', undefined, '1-31536000'],
  ['performance_schema', 'static', 'boolean', undefined, '0,1'],
  ['require_secure_transport', 'dynamic', 'boolean', undefined, '0,1'],
  ['slow_query_log', 'dynamic', 'boolean', undefined, '0,1'],
  ['sql_mode', 'dynamic', 'string'],
  ['sync_binlog', 'dynamic', 'integer', '1', '0-4294967295'],
  ['time_zone', 'dynamic', 'string'],
  [
    'transaction_isolation',
    'dynamic',
    'string',
    undefined,
    'READ-UNCOMMITTED,READ-COMMITTED,REPEATABLE-READ,SERIALIZABLE',
  ],
  ['wait_timeout', 'dynamic', 'integer', undefined, '1-31536000'],
];

const parameterOf = ([name, type, data, value, allowed, fixed]: Row): Parameter => ({
  ...{ name, type, data, modifiable: fixed === undefined },
  ...(value === undefined ? {} : { value }),
  ...(allowed === undefined ? {} : { allowed }),
});

const OF_ENGINES: Readonly<Record<string, readonly Row[]>> = { postgres: POSTGRES, mysql: MYSQL, mariadb: MYSQL };

/** `rds.force_ssl` is on by default from PostgreSQL 15 on (RDS User Guide, "Using SSL with a PostgreSQL DB instance"). */
const FORCED_SINCE = 15;

/** The parameters of a family. */
export function parametersOfFamily(engine: Engine, family: string): readonly Parameter[] {
  const major = Number(family.slice(engine.name.length));
  return (OF_ENGINES[engine.name] ?? [])
    .map(parameterOf)
    .map((one) => (one.name === 'rds.force_ssl' && major < FORCED_SINCE ? { ...one, value: '0' } : one));
}

/** Whether a parameter takes a value: within its range, or one of its list. Formulas of the class's memory are taken. */
export function takes({ data, allowed }: Parameter, value: string): boolean {
  if (allowed === undefined || /[{(]/.test(value)) return true;
  const range = /^(-?[\d.e+]+)-(-?[\d.e+]+)$/.exec(allowed);
  if (!range) return allowed.split(',').includes(value);
  const number = Number(value);
  const isNumber = value.trim() !== '' && (data === 'float' ? Number.isFinite(number) : Number.isInteger(number));
  return isNumber && number >= Number(range[1]) && number <= Number(range[2]);
}
