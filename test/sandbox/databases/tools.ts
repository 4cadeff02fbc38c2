/**
 * PostgreSQL and the AWS command line in an environment of the sandbox's own, installed from hashes when a database is
 * first needed, and once. It must not be built for those who need no database.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Build, built, type Say } from '../cache.ts';
import { databasePrerequisites, findAll, requireAll } from '../prerequisites.ts';
import { reachable } from './user.ts';

let found: Promise<string> | undefined;

/** Finds or installs the tools; answers with their folder: `initdb`, `postgres`, `psql`, `pg_dump` …, `aws`, `runuser`. */
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

function databasesBuild(): Build {
  const requirements = path.join(import.meta.dirname, 'requirements.txt');
  const script = path.join(import.meta.dirname, 'tools.py');
  // An environment is tied to the interpreter that made it.
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.version, sys.base_prefix)'], {
    encoding: 'utf8',
  });
  return {
    name: 'databases',
    announcement: 'installing PostgreSQL and the AWS command line into an environment of their own, once, about 30 s',
    inputs: [process.platform, process.arch, python, readFileSync(requirements, 'utf8'), readFileSync(script, 'utf8')],
    async make(folder, run) {
      await run('python3', ['-m', 'venv', folder]);
      const own = path.join(folder, 'bin', 'python3');
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--require-hashes'];
      await run(own, [...pip, '--only-binary', ':all:', '-r', requirements]);
      await run(own, ['-m', 'compileall', '-q', path.join(folder, 'lib')]);
      await run(own, [script, folder]);
    },
  };
}

const sayToStandardError: Say = (line) => {
  process.stderr.write(`[sandbox] ${line}\n`);
};
