/** How the demo speaks: plain sentences, kubectl's own words indented below them, and a hard stop when something did not happen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { plainEnvironment } from '../sandbox/environment.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';

const started = performance.now();

/** Seconds since the demo began. */
export function elapsed(): number {
  return Math.round((performance.now() - started) / 1000);
}

/** One sentence. */
export function say(text: string): void {
  process.stdout.write(`\n[${String(elapsed()).padStart(3)} s] ${text}\n`);
}

/** Output of a command, indented. */
export function show(text: string): void {
  process.stdout.write(`${text.trimEnd().replaceAll(/^/gm, '        ')}\n`);
}

/** Ends the demo when what it just claimed is not so. */
export function insist(holds: boolean, claim: string): void {
  if (!holds) throw new Error(`this did not happen: ${claim}`);
}

/** Waits until something holds; fails with the claim when it does not in time. */
export async function until(claim: string, seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    insist(performance.now() < deadline, `${claim} within ${seconds} s`);
    await delay(250);
  }
}

/** kubectl's own live table; answers with what ends it. */
export function watch(state: SandboxState, namespace: string): () => void {
  const args = ['get', 'scalingtiers', '--namespace', namespace, '--watch'];
  const child: ChildProcess = spawn(state.kube.kubectl, args, {
    env: plainEnvironment({ KUBECONFIG: state.kube.adminKubeconfig }),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let rest = '';
  let last = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      // Changes of columns only: the age alone is no news.
      const news = line.replace(/\s+\S+$/, '');
      if (news !== last) show(line);
      last = news;
    }
  });
  return () => child.kill('SIGTERM');
}
