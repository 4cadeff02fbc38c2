/** How what stands in an account is named for people who compare. It must not use the operator's code. */

/** Names of what stands, by sort; a resource without tags counts too. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

/** A tag as nearly all of AWS's services write it. */
interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** What a resource calls itself: its role tag and owner, or its id when it has none. */
export function label(id: string | undefined, tags: readonly Tag[] | undefined): string {
  const value = (key: string): string | undefined => tags?.find((tag) => tag.Key === `scalingtier.dev/${key}`)?.Value;
  return value('role') ? `${value('name')} ${value('role')}` : (id ?? '?');
}

export const sorted = (labels: readonly string[]): readonly string[] => [...labels].sort();

/** Every item of every page. */
export async function all<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => Item[] | undefined,
): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pages) found.push(...(items(page) ?? []));
  return found;
}
