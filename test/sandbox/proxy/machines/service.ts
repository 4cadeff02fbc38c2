/**
 * A program that an instance keeps running, as its init system would: begun again when it ends, ended with the instance, its
 * process number in a file so that others can signal it. It must not know what the program is.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { plainEnvironment } from '../../environment.ts';
import { endProcess, forgetProcess, type RunningProcess, startProcess } from '../../processes.ts';

/** What to keep running. */
export interface ServiceSpec {
  /** Its process number is in `/run/<name>.pid`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where it runs. */
export interface ServicePlace {
  /** Folder of the run. */
  readonly run: string;
  /** The folder that stands for `/`. */
  readonly root: string;
  /** The instance. */
  readonly id: string;
}

/** Checks what a test sent; the error names what is wrong. */
export function readService(body: unknown): ServiceSpec {
  const { name, command, args, env } = (body ?? {}) as Partial<ServiceSpec>;
  if (!/^[a-z][a-z0-9-]*$/.test(name ?? '')) throw new Error(`read service: name cannot be ${JSON.stringify(name)}`);
  if (name === undefined || !command) throw new Error(`read service: the command of "${name}" is missing`);
  return { name, command, args: args ?? [], env: env ?? {} };
}

/** One service. */
export interface Service {
  start(): void;
  stop(): Promise<void>;
}

/** As systemd's RestartSec, unless a unit says otherwise. */
const RESTART_MILLISECONDS = 100;

/** A service that does not run yet. */
export function createService({ run, root, id }: ServicePlace, { name, command, args, env }: ServiceSpec): Service {
  let wanted: AbortController | undefined;
  let running: RunningProcess | undefined;
  let keeping: Promise<void> = Promise.resolve();

  async function once({ signal }: AbortController): Promise<void> {
    const record = `${name}-${id}`;
    const all = plainEnvironment({ SCALINGTIER_ROOT: root, ...env });
    running = await startProcess(run, { name: record, command, args, env: all, rank: 0 });
    // It was stopped while it started.
    if (signal.aborted) await endProcess(running.record);
    writeFileSync(path.join(root, 'run', `${name}.pid`), `${running.record.pid}\n`);
    await running.exited;
    forgetProcess(run, record);
  }

  async function keep(controller: AbortController): Promise<void> {
    const { signal } = controller;
    while (!signal.aborted) {
      // What does not even start is tried again as what ended is; its log says why.
      await once(controller).catch(() => {});
      await delay(RESTART_MILLISECONDS, undefined, { signal }).catch(() => {});
    }
  }

  return {
    start() {
      if (wanted) return;
      mkdirSync(path.join(root, 'run'), { recursive: true });
      const controller = new AbortController();
      wanted = controller;
      keeping = keeping.then(() => keep(controller));
    },
    async stop() {
      wanted?.abort();
      wanted = undefined;
      if (running) await endProcess(running.record);
      await keeping;
    },
  };
}
