/**
 * Records of EC2's describe answers: taken out of the XML, matched against filters, put back. It must not know what a
 * record means.
 */
import { type Params, structures, text, texts } from '../call.ts';
import { child, type Element, itemsOf, textAt, textsAt } from '../xml.ts';
import type { Collection } from './collections.ts';

/** One filter of a call. */
export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** The filters of a call. */
export function filtersOf(params: Params): readonly Filter[] {
  return structures(params, 'Filter').map((filter) => ({
    name: text(filter, 'Name') ?? '',
    values: texts(filter, 'Value'),
  }));
}

/** Whether a value fits one of a filter's values, which may hold `*` and `?`. */
export function fitsValue(value: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    if (!/[*?]/.test(pattern)) return pattern === value;
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(value);
  });
}

/** Tags of a record. */
export function tagsOf(record: Element): ReadonlyMap<string, string> {
  return new Map(itemsOf(record, 'tagSet').map((tag) => [textAt(tag, 'key') ?? '', textAt(tag, 'value') ?? '']));
}

const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Whether a record fits a filter: tags, the collection's own paths, or a child named like the filter. */
export function fitsFilter(collection: Collection, record: Element, { name, values }: Filter): boolean {
  if (name.startsWith('tag:')) {
    const value = tagsOf(record).get(name.slice('tag:'.length));
    return value !== undefined && fitsValue(value, values);
  }
  if (name === 'tag-key') return [...tagsOf(record).keys()].some((key) => fitsValue(key, values));
  return textsAt(record, collection.local[name] ?? [camel(name)]).some((value) => fitsValue(value, values));
}

/** The records of an answer. */
export function recordsOf(collection: Collection, root: Element): readonly Element[] {
  const entries = itemsOf(root, collection.set);
  const { inner } = collection;
  return inner === undefined ? entries : entries.flatMap((entry) => itemsOf(entry, inner));
}

/** Puts the records that are left back into the answer; entries that hold none any more go. */
export function keepRecords(collection: Collection, root: Element, kept: ReadonlySet<Element>): void {
  const set = child(root, collection.set);
  if (!set) return;
  if (collection.inner === undefined) {
    set.children = set.children.filter((entry) => kept.has(entry));
    return;
  }
  for (const entry of set.children) {
    const list = child(entry, collection.inner);
    if (list) list.children = list.children.filter((record) => kept.has(record));
  }
  set.children = set.children.filter((entry) => itemsOf(entry, collection.inner ?? '').length > 0);
}

/** The id of a record. */
export function idOf(collection: Collection, record: Element): string {
  return textAt(record, collection.id) ?? '';
}
