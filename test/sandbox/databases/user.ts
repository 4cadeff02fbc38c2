/**
 * Whose rights a PostgreSQL server of the sandbox has: PostgreSQL refuses to run as root, so where the sandbox is root's,
 * its servers are nobody's. It must not create a user.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The user without rights that every system has. */
const NOBODY = 'nobody';

/** The user that servers run as; `undefined`: the caller itself. */
export function databaseUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const number = (option: string): number => Number(execFileSync('id', [option, NOBODY], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

/** A program with its arguments. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** Whether everybody passes through all folders above a path. */
function isOpen(target: string): boolean {
  for (let at = path.dirname(path.resolve(target)); ; at = path.dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/**
 * A folder of programs where that user may look for them; a copy among the temporary files when the checkout lies in a folder
 * that is closed to others. PostgreSQL's programs ask for the rights of their real user, whatever else they may.
 */
export function reachable(folder: string): string {
  if (databaseUser() === undefined || isOpen(folder)) return folder;
  const copy = path.join(tmpdir(), path.basename(folder));
  if (existsSync(copy)) {
    if (statSync(copy).uid !== 0) throw new Error(`using "${copy}": it is not root's own`);
    return copy;
  }
  const making = `${copy}.${process.pid}`;
  cpSync(folder, making, { recursive: true, verbatimSymlinks: true });
  chmodSync(making, 0o755);
  try {
    renameSync(making, copy);
  } catch (error) {
    // Another process was there first.
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

const PASSAGE = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];

let passage: readonly string[] | undefined;

/** The right to pass through closed folders, for data and sockets in a checkout that lies in one; none where nobody can give it. */
function passageRight(): readonly string[] {
  passage ??= spawnSync('setpriv', [...PASSAGE, '--', 'true']).status === 0 ? PASSAGE : [];
  return passage;
}

/** A program as that user. `options` are more of setpriv's own. */
export function asDatabaseUser({ command, args }: Program, options: readonly string[] = []): Program {
  const user = databaseUser();
  const change = user ? ['--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups', ...passageRight()] : [];
  return { command: 'setpriv', args: [...options, ...change, '--', command, ...args] };
}
