/**
 * What runs with different engines differ in: how SQL is asked, and what the app's database begins with. A connection reads the same for all:
 * a host that is a folder is that of a socket. No engine is branched on elsewhere.
 */
import { copyPostgresByHand } from '../sandbox/databases/by-hand.ts';
import type { EngineName } from '../sandbox/databases/engines.ts';
import { copyMysqlByHand } from '../sandbox/databases/mysql/by-hand.ts';
import { account, type MysqlConnection, mysql, literal as mysqlLiteral } from '../sandbox/databases/mysql/client.ts';
import { socketOf } from '../sandbox/databases/mysql/server.ts';
import { type Connection, identifier, literal, psql } from '../sandbox/databases/psql.ts';

/** The app's own role. */
export interface Role {
  readonly user: string;
  readonly password: string;
}

/** One engine. */
export interface Engine {
  /** Runs SQL; answers with rows. */
  ask(connection: Connection, sql: string): Promise<readonly (readonly string[])[]>;
  /** The administrator of a server, and the database that is there before any other. */
  readonly administrator: Pick<Connection, 'user' | 'database'>;
  /** Statements that make the app's role and its database. */
  creation(role: Role, database: string): readonly string[];
  /** The app's file of what it keeps. */
  readonly schema: string;
  /** A statement for each table that counts its rows. */
  readonly counts: string;
  /** Bytes of the database. */
  readonly size: string;
  /** Copies the database to RDS as a person does, who comes to both as administrator. */
  copyByHand(here: Connection, there: Connection, role: Role): Promise<void>;
}

const rowsOf = (said: string, separator: string): readonly (readonly string[])[] =>
  said === '' ? [] : said.split('\n').map((line) => line.split(separator));

const SSL_MODES = { disable: 'DISABLED', require: 'REQUIRED', 'verify-full': 'VERIFY_IDENTITY' } as const;

function asMysql({ host, sslmode, ...rest }: Connection): MysqlConnection {
  const place = host.startsWith('/') ? { socket: socketOf(host) } : { host };
  const tls = sslmode === undefined ? {} : { sslMode: SSL_MODES[sslmode] };
  return { ...rest, ...place, ...tls };
}

/** Every engine. */
export const ENGINES: Readonly<Record<EngineName, Engine>> = {
  postgres: {
    ask: async (connection, sql) => rowsOf(await psql(connection, sql), '|'),
    administrator: { user: 'postgres', database: 'postgres' },
    creation: ({ user, password }, database) => [
      `CREATE ROLE ${identifier(user)} LOGIN PASSWORD ${literal(password)}`,
      `CREATE DATABASE ${identifier(database)} OWNER ${identifier(user)}`,
    ],
    schema: 'schema.sql',
    counts: `SELECT format('SELECT count(*) FROM ONLY %I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema'`,
    size: 'SELECT pg_database_size(current_database())',
    copyByHand: copyPostgresByHand,
  },
  mysql: {
    ask: async (connection, sql) => rowsOf(await mysql(asMysql(connection), sql), '\t'),
    administrator: { user: 'root', database: 'mysql' },
    creation: ({ user, password }, database) => [
      `CREATE USER ${account(user)} IDENTIFIED BY ${mysqlLiteral(password)}`,
      `CREATE DATABASE \`${database}\``,
      `GRANT ALL ON \`${database}\`.* TO ${account(user)}`,
    ],
    schema: 'schema.mysql.sql',
    counts: `SELECT CONCAT('SELECT COUNT(*) AS count FROM \`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\`') FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'`,
    size: `SET information_schema_stats_expiry = 0; SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()`,
    copyByHand: ({ host, database }, there) => copyMysqlByHand(socketOf(host), asMysql(there), database),
  },
};
