/**
 * What pods find in the Secret that a tier writes for them. Its keys are contract: never rename one. It holds no password
 * itself; where one belongs, there is a mark that is filled in when the Secret is made.
 */
import type { ConnectionOutput } from '../../core/facts.ts';
import { around, type Input, type Ref } from '../../core/ref.ts';

/** A database, as whoever connects to it must know it. */
export interface Connectable {
  readonly engine: 'postgres' | 'mysql';
  readonly host: Ref<string>;
  readonly port: number;
  readonly databaseName: string;
  /** Hosts that take reads. */
  readonly readers: readonly Input<string>[];
  readonly credential: ConnectionOutput['credential'];
}

/** How addresses of each engine begin and end; the database itself refuses connections without TLS. */
const ADDRESS = {
  postgres: {
    uri: 'postgresql://',
    jdbc: 'jdbc:postgresql://',
    uriOptions: '?sslmode=require',
    jdbcOptions: '?sslmode=require',
  },
  mysql: { uri: 'mysql://', jdbc: 'jdbc:mysql://', uriOptions: '', jdbcOptions: '?sslMode=REQUIRED' },
} as const;

/** The connection, as a Secret of this name is to hold it. */
export function connection(secretName: string, database: Connectable): ConnectionOutput {
  const { engine, host, port, databaseName, readers, credential } = database;
  const { uri, jdbc, uriOptions, jdbcOptions } = ADDRESS[engine];
  const place = `:${port}/${databaseName}`;
  return {
    secretName,
    values: {
      engine,
      host,
      port: String(port),
      dbname: databaseName,
      readers,
      uri: around(host, [`${uri}{username}:{password}@`, `${place}${uriOptions}`]),
      'jdbc-uri': around(host, [jdbc, `${place}${jdbcOptions}`]),
      'secret-arn': credential.secretArn,
    },
    credential,
  };
}
