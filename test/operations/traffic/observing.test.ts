/** Whether a fleet serves as well as it must, by what CloudWatch says minute by minute. Only CloudWatch is played. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { expect, test } from '@jest/globals';
import type { Aws } from '../../../src/aws/driver.ts';
import { judge, type Limits, observe, observedInWords, sinceOf } from '../../../src/operations/traffic/observing.ts';
import { MINUTE, type RequestMinute, requestMinutes } from '../../../src/resources/cloudwatch/request-metrics.ts';

const START = Date.parse('2026-11-24T00:00:00.000Z');
const LIMITS: Limits = { minutes: 15, maxErrorPercent: 1 };

const at = (minute: number): number => START + minute * MINUTE;

/** So many minutes, each with as many requests and errors, from this one on. */
const minutes = (count: number, requests: number, errors = 0, from = 0, p95Milliseconds?: number): RequestMinute[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ at: at(from + index), requests, errors },
    ...(p95Milliseconds === undefined ? {} : { p95Milliseconds }),
  }));

const after = (measured: readonly RequestMinute[], minute: number, limits: Partial<Limits> = {}) =>
  judge(measured, { ...LIMITS, ...limits }, at(minute));

test('it waits as long as nobody has come, however long that is, and says what to do', () => {
  for (const minute of [0, 18, 1000])
    expect(after([], minute)).toMatchObject({
      state: 'running',
      said: expect.stringMatching(/^nobody has come through the load balancer yet: send requests there/),
    });
});

test('a minute in which nobody came is none in which all went well', () => {
  expect(after(minutes(20, 0), 30)).toMatchObject({ state: 'running', said: expect.stringContaining('nobody') });
});

test('the time begins with the first request, and what comes late is waited for', () => {
  const measured = minutes(15, 10, 0, 40);
  expect(after(measured, 40 + 17.9).state).toBe('running');
  expect(after(measured, 40 + 18)).toEqual({
    state: 'done',
    answer: { requests: 150, errors: 0, percent: 0, minutes: 15 },
  });
});

test('it says how long it lasts still, and how it is so far', () => {
  expect(after(minutes(4, 1000, 2, 0, 80), 5)).toMatchObject({
    state: 'running',
    said: '13 minutes left: 4,000 requests, 0.2 % answered with 5xx, p95 of 80 ms',
  });
});

test('it is looked at when another minute may have been told of', () => {
  expect(after([], 5.25)).toMatchObject({ pace: 50 });
});

test.each([
  ['as many errors as there may be are none too many', 10, 'done'],
  ['one error more ends it', 10.1, 'failed'],
])('%s', (_, errors, state) => {
  expect(after(minutes(10, 1000, errors), 18).state).toBe(state);
});

test('errors of the load balancer itself count, where no server could be chosen too', () => {
  expect(after(minutes(1, 0, 5), 18)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('5 requests, 100 % answered with 5xx; at most 1 % may be'),
  });
});

test('what came before or after the time does not count', () => {
  const measured = [...minutes(15, 100), ...minutes(3, 100, 100, 15)];
  expect(after(measured, 18)).toMatchObject({ state: 'done', answer: { requests: 1500, errors: 0 } });
});

test('it ends at once where it cannot come to as few errors as there may be any more', () => {
  expect(after(minutes(1, 100, 16), 1)).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(
      /^the servers behind the load balancer do not serve as well as they must: 100 requests, 16 % .*change the spec to try again/,
    ),
  });
});

test('a rough beginning that the rest can make good ends nothing', () => {
  expect(after(minutes(1, 100, 15), 1).state).toBe('running');
});

test('a handful of errors ends nothing before the time is over', () => {
  expect(after(minutes(1, 9, 9), 1).state).toBe('running');
  expect(after(minutes(1, 10, 10), 1).state).toBe('failed');
});

test('how long answers take is judged where that was asked for, and by those minutes most in which most came', () => {
  const measured = [...minutes(1, 900, 0, 0, 100), ...minutes(1, 100, 0, 1, 1000)];
  expect(after(measured, 18)).toMatchObject({ state: 'done', answer: { p95Milliseconds: 190 } });
  expect(after(measured, 18, { maxLatencyMilliseconds: 190 }).state).toBe('done');
  expect(after(measured, 18, { maxLatencyMilliseconds: 189 })).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('p95 of 190 ms; at most 189 ms may be'),
  });
});

