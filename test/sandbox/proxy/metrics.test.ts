/** What CloudWatch is told of load balancers that are real listeners: each request that one has answered, and nothing else. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Call } from './call.ts';
import { measured } from './cloudwatch/metrics.ts';
import { openFront, type TargetAddress } from './machines/front.ts';
import { type Minute, type Served, trafficBook } from './machines/traffic.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;
const START = Math.floor(Date.now() / MINUTE) * MINUTE;
const BALANCER = 'app/web/0123456789abcdef';

let target: http.Server;
let address: TargetAddress;

beforeAll(async () => {
  target = http.createServer((request, response) => {
    response.writeHead(request.url === '/broken' ? 500 : 200).end('said');
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const { address: host, port } = target.address() as AddressInfo;
  address = { host, port };
});

afterAll(() => {
  target.close();
});

/** What a listener tells of requests for these pages, of which each goes to such a target. */
async function served(targets: readonly (readonly [string, TargetAddress | undefined])[]): Promise<readonly Served[]> {
  const told: Served[] = [];
  const chosen = targets.map(([, to]) => to);
  const front = await openFront(
    () => chosen.shift(),
    (one) => told.push(one),
  );
  for (const [page] of targets) await (await fetch(`http://${front.host}:${front.port}${page}`)).text();
  await front.close();
  return told;
}

test('a listener tells who answered each request, and how', async () => {
  const nobody = { host: '127.0.0.1', port: 1 };
  const told = await served([
    ['/', address],
    ['/broken', address],
    ['/', nobody],
    ['/', undefined],
  ]);
  expect(told.map(({ by, chosen, status }) => [by, chosen, status])).toEqual([
    ['target', true, 200],
    ['target', true, 500],
    ['balancer', true, 502],
    ['balancer', false, 503],
  ]);
});

test('minutes count what AWS counts', () => {
  const book = trafficBook();
  const note = (seconds: number, by: Served['by'], status: number, chosen = true) =>
    book.note(BALANCER, { at: START + seconds * 1000, by, chosen, status, seconds: 0.1 });
  note(61, 'target', 200);
  note(1, 'target', 500);
  note(2, 'balancer', 502);
  note(3, 'balancer', 503, false);
  expect(book.minutesOf(BALANCER)).toEqual([
    { at: START, requests: 2, targetErrors: 1, balancerErrors: 2, seconds: [0.1] },
    { at: START + MINUTE, requests: 1, targetErrors: 0, balancerErrors: 0, seconds: [0.1] },
  ]);
  expect(book.minutesOf('app/other/1')).toEqual([]);
});

const minute = (ago: number, requests: number, targetErrors = 0): Minute => ({
  ...{ at: START - ago * MINUTE, requests, targetErrors, balancerErrors: 0 },
  seconds: Array.from({ length: requests }, (_, index) => (index + 1) / 1000),
});

/** What GetMetricData answers when these minutes were measured. */
async function ask(minutes: readonly Minute[], [MetricName, Stat]: readonly [string, string], Period = 60) {
  const world = {
    settings: { of: () => ({ factor: 20 }) },
    machines: { balancing: { minutesOf: (_: string, name: string) => (name === BALANCER ? minutes : []) } },
  } as unknown as World;
  const Dimensions = [{ Name: 'LoadBalancer', Value: BALANCER }];
  const Metric = { Namespace: 'AWS/ApplicationELB', MetricName, Dimensions };
  const params = {
    MetricDataQueries: [{ Id: 'asked', MetricStat: { Metric, Period, Stat } }],
    ...{ StartTime: (START - 10 * MINUTE) / 1000, EndTime: Date.now() / 1000 },
  };
  const call = {
    ...{ operation: 'GetMetricData', headers: { 'x-amz-target': 'it' }, account: '1', region: 'us-east-1', params },
    body: Buffer.from(JSON.stringify(params)),
  } as unknown as Call;
  const answer = await measured(world)(call, () => Promise.reject(new Error('it was passed on')));
  return JSON.parse(answer.body.toString()).MetricDataResults as readonly object[];
}

test('a minute is told of when it is over, and some time later', async () => {
  const found = await ask([minute(12, 9), minute(5, 4), minute(2, 0), minute(0, 7)], ['RequestCount', 'Sum']);
  expect(found).toMatchObject([{ Id: 'asked', Timestamps: [(START - 5 * MINUTE) / 1000], Values: [4] }]);
});

test.each([
  ['HTTPCode_Target_5XX_Count', 'Sum', 3],
  ['TargetResponseTime', 'p95', 0.095],
])('%s is what %s says', async (name, stat, value) => {
  expect(await ask([minute(3, 100, 3)], [name, stat])).toMatchObject([{ Values: [value] }]);
});

test('what it does not know it refuses, and answers nothing instead', async () => {
  await expect(ask([], ['TargetResponseTime', 'p99'])).rejects.toThrow('does not know TargetResponseTime p99');
  await expect(ask([], ['RequestCount', 'Sum'], 300)).rejects.toThrow('in periods of 300');
});
