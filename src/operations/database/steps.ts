/** The steps by which a PostgreSQL database moves from a server to RDS. What each does is its script; how far it is, its record. */
import type { StepDefinition } from '../step/definition.ts';
import { script } from './script.ts';
import {
  CATCH_UP,
  COMPARE,
  COPY,
  FOLLOW,
  FREEZE,
  INSPECT,
  INSPECT_REPLICATION,
  REHEARSE,
  REPLICATE,
  RETIRE,
  STOP_REPLICATION,
  THAW,
  VERIFY,
} from './scripts.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const count = (value: unknown, one: string): string => `${Number(value ?? 0)} ${one}${Number(value) === 1 ? '' : 's'}`;

const mebibytes = (bytes: unknown): string => `${Math.ceil(Number(bytes ?? 0) / 1_048_576)} MiB`;

/** Looks whether the database can move at all; changes nothing. */
export const inspectDatabase: StepDefinition<{ bytes: number; tables: number }> = {
  name: 'database.inspect',
  script: script(INSPECT, 10 * MINUTE),
  result: ({ bytes, tables, rows }) => `${mebibytes(bytes)}, ${count(tables, 'table')}, about ${count(rows, 'row')}`,
};

/** Does all of it once, beside the running database, and measures. */
export const rehearseCopy: StepDefinition<{ seconds: number }> = {
  name: 'database.rehearse',
  script: script(REHEARSE, 24 * HOUR),
  result: ({ seconds, bytes }) => `${mebibytes(bytes)} in ${count(seconds, 'second')}`,
};

/** Looks whether the server can be replicated to RDS; changes nothing. */
export const inspectReplication: StepDefinition<{ tables: number }> = {
  name: 'database.inspect-replication',
  script: script(INSPECT_REPLICATION, 10 * MINUTE),
  result: ({ tables, withoutKey, tls }) =>
    `${count(tables, 'table')}, ${Number(withoutKey ?? 0)} without a key, ${tls === true ? 'with' : 'without'} TLS`,
};

/** Begins to copy beside the running database; its undo leaves nothing of it on the server, and no copy on RDS. */
export const replicateDatabase: StepDefinition<{ schema: string }> = {
  name: 'database.replicate',
  script: script(REPLICATE, HOUR),
  undo: script(STOP_REPLICATION, 10 * MINUTE),
  result: ({ tables }) => `${count(tables, 'table')} published`,
};

/** Waits until RDS has all rows and keeps up. */
export const followReplication: StepDefinition<{ completed: string }> = {
  name: 'database.follow',
  script: script(FOLLOW, 48 * HOUR),
  result: ({ tables, seconds }) => `${count(tables, 'table')} in ${count(seconds, 'second')}`,
};

/** Compares all rows while they change. What it leaves to the freeze grows until then, so nothing slow may come in between. */
export const verifyReplication: StepDefinition<{ completed: string }> = {
  name: 'database.verify',
  script: script(VERIFY, 48 * HOUR),
  result: ({ tables, rows }) => `${count(tables, 'table')}, ${count(rows, 'row')} equal`,
};

/** Makes the replicated copy of a closed database whole, and ends the replication. */
export const catchUpReplication: StepDefinition<{ completed: string }> = {
  name: 'database.catch-up',
  script: script(CATCH_UP, 30 * MINUTE),
  result: ({ changes, seconds }) => `${count(changes, 'last change')} equal, in ${count(seconds, 'second')}`,
};

/** Closes the database to the app; its undo opens it, unless the app is sent elsewhere already. */
export const freezeDatabase: StepDefinition<{ position: string }> = {
  name: 'database.freeze',
  script: script(FREEZE, 10 * MINUTE),
  undo: script(THAW, 10 * MINUTE),
  result: ({ position }) => `closed at ${String(position)}`,
};

/** Copies what the closed database holds. */
export const copyDatabase: StepDefinition<{ completed: string }> = {
  name: 'database.copy',
  script: script(COPY, 24 * HOUR),
  result: ({ seconds, bytes }) => `${mebibytes(bytes)} in ${count(seconds, 'second')}`,
};

/** Compares both sides, object by object and row by row. */
export const compareDatabases: StepDefinition<{ fingerprint: string }> = {
  name: 'database.compare',
  script: script(COMPARE, 24 * HOUR),
  result: ({ tables, rowsSource, rowsTarget, checksums }) =>
    `${count(tables, 'table')}, ${count(rowsSource, 'row')} here, ${count(rowsTarget, 'row')} there, ${count(checksums, 'checksum')} equal`,
};

/** Sends the app to the new database: the operator's decision, after which the move goes forward only. */
export const switchDatabase: StepDefinition<{
  writer: string;
  port: string;
  secretArn: string;
}> = { name: 'database.switch' };

/** A time in which the old database stays as it was. */
export const rollbackWindow: StepDefinition<{ finishedTime: string }> = { name: 'database.window' };

/** Stops the old database; its files stay. */
export const retireDatabase: StepDefinition<{ stopped: boolean }> = {
  name: 'database.retire',
  script: script(RETIRE, 10 * MINUTE),
  again: true,
};