test('what came of it is one line', () => {
  expect(observedInWords({ requests: 30_000, errors: 1, percent: 1 / 300, minutes: 15, p95Milliseconds: 42 })).toBe(
    '30,000 requests, less than 0.01 % answered with 5xx, p95 of 42 ms, in 15 minutes',
  );
});

/** CloudWatch, which answers by metric and counts how often it is asked. */
function cloudWatch(series: Readonly<Record<string, readonly (readonly [number, number])[]>>) {
  const asked: { StartTime: Date; EndTime: Date }[] = [];
  const refusals: Error[] = [];
  const send = async ({ input }: { readonly input: Readonly<Record<string, unknown>> }): Promise<object> => {
    asked.push(input as never);
    const refusal = refusals.pop();
    if (refusal) throw refusal;
    const queries = input.MetricDataQueries as {
      Id: string;
      MetricStat: { Metric: { MetricName: string; Dimensions: { Value: string }[] } };
    }[];
    return {
      MetricDataResults: queries.map(({ Id, MetricStat: { Metric } }) => {
        const found = Metric.Dimensions[0]?.Value === 'app/web/1' ? (series[Metric.MetricName] ?? []) : [];
        return { Id, Timestamps: found.map(([time]) => new Date(time)), Values: found.map(([, value]) => value) };
      }),
    };
  };
  const cloudwatch = Object.assign(new CloudWatchClient({ region: 'us-east-1' }), { send });
  return { aws: { cloudwatch } as unknown as Aws, asked, refusals };
}

const SERIES = {
  RequestCount: [[at(0), 10]],
  HTTPCode_Target_5XX_Count: [[at(0), 2]],
  HTTPCode_ELB_5XX_Count: [
    [at(0), 1],
    [at(1), 4],
  ],
  TargetResponseTime: [[at(0), 0.0426]],
} as const;

const QUESTION = { loadBalancer: 'app/web/1', since: START, now: at(2.5) };

test('what CloudWatch does not name is none, and a minute has all that is said of it', async () => {
  const { aws, asked } = cloudWatch(SERIES);
  expect(await requestMinutes(aws, QUESTION)).toEqual([
    { at: at(0), requests: 10, errors: 3, p95Milliseconds: 43 },
    { at: at(1), requests: 0, errors: 4 },
  ]);
  // A minute that is not over is not asked about.
  expect(asked).toMatchObject([{ StartTime: new Date(START), EndTime: new Date(at(2)) }]);
});

test('CloudWatch is asked once a minute, whoever looks, and not before a minute is over', async () => {
  const { aws, asked } = cloudWatch(SERIES);
  const looks = [0, 0.9, 1, 1.1, 1.99, 2].map((minute) => requestMinutes(aws, { ...QUESTION, now: at(minute) }));
  await Promise.all(looks);
  expect(asked).toHaveLength(2);
});

test('an answer that did not come is asked for again', async () => {
  const { aws, asked, refusals } = cloudWatch(SERIES);
  refusals.push(new Error('lost'));
  await expect(requestMinutes(aws, QUESTION)).rejects.toThrow('lost');
  expect(await requestMinutes(aws, QUESTION)).toHaveLength(2);
  expect(asked).toHaveLength(2);
});

test('what is judged is the whole minutes since it began, of its own load balancer', async () => {
  const { aws } = cloudWatch(SERIES);
  const given = { loadBalancer: 'app/web/1', minutes: '1', maxErrorPercent: '29' };
  expect(sinceOf(at(-0.5))).toBe(START);
  const watched = { given, startedAt: at(-0.5), now: at(4) };
  expect(await observe(aws, watched)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('30 % answered'),
  });
  expect(await observe(aws, { ...watched, given: { ...given, maxErrorPercent: '30' } })).toMatchObject({
    state: 'done',
  });
  const other = { ...watched, given: { ...given, loadBalancer: 'app/other/2' } };
  expect(await observe(aws, other)).toMatchObject({ said: expect.stringContaining('nobody') });
});
