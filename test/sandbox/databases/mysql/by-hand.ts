/**
 * A MySQL database is copied as a person copies it: accounts with their hashes, the rest by a dump of the server's root, who alone comes
 * in at the socket when the server is frozen. It must not copy events: whoever has some makes them there so that they do not run.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { plainEnvironment } from '../../environment.ts';
import { literal, type MysqlConnection, mysql } from './client.ts';
import { mysqlPrograms } from './tools.ts';

/** Accounts that stay: administrators, what MySQL brings along, and who reads the log along. */
const STAYING = ['root', 'mysql.sys', 'mysql.session', 'mysql.infoschema', 'scalingtier_replication'];

const linesOf = (said: string): readonly string[] => said.split('\n').filter(Boolean);

/** What makes an account; the freeze's own lock and note are the server's. */
const ofRds = (account: string): string =>
  account.replace(' ACCOUNT LOCK ', ' ACCOUNT UNLOCK ').replace(/ ATTRIBUTE '\{"scalingtier": "locked"\}'$/, '');

async function dumpOf(socket: string, database: string): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'by-hand-'));
  const file = path.join(folder, 'data.sql');
  const program = path.join(await mysqlPrograms(), 'tools/mysqldump');
  const what = ['--single-transaction', '--routines', '--triggers', '--hex-blob', '--no-tablespaces'];
  const args = ['--no-defaults', `--socket=${socket}`, '--user=root', ...what, '--set-gtid-purged=OFF'];
  try {
    await promisify(execFile)(program, [...args, `--result-file=${file}`, database], { env: plainEnvironment() });
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Copies a database from the server at a socket to RDS, over what a copy of before has left there. */
export async function copyMysqlByHand(socket: string, there: MysqlConnection, database: string): Promise<void> {
  const here = { socket, user: 'root' };
  const accounts = linesOf(
    await mysql(
      here,
      `SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE User NOT IN (${STAYING.map(literal).join()})`,
    ),
  );
  const said = async (statement: string) => {
    const asked = accounts.map((account) => `${statement} ${account};`).join('\n');
    return linesOf(await mysql(here, `SET SESSION print_identified_with_as_hex = ON;\n${asked}`));
  };
  const statements = [
    `DROP DATABASE IF EXISTS \`${database}\``,
    `CREATE DATABASE \`${database}\``,
    ...accounts.map((account) => `DROP USER IF EXISTS ${account}`),
    ...(await said('SHOW CREATE USER')).map(ofRds),
    ...(await said('SHOW GRANTS FOR')),
  ];
  const anywhere = { ...there, database: undefined };
  await mysql(anywhere, statements.map((statement) => `${statement};\n`).join(''));
  await mysql({ ...there, database }, await dumpOf(socket, database));
}
