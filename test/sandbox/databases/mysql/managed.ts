/**
 * A MySQL server as RDS gives it (RDS User Guide, "Master user account privileges", "Role-based privilege model for RDS for MySQL",
 * "Dynamic privileges for RDS for MySQL"): TLS only, a master user that is no administrator, the administrator `rdsadmin` out of
 * everybody's reach. It must not be kinder than RDS.
 */
import { randomInt } from 'node:crypto';
import { certificateFor } from '../authority.ts';
import { account, literal } from './client.ts';
import { makeProcedures } from './procedures.ts';
import { type Mysql, type MysqlSpec, startMysql } from './server.ts';

/** What to start. */
export interface ManagedMysqlSpec extends Pick<MysqlSpec, 'folder' | 'host' | 'port' | 'settings' | 'run' | 'say'> {
  readonly master: { readonly name: string; readonly password: string };
  /** A database to begin with. */
  readonly database?: string | undefined;
}

/** A server that accepts connections of its master user. `query` asks as RDS itself. */
export interface ManagedMysql extends Mysql {
  /** PEM file of the authority that signed the server's certificate, which names the address. */
  readonly authority: string;
  /** Changes the master user's password. */
  setPassword(password: string): Promise<void>;
}

/** What the master user may, and may give to others. */
const RIGHTS = `SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES,
  CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE,
  ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, CREATE ROLE, DROP ROLE, APPLICATION_PASSWORD_ADMIN, ROLE_ADMIN, SET_ANY_DEFINER,
  XA_RECOVER_ADMIN, FLUSH_OPTIMIZER_COSTS, FLUSH_STATUS, FLUSH_TABLES, FLUSH_USER_RESOURCES`;

/** What it may not in the database of MySQL's own. */
const OUT_OF_REACH =
  'INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, CREATE ROUTINE, ALTER ROUTINE, TRIGGER, EVENT, LOCK TABLES';

/** Who comes over loopback is not on the server itself, as nobody is. */
const SETTINGS: Readonly<Record<string, string>> = {
  require_secure_transport: 'ON',
  partial_revokes: 'ON',
  skip_name_resolve: 'ON',
  gtid_mode: 'OFF_PERMISSIVE',
  // RDS leaves it to Performance Insights, which need not be there.
  performance_schema: 'OFF',
};

/** Starts a server; makes its data, its accounts and its database when there are none. */
export async function startManagedMysql(spec: ManagedMysqlSpec): Promise<ManagedMysql> {
  const { master, database, ...plain } = spec;
  const { certificate, key, authority } = await certificateFor(spec);
  const server = await startMysql({
    ...plain,
    settings: {
      ...SETTINGS,
      ...{ ssl_cert: certificate, ssl_key: key },
      // RDS draws it by lot; nobody else has it.
      server_id: `${randomInt(1000, 2 ** 31)}`,
      ...spec.settings,
    },
    creation: creationOf(spec),
    administrator: 'rdsadmin',
  });
  const setPassword = async (password: string): Promise<void> => {
    await server.query(`ALTER USER ${account(master.name)} IDENTIFIED BY ${literal(password)}`);
  };
  await setPassword(master.password);
  await server.query(makeProcedures);
  return { ...server, authority, setPassword };
}

/** A file of this kind has one statement on each line. */
function creationOf({ master, database }: ManagedMysqlSpec): string {
  const rights = RIGHTS.replaceAll('\n', ' ');
  const statements = [
    "CREATE ROLE 'rds_superuser_role'@'%'",
    `GRANT ${rights} ON *.* TO 'rds_superuser_role'@'%' WITH GRANT OPTION`,
    `CREATE USER ${account(master.name)} IDENTIFIED BY ${literal(master.password)}`,
    `GRANT ${rights} ON *.* TO ${account(master.name)} WITH GRANT OPTION`,
    `GRANT 'rds_superuser_role'@'%' TO ${account(master.name)} WITH ADMIN OPTION`,
    "RENAME USER 'root'@'localhost' TO 'rdsadmin'@'localhost'",
    ...["'rds_superuser_role'@'%'", account(master.name)].map((who) => `REVOKE ${OUT_OF_REACH} ON mysql.* FROM ${who}`),
    ...(database === undefined ? [] : [`CREATE DATABASE \`${database}\``]),
  ];
  return statements.map((statement) => `${statement};\n`).join('');
}
