/** The proxy in front of the API server: what each effect does to a client, and what the journal says of it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { attachSandbox } from '../attach.ts';
import { readJson } from '../files.ts';
import { type Objects, openObjects } from '../objects.ts';
import { readCall } from './call.ts';
import { type KubeProxy, startKubeProxy } from './proxy.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Watching {
  readonly lines: string[];
  /** How the stream ended, once it has. */
  end: 'ended' | 'broken' | undefined;
  close(): void;
}

const state = attachSandbox();
const NAMESPACE = `kube-proxy-${process.pid}`;
const MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

let proxy: KubeProxy;
let objects: Objects;
let token: string;
const open = new Set<Watching>();

beforeAll(async () => {
  objects = openObjects(state);
  await objects.need('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: NAMESPACE } } });
  proxy = await startKubeProxy(state);
  const config = readJson<Kubeconfig>(await proxy.kubeconfigFor(state.kube.adminKubeconfig));
  token = config?.users[0]?.user.token ?? '';
  expect(config?.clusters[0]?.cluster).toEqual({ server: proxy.server });
});

afterEach(() => {
  proxy.removeFault();
  for (const watching of open) watching.close();
  open.clear();
});

afterAll(async () => {
  await proxy?.close();
  await objects?.ask(`/api/v1/namespaces/${NAMESPACE}`, { method: 'DELETE' });
  objects?.close();
});

function send(method: string, path: string, body?: object, timeout = 10_000): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const request = http.request(
      new URL(path, proxy.server),
      { method, headers, timeout, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    request.on('timeout', () => request.destroy(new Error('silence')));
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function watch(): Promise<Watching> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const request = http.get(new URL(`${MAPS}?watch=true`, proxy.server), { headers, agent: false });
    request.on('error', reject);
    request.on('response', (response: IncomingMessage) => {
      const watching: Watching = { lines: [], end: undefined, close: () => request.destroy() };
      response.on('data', (chunk: Buffer) => watching.lines.push(...chunk.toString().trim().split('\n')));
      response.on('end', () => {
        watching.end ??= response.complete ? 'ended' : 'broken';
      });
      response.on('error', () => {
        watching.end ??= 'broken';
      });
      open.add(watching);
      resolve(watching);
    });
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5_000; !holds(); await delay(20)) {
    if (performance.now() > end) throw new Error(`not within 5 s: ${holds}`);
  }
}

let maps = 0;
const make = async (): Promise<string> => {
  maps += 1;
  const name = `map-${maps}`;
  await objects.need(MAPS, { method: 'POST', body: { metadata: { name } } });
  return name;
};
const exists = async (name: string): Promise<boolean> => (await objects.ask(`${MAPS}/${name}`)).status === 200;
const about = (watching: Watching, name: string): boolean => watching.lines.some((line) => line.includes(`"${name}"`));

describe('calls', () => {
  test.each([
    ['GET', '/api/v1/namespaces', 'list', undefined, false],
    ['GET', '/api/v1/namespaces/a', 'get', undefined, false],
    ['GET', '/api/v1/namespaces/a/configmaps', 'list', undefined, false],
    ['GET', '/api/v1/namespaces/a/configmaps?watch=true', 'watch', undefined, false],
    ['GET', '/apis/x.dev/v1/namespaces/a/things/b', 'get', undefined, false],
    ['PATCH', '/apis/x.dev/v1/namespaces/a/things/b/status', 'patch', 'status', true],
    ['PATCH', '/apis/x.dev/v1/things/b/status', 'patch', 'status', true],
    ['POST', '/apis/x.dev/v1/namespaces/a/things', 'create', undefined, true],
    ['PUT', '/apis/x.dev/v1/namespaces/a/things/b', 'update', undefined, true],
    ['DELETE', '/apis/x.dev/v1/namespaces/a/things', 'deletecollection', undefined, true],
    ['DELETE', '/apis/x.dev/v1/namespaces/a/things/b', 'delete', undefined, true],
  ])('%s %s is %s', (method, address, verb, subresource, write) => {
    const call = readCall(method, address);
    expect([call.verb, call.subresource, call.write]).toEqual([verb, subresource, write]);
  });
});

describe('effects on calls', () => {
  test('without rules everything passes, and the journal has it in order', async () => {
    const since = proxy.latest();
    expect((await send('POST', MAPS, { metadata: { name: 'plain' } })).status).toBe(201);
    expect((await send('GET', `${MAPS}/plain`)).text).toContain('"plain"');
    expect((await send('GET', `${MAPS}/none`)).status).toBe(404);
    const seen = proxy.journal(since).map(({ verb, write, status, outcome }) => [verb, write, status, outcome]);
    expect(seen).toEqual([
      ['create', true, 201, 'ok'],
      ['get', false, 200, 'ok'],
      ['get', false, 404, 'refused'],
    ]);
  });

  test('an error is a status of its own, and the server has done nothing', async () => {
    proxy.addFaults({ match: { write: true }, effect: { kind: 'error', status: 409 }, count: 1 });
    const answer = await send('POST', MAPS, { metadata: { name: 'refused' } });
    expect([answer.status, JSON.parse(answer.text).reason]).toEqual([409, 'Conflict']);
    expect(await exists('refused')).toBe(false);
    expect((await send('POST', MAPS, { metadata: { name: 'refused' } })).status).toBe(201);
  });

  test('only the n-th call is struck, and only what fits is counted', async () => {
    proxy.addFaults({
      match: { verb: 'get', path: '*/configmaps/none', nth: 2 },
      effect: { kind: 'error', status: 500 },
    });
    const statuses = [];
    for (const path of ['none', 'other', 'none', 'none']) statuses.push((await send('GET', `${MAPS}/${path}`)).status);
    expect(statuses).toEqual([404, 404, 500, 404]);
  });

  test('after a reset the server has done it or has not, as the rule says', async () => {
    const since = proxy.latest();
    proxy.addFaults(
      { match: { write: true }, effect: { kind: 'resetBefore' }, count: 1 },
      { match: { write: true, nth: 2 }, effect: { kind: 'resetAfter' } },
    );
    await expect(send('POST', MAPS, { metadata: { name: 'before' } })).rejects.toThrow();
    await expect(send('POST', MAPS, { metadata: { name: 'after' } })).rejects.toThrow();
    expect([await exists('before'), await exists('after')]).toEqual([false, true]);
    expect(proxy.journal(since).map(({ outcome }) => outcome)).toEqual(['reset', 'lost']);
  });

  test('silence says nothing and breaks nothing', async () => {
    proxy.addFaults({ match: { write: true }, effect: { kind: 'hang', when: 'after' }, count: 1 });
    await expect(send('POST', MAPS, { metadata: { name: 'silent' } }, 500)).rejects.toThrow('silence');
    expect(await exists('silent')).toBe(true);
  });

  test('a held call goes on when its rule is removed', async () => {
    const [id] = proxy.addFaults({ match: { write: true }, effect: { kind: 'hold' } });
    const sent = send('POST', MAPS, { metadata: { name: 'held' } });
    await until(() => proxy.faults().some(({ struck }) => struck === 1));
    expect(await exists('held')).toBe(false);
    proxy.removeFault(id);
    expect((await sent).status).toBe(201);
  });

  test('a process is ended when the server has done the call, and not otherwise', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    await once(child, 'spawn');
    proxy.addFaults({ match: { write: true, nth: 2 }, effect: { kind: 'kill', pid: child.pid ?? 0, when: 'after' } });
    expect((await send('POST', MAPS, { metadata: { name: 'first' } })).status).toBe(201);
    expect(child.signalCode).toBeNull();
    expect((await send('POST', MAPS, { metadata: { name: 'second' } })).status).toBe(201);
    expect((await ended)[1]).toBe('SIGKILL');
  });

  test('a delayed call is late and done', async () => {
    proxy.addFaults({ match: { write: true }, effect: { kind: 'delay', milliseconds: 400 }, count: 1 });
    const began = performance.now();
    expect((await send('POST', MAPS, { metadata: { name: 'late' } })).status).toBe(201);
    expect(performance.now() - began).toBeGreaterThanOrEqual(399);
  });

  test('what somebody else touches first is refused by the server itself', async () => {
    const name = await make();
    const { metadata } = await objects.need<{ metadata: { resourceVersion: string } }>(`${MAPS}/${name}`);
    proxy.addFaults({ match: { verb: 'patch' }, effect: { kind: 'touch' }, count: 1 });
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, data: { a: 'b' } };
    expect((await send('PATCH', `${MAPS}/${name}`, body)).status).toBe(409);
  });

  test('the past is given again, word for word', async () => {
    const old = await send('GET', MAPS);
    const seq = proxy.latest();
    await make();
    proxy.addFaults({ match: { verb: 'list' }, effect: { kind: 'replay', seq } });
    expect((await send('GET', MAPS)).text).toBe(old.text);
    proxy.removeFault();
    expect((await send('GET', MAPS)).text).not.toBe(old.text);
  });
});

