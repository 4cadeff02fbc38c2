/**
 * How far a step is, from its record and from what Systems Manager says of its command. Between the answer of a script and
 * the record that keeps it lies a pass; whoever looks sees the answer at once. It must not change anything.
 */
import type { Aws } from '../../aws/driver.ts';
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

/** Looks how far the command of a record is, if it has one that is not over. */
export async function standingOf(aws: Aws, record: StepRecord, now: number): Promise<Standing> {
  if (!runs(record)) return { record };
  // The record comes first: whoever died after it has sent nothing that anybody knows of.
  if (record.commandId === undefined) return { record, progress: { state: 'lost', said: 'it was not sent yet' } };
  return { record, progress: await progressOf(aws, sentOf(record), now) };
}

/** What came of it, once that is known: from its record, or from its command, whose answer is not in the record yet. */
export function endOf({ record, progress }: Standing): Pick<StepRecord, 'state' | 'answer' | 'reason'> | undefined {
  if (record.state === 'done' || record.state === 'failed') return record;
  if (record.state !== 'sent' || !progress) return undefined;
  if (progress.state === 'done') return { state: 'done', answer: progress.answer };
  return progress.state === 'failed' ? { state: 'failed', reason: progress.reason } : undefined;
}

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

/** What it means to a plan. */
export function healthOf(standing: Standing, now: number): Health {
  const { record, progress } = standing;
  const end = endOf(standing);
  if (end?.state === 'done') return { state: 'done', phase: 'ready' };
  if (end) return { state: 'failed', phase: 'failed', reason: end.reason ?? 'it failed without a word' };
  if (record.state === 'waiting') {
    if (now >= endsAt(record)) return { state: 'over', phase: 'ready' };
    return { state: 'waiting', phase: 'settling', until: timeOf(endsAt(record)) };
  }
  if (record.state !== 'sent') return healthOnTheWayBack(standing);
  if (progress?.state === 'running') return { state: 'running', phase: 'settling' };
  const said = progress?.state === 'lost' ? progress.said : '';
  return { state: 'lost', phase: 'warming', reason: `its command ended without an answer (${said})` };
}

/** Whether nothing is to be done about it: what came of it is written down, and it need not be begun again. */
export function isKept({ record, progress }: Standing, { definition, now }: Reading): boolean {
  if (record.state === 'sent') return progress?.state === 'running';
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
