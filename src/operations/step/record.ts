/**
 * The record of a step: one small JSON value in the Parameter Store, below the tier's own prefix, that says how far it is. It
 * outlives processes, servers and what Systems Manager remembers of a command. It must not hold data of the app.
 */
import { z } from 'zod';

const time = z.iso.datetime();

const record = z.object({
  /**
   * `sent`: a script runs. `waiting`: for its time. `asking`: for a person's word, as long as its time lasts. `watching`: what AWS
   * says is judged. `done`, `failed`: final. `ending`: what runs is called off. `undoing`: it is being taken back.
   */
  state: z.enum(['sent', 'waiting', 'asking', 'watching', 'done', 'failed', 'ending', 'undoing']),
  step: z.string(),
  /** What the server knows it by, drawn before anything is sent: 64 hexadecimal digits. */
  operation: z.string().regex(/^[0-9a-f]{64}$/),
  startedTime: time,
  finishedTime: time.optional(),
  instanceId: z.string().optional(),
  /** The node of that server: another one may have come in its place. */
  server: z.string().optional(),
  /** Of Systems Manager. */
  commandId: z.string().optional(),
  /** When the command was sent. */
  sentTime: time.optional(),
  /** How often it was begun. */
  attempts: z.int().min(0),
  /** How often it was tried to take it back. */
  undo: z.int().min(1).optional(),
  answer: z.record(z.string(), z.unknown()).optional(),
  /** Why it failed. */
  reason: z.string().optional(),
  /** For how long it waits. */
  seconds: z.number().optional(),
  /** What the undo needs to know. */
  arguments: z.record(z.string(), z.string()).optional(),
});

/** A step's record. */
export type StepRecord = z.output<typeof record>;

/** Longest value of the standard tier. */
const MOST = 4096;
const REASON = 700;

/** Reads a record; nothing of a text that is none, or of no text. */
export function recordOf(text: string | undefined): StepRecord | undefined {
  if (text === undefined) return undefined;
  try {
    return record.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A record as it is stored; an answer that does not fit loses its lists, then all that is not a number. */
export function textOf(value: StepRecord): string {
  const reason = value.reason?.slice(0, REASON);
  const whole = { ...value, ...(reason === undefined ? {} : { reason }) };
  const answers = [
    whole.answer,
    pick(whole.answer, (item) => typeof item !== 'object'),
    pick(whole.answer, (item) => typeof item === 'number'),
  ];
  const texts = answers.map((answer) => JSON.stringify({ ...whole, ...(answer ? { answer } : {}) }));
  const fitting = texts.find((text) => Buffer.byteLength(text) <= MOST);
  if (fitting === undefined) throw new Error(`record the step ${value.step}: its record is longer than ${MOST} bytes`);
  return fitting;
}

const pick = (answer: StepRecord['answer'], isKept: (item: unknown) => boolean): StepRecord['answer'] =>
  answer && Object.fromEntries(Object.entries(answer).filter(([, item]) => isKept(item)));
