/**
 * Starts the servers of a run and writes each down, so that any other process (the warden, `down`, the next start) can
 * end it later. Children get a process group of their own: a Ctrl-C at the prompt must reach the launcher only, which
 * then ends them in order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { plainEnvironment } from './environment.ts';
import { readJson, writeJson } from './files.ts';
import { identify, isRunning, type ProcessIdentity, signal } from './identity.ts';

/** A process of a run as written down. Lower ranks end first; processes of one rank end together. */
export interface ProcessRecord extends ProcessIdentity {
  readonly name: string;
  readonly rank: number;
  readonly graceSeconds: number;
  /** What asks it to end; default SIGTERM. */
  readonly endSignal?: 'SIGINT';
  /** Whether its whole process group is meant by a signal. */
  readonly group?: true;
}

/** What to start. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly rank: number;
  /** Time between SIGTERM and SIGKILL; default 5. */
  readonly graceSeconds?: number;
  /** What asks it to end; default SIGTERM. */
  readonly endSignal?: 'SIGINT';
}

/** A started process. `exited` settles with a description of how it ended. */
export interface RunningProcess {
  readonly record: ProcessRecord;
  readonly logFile: string;
  readonly child: ChildProcess;
  readonly exited: Promise<string>;
}

/** Starts a process of the run in `folder`, with its output in `logs/<name>.log`. */
export async function startProcess(folder: string, spec: ProcessSpec): Promise<RunningProcess> {
  mkdirSync(path.join(folder, 'logs'), { recursive: true });
  const logFile = path.join(folder, 'logs', `${spec.name}.log`);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(spec.command, spec.args, {
    cwd: folder,
    detached: true,
    env: spec.env ?? plainEnvironment(),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signalName) => resolve(signalName ?? `exit code ${code}`));
  });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  // It may have ended before it could be identified: then what it said is all there is.
  if (identity === undefined)
    throw new Error(notStarted(`${spec.name} ("${spec.command}")`, `ended (${await exited})`, logFile));
  const { name, rank, graceSeconds = 5, endSignal } = spec;
  const record = { ...identity, name, rank, graceSeconds, ...(endSignal === undefined ? {} : { endSignal }) };
  rememberProcess(folder, record);
  child.unref();
  return { record, logFile, child, exited };
}

const notStarted = (name: string, how: string, logFile: string): string =>
  `starting ${name}: ${how}; the end of its log:\n${lastLines(logFile)}`;

/** Waits until `ready` answers true; fails with the end of the log when the process ends or the time is over. */
export async function untilReady(running: RunningProcess, ready: () => Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let ended: string | undefined;
  running.exited.then((how) => {
    ended = how;
  });
  while (!(await ready())) {
    const late = Date.now() > deadline;
    if (ended === undefined && !late) {
      await delay(50);
      continue;
    }
    const how = ended === undefined ? `not ready after ${seconds} s` : `ended (${ended})`;
    throw new Error(notStarted(running.record.name, how, running.logFile));
  }
}

/** Every process written down for a run, running or not. */
export function recordsOf(folder: string): readonly ProcessRecord[] {
  let names: readonly string[];
  try {
    names = readdirSync(recordsFolder(folder)).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.flatMap((name) => readJson<ProcessRecord>(path.join(recordsFolder(folder), name)) ?? []);
}

/** The process of this name in a run folder. */
export function recordOf(folder: string, name: string): ProcessRecord {
  const record = recordsOf(folder).find((candidate) => candidate.name === name);
  if (record === undefined) throw new Error(`find "${name}" of the sandbox: it is not written down`);
  return record;
}

/** The program of a process that runs, and its arguments. */
export function commandOf({ pid, name }: ProcessRecord): readonly [string, ...string[]] {
  const [command, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  if (command === undefined) throw new Error(`read the command of "${name}": the process has ended`);
  return [command, ...args];
}

/** Ends every process of a run, rank by rank: SIGTERM, then SIGKILL after its grace. Harmless when repeated. */
export async function endProcesses(folder: string): Promise<void> {
  const records = recordsOf(folder);
  const ranks = [...new Set(records.map((record) => record.rank))].sort((a, b) => a - b);
  for (const rank of ranks) {
    await Promise.all(records.filter((record) => record.rank === rank).map((record) => endProcess(record)));
  }
  for (const record of records) forgetProcess(folder, record.name);
}

/** Writes a process down, so that it ends with the run. */
export function rememberProcess(folder: string, record: ProcessRecord): void {
  mkdirSync(recordsFolder(folder), { recursive: true });
  writeJson(recordFile(folder, record.name), record);
}

/** Strikes a process that has ended from the run's records. */
export function forgetProcess(folder: string, name: string): void {
  rmSync(recordFile(folder, name), { force: true });
}

/** Ends one process: SIGTERM, then SIGKILL after its grace. */
export async function endProcess(record: ProcessRecord): Promise<void> {
  signal(record, record.endSignal ?? 'SIGTERM');
  if (await untilGone(record, record.graceSeconds)) return;
  signal(record, 'SIGKILL');
  if (!(await untilGone(record, 10))) throw new Error(`ending ${record.name}: pid ${record.pid} survives SIGKILL`);
}

/** Waits for a process to end; false when the time is over first. */
export async function untilGone(identity: ProcessIdentity, seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (isRunning(identity)) {
    if (Date.now() > deadline) return false;
    await delay(25);
  }
  return true;
}

/** The last lines of a log, for an error message. */
export function lastLines(file: string, count = 15): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

const recordsFolder = (folder: string): string => path.join(folder, 'processes');
const recordFile = (folder: string, name: string): string => path.join(recordsFolder(folder), `${name}.json`);
