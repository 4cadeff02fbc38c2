/**
 * Where the resources of a tier stand as far as its spec tells: account and region. Tiers of one place share readings of
 * AWS and its request limits, so a place is never split between shards. It must not ask AWS or the API server anything.
 */
import { createHash } from 'node:crypto';
import type { TierSpec } from '../api/types.ts';
import { GROUP } from '../api/well-known.ts';

/**
 * Says on the object by which place it is served. Only who serves it writes the annotation, so that a tier changes hands
 * by one write, and watching metadata is enough to know whose it is.
 */
export const PLACE = `${GROUP}/place`;

/** Who owns the credentials that the process itself was given is known to AWS only. */
const OWN_ACCOUNT = 'default';

/** The place that a spec names: `account/region`. */
export function placeOf({ aws: { accountID, assumeRoleARN, region } }: Pick<TierSpec, 'aws'>): string {
  return `${accountID ?? assumeRoleARN?.split(':')[4] ?? OWN_ACCOUNT}/${region}`;
}

/** The shard that serves a place; every process must come to the same answer. */
export function shardOf(place: string, count: number): number {
  return createHash('sha256').update(place).digest().readUInt32BE() % count;
}
