/** Splits the `tags.*` changes of a plan into what services' tag calls take. It must not call AWS: each service has its own call. */
import { TAG } from '../aws/ownership.ts';
import type { Change } from '../core/kind.ts';

/** Tags to write, and keys to take off. */
export interface TagChanges {
  readonly set: { Key: string; Value: string }[];
  readonly unset: string[];
}

const PREFIX = 'tags.';

/** The tag changes of a plan; both lists are empty when it has none. */
export function tagChanges(changes: readonly Change[]): TagChanges {
  const tags = changes
    .filter(({ path }) => path.startsWith(PREFIX))
    .map(({ path, to }) => ({ key: path.slice(PREFIX.length), to }));
  return {
    set: tags.flatMap(({ key, to }) => (typeof to === 'string' ? [{ Key: key, Value: to }] : [])),
    unset: tags.flatMap(({ key, to }) => (typeof to === 'string' ? [] : [key])),
  };
}

/** A record of tags as the list that create calls take. */
export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Whether a plan changes whose a resource is: a description that names its owner must follow. */
export function ownerChanged(changes: readonly Change[]): boolean {
  return changes.some(({ path }) => path === `${PREFIX}${TAG.uid}`);
}

/** The top-level fields that a plan changes, without tags. */
export function fieldsChanged(changes: readonly Change[]): ReadonlySet<string> {
  const paths = changes.map(({ path }) => path).filter((path) => !path.startsWith(PREFIX));
  return new Set(paths.map((path) => path.split('.', 1)[0] ?? path));
}
