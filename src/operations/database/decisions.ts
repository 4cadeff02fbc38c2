/** The steps of a database's move that run nothing: what the operator or a person decides, and a time that passes. The same for every engine. */
import type { StepDefinition } from '../step/definition.ts';

/** Sends the app to the new database: the operator's decision, after which the move goes forward only. */
export const switchDatabase: StepDefinition<{
  writer: string;
  port: string;
  secretArn: string;
}> = { name: 'database.switch' };

/** A time in which the old database stays as it was. */
export const rollbackWindow: StepDefinition<{ finishedTime: string }> = { name: 'database.window' };

/** Where a copy belongs that a person makes, in words. */
const placeOf = ({ host, port, database, secretArn }: Readonly<Record<string, unknown>>): string =>
  `the database "${String(database)}" at ${String(host)}:${String(port)}, as the user in the secret ${String(secretArn)}`;

/** Says where to copy to, once that stands; the person who copies may begin. */
export const handOver: StepDefinition<{ finishedTime: string }> = {
  name: 'database.hand-over',
  result: (given) =>
    `copy to ${placeOf(given)}; approve the plan when the old database may be closed, for what was written last`,
};

/** Waits until the person who copies says that all of it is there. */
export const awaitCopy: StepDefinition<{ finishedTime: string }> = {
  name: 'database.await-copy',
  asks: (given) =>
    `the old database is closed; copy what was written last to ${placeOf(given)}, end your sessions on the old one, and approve the plan`,
};
