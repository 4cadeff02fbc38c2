/**
 * An API server in this process, over real HTTP: objects with versions, pages, watches, preconditions, merge and apply
 * patches, and a hook through which a test breaks any exchange. It knows as little as the client relies on; what a real
 * one does is checked against a real one elsewhere.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeTarget } from '../../src/kube/kubeconfig.ts';
import type { ManagedFields } from '../../src/kube/list.ts';

/** Any object. */
export interface FakeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    ownerReferences?: readonly object[];
    finalizers?: string[];
    deletionTimestamp?: string;
    managedFields?: ManagedFields[];
  };
  [field: string]: unknown;
}

/** One request, as the hook sees it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
  readonly response: ServerResponse;
}

/** A running server. */
export interface FakeApiServer {
  readonly target: KubeTarget;
  readonly requests: Exchange[];
  /** Answers true when it dealt with the exchange itself. */
  intercept: ((exchange: Exchange) => boolean | Promise<boolean>) | undefined;
  put(path: string, object: Partial<FakeObject>): FakeObject;
  get(path: string): FakeObject | undefined;
  delete(path: string): void;
  /** Forgets history up to now, so that older versions are expired. */
  compact(): void;
  /** The open watch streams. */
  readonly watches: Set<ServerResponse>;
  close(): Promise<void>;
}

interface HistoryEntry {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly path: string;
  readonly object: FakeObject;
}

interface World {
  version: number;
  compacted: number;
  readonly objects: Map<string, FakeObject>;
  readonly history: HistoryEntry[];
  readonly watchers: Map<ServerResponse, string>;
}

let uids = 0;

/** Starts a server on a free port of the loopback address. */
export async function startFakeApiServer(): Promise<FakeApiServer> {
  const world: World = { version: 100, compacted: 0, objects: new Map(), history: [], watchers: new Map() };
  const requests: Exchange[] = [];
  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) fail(response, 500, 'InternalError', String(error));
    });
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const exchange = await readExchange(request, response);
    requests.push(exchange);
    if ((await fake.intercept?.(exchange)) === true) return;
    serve(world, exchange);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeApiServer = {
    target: {
      cluster: { name: 'fake', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      user: { name: 'fake', token: 'canary-token' },
    },
    requests,
    intercept: undefined,
    put: (path, object) => store(world, path, object as FakeObject),
    get: (path) => world.objects.get(path),
    delete: (path) => remove(world, path),
    compact: () => {
      world.compacted = world.version;
    },
    get watches() {
      return new Set(world.watchers.keys());
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

async function readExchange(request: IncomingMessage, response: ServerResponse): Promise<Exchange> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url ?? '/', 'http://fake');
  const body = text === '' ? {} : bodyOf(JSON.parse(text));
  const { method = 'GET', headers } = request;
  return { method, path: url.pathname, query: url.searchParams, headers, body, response };
}

function serve(world: World, exchange: Exchange): void {
  const { method, path, query, response } = exchange;
  if (isCollection(path)) {
    if (method === 'POST') create(world, exchange);
    else if (query.get('watch') === 'true') watch(world, exchange);
    else list(world, exchange);
    return;
  }
  const status = path.endsWith('/status');
  const objectPath = status ? path.slice(0, -'/status'.length) : path;
  const object = world.objects.get(objectPath);
  if (object === undefined && isApply(exchange)) answer(response, 201, store(world, path, appliedBy(exchange)));
  else if (object === undefined) fail(response, 404, 'NotFound', `${path} not found`);
  else if (method === 'GET') answer(response, 200, object);
  else change(world, exchange, objectPath, object, status);
}

/** `…/namespaces/<ns>/<plural>` or `/apis/<g>/<v>/<plural>`. */
function isCollection(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  return rest[0] === 'namespaces' ? rest.length === 3 : rest.length === 1;
}

function isApply({ method, headers }: Exchange): boolean {
  return method === 'PATCH' && headers['content-type'] === 'application/apply-patch+yaml';
}

/** What an apply makes of nothing. */
function appliedBy({ body, query }: Exchange): FakeObject {
  const managedFields = [{ manager: query.get('fieldManager') ?? '', operation: 'Apply' }];
  return { ...body, metadata: { ...(body.metadata as object), managedFields } } as FakeObject;
}

/** An object as it came, or what the operations of a JSON Patch set. */
function bodyOf(value: unknown): Record<string, unknown> {
  if (!Array.isArray(value)) return value as Record<string, unknown>;
  const body: Record<string, unknown> = {};
  for (const { path, value: wanted } of value as readonly { readonly path: string; readonly value: unknown }[]) {
    const [top = '', field] = path.split('/').slice(1);
    body[top] = field === undefined ? wanted : { ...(body[top] as object | undefined), [field]: wanted };
  }
  return body;
}

function create(world: World, { path, body, response }: Exchange): void {
  const { name } = body.metadata as { name: string };
  if (world.objects.has(`${path}/${name}`)) fail(response, 409, 'AlreadyExists', `${name} already exists`);
  else answer(response, 201, store(world, `${path}/${name}`, body as FakeObject));
}

function change(world: World, exchange: Exchange, path: string, object: FakeObject, status: boolean): void {
  const { body, headers, response, method } = exchange;
  const wanted = (body.metadata ?? {}) as Partial<FakeObject['metadata']>;
  const conflict =
    (wanted.uid !== undefined && wanted.uid !== object.metadata.uid) ||
    (wanted.resourceVersion !== undefined && wanted.resourceVersion !== object.metadata.resourceVersion);
  if (conflict) {
    fail(response, 409, 'Conflict', 'the object has been modified');
    return;
  }
  if (method === 'PUT') {
    answer(response, 200, store(world, path, body as FakeObject));
    return;
  }
  if (status) {
    if (headers['content-type'] !== 'application/json-patch+json') {
      fail(response, 415, 'Unsupported', 'no');
      return;
    }
    if (JSON.stringify(object.status) === JSON.stringify(body.status)) {
      answer(response, 200, object);
      return;
    }
    answer(response, 200, store(world, path, { ...object, status: body.status }));
    return;
  }
  const annotations = { ...object.metadata.annotations, ...wanted.annotations };
  const metadata = { ...object.metadata, ...wanted, annotations };
  if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) {
    remove(world, path);
    answer(response, 200, { ...object, metadata });
    return;
  }
  answer(response, 200, store(world, path, { ...object, ...body, metadata }));
}

