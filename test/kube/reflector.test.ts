/** The reflector against an API server that misbehaves in every way that real connections do. */
import { createKubeApi } from '../../src/kube/api.ts';
import type { KubeObject } from '../../src/kube/list.ts';
import { createReflector, type Reflector } from '../../src/kube/reflector.ts';
import type { Stored, StoreEvent } from '../../src/kube/store.ts';
import { createMetrics, type Metrics } from '../../src/ops/metrics.ts';
import { answer, type Exchange, type FakeApiServer, fail, startFakeApiServer } from './fake-api-server.ts';
import { createQuietLog } from './quiet-log.ts';
import { until } from './until.ts';

const PATH = '/apis/scalingtier.dev/v1alpha1/scalingtiers';
const at = (name: string, namespace = 'team-a') =>
  `/apis/scalingtier.dev/v1alpha1/namespaces/${namespace}/scalingtiers/${name}`;

interface Thing extends Stored {
  readonly generation: number;
}

interface Settings {
  readonly pageSize?: number;
  readonly watchSeconds?: number;
  /** Milliseconds of silence after its end that a stream is given. On a busy machine a healthy one may need some. */
  readonly grace?: number;
  readonly onEvent?: () => void;
}

let server: FakeApiServer;
let reflector: Reflector<Thing>;
let metrics: Metrics;
let api: ReturnType<typeof createKubeApi>;
/** `type key uid@version`, in the order of arrival. */
let seen: string[];

beforeEach(async () => {
  server = await startFakeApiServer();
  seen = [];
});

afterEach(async () => {
  await reflector.stop();
  api.close();
  await server.close();
});

function reflect(options: Settings = {}): void {
  metrics = createMetrics({ process: false });
  api = createKubeApi({ target: server.target });
  reflector = createReflector<Thing>({
    api,
    metrics,
    path: PATH,
    log: createQuietLog().log,
    watchSeconds: options.watchSeconds ?? 1,
    graceMilliseconds: options.grace ?? 5_000,
    ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
    compact: ({ metadata }: KubeObject) => ({
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      generation: metadata.generation ?? 0,
    }),
    onEvent: (event, initial) => {
      seen.push(lineFor(event, initial));
      options.onEvent?.();
    },
  });
  reflector.start();
}

function lineFor(event: StoreEvent<Thing>, initial: boolean): string {
  const object = event.type === 'deleted' ? event.old : event.object;
  return `${event.type} ${event.key} ${object.uid}${initial ? ' initial' : ''}`;
}

const isWatch = ({ query }: Exchange) => query.get('watch') === 'true';
const lists = () => server.requests.filter((exchange) => exchange.path === PATH && !isWatch(exchange)).length;
const watches = () => server.requests.filter(isWatch).length;
const watching = () => until('a watch stream is open', () => server.watches.size === 1);

test('lists in pages, then follows additions, changes and deletions', async () => {
  for (let index = 0; index < 7; index++) server.put(at(`t${index}`), { metadata: meta(`u${index}`) });
  reflect({ pageSize: 3 });
  await reflector.whenSynced();
  expect(lists()).toBe(3);
  expect(reflector.size).toBe(7);
  expect(seen).toContain('added team-a/t6 u6 initial');
  await watching();
  server.put(at('new', 'team-b'), { metadata: meta('u-new') });
  server.put(at('t0'), { metadata: { ...meta('u0'), generation: 2 } });
  server.delete(at('t1'));
  await until('three events', () => seen.length === 10);
  expect(seen.slice(7)).toEqual(['added team-b/new u-new', 'modified team-a/t0 u0', 'deleted team-a/t1 u1']);
  expect(reflector.get('team-a/t0')?.generation).toBe(2);
});

test('asks for bookmarks, metadata only and an end of the stream', async () => {
  reflect();
  await watching();
  const watch = server.requests.find(isWatch);
  expect(watch?.query.get('allowWatchBookmarks')).toBe('true');
  expect(Number(watch?.query.get('timeoutSeconds'))).toBeGreaterThan(0);
  expect(watch?.headers.accept).toMatch(/^application\/json;as=PartialObjectMetadata;/);
});

