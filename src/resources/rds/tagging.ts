/**
 * What all RDS kinds share: pages, tags, and whose a name is. RDS filters by id and by nothing that says whose a thing is,
 * so every list is the account's, and what is not ours is left out here.
 */
import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-rds';
import type { Aws } from '../../aws/driver.ts';
import type { Change } from '../../core/kind.ts';
import { tagChanges } from '../tag-changes.ts';

/** The most that RDS puts on one page. */
export const PAGE = 100;

/** Brings the `tags.*` changes of a plan to AWS, with `more` that is to be remembered; does nothing when there are none. */
export async function retag(
  aws: Aws,
  ResourceName: string,
  changes: readonly Change[],
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { set, unset } = tagChanges(changes);
  const Tags = [...set, ...Object.entries(more).map(([Key, Value]) => ({ Key, Value }))];
  if (Tags.length > 0) await aws.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
  if (unset.length > 0) await aws.rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: unset }));
}
