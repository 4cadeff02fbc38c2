/** The HTTP client: errors, limits, the few attempts it makes by itself, and what it says about itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubeApi, type KubeApi } from '../../src/kube/api.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { loadTarget } from '../../src/kube/kubeconfig.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { answer, type FakeApiServer, fail, startFakeApiServer } from './fake-api-server.ts';

const PATH = '/api/v1/namespaces/a/configmaps/b';

let server: FakeApiServer;
let api: KubeApi;
const metrics = createMetrics({ process: false });
/** Waiting for a second attempt takes no time here. */
const hasty = {
  ...systemClock,
  after: (ms: number, callback: () => void) => systemClock.after(ms >= 900 && ms <= 10_000 ? 1 : ms, callback),
};

beforeEach(async () => {
  server = await startFakeApiServer();
  api = createKubeApi({ target: server.target, metrics, clock: hasty });
});

afterEach(async () => {
  api.close();
  await server.close();
});

test('a failing answer becomes an error with code, reason and message', async () => {
  await expect(api.call({ method: 'GET', path: PATH })).rejects.toMatchObject({
    name: 'KubeError',
    code: 404,
    reason: 'NotFound',
    message: `GET ${PATH}: ${PATH} not found (404)`,
  });
});

test('an answer of a proxy in another format is an error by its code', async () => {
  server.intercept = ({ response }) => {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>bad gateway</h1>');
    return true;
  };
  await expect(api.call({ method: 'GET', path: PATH })).rejects.toMatchObject({ code: 502, reason: 'Unknown' });
});

test('an answer that is not JSON is an error, not an empty object', async () => {
  server.intercept = ({ response }) => {
    response.end('{"kind":"Conf');
    return true;
  };
  await expect(api.call({ method: 'GET', path: PATH })).rejects.toMatchObject({ code: 0, reason: 'Garbled' });
});

test('no answer in time is an error that says so, for the head as for the body', async () => {
  for (const head of [false, true]) {
    server.intercept = ({ response }) => {
      if (head) response.writeHead(200).flushHeaders();
      return true;
    };
    await expect(api.call({ method: 'PATCH', path: PATH, timeoutMilliseconds: 300 })).rejects.toMatchObject({
      code: 0,
      reason: 'Timeout',
      message: `PATCH ${PATH}: no answer within 300 ms`,
    });
  }
  expect(server.requests).toHaveLength(2);
});

test("the caller's signal ends a call, and one that is over starts none", async () => {
  server.intercept = () => true;
  const abort = new AbortController();
  const call = api.call({ method: 'GET', path: PATH, signal: abort.signal });
  setTimeout(() => abort.abort(), 10);
  await expect(call).rejects.toMatchObject({ code: 0, reason: 'Aborted' });
  const before = server.requests.length;
  await expect(api.call({ method: 'GET', path: PATH, signal: abort.signal })).rejects.toMatchObject({
    reason: 'Aborted',
  });
  expect(server.requests).toHaveLength(before);
});

test('401 is tried once more, with credentials read anew, and then given up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kube-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'old-token\n');
  const target = { ...server.target, user: { name: 'x', authProvider: { config: { tokenFile } } } };
  const rotating = createKubeApi({ target, clock: hasty });
  server.intercept = ({ headers, response }) => {
    writeFileSync(tokenFile, 'new-token\n');
    if (headers.authorization === 'Bearer new-token') answer(response, 200, { fine: true });
    else fail(response, 401, 'Unauthorized', 'no');
    return true;
  };
  await expect(rotating.call({ method: 'GET', path: PATH })).resolves.toEqual({ fine: true });
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old-token', 'Bearer new-token']);
  rotating.close();

  server.requests.length = 0;
  await expect(api.call({ method: 'POST', path: PATH, body: {} })).rejects.toMatchObject({ code: 401 });
  expect(server.requests).toHaveLength(2);
  rmSync(folder, { recursive: true });
});

test('429 is tried again, whatever the method, and not for ever', async () => {
  let refusals = 2;
  server.intercept = ({ response }) => {
    if (refusals-- <= 0) answer(response, 200, { fine: true });
    else response.writeHead(429, { 'retry-after': '1' }).end();
    return true;
  };
  await expect(api.call({ method: 'POST', path: PATH, body: {} })).resolves.toEqual({ fine: true });
  refusals = 99;
  await expect(api.call({ method: 'GET', path: PATH })).rejects.toMatchObject({ code: 429, retryAfter: 1 });
  expect(server.requests).toHaveLength(6);
});

