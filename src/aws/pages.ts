/**
 * What AWS answers page by page, so that whoever keeps little of each page never holds all of them. It knows no service.
 */

/** Everything, for those who want few things or need them side by side. */
export async function allOf<Item>(pages: AsyncIterable<readonly Item[]>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

/** Every page changed into another, one after the other. */
export async function* eachPage<From, To>(
  pages: AsyncIterable<readonly From[]>,
  change: (page: readonly From[]) => readonly To[] | Promise<readonly To[]>,
): AsyncIterable<readonly To[]> {
  for await (const page of pages) yield await change(page);
}
