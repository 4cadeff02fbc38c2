/**
 * What must be on the machine before anything can start, checked up front: for each thing the version found, the version
 * needed and how to get it, all in one message instead of one failure after the other. It must not install anything.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** One thing that must be there. */
export interface Prerequisite {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Lowest version that will do, as numbers. */
  readonly needed: readonly number[];
  readonly howToGet: string;
}

/** What was found of one prerequisite. */
export interface Finding {
  readonly prerequisite: Prerequisite;
  readonly found: string | undefined;
  readonly good: boolean;
}

/** Everything the sandbox needs. Python must be able to make virtual environments, so that is asked in the same breath. */
export const prerequisites: readonly Prerequisite[] = [
  {
    name: 'Node.js',
    command: 'node',
    args: ['--version'],
    needed: [20],
    howToGet: 'install it from https://nodejs.org or with your package manager',
  },
  { name: 'npm', command: 'npm', args: ['--version'], needed: [9], howToGet: 'it comes with Node.js' },
  {
    name: 'Go',
    command: 'go',
    args: ['version'],
    needed: [1, 26],
    howToGet:
      'install it from https://go.dev/dl, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl',
  },
  {
    name: 'Python with venv',
    command: 'python3',
    args: ['-c', 'import platform, venv, ensurepip; print(platform.python_version())'],
    needed: [3, 11],
    howToGet: 'install python3 and python3-venv with your package manager, or from https://www.python.org',
  },
  {
    name: 'make',
    command: 'make',
    args: ['--version'],
    needed: [3, 81],
    howToGet: 'install it with your package manager (on macOS: xcode-select --install)',
  },
];

/** What real databases need besides, asked for when the first one is started. */
export const databasePrerequisites: readonly Prerequisite[] = [
  {
    name: 'setpriv (util-linux)',
    command: 'setpriv',
    args: ['--version'],
    needed: [2, 33],
    howToGet: 'real databases need Linux; install util-linux with your package manager (as root)',
  },
  {
    name: 'OpenSSL',
    command: 'openssl',
    args: ['version'],
    needed: [1, 1, 1],
    howToGet: 'install openssl with your package manager (as root)',
  },
];

/** Looks for each prerequisite. Go is not needed when the control plane is given ready-made. */
export async function findPrerequisites(assets = process.env.KUBEBUILDER_ASSETS): Promise<readonly Finding[]> {
  const wanted = prerequisites.filter(({ name }) => name !== 'Go' || (assets ?? '') === '');
  return findAll(wanted);
}

/** Looks for these. */
export function findAll(wanted: readonly Prerequisite[]): Promise<readonly Finding[]> {
  return Promise.all(wanted.map(find));
}

/** Fails with one message about everything that is missing or too old. */
export function requireAll(findings: readonly Finding[]): void {
  const missing = findings.filter(({ good }) => !good);
  if (missing.length === 0) return;
  throw new Error(`the sandbox needs what is not here:\n${missing.map(describeFinding).join('\n')}`);
}

/** One line about one prerequisite. */
export function describeFinding({ prerequisite, found, good }: Finding): string {
  const { name, needed, howToGet } = prerequisite;
  const line = `  ${name}: needs ${needed.join('.')} or later, found ${found ?? 'none'}`;
  return good ? line : `${line}; ${howToGet}`;
}

/** Whether a version is at least the needed one, compared number by number. */
export function isAtLeast(found: string, needed: readonly number[]): boolean {
  const numbers = found.split('.').map(Number);
  for (const [index, wanted] of needed.entries()) {
    const number = numbers[index] ?? 0;
    if (number !== wanted) return number > wanted;
  }
  return true;
}

async function find(prerequisite: Prerequisite): Promise<Finding> {
  const found = await versionOf(prerequisite);
  return { prerequisite, found, good: found !== undefined && isAtLeast(found, prerequisite.needed) };
}

async function versionOf({ command, args }: Prerequisite): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { timeout: 20_000 });
    return /\d+(\.\d+)+/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}
