/**
 * Users and their groups: lists of them return neither tags nor descriptions. A sweep asks each for its tags once; a fresh
 * reading always does, of what has the tier's hash in its id. It must not know what they look like.
 */
import type { Aws, Scope } from '../../aws/driver.ts';
import { ownerHash } from '../../aws/ownership.ts';
import type { Owned } from '../../core/kind.ts';
import type { ClaimMemory } from '../claim-memory.ts';
import { inScope } from '../scope.ts';
import { tagsOf } from './tagging.ts';

/** The start of every `uniqueName`. */
const NAME_START = 'st-';

/** Whether an id may be of somebody in the scope, as far as that can be told by it. */
export function isNamedByUs<Item>(scope: Scope, idOf: (item: Item) => string | undefined): (item: Item) => boolean {
  if (scope.by === 'ids') return () => true;
  if (scope.by === 'cluster') return (item) => idOf(item)?.startsWith(NAME_START) === true;
  const hashes = scope.owners.map((owner) => `-${ownerHash(owner)}-`);
  return (item) => hashes.some((hash) => idOf(item)?.includes(hash));
}

type Anyone = Owned<object, { readonly arn: string }>;

async function asSwept<O extends Anyone>(aws: Aws, owned: O, claims: ClaimMemory): Promise<O> {
  const { arn } = owned.attributes;
  return { ...owned, ...(await claims.ask(aws.elastiCache, arn, () => tagsOf(aws, arn))) };
}

async function asFresh<O extends Anyone>(aws: Aws, owned: O, claims: ClaimMemory): Promise<O | undefined> {
  const { arn } = owned.attributes;
  const tags = await tagsOf(aws, arn);
  return tags && { ...owned, ...claims.learn(aws.elastiCache, arn, tags), tags };
}

async function claimedPage<O extends Anyone>(
  aws: Aws,
  scope: Scope,
  claims: ClaimMemory,
  page: readonly O[],
): Promise<readonly O[]> {
  const found: O[] = [];
  // One after the other in a sweep, which nobody waits for.
  if (scope.by === 'cluster') for (const owned of page) found.push(await asSwept(aws, owned, claims));
  else {
    const read = await Promise.all(page.map((owned) => asFresh(aws, owned, claims)));
    found.push(...read.filter((owned) => owned !== undefined));
  }
  return found.filter(({ owner }) => inScope(scope, owner));
}

/** What a list shows, page by page, with what its tags say; what is not in the scope is left out. */
export async function* claimedByTags<Item, O extends Anyone>(
  aws: Aws,
  scope: Scope,
  claims: ClaimMemory,
  pages: AsyncIterable<readonly Item[]>,
  read: (item: Item) => O,
): AsyncIterable<readonly O[]> {
  const seen = new Set<string>();
  for await (const items of pages) {
    const page = items.map(read);
    for (const { attributes } of page) seen.add(attributes.arn);
    yield await claimedPage(aws, scope, claims, page);
  }
  if (scope.by === 'cluster') claims.keepOnly(aws.elastiCache, seen);
}
