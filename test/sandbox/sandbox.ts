/**
 * Starts and stops a whole sandbox: a real Kubernetes control plane, the AWS stand-in and the proxy in front of it, all
 * on loopback. Whatever happens to the process that started it, nothing stays behind. It must not install the operator.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import type { Say } from './cache.ts';
import { startCluster } from './cluster.ts';
import { controlPlaneBinaries } from './controlplane.ts';
import { plainEnvironment } from './environment.ts';
import { writeJson } from './files.ts';
import { stateFile } from './folders.ts';
import { httpStatus } from './http.ts';
import { nodeProgram } from './node.ts';
import { claimPorts } from './ports.ts';
import { findPrerequisites, requireAll } from './prerequisites.ts';
import { type RunningProcess, startProcess, untilReady } from './processes.ts';
import { claimRun, detachRun, endLeftovers, endRun } from './runs.ts';
import { standInArgs, standInCount, standInEnv, standInPython } from './standin.ts';

/** How to start a sandbox. */
export interface SandboxOptions {
  /** Names the folder `.sandbox/run-<id>`; default: a random one. */
  readonly id?: string;
  /** Where progress is told; default: standard error. */
  readonly say?: Say;
  /** What AWS's times are divided by; default 20, 0: everything at once. */
  readonly lifecycleFactor?: number;
  /** Tells nothing. */
  readonly quiet?: boolean;
}

/** What others need to use a running sandbox; also in `.sandbox/run-<id>/state.json`. */
export interface SandboxState {
  readonly id: string;
  readonly folder: string;
  readonly kube: {
    readonly server: string;
    /** PEM of the certificates that the API server answers with. */
    readonly authority: string;
    readonly adminKubeconfig: string;
    /** Path of the kubectl program. */
    readonly kubectl: string;
  };
  readonly aws: {
    /** The proxy: what the operator must use. */
    readonly endpoint: string;
    /** The stand-in itself, without lifecycles, limits or faults. */
    readonly upstreams: readonly string[];
  };
  readonly pids: Readonly<Record<string, number>>;
}

/** A running sandbox. */
export interface Sandbox {
  readonly state: SandboxState;
  /** Ends every process of it and keeps only the logs. */
  stop(): Promise<void>;
  /** Lets it run on after this process; `down` of the command line ends it. */
  detach(): Promise<void>;
}

/** Builds what is missing; answers with the programs. */
export async function prepareSandbox(say: Say) {
  requireAll(await findPrerequisites());
  const binaries = await controlPlaneBinaries(say);
  return { binaries, python: await standInPython(say) };
}

/** Starts a sandbox and waits until all of it serves. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const say = options.quiet === true ? () => {} : (options.say ?? sayToStandardError);
  const { binaries, python } = await prepareSandbox(say);
  await endLeftovers(say);
  const folder = claimRun(options.id ?? randomBytes(3).toString('hex'));
  const warden = startWarden(folder);
  const stop = async (): Promise<void> => {
    await endRun(folder);
    await dismiss(warden, '');
  };
  try {
    const state = await startServers({ folder, binaries, python, factor: options.lifecycleFactor ?? 20 });
    return {
      state,
      stop,
      async detach() {
        detachRun(folder);
        await dismiss(warden, 'detach\n');
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Programs = Awaited<ReturnType<typeof prepareSandbox>>;

async function startServers(
  plan: Programs & { readonly folder: string; readonly factor: number },
): Promise<SandboxState> {
  const { folder, binaries, python, factor } = plan;
  const claim = await claimPorts(4 + standInCount());
  try {
    const [etcdClient = 0, etcdPeer = 0, apiServer = 0, proxyPort = 0, ...motoPorts] = claim.ports;
    const outcomes = await Promise.allSettled([
      startAws(folder, { python, motoPorts, proxyPort, factor }),
      startCluster(folder, binaries, { etcdClient, etcdPeer, apiServer }),
    ]);
    // Both are waited for, so that on failure of one no process is started behind the back of the clean-up.
    const [aws, cluster] = outcomes;
    if (aws.status === 'rejected') throw aws.reason;
    if (cluster.status === 'rejected') throw cluster.reason;
    const { server, authority, adminKubeconfig } = cluster.value;
    const processes = [...cluster.value.processes, ...aws.value];
    const state: SandboxState = {
      id: path.basename(folder).replace(/^run-/, ''),
      folder,
      kube: { server, authority, adminKubeconfig, kubectl: binaries.kubectl },
      aws: { endpoint: `http://127.0.0.1:${proxyPort}`, upstreams: motoPorts.map(standInAt) },
      pids: Object.fromEntries(processes.map(({ record }) => [record.name, record.pid])),
    };
    writeJson(stateFile(folder), state);
    return state;
  } finally {
    await claim.release();
  }
}

const standInAt = (port: number): string => `http://127.0.0.1:${port}`;

interface AwsPlan {
  readonly python: string;
  readonly motoPorts: readonly number[];
  readonly proxyPort: number;
  readonly factor: number;
}

async function startAws(folder: string, plan: AwsPlan): Promise<readonly RunningProcess[]> {
  const { python, motoPorts, proxyPort, factor } = plan;
  const env = plainEnvironment(standInEnv(python));
  const standIns = await Promise.all(
    motoPorts.map(async (port, index) => {
      const name = `moto-${index + 1}`;
      const running = await startProcess(folder, { name, command: python, args: standInArgs(port), env, rank: 20 });
      return { upstream: standInAt(port), running };
    }),
  );
  const script = path.join(import.meta.dirname, 'proxy', 'main.ts');
  const upstreams = standIns.flatMap(({ upstream }) => ['--upstream', upstream]);
  const where = ['--port', `${proxyPort}`, ...upstreams, '--folder', folder];
  const args = [script, ...where, '--factor', `${factor}`];
  const proxy = await startProcess(folder, { name: 'proxy', command: nodeProgram(), args, rank: 10 });
  for (const { upstream, running } of standIns)
    await untilReady(running, async () => (await httpStatus(`${upstream}/moto-api/data.json`)) === 200, 60);
  await untilReady(proxy, async () => (await httpStatus(`http://127.0.0.1:${proxyPort}/_sandbox/health`)) === 200);
  return [...standIns.map(({ running }) => running), proxy];
}

function startWarden(folder: string): ChildProcess {
  mkdirSync(path.join(folder, 'logs'), { recursive: true });
  const log = openSync(path.join(folder, 'logs', 'warden.log'), 'a', 0o600);
  const script = path.join(import.meta.dirname, 'warden.ts');
  const warden = spawn(nodeProgram(), [script, folder], {
    detached: true,
    env: plainEnvironment(),
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  // A warden that is gone already must not bring down the launcher, which ends the run by itself.
  warden.stdin?.on('error', () => {});
  warden.on('error', () => {});
  warden.unref();
  return warden;
}

async function dismiss(warden: ChildProcess, word: string): Promise<void> {
  if (warden.exitCode !== null || warden.signalCode !== null || warden.pid === undefined) return;
  const gone = once(warden, 'exit');
  warden.ref();
  warden.stdin?.end(word);
  await gone;
}

const sayToStandardError: Say = (line) => {
  process.stderr.write(`[sandbox] ${line}\n`);
};