test.each([409, 500, 503])('%i is the business of the caller', async (code) => {
  server.intercept = ({ response }) => {
    fail(response, code, 'Something', 'x');
    return true;
  };
  await expect(api.call({ method: 'GET', path: PATH })).rejects.toMatchObject({ code });
  expect(server.requests).toHaveLength(1);
});

test('a connection that breaks is tried again for a read, never for a write', async () => {
  server.intercept = ({ response }) => {
    response.destroy();
    return true;
  };
  await expect(api.call({ method: 'GET', path: PATH })).rejects.toMatchObject({ code: 0 });
  expect(server.requests).toHaveLength(2);
  await expect(api.call({ method: 'PATCH', path: PATH, body: {} })).rejects.toMatchObject({ code: 0 });
  expect(server.requests).toHaveLength(3);
});

test('an error shows neither the token nor the body', async () => {
  server.intercept = ({ response }) => {
    fail(response, 422, 'Invalid', 'spec.x is wrong');
    return true;
  };
  const body = { data: { password: 'canary-password' } };
  const error: unknown = await api.call({ method: 'POST', path: PATH, body }).catch((reason: unknown) => reason);
  const text = JSON.stringify(error, Object.getOwnPropertyNames(error));
  expect(text).toContain('spec.x is wrong');
  expect(text).not.toContain('canary');
});

test('requests are counted by code, method and host', async () => {
  const host = new URL(server.target.cluster.server).host;
  await api.call({ method: 'GET', path: PATH }).catch(() => undefined);
  expect((await metrics.scrape()).body).toContain(
    `rest_client_requests_total{method="GET",host="${host}",code="404"} 1`,
  );
});

describe('kubeconfig', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kube-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  test('files are merged as kubectl merges them, and paths in them are relative to them', () => {
    const first = write(
      'one',
      'current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u, namespace: n}}]\n',
    );
    const second = write(
      'two',
      'current-context: b\nclusters: [{name: c, cluster: {server: "https://h:1/", certificate-authority: ca.crt}}]\nusers: [{name: u, user: {tokenFile: token}}]\n',
    );
    const target = loadTarget({ KUBECONFIG: `${first}:${join(folder, 'missing')}:${second}` });
    expect(target.cluster).toMatchObject({
      server: 'https://h:1',
      caFile: join(folder, 'ca.crt'),
      skipTLSVerify: false,
    });
    expect(target.user.authProvider).toEqual({ config: { tokenFile: join(folder, 'token') } });
    expect(target.namespace).toBe('n');
  });

  test.each([
    ['no file', '/does/not/exist', 'read kubeconfig: none of "/does/not/exist" exists'],
    ['no context', 'clusters: []', 'read kubeconfig: no context is named ""'],
    ['an unknown context', 'current-context: x', 'read kubeconfig: no context is named "x"'],
    ['nothing', '', 'is empty'],
    ['no YAML', 'a: [', 'read kubeconfig'],
  ])('%s is an error that says what is missing', (_, text, message) => {
    const path = text.startsWith('/') ? text : write('config', text);
    expect(() => loadTarget({ KUBECONFIG: path })).toThrow(message);
  });

  test('the token of an exec plugin is used', async () => {
    const credential = JSON.stringify({ status: { token: 'from-plugin' } });
    const user = { name: 'x', exec: { command: '/bin/echo', args: [credential] } };
    const withPlugin = createKubeApi({ target: { ...server.target, user } });
    await withPlugin.call({ method: 'GET', path: PATH }).catch(() => undefined);
    withPlugin.close();
    expect(server.requests[0]?.headers.authorization).toBe('Bearer from-plugin');
  });

  test('a way to authenticate that is not supported is refused with the way out', async () => {
    const user = { name: 'x', authProvider: { name: 'gcp' } };
    const old = createKubeApi({ target: { ...server.target, user } });
    await expect(old.call({ method: 'GET', path: PATH })).rejects.toThrow('use an exec plugin');
    old.close();
  });
});
