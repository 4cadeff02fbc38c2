/**
 * The mark of a tier's records: record sets carry no tags, so a parameter below the tier's prefix says whose they are, where they
 * lead, and how far a change of them is. It is written before they are and goes after them. It must hold nothing else.
 */
import { z } from 'zod';

const mark = z.object({
  zoneId: z.string(),
  /** All names at which records of this tier may stand. */
  names: z.array(z.string()),
  /** All places to which they may lead: whatever leads elsewhere is not ours. */
  places: z.array(z.string()),
  /** Of a hundred requests, so many are led to the new place. */
  share: z.int(),
  /** Whether nothing is left to be done about it. */
  settled: z.boolean(),
  /** When the last change was sent. */
  changedTime: z.iso.datetime().optional(),
  /** Of Route 53. */
  changeId: z.string().optional(),
  /** Resolvers answer for so long after that with what was there before. */
  seconds: z.int(),
});

/** A mark. */
export type Mark = z.output<typeof mark>;

/** Reads a mark; nothing of a text that is none, or of no text. */
export function markOf(text: string | undefined): Mark | undefined {
  if (text === undefined) return undefined;
  try {
    return mark.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** When the change of a mark is everywhere; milliseconds since 1970. */
export const everywhereAt = ({ changedTime, seconds }: Mark): number =>
  changedTime === undefined ? 0 : Date.parse(changedTime) + seconds * 1000;