test('after a clean end the watch goes on from the last version, which a bookmark moved', async () => {
  reflect();
  await watching();
  server.put('/apis/scalingtier.dev/v1alpha1/namespaces/x/others/unrelated', {});
  await until('a second stream', () => watches() >= 2);
  const [first, second] = server.requests.filter(isWatch);
  expect(Number(second?.query.get('resourceVersion'))).toBeGreaterThan(Number(first?.query.get('resourceVersion')));
  expect(lists()).toBe(1);
});

test('a reset connection loses no event and needs no list', async () => {
  reflect();
  await watching();
  for (const stream of server.watches) stream.destroy();
  server.put(at('while-away'), { metadata: meta('u1') });
  await until('the event', () => seen.length === 1);
  expect(seen).toEqual(['added team-a/while-away u1']);
  expect(lists()).toBe(1);
});

test('an API server that refuses for a while is tried again and again', async () => {
  server.put(at('a'), { metadata: meta('u1') });
  let refused = 0;
  server.intercept = ({ response }) => {
    if (++refused > 4) return false;
    if (refused % 2 === 0) response.destroy();
    else fail(response, 503, 'ServiceUnavailable', 'starting');
    return true;
  };
  reflect();
  await reflector.whenSynced();
  expect(seen).toEqual(['added team-a/a u1 initial']);
});

test('410 as an answer: a new list, whose difference shows what was deleted and recreated meanwhile', async () => {
  server.put(at('stays'), { metadata: meta('u1') });
  server.put(at('goes'), { metadata: meta('u2') });
  server.put(at('again'), { metadata: meta('u3') });
  reflect();
  await watching();
  seen = [];
  // Hold the door while the world moves on beyond what is remembered.
  let closed = true;
  server.intercept = ({ response }) => {
    if (closed) response.destroy();
    return closed;
  };
  for (const stream of server.watches) stream.destroy();
  await until('a refused attempt', () => watches() >= 2);
  server.delete(at('goes'));
  server.delete(at('again'));
  server.put(at('again'), { metadata: meta('u4') });
  server.compact();
  closed = false;
  await until('the difference', () => seen.length === 3);
  expect(seen).toEqual(['deleted team-a/goes u2', 'deleted team-a/again u3', 'added team-a/again u4']);
  expect(lists()).toBe(2);
});

