/**
 * Words in place of what differs from life to life: ids, names, addresses, digests, versions and times. They are told by their form, and the
 * tier's own by its status; no kind is named. Pure.
 */
import type { TierObject } from '../../sandbox/scene.ts';

/** Where a life takes place. */
export interface Place {
  readonly namespace: string;
  readonly accountID: string;
}

/** Puts words into a text. */
export type Words = (text: string) => string;

/** In this order: what an earlier one has taken is no other's. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, '<time>'],
  [/\b[a-z]{1,10}-[0-9a-f]{8,17}\b/g, '<id>'],
  [/\b[a-z]{1,10}-[A-Z2-7]{26}\b/g, '<id>'],
  [/\b([0-9a-f]{8}|[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\b/g, '<hash>'],
  [/\b\d{1,3}(\.\d{1,3}){3}\b(?!\/)/g, '<address>'],
  // A number behind the name of a resource counts what it has been.
  [/(?<=<[a-z0-9.-]+\/[\w./-]+>):\d+\b/g, ':<version>'],
];

/** The words of one life; without its tier, nothing is known of what its ids stand for. */
export function wordsOf({ namespace, accountID }: Place, tier: TierObject | undefined): Words {
  const placeless = (text: string): string =>
    text.replaceAll(namespace, '<namespace>').replaceAll(accountID, '<account>');
  const roles = (tier?.status.resources ?? []).flatMap(({ role, id }) =>
    id ? [[placeless(id), `<${role}>`] as const] : [],
  );
  // The longest first, because one id may begin like another.
  const byLength = roles.toSorted(([a], [b]) => b.length - a.length);
  return (text) => {
    const named = byLength.reduce((plain, [id, word]) => plain.replaceAll(id, word), placeless(text));
    return FORMS.reduce((plain, [form, word]) => plain.replace(form, word), named);
  };
}
