/** The operational server: its three pages, its refusals, and the names of the metrics that dashboards rely on. */
import { type HealthCheck, type OpsServer, splitAddress, startOpsServer } from '../../src/ops/http.ts';
import { createMetrics } from '../../src/ops/metrics.ts';

let server: OpsServer;
let healthy: true | string;

beforeEach(async () => {
  healthy = true;
  const checks: HealthCheck[] = [
    { name: 'always', check: () => true },
    { name: 'sometimes', check: () => healthy },
  ];
  const metrics = createMetrics({ process: false });
  metrics.aws.calls.inc({ service: 'ec2', operation: 'DescribeVpcs', outcome: 'ok' });
  server = await startOpsServer({
    address: '127.0.0.1:0',
    scrape: () => metrics.scrape(),
    live: [{ name: 'always', check: () => true }],
    ready: checks,
  });
});

afterEach(() => server.close());

const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

test('healthz and readyz answer for themselves, with the reason', async () => {
  expect((await get('/healthz')).status).toBe(200);
  expect(await (await get('/readyz')).text()).toBe('[+] always ok\n[+] sometimes ok\nok\n');
  healthy = 'first list not complete';
  const answer = await get('/readyz?verbose');
  expect([answer.status, await answer.text()]).toEqual([
    503,
    '[+] always ok\n[-] sometimes: first list not complete\nfailed\n',
  ]);
  expect((await get('/healthz')).status).toBe(200);
});

test('metrics come in the format of Prometheus', async () => {
  const answer = await get('/metrics');
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(await answer.text()).toContain(
    'scalingtier_aws_api_calls_total{service="ec2",operation="DescribeVpcs",outcome="ok"} 1',
  );
});

test('nothing else is there, and nothing can be changed', async () => {
  expect((await get('/')).status).toBe(404);
  expect((await get('/metrics', 'POST')).status).toBe(405);
  expect(await (await get('/healthz', 'HEAD')).text()).toBe('');
});

test('a scrape that fails is an error of that scrape only', async () => {
  const failing = await startOpsServer({
    address: '127.0.0.1:0',
    scrape: () => Promise.reject(new Error('no numbers')),
    live: [],
    ready: [],
  });
  const answer = await fetch(`http://127.0.0.1:${failing.port}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([500, 'no numbers\n']);
  expect((await fetch(`http://127.0.0.1:${failing.port}/healthz`)).status).toBe(200);
  await failing.close();
});

test('an address that is taken is an error that names it', async () => {
  const address = `127.0.0.1:${server.port}`;
  const second = startOpsServer({ address, scrape: () => Promise.reject(new Error()), live: [], ready: [] });
  await expect(second).rejects.toThrow(`listen on "${address}"`);
});

test.each([
  ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
  ['[::1]:80', { host: '::1', port: 80 }],
  [':80', { host: '0.0.0.0', port: 80 }],
])('the address %s', (address, expected) => {
  expect(splitAddress(address)).toEqual(expected);
});

test.each(['80', 'a:b', 'h:70000', '::1:80'])('the address %s is refused', (address) => {
  expect(() => splitAddress(address)).toThrow(`address "${address}" is not of the form host:port`);
});

test('the names that dashboards rely on are all there', async () => {
  const { body } = await createMetrics().scrape();
  const names = new Set([...body.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  for (const name of [
    'controller_runtime_reconcile_total',
    'controller_runtime_reconcile_errors_total',
    'controller_runtime_reconcile_panics_total',
    'controller_runtime_reconcile_time_seconds',
    'controller_runtime_max_concurrent_reconciles',
    'controller_runtime_active_workers',
    'workqueue_depth',
    'workqueue_adds_total',
    'workqueue_queue_duration_seconds',
    'workqueue_work_duration_seconds',
    'workqueue_unfinished_work_seconds',
    'workqueue_longest_running_processor_seconds',
    'workqueue_retries_total',
    'rest_client_requests_total',
    'rest_client_request_duration_seconds',
    'leader_election_master_status',
    'scalingtier_aws_api_calls_total',
    'scalingtier_aws_throttles_total',
    'scalingtier_actions_total',
    'scalingtier_drift_fields',
    'scalingtier_tiers',
    'scalingtier_sweep_age_seconds',
    'scalingtier_estimated_monthly_cost',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_seconds',
  ]) {
    expect(names).toContain(name);
  }
});
