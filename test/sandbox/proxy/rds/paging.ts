/**
 * Pages of RDS's lists (API reference, `MaxRecords`: 20 to 100, and `Marker`), cut here because the stand-in pages few of
 * them. A marker names the last record of the page before, so that what comes and goes between two pages neither repeats
 * nor skips the rest.
 */
import { Refusal, text } from '../call.ts';
import type { Scene } from './scene.ts';

interface Mark {
  readonly id: string;
  /** Where the next record stood, for when the record of this id is gone. */
  readonly at: number;
}

/** Which page is asked for. */
export interface Page {
  readonly size: number;
  readonly after?: Mark;
}

const LEAST = 20;
const MOST = 100;

function readMark(marker: string): Mark {
  try {
    const { id, at } = JSON.parse(Buffer.from(marker, 'base64url').toString()) as Mark;
    if (typeof id === 'string' && Number.isSafeInteger(at)) return { id, at };
  } catch {
    // Falls through to the refusal: AWS does not say either what is wrong with a marker.
  }
  throw new Refusal('InvalidParameterValue', `Invalid marker: ${marker}`);
}

/** Reads and checks what a call asks for. */
export function readPage({ world, call }: Scene): Page {
  const asked = Number(text(call.params, 'MaxRecords') ?? MOST);
  if (!(asked >= LEAST && asked <= MOST)) {
    throw new Refusal(
      'InvalidParameterValue',
      `Invalid value ${asked} for MaxRecords. Must be between ${LEAST} and ${MOST}`,
    );
  }
  const cap = world.settings.of(call.account).pageSize;
  const marker = text(call.params, 'Marker') ?? '';
  return { size: cap > 0 ? Math.min(cap, asked) : asked, ...(marker === '' ? {} : { after: readMark(marker) }) };
}

/** Cuts a page out of all records. */
export function pageOf<T>(
  { size, after }: Page,
  records: readonly T[],
  idOf: (record: T) => string,
): { readonly records: readonly T[]; readonly next?: string } {
  const found = after ? records.findIndex((record) => idOf(record) === after.id) + 1 : 0;
  const start = after && found === 0 ? after.at : found;
  const end = start + size;
  const page = records.slice(start, end);
  const last = page.at(-1);
  if (end >= records.length || last === undefined) return { records: page };
  const mark: Mark = { id: idOf(last), at: end };
  return { records: page, next: Buffer.from(JSON.stringify(mark)).toString('base64url') };
}
