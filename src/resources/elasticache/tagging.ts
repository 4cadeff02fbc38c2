/**
 * What all ElastiCache kinds share: its tag calls, and the claim in a description where that can be changed. Its lists
 * return no tags, so that these are read in fresh readings only, one resource at a time.
 */
import {
  AddTagsToResourceCommand,
  ListTagsForResourceCommand,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-elasticache';
import type { Aws, Scope } from '../../aws/driver.ts';
import { type Claim, claimOfDescription, withoutClaim } from '../../aws/ownership.ts';
import type { Change, Owned } from '../../core/kind.ts';
import { tagRecord } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { tagChanges } from '../tag-changes.ts';

/** The most that ElastiCache puts on one page. */
export const PAGE = 100;

/** The tags of one resource; nothing when it does not exist. */
export async function tagsOf(aws: Aws, ResourceName: string): Promise<Owned['tags']> {
  const answer = await ifExists(aws.elastiCache.send(new ListTagsForResourceCommand({ ResourceName })));
  return answer && tagRecord(answer.TagList);
}

/** Resources with their tags, but for a sweep, which goes without. */
export function inFull<O extends Owned<object, { readonly arn: string }>>(
  aws: Aws,
  scope: Scope,
  found: readonly O[],
): Promise<readonly O[]> {
  if (scope.by === 'cluster') return Promise.resolve(found);
  return Promise.all(
    found.map(async (owned) => {
      const tags = await tagsOf(aws, owned.attributes.arn);
      return tags ? { ...owned, tags } : owned;
    }),
  );
}

/** Brings the `tags.*` changes of a plan to AWS; does nothing when there are none. */
export async function retag(aws: Aws, ResourceName: string, changes: readonly Change[]): Promise<void> {
  const { set, unset } = tagChanges(changes);
  if (set.length > 0) await aws.elastiCache.send(new AddTagsToResourceCommand({ ResourceName, Tags: set }));
  if (unset.length > 0) await aws.elastiCache.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: unset }));
}

/** Whose a resource is by its description, and what that says besides: without its claim it differs from any other. */
export function described(text: string | undefined): { readonly claim: Claim; readonly description: string | null } {
  const claim = claimOfDescription(text);
  return { claim, description: claim.owner ? withoutClaim(text) : null };
}

/** Its ARN, from its name. */
export function arnOf(aws: Aws, sort: string, name: string): string {
  return `arn:${aws.partition}:elasticache:${aws.region}:${aws.accountID}:${sort}:${name}`;
}
