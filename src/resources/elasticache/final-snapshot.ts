/**
 * The snapshot that a cache leaves when it is deleted, if one is asked for. A tag keeps what is asked, because the call that
 * deletes a cache knows no spec. It must not make or end snapshots: AWS makes this one itself.
 */
import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-elasticache';
import type { Aws } from '../../aws/driver.ts';
import type { Owned } from '../../core/kind.ts';

/** Tag with how the name of the last snapshot starts. */
const FINAL_SNAPSHOT = 'scalingtier.dev/final-snapshot';

/** What is asked, as tags of a cache that is made. */
export function finalSnapshotTags(name: string | null | undefined): Readonly<Record<string, string>> {
  return name ? { [FINAL_SNAPSHOT]: name } : {};
}

/** What is asked of a cache with these tags. */
export function finalSnapshotOf(tags: Readonly<Record<string, string>>): string | null {
  return tags[FINAL_SNAPSHOT] ?? null;
}

/** Keeps what is asked. */
export async function noteFinalSnapshot(
  aws: Aws,
  ResourceName: string,
  name: string | null | undefined,
): Promise<void> {
  const Tags = Object.entries(finalSnapshotTags(name)).map(([Key, Value]) => ({ Key, Value }));
  if (Tags.length > 0) await aws.elastiCache.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
  else await aws.elastiCache.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: [FINAL_SNAPSHOT] }));
}

/** The name of the snapshot; of each cache its own, because a name is taken for as long as its snapshot stands. */
export function finalSnapshotName({
  tags = {},
  owner,
  incarnation,
}: Pick<Owned, 'owner' | 'incarnation'> & { readonly tags?: Owned['tags'] | undefined }): string | undefined {
  const name = finalSnapshotOf(tags);
  return name && owner?.uid ? `${name}-${owner.uid.slice(0, 8)}-${incarnation}` : undefined;
}
