/**
 * How an answer of AWS's becomes objects: a few records at a time, with turns of the event loop between them. The SDK makes
 * all records of a page in one go: some ten milliseconds for a hundred, several times as much for the first pages of a
 * process. What an answer means is left to the SDK and its schemas.
 */
import { turns } from './turns.ts';

/** What reads a piece of an answer waits for this before it: a piece takes a few milliseconds, and there may be many. */
export const turnOfAnswers = turns(1);

/** Records that become objects in one go. */
const RECORDS = 20;

/** An answer as it was written. */
export type Written = Readonly<Record<string, unknown>>;

/** Whether it has fields. */
export const isWritten = (value: unknown): value is Written =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A long list in parts. JSON writes the list itself; XML has its records under one name. */
function partsOf(list: unknown): readonly unknown[] {
  const [[name, records] = ['', undefined], ...others] = isWritten(list) ? Object.entries(list) : [];
  if (others.length > 0) return [];
  const all: unknown = Array.isArray(list) ? list : records;
  if (!Array.isArray(all) || all.length <= RECORDS) return [];
  const count = Math.ceil(all.length / RECORDS);
  return Array.from({ length: count }, (_, index) => {
    const part = all.slice(index * RECORDS, (index + 1) * RECORDS);
    return Array.isArray(list) ? part : { [name]: part };
  });
}

/** An answer with long lists as several, the first of which has everything else. */
function cut(answer: Written): readonly [Written, ...Written[]] {
  const first: Record<string, unknown> = { ...answer };
  const others: Written[] = [];
  for (const [member, list] of Object.entries(answer)) {
    const [part, ...more] = partsOf(list);
    if (part !== undefined) first[member] = part;
    others.push(...more.map((next) => ({ [member]: next })));
  }
  return [first, ...others];
}

type Read = Record<string, unknown>;

const isRead = (value: unknown): value is Read => typeof value === 'object' && value !== null;

/** Adds to the lists and maps of one answer what is in those of another, which has nothing else. */
function join(answer: Read, other: Read): void {
  for (const [member, more] of Object.entries(other)) {
    const joined = answer[member];
    if (Array.isArray(joined) && Array.isArray(more)) joined.push(...more);
    else if (isRead(joined) && isRead(more)) join(joined, more);
    else answer[member] = more;
  }
}

/** Reads an answer part by part. */
export async function readInParts(answer: Written, read: (part: Written) => unknown): Promise<unknown> {
  const [first, ...others] = cut(answer);
  const whole = read(first);
  for (const other of others) {
    await turnOfAnswers();
    const part = read(other);
    if (isRead(whole) && isRead(part)) join(whole, part);
  }
  return whole;
}
