/**
 * A PostgreSQL server as RDS gives it (RDS User Guide, "Understanding the rds_superuser role", "Using SSL with a PostgreSQL DB
 * instance"): TLS only, a master user that is no superuser, the superuser `rdsadmin` out of everybody's reach. It must not be
 * kinder than RDS.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { certificateFor } from './authority.ts';
import { type Postgres, type PostgresSpec, startPostgres } from './postgres.ts';
import { identifier, literal } from './psql.ts';

/** What to start. */
export interface ManagedSpec extends Pick<PostgresSpec, 'folder' | 'host' | 'port' | 'settings' | 'run' | 'say'> {
  readonly master: { readonly name: string; readonly password: string };
  /** A database to begin with, besides `postgres`. */
  readonly database?: string | undefined;
}

/** A server that accepts connections of its master user. `query` asks as RDS itself. */
export interface ManagedPostgres extends Postgres {
  /** PEM file of the authority that signed the server's certificate, which names the address. */
  readonly authority: string;
  /** Changes the master user's password. */
  setPassword(password: string): Promise<void>;
}

const SUPERUSER = 'rdsadmin';

const ACCESS: readonly string[] = [
  `local all ${SUPERUSER} trust`,
  `host ${SUPERUSER} all all reject`,
  `host all ${SUPERUSER} all reject`,
  'hostssl all all all scram-sha-256',
];

/** Starts a server; makes its data, its roles and its database when there are none. */
export async function startManagedPostgres(spec: ManagedSpec): Promise<ManagedPostgres> {
  const { master, database, ...plain } = spec;
  const isNew = !existsSync(path.join(spec.folder, 'data', 'PG_VERSION'));
  const tls = await certificateFor(spec);
  const server = await startPostgres({ ...plain, superuser: SUPERUSER, tls, access: ACCESS });
  const setPassword = async (password: string): Promise<void> => {
    await server.query('postgres', `ALTER ROLE ${identifier(master.name)} PASSWORD ${literal(password)}`);
  };
  if (isNew) for (const sql of creation(spec)) await server.query('postgres', sql);
  await setPassword(master.password);
  return { ...server, authority: tls.authority, setPassword };
}

/** Databases are made by statements of their own. */
function creation({ master, database }: ManagedSpec): readonly string[] {
  const name = identifier(master.name);
  const roles = `
    CREATE ROLE rds_password NOLOGIN;
    CREATE ROLE rds_replication NOLOGIN;
    CREATE ROLE rds_superuser NOLOGIN;
    GRANT pg_monitor, pg_signal_backend, pg_checkpoint, pg_create_subscription, rds_password, rds_replication TO rds_superuser WITH ADMIN OPTION;
    CREATE ROLE ${name} LOGIN NOSUPERUSER INHERIT CREATEDB CREATEROLE NOREPLICATION VALID UNTIL 'infinity';
    GRANT rds_superuser TO ${name} WITH ADMIN OPTION;
    ALTER DATABASE postgres OWNER TO ${name};
    ALTER DATABASE template1 OWNER TO ${name}`;
  const own =
    database === undefined || database === 'postgres' ? [] : [`CREATE DATABASE ${identifier(database)} OWNER ${name}`];
  return [roles, `CREATE DATABASE ${SUPERUSER}`, ...own];
}
