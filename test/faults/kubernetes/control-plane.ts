/**
 * Hands on the control plane itself: its API server is killed and started again, its etcd is compacted. For sandboxes of one's
 * own only, because everybody in a sandbox shares them.
 */
import { readFileSync } from 'node:fs';
import { httpStatus } from '../../sandbox/http.ts';
import { signal } from '../../sandbox/identity.ts';
import { type ProcessRecord, recordsOf, startProcess, untilGone, untilReady } from '../../sandbox/processes.ts';
import type { SandboxState } from '../../sandbox/sandbox.ts';

function recordOf({ folder }: SandboxState, name: string): ProcessRecord {
  const record = recordsOf(folder).find((candidate) => candidate.name === name);
  if (record === undefined) throw new Error(`find "${name}" of the sandbox: it is not written down`);
  return record;
}

function commandOf({ pid, name }: ProcessRecord): readonly [string, ...string[]] {
  const [command, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  if (command === undefined) throw new Error(`read the command of "${name}": the process has ended`);
  return [command, ...args];
}

/** Kills the API server; the answer starts it again as it was and waits until it serves. */
export async function killApiServer(state: SandboxState): Promise<() => Promise<void>> {
  const record = recordOf(state, 'kube-apiserver');
  const [command, ...args] = commandOf(record);
  signal(record, 'SIGKILL');
  if (!(await untilGone(record, 10))) throw new Error('kill the API server: it survives SIGKILL');
  return async () => {
    const { name, rank, graceSeconds } = record;
    const running = await startProcess(state.folder, { name, command, args, rank, graceSeconds });
    const ready = { authority: state.kube.authority };
    await untilReady(running, async () => (await httpStatus(`${state.kube.server}/readyz`, ready)) === 200, 60);
  };
}

/** Makes etcd forget everything before this moment. */
export async function compactEtcd(state: SandboxState): Promise<void> {
  const prefix = '--listen-client-urls=';
  const address = commandOf(recordOf(state, 'etcd'))
    .find((arg) => arg.startsWith(prefix))
    ?.slice(prefix.length);
  const ask = async <T>(path: string, body: object): Promise<T> => {
    const answer = await fetch(`${address}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path} to etcd: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const { header } = await ask<{ readonly header: { readonly revision: string } }>('/v3/maintenance/status', {});
  await ask('/v3/kv/compaction', { revision: header.revision, physical: true });
}
