/** What a database on RDS publishes: parameters for the app, endpoints for people, a connection for pods. */
import type { TierSpec } from '../../api/types.ts';
import type { Outputs } from '../../core/facts.ts';
import { type Input, joined } from '../../core/ref.ts';
import { connection } from './connection.ts';
import type { Database } from './database.ts';

/** What of a database the app reads, by the names below the tier's prefix. */
export type DatabaseParameters = Readonly<
  Record<`db/${'engine' | 'name' | 'port' | 'writer' | 'readers' | 'secret-arn'}`, Input<string>>
>;

/** Parameters by their names below the tier's prefix. */
export const databaseParameters = ({ database: { engine, name } }: TierSpec, db: Database): DatabaseParameters => ({
  'db/engine': engine,
  'db/name': name,
  'db/port': String(db.engine.port),
  'db/writer': db.instance.ref('endpoint'),
  'db/readers': joined(db.readers, ','),
  'db/secret-arn': db.credential.secretArn,
});

/** Where the database is reached. */
export const databaseEndpoints = (db: Database): Outputs['endpoints'] => ({
  databaseWriter: db.instance.ref('endpoint'),
  databaseReaders: db.replicas.map((replica) => replica.ref('endpoint')),
  databaseSecretARN: db.credential.secretArn,
});

/** The connection, when somebody asks for it. */
export function databaseConnection({ database }: TierSpec, db: Database): Pick<Outputs, 'connection'> {
  const { engine, name, connectionSecret } = database;
  if (connectionSecret === undefined) return {};
  const { instance, readers, credential } = db;
  const host = instance.ref('endpoint');
  const { port } = db.engine;
  return { connection: connection(connectionSecret, { engine, host, port, databaseName: name, readers, credential }) };
}
