/**
 * What all EC2 kinds share: tags in the create call, tag and id filters for reads, and bringing tags right afterwards.
 * EC2 answers filters (not id lists) with whatever exists, so one id that is gone never fails a batch.
 */
import { CreateTagsCommand, DeleteTagsCommand, type Filter, type ResourceType, type Tag } from '@aws-sdk/client-ec2';
import type { Aws, Identity, Scope } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import { type Claim, claimOf, TAG } from '../../aws/ownership.ts';
import type { Change } from '../../core/kind.ts';
import { inBatches } from '../existing.ts';

/** A page is held in memory as a whole; above so many records it saves hardly any calls. */
export const PAGE = 300;

/** The same of records that say several times as much as others. */
export const PAGE_OF_LARGE = 100;

/** EC2 takes at most 200 values in one filter. */
const VALUES = 200;

/** The filters of a scope, one set for each describe call that it takes; `idFilter` is EC2's name of the id, `vpc-id`. */
export function filtersOf(scope: Scope, idFilter: string): readonly Filter[][] {
  if (scope.by === 'cluster') return [[{ Name: `tag:${TAG.cluster}`, Values: [scope.cluster] }]];
  if (scope.by === 'ids') return inBatches(scope.ids, VALUES).map((Values) => [{ Name: idFilter, Values }]);
  return inBatches(scope.owners, VALUES).map((owners) => [
    { Name: `tag:${TAG.cluster}`, Values: [...new Set(owners.map((owner) => owner.cluster))] },
    { Name: `tag:${TAG.namespace}`, Values: [...new Set(owners.map((owner) => owner.namespace))] },
    { Name: `tag:${TAG.name}`, Values: [...new Set(owners.map((owner) => owner.name))] },
  ]);
}

/**
 * Reads every page of every filter set of a scope: `pages` is one of the SDK's paginators, `items` makes what is wanted of a
 * page. Of AWS's answer, which is several times larger, nothing stays beyond its page.
 */
export async function* readPages<Page, Item>(
  scope: Scope,
  idFilter: string,
  pages: (filters: Filter[]) => AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined | Promise<readonly Item[]>,
): AsyncIterable<readonly Item[]> {
  for (const filters of filtersOf(scope, idFilter)) {
    for await (const page of pages(filters)) yield (await items(page)) ?? [];
  }
}

/** EC2's tag list as a record, without AWS's own. */
export function tagRecord(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (tags ?? []).flatMap(({ Key, Value }) => (Key && !Key.startsWith('aws:') ? [[Key, Value ?? '']] : [])),
  );
}

/** Claim and tags of an EC2 resource, to be spread into an `Owned`. */
export function claimed(tags: readonly Tag[] | undefined): Claim & { readonly tags: Readonly<Record<string, string>> } {
  const record = tagRecord(tags);
  return { ...claimOf(record), tags: record };
}

const tagList = (tags: Readonly<Record<string, string>>): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** `TagSpecifications` of a create call: a resource that exists for a moment without tags could never be found again. */
export function tagSpecification(type: ResourceType, self: Identity): [{ ResourceType: ResourceType; Tags: Tag[] }] {
  return [{ ResourceType: type, Tags: tagList(self.tags) }];
}

/** Whether a claim is for a node of this kind, or for none: some kinds share one sort of EC2 resource. */
export function isOfKind(type: string, { node }: Claim): boolean {
  return node === undefined || node.startsWith(`${type}/`);
}

/** Brings the `tags.*` changes of a plan to AWS; does nothing when there are none. */
export async function retag(aws: Aws, id: string | readonly string[], changes: readonly Change[]): Promise<void> {
  const Resources = [id].flat();
  if (Resources.length === 0) return;
  const tags = changes.filter((change) => change.path.startsWith('tags.'));
  const key = (change: Change): string => change.path.slice('tags.'.length);
  const set = tags.filter((change) => typeof change.to === 'string');
  const unset = tags.filter((change) => typeof change.to !== 'string');
  if (set.length > 0) {
    const Tags = set.map((change) => ({ Key: key(change), Value: String(change.to) }));
    await aws.ec2.send(new CreateTagsCommand({ Resources, Tags }));
  }
  if (unset.length > 0) {
    await aws.ec2.send(new DeleteTagsCommand({ Resources, Tags: unset.map((change) => ({ Key: key(change) })) }));
  }
}

/** The paths of a plan's changes that are not tags. */
export function fieldsOf(changes: readonly Change[]): readonly string[] {
  return changes.filter((change) => !change.path.startsWith('tags.')).map((change) => change.path);
}

/** Awaits a delete; an answer that the resource does not exist is success. */
export async function gone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (classify(error).class !== 'notFound') throw error;
  }
}
