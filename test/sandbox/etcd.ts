/**
 * Asks a sandbox's etcd directly, past the API server: for what only a backup, an accident or a storm does to it. It must not
 * be used for what a client of Kubernetes can do.
 */
import { commandOf, recordOf } from './processes.ts';
import type { SandboxState } from './sandbox.ts';

/** Asks etcd's JSON gateway; keys and values go as base64. Whatever is refused fails. */
export type AskEtcd = <T>(path: string, body: object) => Promise<T>;

/** The etcd of a sandbox. */
export function etcdOf({ folder }: SandboxState): AskEtcd {
  const prefix = '--listen-client-urls=';
  const address = commandOf(recordOf(folder, 'etcd'))
    .find((arg) => arg.startsWith(prefix))
    ?.slice(prefix.length);
  return async <T>(path: string, body: object) => {
    const answer = await fetch(`${address}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path} to etcd: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
}
