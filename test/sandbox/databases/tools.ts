/**
 * PostgreSQL, Valkey and the AWS command line in an environment of the sandbox's own, installed from hashes when a database
 * is first needed, and once. It must not be built for those who need no database.
 */
import path from 'node:path';
import { type Build, built, type Say } from '../cache.ts';
import { databasePrerequisites, findAll, requireAll } from '../prerequisites.ts';
import { pythonEnvironment } from '../python.ts';
import { reachable } from './user.ts';

let found: Promise<string> | undefined;

/** Finds or installs the tools; answers with their folder: `initdb`, `postgres`, `psql`, `pg_dump` …, `aws`, `runuser`, `valkey-server`. */
export function databaseTools(say: Say = sayToStandardError): Promise<string> {
  found ??= install(say).catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function install(say: Say): Promise<string> {
  requireAll(await findAll(databasePrerequisites));
  return path.join(reachable(await built(databasesBuild(), say)), 'tools');
}

const databasesBuild = (): Build =>
  pythonEnvironment({
    name: 'databases',
    announcement:
      'installing PostgreSQL, Valkey and the AWS command line into an environment of their own, once, about 30 s',
    requirements: path.join(import.meta.dirname, 'requirements.txt'),
    script: path.join(import.meta.dirname, 'tools.py'),
    args: (folder) => [folder],
  });

const sayToStandardError: Say = (line) => {
  process.stderr.write(`[sandbox] ${line}\n`);
};
