/**
 * Tells whether a process id still means the process it meant when it was written down. Ids are reused, so a pid alone
 * must never be signalled; a pid together with the moment its process started is unambiguous.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hasCode } from './system-error.ts';

/** A process as written down: its id and the moment it started. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** A process that may stand for the process group that it leads. */
export type ProcessTarget = ProcessIdentity & { readonly group?: true };

/** The identity of a running process; `undefined` when there is none, or only its remains (a zombie). */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startedByProc(pid) : startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether the very process that was written down still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** Signals a process, or its group, unless it has ended or its id has passed to another. */
export function signal(target: ProcessTarget, name: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void {
  if (!isRunning(target)) return;
  try {
    process.kill(target.group ? -target.pid : target.pid, name);
  } catch (error) {
    // It may end between the look and the signal.
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function startedByProc(pid: number): string | undefined {
  try {
    // The command name, in brackets, may hold blanks and brackets itself: count fields from the last bracket on.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (ticks === undefined || state === 'Z' || state === 'X') return undefined;
    return `${bootId()} ${ticks}`;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function startedByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
