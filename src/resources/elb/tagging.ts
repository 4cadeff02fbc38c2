/**
 * What all load balancing kinds share: pages, tags, and whose a thing is. Lists filter by nothing that says whose a thing is
 * and return no tags; those come twenty at a time. What names show not to be ours is left out before anybody asks for them.
 */
import {
  AddTagsCommand,
  DescribeTagsCommand,
  RemoveTagsCommand,
  type TagDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import pLimit from 'p-limit';
import type { Aws, Scope } from '../../aws/driver.ts';
import { type Claim, claimOf, ownerHash } from '../../aws/ownership.ts';
import type { Change } from '../../core/kind.ts';
import { tagRecord } from '../ec2/tagging.ts';
import { inBatches, readExisting } from '../existing.ts';
import { inScope } from '../scope.ts';
import { tagChanges } from '../tag-changes.ts';

/** The most that a list has on one page. */
export const PAGE = 400;

/** ARNs in one call that names them; AWS says so of tags, and takes no more of others either. */
const ARNS = 20;

/** Calls of one reading that are under way at once. */
const PARALLEL = 4;

/** The start of every `uniqueName`. */
const NAME_START = 'st-';

/** What a resource says of itself by its tags. */
export type Tagged = Claim & { readonly tags: Readonly<Record<string, string>> };

/** Does the same for each of many, a few at a time, and answers in their order. */
export async function each<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const limit = pLimit(PARALLEL);
  return Promise.all(items.map((item) => limit(() => work(item))));
}

/** Reads by ARN, in calls of as many as AWS takes; what does not exist is left out. */
export async function byArn<Item>(
  arns: readonly string[],
  read: (arns: string[]) => Promise<readonly Item[] | undefined>,
): Promise<readonly Item[]> {
  return (await each(inBatches(arns, ARNS), (batch) => readExisting(batch, ARNS, read))).flat();
}

/** The tags of each of these, as far as they exist. */
export async function tagsOf(aws: Aws, arns: readonly string[]): Promise<ReadonlyMap<string, Tagged>> {
  const described = await byArn<TagDescription>(arns, async (ResourceArns) => {
    const { TagDescriptions } = await aws.elb.send(new DescribeTagsCommand({ ResourceArns }));
    return TagDescriptions;
  });
  return new Map(
    described.map(({ ResourceArn = '', Tags }) => {
      const tags = tagRecord(Tags);
      return [ResourceArn, { ...claimOf(tags), tags }];
    }),
  );
}

/** Whether a thing of this name can be of the scope: its tags need not be asked for otherwise. */
export function mayBeIn(scope: Scope, name: string): boolean {
  if (scope.by === 'ids') return true;
  if (scope.by === 'cluster') return name.startsWith(NAME_START);
  return scope.owners.some((owner) => name.includes(`-${ownerHash(owner)}-`));
}

/** Those of a page that are in the scope, each with what its tags say. What went away meanwhile is left out. */
export async function ofScope<Item>(
  aws: Aws,
  scope: Scope,
  items: readonly Item[],
  arnOf: (item: Item) => string | undefined,
): Promise<readonly (readonly [Item, Tagged])[]> {
  const tags = await tagsOf(
    aws,
    items.flatMap((item) => arnOf(item) ?? []),
  );
  return items.flatMap((item) => {
    const tagged = tags.get(arnOf(item) ?? '');
    return tagged && inScope(scope, tagged.owner) ? [[item, tagged] as const] : [];
  });
}

/** Brings the `tags.*` changes of a plan to AWS, with `more` that is to be remembered; does nothing when there are none. */
export async function retag(
  aws: Aws,
  arn: string,
  changes: readonly Change[],
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { set, unset } = tagChanges(changes);
  const Tags = [...set, ...Object.entries(more).map(([Key, Value]) => ({ Key, Value }))];
  const ResourceArns = [arn];
  if (Tags.length > 0) await aws.elb.send(new AddTagsCommand({ ResourceArns, Tags }));
  if (unset.length > 0) await aws.elb.send(new RemoveTagsCommand({ ResourceArns, TagKeys: unset }));
}

/** Attributes as AWS's calls take them: names and texts. */
export function attributeList(attributes: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
}

/** Attributes as AWS answers them: numbers and switches are texts, whoever wrote them. */
export function attributeRecord(
  attributes: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Readonly<Record<string, string>> {
  const text = (value: string): string => (/^(true|false)$/i.test(value) ? value.toLowerCase() : value);
  return Object.fromEntries(attributes.flatMap(({ Key, Value = '' }) => (Key ? [[Key, text(Value)]] : [])));
}

/** The part of an ARN by which metrics name a resource: what follows this sort of it. */
export function nameInMetrics(arn: string, sort: 'loadbalancer/' | 'targetgroup/'): string {
  const [, rest = ''] = arn.split(`:${sort}`);
  return sort === 'loadbalancer/' ? rest : `${sort}${rest}`;
}
