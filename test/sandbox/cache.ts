/**
 * Things that take minutes to build are built once, into a folder named after the hash of everything they are made from,
 * and never again unasked. Two launchers that need the same build do not build it twice. Says what goes on while it lasts.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readJson, writeJson } from './files.ts';
import { cacheFolder } from './folders.ts';
import { identify, isRunning, type ProcessIdentity } from './identity.ts';
import { lastLines } from './processes.ts';
import { hasCode } from './system-error.ts';

/** Where progress is told, one line at a time. */
export type Say = (line: string) => void;

/** Something to build once. */
export interface Build {
  readonly name: string;
  /** Said at the start: what is going on and for how long. */
  readonly announcement: string;
  /** Everything the result depends on; its hash names the folder. */
  readonly inputs: readonly string[];
  readonly make: (folder: string, run: RunStep) => Promise<void>;
}

/** Runs one command of a build; its output goes to the build's log, whose end is in the error when it fails. */
export type RunStep = (command: string, args: readonly string[], options?: StepOptions) => Promise<void>;

/** Where and how one command of a build runs. */
export interface StepOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The first 16 hex digits of a hash over inputs; where one ends and the next begins matters. */
export function cacheKey(inputs: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
}

/** The folder with the finished build; builds it when it is not there yet. */
export async function built(build: Build, say: Say): Promise<string> {
  const folder = path.join(cacheFolder, `${build.name}-${cacheKey(build.inputs)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder, { recursive: true });
  const release = await lock(`${folder}.lock`, `another process is building the same: ${build.announcement}`, say);
  try {
    if (!existsSync(folder)) await makeOnce(build, folder, say);
  } finally {
    release();
  }
  return folder;
}

async function makeOnce(build: Build, folder: string, say: Say): Promise<void> {
  const started = Date.now();
  const elapsed = (): string => `${Math.round((Date.now() - started) / 1000)} s`;
  say(`${build.announcement} …`);
  const heartbeat = setInterval(() => say(`  still ${build.announcement.split(',')[0]} (${elapsed()})`), 20_000);
  const log = `${folder}.build.log`;
  rmSync(log, { force: true });
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  try {
    await build.make(unfinished, (command, args, options) => runStep(log, command, args, options));
    // The name comes last, so a folder of that name is always whole.
    renameSync(unfinished, folder);
    say(`  done after ${elapsed()}`);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Runs one command with its output at the end of `log`; the end of the log is in the error when it fails. */
export const runStep = (
  log: string,
  command: string,
  args: readonly string[],
  options: StepOptions = {},
): Promise<void> =>
  new Promise((resolve, reject) => {
    const output = openSync(log, 'a');
    const env = { ...process.env, ...options.env };
    const child = spawn(command, args, { stdio: ['ignore', output, output], cwd: options.cwd, env });
    closeSync(output);
    child.once('error', (error) => reject(new Error(`running "${command}"`, { cause: error })));
    child.once('exit', (code, signalName) => {
      if (code === 0) return resolve();
      const how = signalName ?? `exit code ${code}`;
      reject(new Error(`running "${command} ${args.join(' ')}": ${how}; the end of "${log}":\n${lastLines(log)}`));
    });
  });

/** Taken by making a folder, which only one can; taken over when whoever made it is gone. */
async function lock(folder: string, waiting: string, say: Say): Promise<() => void> {
  const holderFile = path.join(folder, 'holder.json');
  for (let said = 0, seen = 0; ; ) {
    if (tryLock(folder)) {
      writeJson(holderFile, identify(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    }
    const holder = readJson<ProcessIdentity>(holderFile);
    seen = holder === undefined ? seen + 1 : 0;
    // A folder without a holder is one just made, or one whose maker died at that very moment.
    if (holder === undefined ? seen > 50 : !isRunning(holder)) rmSync(folder, { recursive: true, force: true });
    else await delay(100);
    if (Date.now() - said > 20_000) {
      say(waiting);
      said = Date.now();
    }
  }
}

function tryLock(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}
