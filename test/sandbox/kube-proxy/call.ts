/**
 * One request to the API server in Kubernetes' own words, read off its method and path alone. It must not look into
 * bodies: which fault strikes may depend only on what a person can see in an access log.
 */

/** What a request asks for, as in audit logs. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** One request. */
export interface KubeCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly verb: Verb;
  /** `status`, `scale` …; nothing when the object itself is meant. */
  readonly subresource?: string;
  readonly write: boolean;
}

const READS: ReadonlySet<Verb> = new Set<Verb>(['get', 'list', 'watch']);
const VERBS: Readonly<Record<string, Verb>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };

interface Target {
  readonly name?: string;
  readonly subresource?: string;
}

/** The object that a path means: `/api/v1/…` or `/apis/<group>/<version>/…`, with or without a namespace before it. */
function targetOf(path: string): Target {
  const [root, ...parts] = path.split('/').filter((part) => part !== '');
  const inside = parts.slice(root === 'apis' ? 2 : 1);
  const [resource, , ...rest] = inside;
  const [name, subresource] = resource === 'namespaces' && rest.length > 0 ? rest.slice(1) : inside.slice(1);
  return { ...(name === undefined ? {} : { name }), ...(subresource === undefined ? {} : { subresource }) };
}

function verbOf(method: string, name: string | undefined, query: URLSearchParams): Verb {
  if (method === 'DELETE') return name === undefined ? 'deletecollection' : 'delete';
  const verb = VERBS[method];
  if (verb !== undefined) return verb;
  if (/^(1|true)$/i.test(query.get('watch') ?? '')) return 'watch';
  return name === undefined ? 'list' : 'get';
}

/** Reads a request line. */
export function readCall(method: string, address: string): KubeCall {
  const { pathname: path, searchParams } = new URL(address, 'http://sandbox');
  const { name, subresource } = targetOf(path);
  const verb = verbOf(method, name, searchParams);
  return { method, path, verb, ...(subresource === undefined ? {} : { subresource }), write: !READS.has(verb) };
}

/** The path of the object that a request is about, also where it is about a part of it. */
export function objectPath({ path, subresource }: KubeCall): string {
  return subresource === undefined ? path : path.slice(0, -subresource.length - 1);
}