describe('effects on watches', () => {
  test('an open watch is ended or broken at once', async () => {
    const first = await watch();
    proxy.addFaults({ match: {}, effect: { kind: 'watchCut', how: 'end' }, count: 1 });
    await until(() => first.end === 'ended');
    const second = await watch();
    proxy.addFaults({ match: {}, effect: { kind: 'watchCut', how: 'reset' }, count: 1 });
    await until(() => second.end === 'broken');
  });

  test('what is held back comes when the rule is removed', async () => {
    const watching = await watch();
    proxy.addFaults({ match: {}, effect: { kind: 'watchHold' } });
    const name = await make();
    await delay(300);
    expect(about(watching, name)).toBe(false);
    proxy.removeFault();
    await until(() => about(watching, name));
  });

  test('a silent watch stays silent, and does not end', async () => {
    const watching = await watch();
    const [id] = proxy.addFaults({ match: {}, effect: { kind: 'watchSilence' }, count: 1 });
    const [during, healthy] = [await make(), await watch()];
    proxy.removeFault(id);
    const after = await make();
    await until(() => about(healthy, after));
    expect([about(watching, during), about(watching, after), watching.end]).toEqual([false, false, undefined]);
  });

  test('only events of the named types are left out', async () => {
    const watching = await watch();
    proxy.addFaults({ match: {}, effect: { kind: 'watchDrop', types: ['MODIFIED'] } });
    const [touched, last] = [await make(), await make()];
    await objects.need(`${MAPS}/${touched}`, { method: 'PATCH', body: { data: { a: 'b' } } });
    await objects.need(`${MAPS}/${last}`, { method: 'DELETE' });
    await until(() => watching.lines.some((line) => line.includes('"DELETED"')));
    expect(watching.lines.some((line) => line.includes('"MODIFIED"'))).toBe(false);
  });
});
