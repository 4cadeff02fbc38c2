/**
 * MySQL's programs in a folder of the sandbox's own, made when a MySQL server is first needed, and once. It must not be made for
 * those who need none, and installs nothing on the machine.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Build, built, type Say } from '../../cache.ts';
import { databasePrerequisites, findAll, requireAll } from '../../prerequisites.ts';
import { reachable } from '../user.ts';

let found: Promise<string> | undefined;

/** Finds or makes the programs; answers with the folder that has `tools` (`mysqld`, `mysql`, `mysqldump`) and `root`, what they need. */
export function mysqlPrograms(say: Say = sayToStandardError): Promise<string> {
  found ??= install(say).catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function install(say: Say): Promise<string> {
  requireAll(await findAll(databasePrerequisites));
  return reachable(await built(mysqlBuild(), say));
}

function mysqlBuild(): Build {
  const script = path.join(import.meta.dirname, 'tools.py');
  return {
    name: 'mysql',
    announcement: 'fetching MySQL from the archive of packages that this machine uses, once, about 20 s',
    inputs: [process.platform, process.arch, readFileSync(script, 'utf8')],
    make: (folder, run) => run('python3', [script, folder]),
  };
}

const sayToStandardError: Say = (line) => {
  process.stderr.write(`[sandbox] ${line}\n`);
};
