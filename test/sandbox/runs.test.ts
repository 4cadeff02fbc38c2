/** Runs and their processes: ended in order, by identity and never by number alone, also after the launcher was killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeJson } from './files.ts';
import { logsFolder, runFolder } from './folders.ts';
import { identify, isRunning, signal } from './identity.ts';
import { type ProcessSpec, recordsOf, rememberProcess, startProcess, untilGone, untilReady } from './processes.ts';
import { claimRun, detachRun, endLeftovers, endRun, leftovers, listRuns, type RunOwner } from './runs.ts';

const id = `unit-${process.pid}`;
const folder = runFolder(id);

afterEach(async () => {
  await endRun(folder);
  rmSync(path.join(logsFolder, id), { recursive: true, force: true });
});

const shell = (name: string, script: string, rest: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  command: 'sh',
  args: ['-c', script],
  rank: 1,
  ...rest,
});
const forever = 'while :; do sleep 0.05; done';

/** A process that has ended and whose identity is known. */
async function endedProcess(): Promise<ReturnType<typeof identify>> {
  const child: ChildProcess = spawn('sleep', ['30']);
  const identity = identify(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return identity;
}

function killLauncherOf(run: string, launcher: RunOwner['launcher'] | undefined): void {
  const file = path.join(run, 'owner.json');
  writeJson(file, { ...readJson<RunOwner>(file), launcher });
}

test('a run is claimed by one launcher only', () => {
  claimRun(id);
  expect(() => claimRun(id)).toThrow('one of that name is running');
  expect(listRuns().map(({ owner }) => owner.id)).toContain(id);
});

test.each(['', 'Upper', '../up', '-dash', 'a'.repeat(33)])('the id "%s" is refused', (bad) => {
  expect(() => claimRun(bad)).toThrow(`not "${bad}"`);
});

test('a run of a living launcher, or a detached one, is no left-over', async () => {
  claimRun(id);
  expect(leftovers().map(({ owner }) => owner.id)).not.toContain(id);
  detachRun(folder);
  killLauncherOf(folder, await endedProcess());
  expect(leftovers().map(({ owner }) => owner.id)).not.toContain(id);
});

test('what a killed launcher left behind is ended, and only its logs are kept', async () => {
  claimRun(id);
  const { record } = await startProcess(folder, shell('server', `echo started; ${forever}`));
  killLauncherOf(folder, await endedProcess());
  const said: string[] = [];
  await endLeftovers((line) => said.push(line));
  expect(said).toContainEqual(expect.stringContaining(id));
  expect(isRunning(record)).toBe(false);
  expect(existsSync(folder)).toBe(false);
  expect(readFileSync(path.join(logsFolder, id, 'server.log'), 'utf8')).toBe('started\n');
});

test('processes end rank by rank', async () => {
  claimRun(id);
  const order = path.join(logsFolder, '..', `order-${id}`);
  const saying = (word: string): string =>
    `trap 'sleep 0.1; echo ${word} >> ${order}; exit' TERM; echo ready; ${forever}`;
  for (const [name, rank] of [
    ['second', 2],
    ['third', 3],
    ['first', 1],
  ] as const) {
    const started = await startProcess(folder, shell(name, saying(name), { rank }));
    await untilReady(started, async () => readFileSync(started.logFile, 'utf8') === 'ready\n');
  }
  await endRun(folder);
  expect(readFileSync(order, 'utf8')).toBe('first\nsecond\nthird\n');
  rmSync(order);
});

test('a process that ignores SIGTERM is killed after its grace', async () => {
  claimRun(id);
  const started = await startProcess(
    folder,
    shell('stubborn', `trap '' TERM; echo ready; ${forever}`, { graceSeconds: 0.2 }),
  );
  await untilReady(started, async () => readFileSync(started.logFile, 'utf8') === 'ready\n');
  await endRun(folder);
  expect(await started.exited).toBe('SIGKILL');
});

test('a process that leads a group takes it along', async () => {
  claimRun(id);
  const started = await startProcess(folder, shell('leader', `sleep 1000 & echo $!; ${forever}`));
  await untilReady(started, async () => readFileSync(started.logFile, 'utf8').endsWith('\n'));
  rememberProcess(folder, { ...started.record, group: true });
  const member = identify(Number(readFileSync(started.logFile, 'utf8')));
  await endRun(folder);
  expect(member !== undefined && (await untilGone(member, 10))).toBe(true);
});

test('a process ends by the signal that it wants', async () => {
  claimRun(id);
  const started = await startProcess(
    folder,
    shell('server', `trap 'exit 5' INT; echo ready; ${forever}`, { endSignal: 'SIGINT' }),
  );
  await untilReady(started, async () => readFileSync(started.logFile, 'utf8') === 'ready\n');
  await endRun(folder);
  expect(await started.exited).toBe('exit code 5');
});

test('a process that took over the number of an ended one is left alone', async () => {
  claimRun(id);
  const other = spawn('sleep', ['30']);
  const identity = identify(other.pid ?? 0);
  expect(identity).toBeDefined();
  const { record } = await startProcess(folder, shell('server', forever));
  writeJson(path.join(folder, 'processes', 'old.json'), {
    ...record,
    name: 'old',
    pid: other.pid,
    started: 'in another life',
  });
  await endRun(folder);
  expect(isRunning(record)).toBe(false);
  expect(identity !== undefined && isRunning(identity)).toBe(true);
  if (identity !== undefined) signal(identity, 'SIGKILL');
  await once(other, 'exit');
});

test('a process that ends instead of getting ready is an error with the end of its log', async () => {
  claimRun(id);
  const start = async (): Promise<void> => {
    const started = await startProcess(folder, shell('broken', 'echo address already in use; exit 4'));
    await untilReady(started, async () => false);
  };
  await expect(start()).rejects.toThrow(/broken.*: ended \(exit code 4\)[\s\S]*already in use/);
});

test('a program that is not there is an error that names it', async () => {
  claimRun(id);
  await expect(startProcess(folder, { name: 'x', command: 'no-such-program', args: [], rank: 1 })).rejects.toThrow(
    'starting x ("no-such-program")',
  );
  expect(recordsOf(folder)).toEqual([]);
});

test('ending a run twice is harmless', async () => {
  claimRun(id);
  await endRun(folder);
  await endRun(folder);
  expect(existsSync(folder)).toBe(false);
});
