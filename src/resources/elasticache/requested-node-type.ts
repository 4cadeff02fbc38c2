/**
 * The node type that was asked for last. While AWS resizes a cache it shows the old type, and for a moment not even that it
 * is at work: what was asked is kept in a tag, so that it counts as done until AWS has had its say. It must not ask AWS.
 */

/** Tag with the type and the time at which it was asked for. */
export const REQUESTED_NODE_TYPE = 'scalingtier.dev/requested-node-type';

/** Milliseconds for which AWS may show a cache as idle that was just told to resize. */
const UNSEEN = 180_000;

/** What the tag says of a request that is made now. */
export function requestTag(cacheNodeType: string, now: Date): { readonly Key: string; readonly Value: string } {
  return { Key: REQUESTED_NODE_TYPE, Value: `${cacheNodeType} ${now.toISOString()}` };
}

/** A cache as it is shown. */
export interface ShownNodeType {
  readonly shown: string | undefined;
  /** Whether AWS says that it is at work on the cache. */
  readonly busy: boolean;
  readonly tag: string | undefined;
  readonly now: Date;
}

/** The node type that counts: the one asked for as long as its request may be under way, else the one shown. */
export function nodeTypeInForce({ shown, busy, tag = '', now }: ShownNodeType): string | undefined {
  const [requested, at = ''] = tag.split(' ', 2);
  const age = now.getTime() - Date.parse(at);
  const isUnderWay = busy || (age >= 0 && age < UNSEEN);
  return requested && isUnderWay ? requested : shown;
}
