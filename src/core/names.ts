/**
 * Deterministic names: the same tier gets the same ones after any restart, and equal names of other namespaces and clusters
 * get others. The fixed start `st-` keeps clear of words that AWS reserves (`sg-`, `internal-`, `aws`, `ssm`).
 */
import { createHash } from 'node:crypto';
import type { Owner } from './kind.ts';
import type { NodeId } from './ref.ts';

/** Root of the names of everything that is published in SSM Parameter Store. */
export const PARAMETER_ROOT = '/scaling-tier';

/** Tag with the uid of the object that a resource belongs to. */
export const UID_TAG = 'scalingtier.dev/uid';

/** Tag of a resource that was left in AWS on purpose: nobody's until an object adopts it. */
export const RETAINED_TAG = 'scalingtier.dev/retained';

/** Eight hexadecimal digits that tell apart equal names of other namespaces and clusters. */
export function ownerHash({ cluster, namespace, name }: Owner): string {
  return createHash('sha256').update(`${cluster}/${namespace}/${name}`).digest('hex').slice(0, 8);
}

/** The part of a node id after its kind: `public-a` of `ec2.subnet/public-a`. */
export function nodeName(node: NodeId): string {
  return node.slice(node.indexOf('/') + 1);
}

/** What a resource is called in AWS's consoles, by its tag `Name`. */
export function displayName({ namespace, name }: Owner, node: NodeId): string {
  return `${namespace}/${name} ${nodeName(node)}`;
}

/**
 * `st-<name>-<hash>-<suffix>`, the name of a resource whose AWS kind needs a unique one; the tier's name is cut so that the
 * whole has at most `max` characters, the hash keeps it unique.
 */
export function uniqueName(owner: Owner, suffix: string, max: number): string {
  const tail = `-${ownerHash(owner)}-${suffix}`;
  const room = max - 'st-'.length - tail.length;
  if (room < 1) throw new Error(`name ${suffix} of ${owner.name}: ${max} characters leave no room for the tier's name`);
  return `st-${owner.name.slice(0, room).replace(/-+$/, '')}${tail}`;
}

/** A name of at most `max` characters: as it is when it is short enough, or its start and four digits that tell it from others. */
export function shortened(name: string, max: number): string {
  if (name.length <= max) return name;
  const digits = createHash('sha256').update(name).digest('hex').slice(0, 4);
  return `${name.slice(0, max - 5).replace(/-+$/, '')}-${digits}`;
}

/** The start that every `uniqueName` of a tier has as long as nothing had to be cut. */
export function uniqueNamePrefix(owner: Owner): string {
  return `st-${owner.name}-${ownerHash(owner)}-`;
}

/** `/scaling-tier/<namespace>/<name>`: where a tier publishes what its app needs to know. */
export function parameterPrefix({ namespace, name }: Pick<Owner, 'namespace' | 'name'>): string {
  return `${PARAMETER_ROOT}/${namespace}/${name}`;
}
