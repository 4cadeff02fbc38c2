/**
 * The snapshot that a cache leaves when it is deleted, if one is asked for. A tag keeps what is asked, because the call that
 * deletes a cache knows no spec. It must not make or end snapshots: AWS makes this one itself.
 */
import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-elasticache';
import type { Aws } from '../../aws/driver.ts';
import type { Health, Owned } from '../../core/kind.ts';

/** Tag with how the name of the last snapshot starts. */
const FINAL_SNAPSHOT = 'scalingtier.dev/final-snapshot';

/** What is asked, as tags of a cache that is made. */
export function finalSnapshotTags(name: string | null | undefined): Readonly<Record<string, string>> {
  return name ? { [FINAL_SNAPSHOT]: name } : {};
}

/** One that AWS failed to make holds nothing, and AWS makes no snapshot of it. */
const wasMade = ({ state }: Health): boolean => state !== 'create-failed';

/** What is asked of a cache with these tags, as a part of its spec; nothing where the tags were not read. */
export function finalSnapshotOf({ tags, health }: Pick<Owned, 'health'> & { readonly tags: Owned['tags'] }): {
  readonly finalSnapshotName?: string | null;
} {
  return tags && wasMade(health) ? { finalSnapshotName: tags[FINAL_SNAPSHOT] ?? null } : {};
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
  tags,
  health,
  owner,
  incarnation,
}: Pick<Owned, 'owner' | 'incarnation' | 'health'> & { readonly tags?: Owned['tags'] }): string | undefined {
  const { finalSnapshotName: name } = finalSnapshotOf({ tags, health });
  return name && owner?.uid ? `${name}-${owner.uid.slice(0, 8)}-${incarnation}` : undefined;
}
