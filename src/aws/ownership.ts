/**
 * Who owns a resource, said in AWS's own terms: tags where AWS keeps them, deterministic names and paths elsewhere, and
 * idempotency tokens. The only place that knows these formats. It must not call AWS.
 */
import { createHash } from 'node:crypto';
import type { Owner } from '../core/kind.ts';
import { displayName, nodeName, UID_TAG } from '../core/names.ts';
import type { NodeId } from '../core/ref.ts';
import type { Identity } from './driver.ts';

export { nodeName, ownerHash, PARAMETER_ROOT, parameterPrefix, uniqueName, uniqueNamePrefix } from '../core/names.ts';

const PREFIX = 'scalingtier.dev/';

/** Keys of the tags that say who owns a resource. Only resources that carry `cluster` are ever looked at in a sweep. */
export const TAG = {
  cluster: `${PREFIX}cluster`,
  namespace: `${PREFIX}namespace`,
  name: `${PREFIX}name`,
  uid: UID_TAG,
  role: `${PREFIX}role`,
  incarnation: `${PREFIX}incarnation`,
} as const;

/** Root of the IAM path of everything that we make there. */
export const IAM_PATH_ROOT = '/scalingtier.dev/';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** IAM path of one node: carries what tags carry elsewhere, because IAM's lists return paths and no tags. */
export function iamPath(owner: Owner, node: NodeId): string {
  return `${IAM_PATH_ROOT}${owner.cluster}/${owner.namespace}/${owner.name}/${nodeName(node)}/`;
}

/** Reads an `iamPath` back; `undefined` when the path is not one of ours. */
export function ownerOfIamPath(path: string, type: string): Claim | undefined {
  if (!path.startsWith(IAM_PATH_ROOT)) return undefined;
  const [cluster, namespace, name, ...rest] = path.slice(IAM_PATH_ROOT.length).split('/');
  // The name of a node may hold slashes of its own; the path ends in one.
  const node = rest.slice(0, -1).join('/');
  if (!cluster || !namespace || !name || !node) return undefined;
  return { owner: { cluster, namespace, name }, node: `${type}/${node}`, incarnation: 0 };
}

/** A whole claim as one text, for names and values of what carries no tags of its own. */
export const claimPath = ({ owner, node, incarnation }: Identity): string => `${iamPath(owner, node)}${incarnation}`;

/** Reads a `claimPath` back. */
export function claimOfPath(text: string, type: string): Claim {
  const incarnation = Number(/\/(\d+)$/.exec(text)?.[1] ?? 0);
  const claim = incarnation > 0 ? ownerOfIamPath(text, type) : undefined;
  return claim ? { ...claim, incarnation } : NO_CLAIM;
}

/** A claim of ownership as read back from AWS. */
export interface Claim {
  readonly owner: Owner | undefined;
  readonly node: NodeId | undefined;
  /** 0 when it is not said. */
  readonly incarnation: number;
}

/** No claim at all: what a stripped resource says of itself. */
export const NO_CLAIM: Claim = { owner: undefined, node: undefined, incarnation: 0 };

/** What a set of tags claims. Without the complete owner it claims nothing. */
export function claimOf(tags: Readonly<Record<string, string>>): Claim {
  const { [TAG.cluster]: cluster, [TAG.namespace]: namespace, [TAG.name]: name, [TAG.uid]: uid } = tags;
  const role = tags[TAG.role];
  if (!cluster || !namespace || !name || !uid || !role?.includes('/')) return NO_CLAIM;
  const incarnation = Number(tags[TAG.incarnation] ?? 1);
  return {
    owner: { cluster, namespace, name, uid },
    node: role as NodeId,
    incarnation: Number.isSafeInteger(incarnation) ? incarnation : 1,
  };
}

const MARK = /\[scalingtier\.dev (\{.*\})\]$/;

/** A claim as the end of a description, for AWS kinds whose lists return descriptions and no tags. */
export function describeClaim(self: Identity, text: string): string {
  return `${text} [scalingtier.dev ${JSON.stringify({ ...self.owner, role: self.node, incarnation: self.incarnation })}]`;
}

/** Reads a claim back from a description. */
export function claimOfDescription(description: string | undefined): Claim {
  const mark = MARK.exec(description ?? '')?.[1];
  if (!mark) return NO_CLAIM;
  try {
    const { role, incarnation, ...owner } = JSON.parse(mark) as Owner & { role: NodeId; incarnation: number };
    return { owner, node: role, incarnation };
  } catch {
    return NO_CLAIM;
  }
}

/** The text before the claim in a description. */
export function withoutClaim(description: string | undefined): string {
  return (description ?? '').replace(MARK, '').trimEnd();
}

/** Everything that a resource is told about who it is; the same after every restart. `since`: when its create was announced first. */
export function identify(
  owner: Required<Owner>,
  node: NodeId,
  incarnation: number,
  userTags: Readonly<Record<string, string>> = {},
  since = '',
): Identity {
  return {
    node,
    owner,
    incarnation,
    token: sha256(`${owner.cluster}/${owner.uid}/${node}/${incarnation}${since && `/${since}`}`),
    tags: {
      ...userTags,
      [TAG.cluster]: owner.cluster,
      [TAG.namespace]: owner.namespace,
      [TAG.name]: owner.name,
      [TAG.uid]: owner.uid,
      [TAG.role]: node,
      [TAG.incarnation]: String(incarnation),
      Name: displayName(owner, node),
    },
  };
}
