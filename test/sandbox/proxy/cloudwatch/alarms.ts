/**
 * Alarms (CloudWatch API reference): a new one has `INSUFFICIENT_DATA`; tags count on creation only; lists come in pages
 * of at most 100.
 */
import { type Call, Refusal, type Step, succeeded, text } from '../call.ts';
import { paramsOfJson } from '../protocol.ts';
import type { World } from '../world.ts';

const MOST = 100;

/** Other tools speak CloudWatch's older protocols; their calls pass as they are. */
const isJson = (call: Call): boolean => call.headers['x-amz-target'] !== undefined;

function pageOf(world: World, call: Call): { readonly start: number; readonly size: number } {
  const token = text(call.params, 'NextToken');
  if (token !== undefined && !/^\d+$/.test(token))
    throw new Refusal('InvalidNextToken', `The next token ${token} is invalid`);
  const cap = world.settings.of(call.account).pageSize;
  const size = Math.min(MOST, Number(text(call.params, 'MaxRecords') ?? MOST), cap > 0 ? cap : MOST);
  return { start: Number(token ?? 0), size };
}

/** The stand-in never evaluates an alarm; one that nobody has set by hand has no data. */
function shown(alarm: unknown): unknown {
  const { StateReason: reason } = alarm as { readonly StateReason?: string };
  if (reason !== 'Unchecked: Initial alarm creation') return alarm;
  return { ...(alarm as object), StateValue: 'INSUFFICIENT_DATA' };
}

/** Lists alarms as CloudWatch does. */
export function listAlarms(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'DescribeAlarms' || !isJson(call)) return next(call);
    const { start, size } = pageOf(world, call);
    const { MaxRecords: _size, NextToken: _token, ...rest } = call.params;
    const answer = await next({ ...call, params: rest, body: Buffer.from(JSON.stringify(rest)) });
    if (!succeeded(answer)) return answer;
    const { MetricAlarms: alarms = [], ...others } = paramsOfJson(answer.body.toString()) as {
      MetricAlarms?: unknown[];
    };
    const end = start + size;
    const page = { ...others, MetricAlarms: alarms.slice(start, end).map(shown) };
    const body = end < alarms.length ? { ...page, NextToken: String(end) } : page;
    return { ...answer, body: Buffer.from(JSON.stringify(body)) };
  };
}

/** PutMetricAlarm: "if you are using this operation to update an existing alarm, any tags that you specify are ignored". */
export function tagsOnCreationOnly(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'PutMetricAlarm' || call.params.Tags === undefined || !isJson(call)) return next(call);
    const known = await world.ask(call, 'DescribeAlarms', { AlarmNames: [text(call.params, 'AlarmName')] });
    const { MetricAlarms: alarms = [] } = paramsOfJson(known.body.toString()) as { MetricAlarms?: unknown[] };
    if (alarms.length === 0) return next(call);
    const { Tags: _tags, ...rest } = call.params;
    return next({ ...call, params: rest, body: Buffer.from(JSON.stringify(rest)) });
  };
}
