/**
 * How far a step is, from its record and from what Systems Manager says of its command, or AWS of what it watches. Between an answer
 * and the record that keeps it lies a pass; whoever looks sees the answer at once. It must not change anything.
 */
import type { Aws } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import type { Health } from '../../core/kind.ts';
import type { StepTimes } from '../../core/move.ts';
import { type Progress, progressOf, type Sent } from './command.ts';
import type { StepDefinition } from './definition.ts';
import type { StepRecord } from './record.ts';

/** What it answered stands beside these. */
export type StepAttributes = StepTimes & Readonly<Record<string, unknown>>;

/** A record with how far its command is. */
export interface Standing {
  readonly record: StepRecord;
  readonly progress?: Progress;
}

/** What reading a standing needs beside it; milliseconds since 1970. */
export interface Reading {
  readonly definition: StepDefinition | undefined;
  readonly now: number;
}

/** What failed and is tried again waits for so long. */
export const AGAIN_MILLISECONDS = 60_000;

/** The command that a record speaks of. */
export const sentOf = ({ commandId = '', instanceId = '', sentTime = '' }: StepRecord): Sent => ({
  commandId,
  instanceId,
  sentAt: Date.parse(sentTime),
});

const runs = ({ state }: StepRecord): boolean => state === 'sent' || state === 'ending' || state === 'undoing';

/** What a step that watches has seen; where AWS does not tell it, that is said, and looked at again. */
async function seenBy(aws: Aws, record: StepRecord, { definition, now }: Reading): Promise<Progress> {
  const { arguments: given = {}, startedTime } = record;
  const nothing: Progress = { state: 'running', said: 'there is no such step any more' };
  try {
    return (await definition?.watch?.(aws, { given, startedAt: Date.parse(startedTime), now })) ?? nothing;
  } catch (error) {
    const { code, message } = classify(error);
    return { state: 'running', said: `what is to be judged cannot be read: ${code}: ${message}`, pace: 60 };
  }
}

/** Looks how far the command of a record is, if it has one that is not over, and at what a step watches. */
export async function standingOf(aws: Aws, record: StepRecord, reading: Reading): Promise<Standing> {
  const { now } = reading;
  if (record.state === 'watching') return { record, progress: await seenBy(aws, record, reading) };
  if (!runs(record)) return { record };
  // The record comes first: whoever died after it has sent nothing that anybody knows of.
  if (record.commandId === undefined) return { record, progress: { state: 'lost', said: 'it was not sent yet' } };
  return { record, progress: await progressOf(aws, sentOf(record), now) };
}

/** Whether what came of it is not in the record yet. */
const isOpen = ({ state }: StepRecord): boolean => state === 'sent' || state === 'watching';

/** What came of it, once that is known: from its record, or from its command, whose answer is not in the record yet. */
export function endOf({ record, progress }: Standing): Pick<StepRecord, 'state' | 'answer' | 'reason'> | undefined {
  if (record.state === 'done' || record.state === 'failed') return record;
  if (!isOpen(record) || !progress) return undefined;
  if (progress.state === 'done') return { state: 'done', answer: progress.answer };
  return progress.state === 'failed' ? { state: 'failed', reason: progress.reason } : undefined;
}

/** Whoever waits for its end waits a fortieth longer than it takes, and asks no more often than is of use to anybody. */
const paceOf = (record: StepRecord, now: number): number =>
  Math.min(10, Math.max(0.3, (now - sentOf(record).sentAt) / 40_000));

const endsAt = ({ startedTime, seconds = 0 }: StepRecord): number => Date.parse(startedTime) + seconds * 1000;

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Of what is taken back, or called off for that. */
function healthOnTheWayBack({ record: { state }, progress }: Standing): Health {
  if (progress?.state === 'running') return { state, phase: 'deleting' };
  if (state === 'undoing' && progress?.state === 'failed')
    return { state, phase: 'failed', reason: `it cannot be taken back: ${progress.reason}` };
  // The next delete looks at what came of it.
  return { state, phase: 'ready' };
}

/** Whether the time in which somebody could say that it is done is over. */
const isMissed = (record: StepRecord, now: number): boolean => record.state === 'asking' && now >= endsAt(record);

/** Whether somebody may say that it is done; nothing where nobody is asked, or any more. */
export const awaitsWord = (record: StepRecord, now: number): boolean =>
  record.state === 'asking' && !isMissed(record, now);

/** Of what a person is asked for. */
function healthAsking(record: StepRecord, { definition, now }: Reading): Health {
  const { seconds = 0, arguments: given = {} } = record;
  const task = definition?.asks?.(given) ?? 'somebody has to say that it is done';
  const until = timeOf(endsAt(record));
  if (isMissed(record, now))
    return {
      state: 'missed',
      phase: 'failed',
      reason: `nobody said within ${seconds} seconds that it is done: ${task}`,
    };
  return { state: 'asking', phase: 'warming', reason: `${task}; it is waited for until ${until}`, until };
}

/** Of what is judged by what AWS says. */
function healthWatching(progress: Progress | undefined): Health {
  const { said = '', pace } = progress?.state === 'running' ? progress : {};
  return { state: 'watching', phase: 'settling', reason: said, ...(pace === undefined ? {} : { pace }) };
}

/** What it means to a plan. */
export function healthOf(standing: Standing, reading: Reading): Health {
  const { now } = reading;
  const { record, progress } = standing;
  const end = endOf(standing);
  if (end?.state === 'done') return { state: 'done', phase: 'ready' };
  if (end) return { state: 'failed', phase: 'failed', reason: end.reason ?? 'it failed without a word' };
  if (record.state === 'waiting') {
    if (now >= endsAt(record)) return { state: 'over', phase: 'ready' };
    // Nobody is at work: how long it is may change meanwhile.
    return { state: 'waiting', phase: 'warming', until: timeOf(endsAt(record)) };
  }
  if (record.state === 'asking') return healthAsking(record, reading);
  if (record.state === 'watching') return healthWatching(progress);
  if (record.state !== 'sent') return healthOnTheWayBack(standing);
  if (progress?.state === 'running') return { state: 'running', phase: 'settling', pace: paceOf(record, now) };
  const said = progress?.state === 'lost' ? progress.said : '';
  return { state: 'lost', phase: 'warming', reason: `its command ended without an answer (${said})` };
}

/** Whether nothing is to be done about it: what came of it is written down, and it need not be begun again. */
export function isKept({ record, progress }: Standing, { definition, now }: Reading): boolean {
  if (isOpen(record)) return progress?.state === 'running';
  const isDue = now - Date.parse(record.finishedTime ?? record.startedTime) >= AGAIN_MILLISECONDS;
  return !(record.state === 'failed' && definition?.again && isDue);
}

/** What others may refer to: its times, and once it is done its answer. */
export function attributesOf(standing: Standing, { definition, now }: Reading): StepAttributes {
  const { record } = standing;
  const { startedTime, finishedTime, attempts } = record;
  const end = endOf(standing);
  const isDone = end?.state === 'done';
  const answer = isDone ? (end.answer ?? {}) : {};
  const result = isDone ? definition?.result?.(answer) : undefined;
  const isOver = record.state === 'waiting' && now >= endsAt(record);
  const ended = isOver ? timeOf(endsAt(record)) : isDone ? finishedTime : undefined;
  return {
    ...answer,
    startedTime,
    attempts,
    ...(ended ? { finishedTime: ended, finishedSeconds: String(Math.floor(Date.parse(ended) / 1000)) } : {}),
    ...(result ? { result } : {}),
  };
}
