/** SQL for tests and for the sandbox itself, by MySQL's client program: no driver among the project's packages. It must not retry. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { plainEnvironment } from '../../environment.ts';
import { mysqlPrograms } from './tools.ts';

/** Where and as whom to connect. */
export interface MysqlConnection {
  readonly user: string;
  /** Path of a socket; absent: `host` and `port`. */
  readonly socket?: string;
  readonly host?: string;
  readonly port?: number;
  readonly password?: string;
  readonly database?: string | undefined;
  /** Default `PREFERRED`. */
  readonly sslMode?: 'DISABLED' | 'REQUIRED' | 'VERIFY_IDENTITY';
  /** PEM file of the authority, for `VERIFY_IDENTITY`. */
  readonly authority?: string;
}

/** Runs SQL; answers with rows as lines, columns separated by tabs. Fails with what the server said. */
export async function mysql(connection: MysqlConnection, sql: string): Promise<string> {
  const programs = await mysqlPrograms();
  const child = spawn(path.join(programs, 'tools/mysql'), argumentsOf(connection), {
    env: plainEnvironment({ MYSQL_PWD: connection.password ?? '', MYSQL_HISTFILE: '/dev/null' }),
    cwd: '/',
  });
  // It may have ended, refused by the server, before it has read anything.
  child.stdin.on('error', () => {});
  child.stdin.end(sql);
  const [said, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`asking MySQL as "${connection.user}": ${complaints.trim()}`);
  return said.trimEnd();
}

function argumentsOf({ user, socket, host, port, database, sslMode, authority }: MysqlConnection): readonly string[] {
  const place = socket === undefined ? [`--host=${host}`, `--port=${port}`, '--protocol=TCP'] : [`--socket=${socket}`];
  return [
    ...[
      '--no-defaults',
      '--batch',
      '--skip-column-names',
      '--raw',
      '--default-character-set=utf8mb4',
      `--user=${user}`,
    ],
    ...place,
    ...(database === undefined ? [] : [`--database=${database}`]),
    ...(sslMode === undefined ? [] : [`--ssl-mode=${sslMode}`]),
    ...(authority === undefined ? [] : [`--ssl-ca=${authority}`]),
    // Without TLS a password is encrypted with the server's key.
    ...(sslMode === 'DISABLED' ? ['--get-server-public-key'] : []),
  ];
}

/** An account in SQL. */
export const account = (name: string, host = '%'): string => `${literal(name)}@${literal(host)}`;

/** A text in SQL, of MySQL's dialect. */
export const literal = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
