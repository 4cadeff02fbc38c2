/** Tags of secrets. */
import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-secrets-manager';
import type { Aws } from '../../aws/driver.ts';
import type { Change } from '../../core/kind.ts';
import { tagChanges, tagList } from '../tag-changes.ts';

/** Brings the `tags.*` changes of a plan to AWS, with `more` that is to be remembered; does nothing when there are none. */
export async function retag(
  aws: Aws,
  SecretId: string,
  changes: readonly Change[],
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { set, unset } = tagChanges(changes);
  const Tags = [...set, ...tagList(more)];
  if (Tags.length > 0) await aws.secretsManager.send(new TagResourceCommand({ SecretId, Tags }));
  if (unset.length > 0) await aws.secretsManager.send(new UntagResourceCommand({ SecretId, TagKeys: unset }));
}
