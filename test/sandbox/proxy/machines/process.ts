/**
 * One script that runs on an instance: a process group of its own, with the first of what it says kept and the rest
 * thrown away. It is written down in the run, so that it ends with it. It must not know what the script is for.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { identify } from '../../identity.ts';
import { forgetProcess, rememberProcess } from '../../processes.ts';
import { hasCode } from '../../system-error.ts';

/** What to run. */
export interface Script {
  /** Its name among the processes of the run. */
  readonly name: string;
  readonly file: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Seconds that it may take. */
  readonly seconds: number;
  /** The most characters that are kept of what it says, and of its complaints. */
  readonly kept: readonly [output: number, errors: number];
}

/** How a script ended: by itself with a code (or by a signal, without one), or because its time was over. */
export interface Ending {
  readonly code: number | undefined;
  readonly late: boolean;
}

/** A script under way. */
export interface RunningScript {
  readonly ended: Promise<Ending>;
  output(): string;
  errors(): string;
  /** Ends it and everything that it has started. */
  kill(): void;
}

/** Starts a script; what it leaves running in the background ends with it. */
export function runScript(run: string, script: Script): RunningScript {
  const { name, file, folder, env, seconds, kept } = script;
  // As the agent does it: the file is a program, with an interpreter of its own when its first line names one.
  const child = spawn('sh', ['-c', '"$0"', file], {
    ...{ cwd: folder, env, detached: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity !== undefined) rememberProcess(run, { ...identity, name, rank: 0, graceSeconds: 0, group: true });
  const [output, errors] = [collect(child.stdout, kept[0]), collect(child.stderr, kept[1])];
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child);
  }, seconds * 1000);
  const ended = endOf(child).then((code) => {
    clearTimeout(timer);
    forgetProcess(run, name);
    return { code, late };
  });
  return { ended, output, errors, kill: () => killGroup(child) };
}

/** How long what was said last may take to arrive when somebody outside the group holds the other end. */
const LAST_WORDS = 1000;

async function endOf(child: ChildProcess): Promise<number | undefined> {
  const said = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const code = await new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (number) => resolve(number ?? undefined));
  });
  killGroup(child);
  await Promise.race([said, delay(LAST_WORDS, undefined, { ref: false })]);
  return code;
}

function collect(stream: Readable, most: number): () => string {
  let kept = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    if (kept.length < most) kept = (kept + chunk).slice(0, most);
  });
  return () => kept;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
