/**
 * Whose a bucket is and where it stands: names are unique among all accounts, and a bucket is reached through its own region.
 * Kept for the whole proxy, because the stand-in tells neither.
 */
import type { Call } from '../call.ts';
import { Refusal, text } from '../call.ts';
import type { World } from '../world.ts';

interface Owned {
  readonly account: string;
  readonly region: string;
}

const places = new WeakMap<World, Map<string, Owned>>();

/** All buckets that were made through this proxy. */
export function owners(world: World): Map<string, Owned> {
  const known = places.get(world) ?? new Map<string, Owned>();
  places.set(world, known);
  return known;
}

/**
 * Refuses a call that is about a stranger's bucket, or about one of another region (S3 API reference, "Error responses":
 * `AccessDenied`, `PermanentRedirect`; User Guide, "Verifying bucket ownership").
 */
export function checkOwner(world: World, call: Call): void {
  const name = text(call.params, 'Bucket');
  const owned = name === undefined ? undefined : owners(world).get(name);
  if (!owned || call.operation === 'CreateBucket') return;
  const expected = call.headers['x-amz-expected-bucket-owner'];
  if (owned.account !== call.account || (expected !== undefined && expected !== owned.account))
    throw new Refusal('AccessDenied', 'Access Denied', 403);
  if (owned.region !== call.region) {
    const message = 'The bucket you are attempting to access must be addressed using the specified endpoint.';
    throw new Refusal('PermanentRedirect', message, 301);
  }
}
