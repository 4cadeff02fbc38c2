/** Whole sandboxes: side by side, and gone after any end of their launcher, SIGKILL included. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { attachSandbox } from './attach.ts';
import { logsFolder, projectFolder, runFolder, stateFile } from './folders.ts';
import { identify, isRunning, type ProcessIdentity } from './identity.ts';
import { kubectl } from './kubectl.ts';
import { nodeProgram } from './node.ts';
import { endRun } from './runs.ts';
import type { SandboxState } from './sandbox.ts';
import { standInCount } from './standin.ts';

const ids = ['one', 'two'].map((name) => `${name}-${process.pid}`) as [string, string];
const cli = path.join(projectFolder, 'test', 'sandbox', 'cli.ts');
const command = (args: readonly string[]): ChildProcess =>
  spawn(nodeProgram(), [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

afterAll(async () => {
  for (const id of ids) {
    await endRun(runFolder(id));
    rmSync(path.join(logsFolder, id), { recursive: true, force: true });
  }
});

async function up(id: string, ...rest: readonly string[]): Promise<ChildProcess> {
  const launcher = command(['up', '--id', id, ...rest]);
  let said = '';
  for await (const chunk of launcher.stdout ?? []) {
    said += String(chunk);
    if (said.includes('it runs until')) return launcher;
  }
  throw new Error(`starting sandbox "${id}": it only said "${said}"`);
}

const stateOf = (id: string): SandboxState => attachSandbox({ SANDBOX_STATE: stateFile(runFolder(id)) });

function processesOf(state: SandboxState): readonly ProcessIdentity[] {
  const identities = Object.values(state.pids).map(identify);
  expect(identities).not.toContain(undefined);
  return identities.flatMap((identity) => identity ?? []);
}

async function untilAllGone(processes: readonly ProcessIdentity[], folder: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; processes.some(isRunning) || existsSync(folder); ) {
    if (Date.now() > deadline)
      throw new Error(`still there: ${JSON.stringify(processes.filter(isRunning))} "${folder}"`);
    await delay(50);
  }
}

test('two sandboxes run side by side, and end with their launcher whether it is asked or killed', async () => {
  const [first, second] = await Promise.all(ids.map((id) => up(id)));
  const [one, two] = [stateOf(ids[0]), stateOf(ids[1])];
  const [processesOne, processesTwo] = [processesOf(one), processesOf(two)];
  const standIns = Array.from({ length: standInCount() }, (_, index) => `moto-${index + 1}`);
  const controlPlane = ['etcd', 'kube-apiserver', 'kube-controller-manager'];
  expect(Object.keys(one.pids).sort()).toEqual([...controlPlane, ...standIns, 'proxy'].sort());

  await kubectl(one, ['create', 'namespace', 'only-in-one']);
  expect((await kubectl(two, ['get', 'namespaces', '--output', 'name'])).stdout).not.toContain('only-in-one');
  await kubectl(one, ['delete', 'namespace', 'only-in-one', '--timeout', '30s']);
  expect((await fetch(`${one.aws.endpoint}/_sandbox/health`)).status).toBe(200);

  first?.kill('SIGKILL');
  await untilAllGone(processesOne, one.folder);
  expect(processesTwo.every(isRunning)).toBe(true);

  const ended = second === undefined ? [] : once(second, 'exit');
  second?.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(processesTwo.some(isRunning)).toBe(false);
  expect(existsSync(two.folder)).toBe(false);
  expect(readFileSync(path.join(logsFolder, ids[1], 'kube-apiserver.log'), 'utf8')).not.toBe('');
});

test('a detached sandbox outlives its launcher until it is taken down', async () => {
  const launcher = await up(ids[0], '--detach');
  if (launcher.exitCode === null) await once(launcher, 'exit');
  const state = stateOf(ids[0]);
  const processes = processesOf(state);
  await kubectl(state, ['get', '--raw', '/readyz']);
  const down = command(['down', '--id', ids[0]]);
  expect(await once(down, 'exit')).toEqual([0, null]);
  expect(processes.some(isRunning)).toBe(false);
  expect(existsSync(state.folder)).toBe(false);
});
