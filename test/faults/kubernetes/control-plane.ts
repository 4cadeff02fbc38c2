/**
 * Hands on the control plane itself: its API server is killed and started again, its etcd is compacted. For sandboxes of one's
 * own only, because everybody in a sandbox shares them.
 */
import { etcdOf } from '../../sandbox/etcd.ts';
import { httpStatus } from '../../sandbox/http.ts';
import { signal } from '../../sandbox/identity.ts';
import { commandOf, recordOf, startProcess, untilGone, untilReady } from '../../sandbox/processes.ts';
import type { SandboxState } from '../../sandbox/sandbox.ts';

/** Kills the API server; the answer starts it again as it was and waits until it serves. */
export async function killApiServer(state: SandboxState): Promise<() => Promise<void>> {
  const record = recordOf(state.folder, 'kube-apiserver');
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
  const ask = etcdOf(state);
  const { header } = await ask<{ readonly header: { readonly revision: string } }>('/v3/maintenance/status', {});
  await ask('/v3/kv/compaction', { revision: header.revision, physical: true });
}
