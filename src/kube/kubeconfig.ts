/**
 * Where the API server is and how to prove who we are: the kubeconfig files named by KUBECONFIG, or the pod's service
 * account. Built from the client library's parts one by one, because its own entry point loads every generated model.
 * It must not cache what rotates: tokens and certificates are asked for again and again.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node/dist/config_types.js';
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { load } from 'js-yaml';

/** A cluster and the user to be there. */
export interface KubeTarget {
  readonly cluster: Cluster;
  readonly user: User;
  readonly namespace?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface KubeconfigFile {
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  readonly current: string | undefined;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** KUBECONFIG if set, else the pod's service account, else `~/.kube/config`. */
export function loadTarget(environment: Environment): KubeTarget {
  const named = environment.KUBECONFIG;
  if (named !== undefined && named !== '') return targetOf(named.split(delimiter).filter((path) => path !== ''));
  if (environment.KUBERNETES_SERVICE_HOST !== undefined && existsSync(`${SERVICE_ACCOUNT}/token`)) {
    return inCluster(environment);
  }
  return targetOf([join(homedir(), '.kube', 'config')]);
}

function inCluster(environment: Environment): KubeTarget {
  const host = environment.KUBERNETES_SERVICE_HOST ?? '';
  const port = environment.KUBERNETES_SERVICE_PORT ?? '443';
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const namespaceFile = `${SERVICE_ACCOUNT}/namespace`;
  return {
    cluster: { name: 'in-cluster', server, caFile: `${SERVICE_ACCOUNT}/ca.crt`, skipTLSVerify: false },
    user: { name: 'in-cluster', authProvider: { config: { tokenFile: `${SERVICE_ACCOUNT}/token` } } },
    ...(existsSync(namespaceFile) ? { namespace: readFileSync(namespaceFile, 'utf8').trim() } : {}),
  };
}

function targetOf(paths: readonly string[]): KubeTarget {
  // As kubectl merges them: the first file that sets a value or names an entry wins, files that are missing are skipped.
  const files = paths.filter((path) => existsSync(path)).map(readKubeconfig);
  if (files.length === 0) throw new Error(`read kubeconfig: none of "${paths.join('", "')}" exists`);
  const current = files.find((file) => file.current)?.current;
  const context = find(
    files.flatMap((file) => file.contexts),
    current,
    'context',
  );
  return {
    cluster: find(
      files.flatMap((file) => file.clusters),
      context.cluster,
      'cluster',
    ),
    user: find(
      files.flatMap((file) => file.users),
      context.user,
      'user',
    ),
    ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
  };
}

function find<T extends { readonly name: string }>(entries: readonly T[], name: string | undefined, what: string): T {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Error(`read kubeconfig: no ${what} is named "${name ?? ''}"`);
  return entry;
}

function readKubeconfig(path: string): KubeconfigFile {
  const document = parse(path);
  const folder = dirname(path);
  return {
    clusters: newClusters(document.clusters ?? []).map((entry) => ({ ...entry, ...absolute(folder, entry, 'caFile') })),
    users: newUsers(document.users ?? []).map((entry) => ({
      ...entry,
      ...absolute(folder, entry, 'certFile', 'keyFile'),
      ...tokenFile(folder, document.users, entry.name),
    })),
    contexts: newContexts(document.contexts ?? []),
    current: typeof document['current-context'] === 'string' ? document['current-context'] : undefined,
  };
}

/** The named fields of an entry that hold a path, made absolute. */
function absolute<T extends object>(folder: string, entry: T, ...fields: (keyof T & string)[]): Record<string, string> {
  const paths = fields.map((field) => [field, entry[field]] as const);
  return Object.fromEntries(
    paths.flatMap(([field, path]) => (typeof path === 'string' ? [[field, from(folder, path)]] : [])),
  );
}

/** A user's `tokenFile`, which the library does not read, in the form in which it reads the pod's own. */
function tokenFile(folder: string, users: unknown, name: string): Partial<User> {
  const entries = users as readonly { name?: string; user?: { tokenFile?: unknown } }[];
  const file = entries.find((entry) => entry.name === name)?.user?.tokenFile;
  return typeof file === 'string' ? { authProvider: { config: { tokenFile: from(folder, file) } } } : {};
}

function from(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function parse(path: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = load(readFileSync(path, 'utf8'));
    if (typeof document === 'object' && document !== null) return document as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`read kubeconfig "${path}": ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  throw new Error(`read kubeconfig "${path}": it is empty`);
}
