/** SQL for tests and for the sandbox itself, by the client program: no driver among the project's packages. It must not retry. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { plainEnvironment } from '../environment.ts';
import { databaseTools } from './tools.ts';

/** Where and as whom to connect. */
export interface Connection {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  /** Default `prefer`. */
  readonly sslmode?: 'disable' | 'require' | 'verify-full';
  /** PEM file of the authority, for `verify-full`. */
  readonly authority?: string;
}

/** Runs SQL; answers with rows as lines, columns separated by `|`. Fails with what the server said. */
export async function psql(connection: Connection, sql: string): Promise<string> {
  const tools = await databaseTools();
  const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-f', '-'];
  const child = spawn(path.join(tools, 'psql'), args, { env: environmentOf(connection), cwd: '/' });
  // It may have ended, refused by the server, before it has read anything.
  child.stdin.on('error', () => {});
  child.stdin.end(sql);
  const [said, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0)
    throw new Error(`asking database "${connection.database}" as "${connection.user}": ${complaints.trim()}`);
  return said.trimEnd();
}

function environmentOf({ host, port, user, database, password, sslmode, authority }: Connection) {
  return plainEnvironment({
    ...{ PGHOST: host, PGPORT: `${port}`, PGUSER: user, PGDATABASE: database, PGCONNECT_TIMEOUT: '10' },
    ...(password === undefined ? {} : { PGPASSWORD: password }),
    ...(sslmode === undefined ? {} : { PGSSLMODE: sslmode }),
    ...(authority === undefined ? {} : { PGSSLROOTCERT: authority }),
  });
}

/** A name in SQL. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text in SQL. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;
