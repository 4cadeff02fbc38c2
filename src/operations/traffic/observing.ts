/**
 * Whether a fleet serves as well as it must, by what CloudWatch has measured of its load balancer since people are sent there. Pure
 * but for the reading: whoever looks with the same measurements comes to the same judgement.
 */
import type { Aws } from '../../aws/driver.ts';
import { MINUTE, type RequestMinute, requestMinutes } from '../../resources/cloudwatch/request-metrics.ts';
import type { Progress } from '../step/command.ts';
import type { Watched } from '../step/definition.ts';

/** What requests must be like, and for how long. */
export interface Limits {
  readonly minutes: number;
  readonly maxErrorPercent: number;
  readonly maxLatencyMilliseconds?: number;
}

/** How many minutes late a measurement may be: what has not come then is none. */
const LATE = 3;

/** Fewer errors than these end nothing before the time is over. */
const FEW = 10;

/** All that came in some minutes. */
interface Sum {
  readonly requests: number;
  readonly errors: number;
  readonly percent: number;
  readonly p95Milliseconds?: number;
}

/** Where no server was to be chosen the load balancer answers itself, and counts no request. */
const cameIn = ({ requests, errors }: RequestMinute): number => Math.max(requests, errors);

function sumOf(minutes: readonly RequestMinute[]): Sum {
  const total = (of: (minute: RequestMinute) => number): number => minutes.reduce((sum, minute) => sum + of(minute), 0);
  const [requests, errors] = [total(cameIn), total((minute) => minute.errors)];
  const answered = minutes.filter(({ p95Milliseconds }) => p95Milliseconds !== undefined);
  const weight = answered.reduce((sum, minute) => sum + cameIn(minute), 0);
  const p95 = answered.reduce((sum, minute) => sum + cameIn(minute) * (minute.p95Milliseconds ?? 0), 0) / weight;
  return {
    requests,
    errors,
    percent: requests === 0 ? 0 : (100 * errors) / requests,
    ...(weight > 0 ? { p95Milliseconds: Math.round(p95) } : {}),
  };
}

const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;

/** Never rounded to nothing: a few errors are not none. */
const percentOf = (percent: number): string =>
  percent > 0 && percent < 0.01 ? 'less than 0.01' : String(Number(percent.toFixed(2)));

const inWords = ({ requests, percent, p95Milliseconds }: Sum): string =>
  [
    plural(requests, 'request'),
    `${percentOf(percent)} % answered with 5xx`,
    ...(p95Milliseconds === undefined ? [] : [`p95 of ${p95Milliseconds} ms`]),
  ].join(', ');

const WAY =
  'look at the logs of the servers and at their target groups, mend what is wrong there, and change the spec to try again; where people may be served so, raise spec.transition.observation';

/** What is wrong with all that came; nothing where nothing is. */
function faultOf(sum: Sum, { maxErrorPercent, maxLatencyMilliseconds = Number.POSITIVE_INFINITY }: Limits) {
  const { percent, p95Milliseconds = 0 } = sum;
  if (percent > maxErrorPercent) return `at most ${maxErrorPercent} % may be`;
  if (p95Milliseconds > maxLatencyMilliseconds) return `at most ${maxLatencyMilliseconds} ms may be`;
  return undefined;
}

/** Whether there are more errors than there may be in the whole time, if as many come as until now and none fails any more. */
function isLost(sum: Sum, seen: number, { minutes, maxErrorPercent }: Limits): boolean {
  const expected = (sum.requests / seen) * minutes;
  return sum.errors >= FEW && 100 * sum.errors > maxErrorPercent * expected;
}

const failedFor = (sum: Sum, limit: string): Progress => ({
  state: 'failed',
  reason: `the servers behind the load balancer do not serve as well as they must: ${inWords(sum)}; ${limit}; ${WAY}`,
});

/** Seconds until the next minute is told of, if it is not late. */
const paceOf = (now: number): number => Math.ceil((MINUTE - (now % MINUTE)) / 1000) + 5;

/** The beginning of the first minute that began with the observation, or after it. */
export const sinceOf = (startedAt: number): number => Math.ceil(startedAt / MINUTE) * MINUTE;

/** The judgement on what has been measured so far; `now` in milliseconds since 1970. */
export function judge(measured: readonly RequestMinute[], limits: Limits, now: number): Progress {
  const first = measured.find((minute) => cameIn(minute) > 0);
  if (!first) {
    const said =
      'nobody has come through the load balancer yet: send requests there, or set spec.transition.observation.durationMinutes to 0 to go on without';
    return { state: 'running', said, pace: paceOf(now) };
  }
  const end = first.at + limits.minutes * MINUTE;
  const inTime = measured.filter(({ at }) => at >= first.at && at < end);
  const seen = ((inTime.at(-1)?.at ?? first.at) - first.at) / MINUTE + 1;
  const sum = sumOf(inTime);
  const isOver = now >= end + LATE * MINUTE;
  const fault = isOver ? faultOf(sum, limits) : undefined;
  if (fault !== undefined) return failedFor(sum, fault);
  if (!isOver && isLost(sum, seen, limits)) return failedFor(sum, `at most ${limits.maxErrorPercent} % may be`);
  if (isOver) return { state: 'done', answer: { ...sum, minutes: limits.minutes } };
  const left = Math.ceil((end + LATE * MINUTE - now) / MINUTE);
  return { state: 'running', said: `${plural(left, 'minute')} left: ${inWords(sum)}`, pace: paceOf(now) };
}

/** What a step was given, as limits. */
function limitsOf({ minutes, maxErrorPercent, maxLatencyMilliseconds }: Watched['given']): Limits {
  return {
    minutes: Number(minutes),
    maxErrorPercent: Number(maxErrorPercent),
    ...(maxLatencyMilliseconds === undefined ? {} : { maxLatencyMilliseconds: Number(maxLatencyMilliseconds) }),
  };
}

/** Looks at what has been measured, and judges it. */
export async function observe(aws: Aws, { given, startedAt, now }: Watched): Promise<Progress> {
  const { loadBalancer = '' } = given;
  const measured = await requestMinutes(aws, { loadBalancer, since: sinceOf(startedAt), now });
  return judge(measured, limitsOf(given), now);
}

/** What came of it, in one line for people. */
export function observedInWords(answer: Readonly<Record<string, unknown>>): string {
  const { requests, errors, percent, p95Milliseconds, minutes } = answer;
  const p95 = p95Milliseconds === undefined ? {} : { p95Milliseconds: Number(p95Milliseconds) };
  const sum = { requests: Number(requests ?? 0), errors: Number(errors ?? 0), percent: Number(percent ?? 0), ...p95 };
  return `${inWords(sum)}, in ${plural(Number(minutes ?? 0), 'minute')}`;
}
