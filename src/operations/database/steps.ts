/** The steps by which a PostgreSQL database moves from a server to RDS. What each does is its script; how far it is, its record. */
import type { StepDefinition } from '../step/definition.ts';
import { script } from './script.ts';
import { COMPARE, COPY, FREEZE, INSPECT, REHEARSE, RETIRE, THAW } from './scripts.ts';

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
