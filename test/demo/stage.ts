/** How the demo speaks: plain sentences, kubectl's own words indented below them, and a hard stop when something did not happen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { plainEnvironment } from '../sandbox/environment.ts';
import type { SandboxState } from '../sandbox/sandbox.ts';

const INDENT = '        ';
const started = performance.now();

/** Whether the last line is still being written. */
let unfinished = false;

/** Seconds since the demo began. */
export function elapsed(): number {
  return Math.round((performance.now() - started) / 1000);
}

function print(text: string): void {
  process.stdout.write(unfinished ? `\n${text}` : text);
  unfinished = false;
}

/** One sentence. */
export function say(text: string): void {
  print(`\n[${String(elapsed()).padStart(3)} s] ${text}\n`);
}

/** Output of a command, indented. */
export function show(text: string): void {
  print(`${text.trimEnd().replaceAll(/^/gm, INDENT)}\n`);
}

/** Adds to the last line; it begins one when there is none to add to, and whatever else is printed ends it. */
export function append(text: string): void {
  process.stdout.write(unfinished ? text : `${INDENT}${text}`);
  unfinished = true;
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

/** Tells on one line how states change, in the order in which they do, until something holds. */
export async function follow(
  claim: string,
  seconds: number,
  {
    states,
    holds,
  }: {
    readonly states: () => Promise<readonly (readonly [what: string, state: string])[]>;
    readonly holds: () => Promise<boolean>;
  },
): Promise<void> {
  const last = new Map<string, string>();
  let speaker: string | undefined;
  await until(claim, seconds, async () => {
    for (const [what, state] of await states()) {
      if (last.get(what) === state) continue;
      last.set(what, state);
      append(speaker === what ? `, ${state}` : `${speaker === undefined ? '' : '; '}${what}: ${state}`);
      speaker = what;
    }
    return holds();
  });
}

/** Where kubectl's live table of a tier comes from. */
export interface Watched {
  readonly namespace: string;
  readonly tier: string;
  /** Only what changes from now on: the table's head and the tier as it is were shown already. */
  readonly onlyNews?: boolean;
}

/** kubectl's own live table of one tier; answers with what ends it. */
export function watch(state: SandboxState, { namespace, tier, onlyNews = false }: Watched): () => void {
  const which = ['--namespace', namespace, '--field-selector', `metadata.name=${tier}`];
  const child: ChildProcess = spawn(state.kube.kubectl, ['get', 'scalingtiers', ...which, '--watch'], {
    env: plainEnvironment({ KUBECONFIG: state.kube.adminKubeconfig }),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let rest = '';
  let last = '';
  let known = onlyNews ? 2 : 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      // Changes of columns only: the age alone is no news.
      const news = line.replace(/\s+\S+$/, '');
      if (news !== last && known <= 0) show(line);
      last = news;
      known -= 1;
    }
  });
  return () => child.kill('SIGTERM');
}
