/**
 * Pages of EC2's describe calls, cut here because the stand-in pages only one of them. A token names the last record of
 * the page before, so that what comes and goes between two pages neither repeats nor skips the rest.
 */
import { type Call, Refusal, text } from '../call.ts';
import type { World } from '../world.ts';
import type { Element } from '../xml.ts';
import type { Collection } from './collections.ts';
import { idOf } from './records.ts';

/** Which page is asked for. */
export interface Page {
  /** Most records; 0: all. */
  readonly size: number;
  readonly after?: Mark;
}

interface Mark {
  readonly id: string;
  /** Where the next record stood, for when the record of this id is gone. */
  readonly at: number;
}

function readMark(token: string): Mark {
  try {
    const { id, at } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Mark;
    if (typeof id === 'string' && Number.isSafeInteger(at)) return { id, at };
  } catch {
    // Falls through to the refusal: AWS does not say either what is wrong with a token.
  }
  throw new Refusal('InvalidParameterValue', `Invalid value '${token}' for nextToken`);
}

function checkSize({ pages, idsExcludePages }: Collection, size: string | undefined, ids: readonly string[]): void {
  if (size === undefined || !pages) return;
  const [least, most] = pages;
  const bound = Number(size) < least ? `greater than ${least}` : `less than or equal to ${most}`;
  if (!(Number(size) >= least && Number(size) <= most)) {
    throw new Refusal(
      'InvalidParameterValue',
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value ${bound}.`,
    );
  }
  if (idsExcludePages && ids.length > 0) {
    throw new Refusal(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
}

/** Reads and checks what a call asks for. */
export function readPage(world: World, collection: Collection, call: Call, ids: readonly string[]): Page {
  const asked = text(call.params, 'MaxResults');
  const token = text(call.params, 'NextToken');
  if (!collection.pages) {
    if (asked !== undefined) throw new Refusal('UnknownParameter', 'The parameter MaxResults is not recognized');
    return { size: 0 };
  }
  checkSize(collection, asked, ids);
  const cap = world.settings.of(call.account).pageSize;
  const sizes = [Number(asked ?? 0), ids.length > 0 && collection.idsExcludePages ? 0 : cap].filter((size) => size > 0);
  return {
    size: sizes.length > 0 ? Math.min(...sizes) : 0,
    ...(token === undefined ? {} : { after: readMark(token) }),
  };
}

/** Cuts a page out of all records. */
export function pageOf(
  { size, after }: Page,
  collection: Collection,
  records: readonly Element[],
): { readonly records: readonly Element[]; readonly next?: string } {
  const found = after ? records.findIndex((record) => idOf(collection, record) === after.id) + 1 : 0;
  const start = after && found === 0 ? after.at : found;
  const end = size === 0 ? records.length : start + size;
  const page = records.slice(start, end);
  const last = page.at(-1);
  if (end >= records.length || !last) return { records: page };
  const mark: Mark = { id: idOf(collection, last), at: end };
  return { records: page, next: Buffer.from(JSON.stringify(mark)).toString('base64url') };
}
