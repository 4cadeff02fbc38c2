/**
 * The life of a run's folder: claimed by exactly one launcher, found again as a left-over when that launcher was killed,
 * and reduced to its logs at the end. This file must not start servers.
 */
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeJson } from './files.ts';
import { logsFolder, runFolder, sandboxFolder } from './folders.ts';
import { identify, isRunning, type ProcessIdentity } from './identity.ts';
import { endProcesses } from './processes.ts';

/** Whose run it is. A detached run has nobody to outlive: it stays until somebody takes it down. */
export interface RunOwner {
  readonly id: string;
  readonly detached: boolean;
  readonly launcher: ProcessIdentity;
}

/** One run's folder with its owner. */
export interface Run {
  readonly folder: string;
  readonly owner: RunOwner;
}

const keptLogs = 5;

/** Claims the folder of a run for this process; fails when a run of that id is alive. */
export function claimRun(id: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(id)) {
    throw new Error(`starting a sandbox: the id must be lower-case letters, digits and dashes, not "${id}"`);
  }
  const launcher = identify(process.pid);
  if (launcher === undefined) throw new Error(`starting a sandbox: cannot identify process ${process.pid}`);
  const folder = runFolder(id);
  // The owner is written before the folder gets its name, so nobody ever sees a run without an owner.
  const temporary = path.join(sandboxFolder, `claim-${randomUUID()}`);
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  writeOwner(temporary, { id, detached: false, launcher });
  try {
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true });
    throw new Error(`starting sandbox "${id}": one of that name is running in "${folder}"`, { cause: error });
  }
  return folder;
}

/** Lets the run outlive its launcher. */
export function detachRun(folder: string): void {
  const owner = ownerOf(folder);
  if (owner === undefined) throw new Error(`detaching the sandbox in "${folder}": it has no owner`);
  writeOwner(folder, { ...owner, detached: true });
}

/** Every run there is, alive or left over. */
export function listRuns(): readonly Run[] {
  if (!existsSync(sandboxFolder)) return [];
  return readdirSync(sandboxFolder)
    .filter((name) => name.startsWith('run-'))
    .flatMap((name) => {
      const folder = path.join(sandboxFolder, name);
      const owner = ownerOf(folder);
      return owner === undefined ? [] : [{ folder, owner }];
    });
}

/** Runs whose launcher is gone although it never let go of them. */
export function leftovers(): readonly Run[] {
  return listRuns().filter(({ owner }) => !owner.detached && !isRunning(owner.launcher));
}

/** Ends every left-over of a killed launcher. */
export async function endLeftovers(say: (line: string) => void): Promise<void> {
  for (const run of leftovers()) {
    say(`ending what a killed run left behind: "${run.owner.id}"`);
    await endRun(run.folder);
  }
}

/** Ends the processes of a run and keeps nothing of it but its logs. Harmless when repeated. */
export async function endRun(folder: string): Promise<void> {
  await endProcesses(folder);
  const logs = path.join(folder, 'logs');
  const kept = path.join(logsFolder, path.basename(folder).replace(/^run-/, ''));
  if (existsSync(logs)) {
    rmSync(kept, { recursive: true, force: true });
    cpSync(logs, kept, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  pruneLogs();
}

function pruneLogs(): void {
  if (!existsSync(logsFolder)) return;
  const age = (name: string): number => statSync(path.join(logsFolder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newestFirst = readdirSync(logsFolder).sort((a, b) => age(b) - age(a));
  for (const name of newestFirst.slice(keptLogs)) rmSync(path.join(logsFolder, name), { recursive: true, force: true });
}

const ownerFile = (folder: string): string => path.join(folder, 'owner.json');
const ownerOf = (folder: string): RunOwner | undefined => readJson<RunOwner>(ownerFile(folder));
const writeOwner = (folder: string, owner: RunOwner): void => writeJson(ownerFile(folder), owner);