function store(world: World, path: string, object: Partial<FakeObject>): FakeObject {
  const old = world.objects.get(path);
  const parts = path.split('/');
  const namespaceAt = parts.indexOf('namespaces');
  const stored: FakeObject = {
    ...object,
    metadata: {
      ...(namespaceAt < 0 ? {} : { namespace: parts[namespaceAt + 1] ?? '' }),
      uid: `uid-${++uids}`,
      generation: 1,
      ...(old === undefined ? {} : { uid: old.metadata.uid }),
      ...object.metadata,
      name: parts.at(-1) ?? '',
      resourceVersion: String(++world.version),
    },
  };
  const same = old?.metadata.uid === stored.metadata.uid;
  if (old !== undefined && !same) tell(world, { version: world.version, type: 'DELETED', path, object: old });
  world.objects.set(path, stored);
  tell(world, { version: world.version, type: same ? 'MODIFIED' : 'ADDED', path, object: stored });
  return stored;
}

function remove(world: World, path: string): void {
  const old = world.objects.get(path);
  if (old === undefined) return;
  world.objects.delete(path);
  const version = ++world.version;
  const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } };
  tell(world, { version, type: 'DELETED', path, object });
}

function tell(world: World, entry: HistoryEntry): void {
  world.history.push(entry);
  for (const [response, collection] of world.watchers) {
    if (matches(entry.path, collection)) response.write(lineOf(entry));
  }
}

function lineOf({ type, object }: HistoryEntry): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function matches(path: string, collection: string): boolean {
  const plural = collection.split('/').at(-1);
  const root = collection.includes('/namespaces/') ? `${collection}/` : collection.slice(0, -(plural?.length ?? 0));
  return path.startsWith(root) && path.split('/').at(-2) === plural;
}

function list(world: World, { path, query, response }: Exchange): void {
  const limit = Number(query.get('limit') ?? 500);
  const [at, from] = (query.get('continue') ?? `${world.version}:0`).split(':').map(Number);
  if ((at ?? 0) < world.compacted) {
    fail(response, 410, 'Expired', 'the continue token is too old');
    return;
  }
  const all = [...world.objects].filter(([key]) => matches(key, path)).map(([, object]) => object);
  const items = all.slice(from ?? 0, (from ?? 0) + limit);
  const next = (from ?? 0) + items.length;
  const metadata = { resourceVersion: String(at), ...(next < all.length ? { continue: `${at}:${next}` } : {}) };
  answer(response, 200, { metadata, items });
}

function watch(world: World, { path, query, response }: Exchange): void {
  const from = Number(query.get('resourceVersion'));
  if (from < world.compacted) {
    fail(response, 410, 'Expired', 'too old resource version');
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const entry of world.history)
    if (entry.version > from && matches(entry.path, path)) response.write(lineOf(entry));
  world.watchers.set(response, path);
  const seconds = Number(query.get('timeoutSeconds') ?? 60);
  const timer = setTimeout(() => {
    const object = { metadata: { resourceVersion: String(world.version) } };
    response.end(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }, seconds * 1000);
  response.on('close', () => {
    clearTimeout(timer);
    world.watchers.delete(response);
  });
}

/** Sends JSON. */
export function answer(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Sends a `Status`. */
export function fail(response: ServerResponse, code: number, reason: string, message: string): void {
  answer(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
}
