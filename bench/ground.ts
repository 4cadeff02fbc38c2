/**
 * What every measurement stands on: a Kubernetes control plane, the generator, and operators, each a real process on the
 * core that it belongs to. It measures nothing.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startCluster } from '../test/sandbox/cluster.ts';
import { controlPlaneBinaries } from '../test/sandbox/controlplane.ts';
import { projectFolder } from '../test/sandbox/folders.ts';
import { installOperator } from '../test/sandbox/install.ts';
import { serviceAccountKubeconfig } from '../test/sandbox/kubeconfig.ts';
import { type Objects, openObjects } from '../test/sandbox/objects.ts';
import { type OperatorProcess, startOperator } from '../test/sandbox/operator.ts';
import { claimPorts } from '../test/sandbox/ports.ts';
import { claimRun, endRun } from '../test/sandbox/runs.ts';
import type { SandboxState } from '../test/sandbox/sandbox.ts';
import { type GeneratorControl, generatorControl } from './generator/control.ts';
import { startGenerator } from './generator/process.ts';
import { CLUSTER, type Recording } from './generator/recording.ts';

/**
 * How Go collects the control plane's memory: an API server of an estate has gigabytes. With Go's default a
 * seventh of its time goes into its own heap, on the core that everything but the operator shares here.
 */
const GOGC = '500';

/** Everything but the operator. */
const WORLD_CORE = 0;
const OPERATOR_CORE = 1;

/** What measurements use. */
export interface Ground {
  readonly recording: Recording;
  readonly state: SandboxState;
  readonly objects: Objects;
  readonly generator: GeneratorControl;
  /** Starts an operator process with these flags and variables. */
  operator(args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<OperatorProcess>;
  close(): Promise<void>;
}

/** Ties a process and its threads to a core. */
export function pin(pid: number, core: number): void {
  execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' });
}

/** The bundle when there is one: it is what is shipped. */
export function operatorScript(): string {
  const bundle = path.join(projectFolder, 'dist', 'scalingtier-operator.mjs');
  return existsSync(bundle) ? bundle : path.join(projectFolder, 'src', 'main.ts');
}

/** How the image runs Node: flags and variables that decide how much memory the process takes. */
export interface Shipped {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Reads the image's recipe. */
export function shippedNode(recipe = readFileSync(path.join(projectFolder, 'Dockerfile'), 'utf8')): Shipped {
  const [, entry] = /^ENTRYPOINT (\[.*\])$/m.exec(recipe) ?? [];
  if (entry === undefined) throw new Error("read the image's recipe: it has no ENTRYPOINT");
  const [, variables = ''] = /^ENV (.*)$/m.exec(recipe) ?? [];
  return {
    flags: (JSON.parse(entry) as readonly string[]).filter((word) => word.startsWith('--')),
    env: Object.fromEntries(variables.split(' ').map((pair) => pair.split('=', 2))) as Record<string, string>,
  };
}

/** Lays the ground in a run folder of this id. */
export async function layGround(recording: Recording, id: string, say: (line: string) => void): Promise<Ground> {
  const binaries = await controlPlaneBinaries(say);
  const folder = claimRun(id);
  pin(process.pid, WORLD_CORE);
  const claim = await claimPorts(4);
  try {
    const [etcdClient = 0, etcdPeer = 0, apiServer = 0, generatorPort = 0] = claim.ports;
    process.env.GOGC = GOGC;
    const cluster = await startCluster(
      folder,
      { ...binaries, controllerManager: undefined },
      { etcdClient, etcdPeer, apiServer },
    );
    for (const { record } of cluster.processes) pin(record.pid, WORLD_CORE);
    const { endpoint, pid } = await startGenerator(folder, recording, generatorPort);
    pin(pid, WORLD_CORE);
    const { server, authority, adminKubeconfig } = cluster;
    const state = {
      id,
      folder,
      kube: { server, authority, adminKubeconfig, kubectl: binaries.kubectl },
      aws: { endpoint, upstreams: [endpoint] },
      pids: {},
    } as SandboxState;
    await installOperator(state);
    const kubeconfig = await serviceAccountKubeconfig(state, 'scalingtier-system', 'scalingtier-operator');
    const objects = openObjects(state);
    return {
      recording,
      state,
      objects,
      generator: generatorControl(endpoint),
      async operator(args = [], env = {}) {
        const shipped = shippedNode();
        const operator = await startOperator(state, {
          kubeconfig,
          script: operatorScript(),
          nodeFlags: shipped.flags,
          args: ['--leader-elect', 'false', ...args],
          env: { SCALINGTIER_CLUSTER_ID: CLUSTER, NODE_ENV: 'production', ...shipped.env, ...env },
        });
        pin(operator.pid, OPERATOR_CORE);
        return operator;
      },
      async close() {
        objects.close();
        await endRun(folder);
      },
    };
  } catch (error) {
    await endRun(folder);
    throw error;
  } finally {
    await claim.release();
  }
}

/** Figures of a process as the kernel keeps them. */
export interface ProcessFigures {
  /** Seconds on a core, user and system. */
  readonly cpuSeconds: number;
  readonly residentMB: number;
  readonly peakMB: number;
}

const TICKS = 100;

/** Reads a process's figures. */
export function figuresOf(pid: number): ProcessFigures {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    residentMB: kilobytes('VmRSS') / 1024,
    peakMB: kilobytes('VmHWM') / 1024,
  };
}

/** The operator's own metrics, summed over labels that match. */
export async function metricsOf({ metrics }: OperatorProcess): Promise<(name: string, labels?: string) => number> {
  const text = await (await fetch(`${metrics}/metrics`)).text();
  return (name, labels = '') =>
    text
      .split('\n')
      .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
