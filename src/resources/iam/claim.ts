/**
 * Who owns something in IAM. Its path says so and cannot be changed or stripped; tags, where a read returns them, add the
 * uid and the incarnation.
 */
import { type Claim, claimOf, NO_CLAIM, ownerOfIamPath } from '../../aws/ownership.ts';

/** The claim of a path, completed by tags that agree with it. */
export function claimOfPath(path: string, type: string, tags: Readonly<Record<string, string>>): Claim {
  const byPath = ownerOfIamPath(path, type);
  if (!byPath?.owner) return NO_CLAIM;
  const byTags = claimOf(tags);
  const { cluster, namespace, name } = byPath.owner;
  const agrees =
    byTags.node === byPath.node &&
    byTags.owner?.cluster === cluster &&
    byTags.owner.namespace === namespace &&
    byTags.owner.name === name;
  return agrees ? byTags : byPath;
}
