/** A PostgreSQL database is copied as a person copies it: the app's role by hand, the rest by a dump. It must not know who asks for it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { plainEnvironment } from '../environment.ts';
import { type Connection, identifier, literal, psql } from './psql.ts';
import { databaseTools } from './tools.ts';

/** Copies a database to RDS, over what a copy of before has left there; `here` and `there` are administrators'. */
export async function copyPostgresByHand(
  here: Connection,
  there: Connection,
  role: { readonly user: string; readonly password: string },
): Promise<void> {
  const [user, database] = [identifier(role.user), identifier(here.database)];
  const [master, copy] = [
    { ...there, database: 'postgres' },
    { ...there, database: here.database },
  ];
  for (const sql of [
    `DROP DATABASE ${database} WITH (FORCE)`,
    `DROP ROLE IF EXISTS ${user}`,
    `CREATE ROLE ${user} LOGIN PASSWORD ${literal(role.password)}`,
    `GRANT ${user} TO CURRENT_USER`,
    `CREATE DATABASE ${database} OWNER ${user} TEMPLATE template0`,
  ])
    await psql(master, sql);
  const tools = await databaseTools();
  const folder = mkdtempSync(path.join(tmpdir(), 'by-hand-'));
  const dump = path.join(folder, 'data.dump');
  const run = (program: string, args: readonly string[], { host, port, user: as, password = '' }: Connection) =>
    promisify(execFile)(path.join(tools, program), [...args, '-w', '-h', host, '-p', `${port}`, '-U', as], {
      env: plainEnvironment({ PGPASSWORD: password }),
    });
  try {
    await run('pg_dump', ['-Fc', '-f', dump, '-d', here.database], here);
    await run('pg_restore', ['--exit-on-error', '-d', copy.database, dump], copy);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
