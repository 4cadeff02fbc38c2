/**
 * What CloudWatch has measured of the requests that came through a load balancer, minute by minute. The load balancer tells it
 * once a minute, some minutes late, and tells nothing of a minute in which nobody came: what is missing is none. It must not judge.
 */
import { type MetricDataQuery, type MetricDataResult, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import type { Aws } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';

/** One minute of a load balancer in which it had something to tell. */
export interface RequestMinute {
  /** Its beginning, in milliseconds since 1970. */
  readonly at: number;
  /** Requests for which a server was chosen. */
  readonly requests: number;
  /** Answers with a 5xx code, of servers and of the load balancer itself. */
  readonly errors: number;
  /** Within so many milliseconds servers answered 95 of a hundred; absent where none did. */
  readonly p95Milliseconds?: number;
}

/** Milliseconds. */
export const MINUTE = 60_000;

/** CloudWatch keeps single minutes for fifteen days. */
const KEPT = 15 * 24 * 60 * MINUTE;

/** By the id of its query: a metric of `AWS/ApplicationELB` with its statistic. */
const METRICS = {
  requests: ['RequestCount', 'Sum'],
  server: ['HTTPCode_Target_5XX_Count', 'Sum'],
  balancer: ['HTTPCode_ELB_5XX_Count', 'Sum'],
  p95: ['TargetResponseTime', 'p95'],
} as const;

type Metric = keyof typeof METRICS;

const queriesOf = (loadBalancer: string): MetricDataQuery[] =>
  Object.entries(METRICS).map(([Id, [MetricName, Stat]]) => ({
    Id,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/ApplicationELB',
        MetricName,
        Dimensions: [{ Name: 'LoadBalancer', Value: loadBalancer }],
      },
      Period: MINUTE / 1000,
      Stat,
    },
  }));

/** What was measured, by its time. */
function seriesOf(results: readonly MetricDataResult[], metric: Metric): ReadonlyMap<number, number> {
  const own = results.filter(({ Id }) => Id === metric);
  return new Map(
    own.flatMap(({ Timestamps = [], Values = [] }) =>
      Timestamps.map((time, index): readonly [number, number] => [time.getTime(), Values[index] ?? 0]),
    ),
  );
}

function minutesOf(results: readonly MetricDataResult[]): readonly RequestMinute[] {
  const [requests, server, balancer, p95] = (['requests', 'server', 'balancer', 'p95'] as const).map((metric) =>
    seriesOf(results, metric),
  );
  const times = new Set([requests, server, balancer].flatMap((series) => [...(series?.keys() ?? [])]));
  return [...times]
    .toSorted((a, b) => a - b)
    .map((at) => {
      const seconds = p95?.get(at);
      return {
        at,
        requests: requests?.get(at) ?? 0,
        errors: (server?.get(at) ?? 0) + (balancer?.get(at) ?? 0),
        ...(seconds === undefined ? {} : { p95Milliseconds: Math.round(seconds * 1000) }),
      };
    });
}

/** What is asked about. */
export interface RequestQuestion {
  /** `app/<name>/<id>`: the load balancer in metrics. */
  readonly loadBalancer: string;
  /** The beginning of the first minute, in milliseconds since 1970. */
  readonly since: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

async function ask(aws: Aws, { loadBalancer, since, now }: RequestQuestion): Promise<readonly RequestMinute[]> {
  const StartTime = new Date(Math.max(since, now - KEPT));
  const pages = async function* (): AsyncIterable<readonly MetricDataResult[]> {
    const MetricDataQueries = queriesOf(loadBalancer);
    const times = { StartTime, EndTime: new Date(now), ScanBy: 'TimestampAscending' as const };
    for await (const { MetricDataResults = [] } of paginateGetMetricData(
      { client: aws.cloudwatch },
      { MetricDataQueries, ...times },
    ))
      yield MetricDataResults;
  };
  return minutesOf(await allOf(pages()));
}

/** An answer, and the minute in which it was asked for. */
interface Asked {
  readonly minute: number;
  readonly answer: Promise<readonly RequestMinute[]>;
}

const asked = new WeakMap<object, Map<string, Asked>>();

/**
 * The whole minutes since then of which something is told, in their order. Whoever asks again within a minute gets the same answer:
 * there is none that is newer.
 */
export async function requestMinutes(aws: Aws, question: RequestQuestion): Promise<readonly RequestMinute[]> {
  const { loadBalancer, since, now } = question;
  const minute = Math.floor(now / MINUTE);
  // Nothing is whole yet.
  if (minute * MINUTE <= since) return [];
  const known = asked.get(aws.cloudwatch) ?? new Map<string, Asked>();
  asked.set(aws.cloudwatch, known);
  for (const [key, entry] of known) if (entry.minute !== minute) known.delete(key);
  const key = `${loadBalancer} ${since}`;
  const answer = known.get(key)?.answer ?? ask(aws, { ...question, now: minute * MINUTE });
  known.set(key, { minute, answer });
  try {
    return await answer;
  } catch (error) {
    known.delete(key);
    throw error;
  }
}
