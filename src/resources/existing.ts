/**
 * Reads of things that may not exist, or not everywhere yet: AWS's reads lag behind its writes. Absence is an answer here;
 * every other failure passes through, because a read that failed must never look like absence.
 */
import { classify } from '../aws/errors.ts';

/** What a call answers, or `undefined` when AWS says that there is no such thing. */
export async function ifExists<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (classify(error).class === 'notFound') return undefined;
    throw error;
  }
}

/** A list in pieces of at most `size`. */
export function inBatches<T>(items: readonly T[], size: number): readonly T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/**
 * Reads by id where AWS fails the whole call when one of the ids does not exist: a failing batch is halved until what is
 * missing stands alone and is left out.
 */
export async function readExisting<T>(
  ids: readonly string[],
  size: number,
  read: (ids: string[]) => Promise<readonly T[] | undefined>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (const batch of inBatches(ids, size)) {
    const items = await ifExists(read(batch));
    if (items) found.push(...items);
    else if (batch.length > 1) found.push(...(await readExisting(batch, Math.ceil(batch.length / 2), read)));
  }
  return found;
}
