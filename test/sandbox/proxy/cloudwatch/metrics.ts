/**
 * GetMetricData for load balancers that are real listeners, with the setting `machines`: metrics of `AWS/ApplicationELB` for a whole
 * load balancer, in periods of 60 seconds, some time late. A minute without a value of a metric is left out (Elastic Load Balancing,
 * "CloudWatch metrics for your Application Load Balancer"). What else is asked goes to the stand-in.
 */
import { type Call, type Params, Refusal, type Step, structure, structures, text } from '../call.ts';
import { compressed } from '../clock.ts';
import type { Minute } from '../machines/traffic.ts';
import { jsonAnswer, paramsOfJson } from '../protocol.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'AWS/ApplicationELB';
const PERIOD = 60;

/** A load balancer's minutes are seen this much later; AWS names no time, and two minutes are usual. */
const LATE_SECONDS = 120;

const nothing = (value: number): number | undefined => (value === 0 ? undefined : value);

/** The nearest rank of so many of a hundred. */
function percentileOf(values: readonly number[], percent: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** What a minute says of a metric, in the statistic with which it is asked for; nothing where there is no value. */
const METRICS: Readonly<Record<string, (minute: Minute) => number | undefined>> = {
  'RequestCount Sum': ({ requests }) => nothing(requests),
  'HTTPCode_Target_5XX_Count Sum': ({ targetErrors }) => nothing(targetErrors),
  'HTTPCode_ELB_5XX_Count Sum': ({ balancerErrors }) => nothing(balancerErrors),
  'TargetResponseTime p95': ({ seconds }) => percentileOf(seconds, 95),
};

const metricOf = (query: Params): Params => structure(structure(query, 'MetricStat'), 'Metric');

const isOurs = (query: Params): boolean => text(metricOf(query), 'Namespace') === NAMESPACE;

/** Seconds since 1970, as the JSON protocol writes times. */
const secondsAt = (params: Params, name: string): number => Number(text(params, name) ?? Number.NaN);

/** The load balancer that a query is about. */
function balancerOf(query: Params): string {
  const [dimension, ...others] = structures(metricOf(query), 'Dimensions');
  if (!dimension || others.length > 0 || text(dimension, 'Name') !== 'LoadBalancer')
    throw new Refusal(
      'InvalidParameterCombination',
      `the sandbox knows metrics of a whole ${NAMESPACE} LoadBalancer only`,
    );
  return text(dimension, 'Value') ?? '';
}

function seriesOf(world: World, call: Call, query: Params): object {
  const stat = structure(query, 'MetricStat');
  const key = `${text(metricOf(query), 'MetricName')} ${text(stat, 'Stat')}`;
  const read = METRICS[key];
  if (!read || Number(text(stat, 'Period')) !== PERIOD)
    throw new Refusal(
      'InvalidParameterValue',
      `the sandbox does not know ${key} in periods of ${text(stat, 'Period')}`,
    );
  const [from, to] = [secondsAt(call.params, 'StartTime'), secondsAt(call.params, 'EndTime')];
  const late = compressed(LATE_SECONDS, world.settings.of(call.account).factor) / 1000;
  const told = world.machines.balancing
    .minutesOf(`${call.account}/${call.region}`, balancerOf(query))
    .map((minute) => ({ at: minute.at / 1000, value: read(minute) }))
    .filter(({ at, value }) => value !== undefined && at >= from && at < to)
    .filter(({ at }) => at + PERIOD + late <= Date.now() / 1000);
  return {
    ...{ Id: text(query, 'Id'), Label: text(metricOf(query), 'MetricName'), StatusCode: 'Complete' },
    ...{ Timestamps: told.map(({ at }) => at), Values: told.map(({ value }) => value) },
  };
}

/** Answers what load balancers have measured. */
export function measured(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'GetMetricData' || call.headers['x-amz-target'] === undefined) return next(call);
    const queries = structures(paramsOfJson(call.body.toString()), 'MetricDataQueries');
    if (queries.length === 0 || !queries.every(isOurs)) return next(call);
    return jsonAnswer(200, { MetricDataResults: queries.map((query) => seriesOf(world, call, query)) });
  };
}