test('410 inside a stream: a new list', async () => {
  reflect();
  await watching();
  server.put(at('a'), { metadata: meta('u1') });
  await until('the event', () => seen.length === 1);
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
  for (const stream of server.watches) stream.write(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
  await until('a second list', () => lists() === 2);
  await watching();
  server.put(at('b'), { metadata: meta('u2') });
  await until('the next event', () => seen.length === 2);
  expect(seen).toEqual(['added team-a/a u1', 'added team-a/b u2']);
});

test.each([
  ['a line that is not JSON', '{"type":"ADDED","object":{"metada\n'],
  ['a line without an object', '{"type":"ADDED"}\n'],
  ['an unknown type of event', '{"type":"SHUFFLED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}\n'],
  ['an event without a version', '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n'],
])('%s ends the stream and makes a new list, so that nothing is missed', async (_, line) => {
  reflect();
  await watching();
  server.intercept = (exchange) => {
    if (!isWatch(exchange)) return false;
    server.intercept = undefined;
    exchange.response.writeHead(200);
    exchange.response.write(line);
    return true;
  };
  for (const stream of server.watches) stream.destroy();
  server.put(at('missed'), { metadata: meta('u1') });
  await until('a second list', () => lists() === 2);
  await until('the event', () => seen.length === 1);
  expect(seen).toEqual(['added team-a/missed u1']);
});

test('a line cut into pieces, in the middle of a letter, arrives whole', async () => {
  reflect();
  await watching();
  const object = { metadata: { ...meta('ü-1'), name: 'ä', namespace: 'team-a', resourceVersion: '999' } };
  const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
  for (const stream of server.watches) {
    for (const byte of line) stream.write(Buffer.from([byte]));
  }
  await until('the event', () => seen.length === 1);
  expect(seen).toEqual(['added team-a/ä ü-1']);
});

test('a half-open connection is noticed by its silence', async () => {
  reflect({ grace: 100 });
  await watching();
  let swallowed = 0;
  server.intercept = (exchange) => {
    if (!isWatch(exchange) || swallowed > 0) return false;
    swallowed++;
    exchange.response.writeHead(200);
    exchange.response.flushHeaders();
    return true;
  };
  for (const stream of server.watches) stream.destroy();
  await until('the dead stream', () => swallowed === 1);
  server.put(at('a'), { metadata: meta('u1') });
  await until('the event', () => seen.length === 1);
  expect(lists()).toBe(1);
});

test('a list that expires between its pages is started again and never half believed', async () => {
  for (let index = 0; index < 6; index++) server.put(at(`t${index}`), { metadata: meta(`u${index}`) });
  let expired = 0;
  server.intercept = ({ query, response }) => {
    if (query.get('continue') === null || expired > 0) return false;
    expired++;
    server.delete(at('t0'));
    server.compact();
    fail(response, 410, 'Expired', 'the provided continue parameter is too old');
    return true;
  };
  reflect({ pageSize: 2 });
  await reflector.whenSynced();
  expect(expired).toBe(1);
  expect([...reflector.keys()].sort()).toEqual(['team-a/t1', 'team-a/t2', 'team-a/t3', 'team-a/t4', 'team-a/t5']);
  expect(seen).not.toContain('added team-a/t0 u0 initial');
});

test('while a new list is incomplete the old copy goes on serving', async () => {
  for (let index = 0; index < 4; index++) server.put(at(`t${index}`), { metadata: meta(`u${index}`) });
  reflect({ pageSize: 2 });
  await watching();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = false;
  server.intercept = async ({ query }) => {
    if (query.get('continue') === null) return false;
    waiting = true;
    await held;
    return false;
  };
  server.delete(at('t3'));
  await until('the deletion', () => reflector.size === 3);
  server.put(at('t4'), { metadata: meta('u4') });
  await until('the addition', () => reflector.size === 4);
  for (const stream of server.watches) stream.write('garbage\n');
  await until('the second page is asked for', () => waiting);
  expect(reflector.size).toBe(4);
  expect(reflector.synced()).toBe(true);
  release();
  await until('the second list', () => lists() === 4);
  expect(reflector.size).toBe(4);
});

test('versions that the server does not know any more, after a restore, lead to a new list', async () => {
  reflect();
  await watching();
  server.intercept = (exchange) => {
    if (!isWatch(exchange) || lists() > 1) return false;
    fail(exchange.response, 504, 'Timeout', 'Too large resource version');
    return true;
  };
  for (const stream of server.watches) stream.destroy();
  await until('a new list', () => lists() === 2);
});

test('a handler that throws harms nobody', async () => {
  reflect({
    onEvent: () => {
      throw new Error('boom');
    },
  });
  await watching();
  server.put(at('a'), { metadata: meta('u1') });
  server.put(at('b'), { metadata: meta('u2') });
  await until('both events', () => seen.length === 2);
  expect(reflector.size).toBe(2);
});

test('stop ends an open stream at once', async () => {
  reflect({ watchSeconds: 3_600 });
  await watching();
  await reflector.stop();
  await until('the stream is closed', () => server.watches.size === 0);
  server.put(at('late'), { metadata: meta('u9') });
  expect(seen).toEqual([]);
});

test('a permanent 410 does not become a storm of lists', async () => {
  server.intercept = (exchange) => {
    if (!isWatch(exchange)) return false;
    fail(exchange.response, 410, 'Expired', 'always');
    return true;
  };
  reflect();
  await reflector.whenSynced();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(lists()).toBeLessThan(20);
});

test('an empty list may come as null', async () => {
  server.intercept = (exchange) => {
    if (isWatch(exchange)) return false;
    answer(exchange.response, 200, { metadata: { resourceVersion: '7' }, items: null });
    return true;
  };
  reflect();
  await reflector.whenSynced();
  expect(reflector.size).toBe(0);
  await until('a watch from there', () =>
    server.requests.some((exchange) => exchange.query.get('resourceVersion') === '7'),
  );
});

function meta(uid: string): { name: string; uid: string; resourceVersion: string } {
  return { name: '', uid, resourceVersion: '' };
}
