/**
 * Reads a whole collection in pages. It answers completely or throws: part of a list must never pass for all of it.
 */
import type { KubeApi } from './api.ts';

/** What every object of the API server has. */
export interface KubeObject {
  readonly metadata: ObjectMetadata;
}

/** Metadata as the API server sends it. */
export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
  readonly managedFields?: readonly ManagedFields[];
}

/** Who has written what of an object, and when a value of it changed last. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  /** RFC 3339, in seconds. */
  readonly time?: string;
}

/** A collection at one moment. */
export interface Listing<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** Where a watch has to start. */
  readonly version: string;
}

/** What to list. */
export interface ListOptions<T> {
  readonly path: string;
  readonly accept: string;
  readonly pageSize: number;
  readonly signal: AbortSignal;
  /** Keeps of an object what is needed; called page by page, so that no page outlives the next. */
  compact(object: KubeObject): T;
  /** Called when a page has come in. */
  onPage(): void;
}

interface Page {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly KubeObject[] | null;
}

const PAGE_TIMEOUT = 60_000;

/** The key of an object: `namespace/name`. */
export function keyOf(metadata: { readonly namespace?: string; readonly name: string }): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Every object of the collection, from the same moment; fails with 410 when that moment was forgotten in between. */
export async function listAll<T>(api: KubeApi, options: ListOptions<T>): Promise<Listing<T>> {
  const objects = new Map<string, T>();
  let next: string | undefined;
  for (;;) {
    const page: Page = await api.call<Page>({
      method: 'GET',
      path: options.path,
      query: { limit: options.pageSize, continue: next },
      accept: options.accept,
      timeoutMilliseconds: PAGE_TIMEOUT,
      signal: options.signal,
    });
    for (const item of page.items ?? []) objects.set(keyOf(item.metadata), options.compact(item));
    options.onPage();
    next = page.metadata.continue || undefined;
    const version = page.metadata.resourceVersion;
    if (next === undefined) {
      if (version === undefined) throw new Error(`list ${options.path}: the answer has no resourceVersion`);
      return { objects, version };
    }
  }
}
