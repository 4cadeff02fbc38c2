/**
 * How buckets are found. Their list says names and nothing else: a sweep asks for each one's tags once and looks no deeper;
 * fresh readings ask for everything. The list has only what belongs to the account. It must not write.
 */
import {
  type Bucket as Description,
  GetBucketTaggingCommand,
  ListObjectVersionsCommand,
  paginateListBuckets,
} from '@aws-sdk/client-s3';
import type { Aws, Scope } from '../../aws/driver.ts';
import { ownerHash } from '../../aws/ownership.ts';
import type { Owned } from '../../core/kind.ts';
import { claimMemory } from '../claim-memory.ts';
import { tagRecord } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { inScope } from '../scope.ts';
import type { BucketAttributes, BucketSpec } from './bucket-spec.ts';
import { PARTS, type Place } from './parts.ts';

/** The start of every `uniqueName`. */
const NAME_START = 'st-';

const PAGE = 1000;

type Observed = Owned<BucketSpec, BucketAttributes>;

/** Claims of buckets by name. */
export const claims = claimMemory();

/** Names that users chose do not start as ours do: they are known once they were made or found by id. */
function mayBeOurs(aws: Aws, scope: Scope): (name: string) => boolean {
  if (scope.by === 'ids') return (name) => scope.ids.includes(name);
  const known = claims.claiming(aws.s3);
  const isKnown = (name: string): boolean => inScope(scope, known.get(name)?.owner);
  if (scope.by === 'cluster') return (name) => name.startsWith(NAME_START) || isKnown(name);
  const hashes = scope.owners.map((owner) => `-${ownerHash(owner)}-`);
  return (name) => isKnown(name) || (name.startsWith(NAME_START) && hashes.some((hash) => name.includes(hash)));
}

/** What must be listed to see everything of a scope: as little as the list can be asked for. */
function prefixesOf(aws: Aws, scope: Scope): readonly (string | undefined)[] {
  if (scope.by === 'ids') return scope.ids;
  const isOnlyOurs = [...claims.claiming(aws.s3).keys()].every((name) => name.startsWith(NAME_START));
  return [isOnlyOurs ? NAME_START : undefined];
}

async function* listed(aws: Aws, scope: Scope): AsyncIterable<readonly string[]> {
  const isOurs = mayBeOurs(aws, scope);
  const seen = new Set<string>();
  for (const Prefix of prefixesOf(aws, scope)) {
    const pages = paginateListBuckets({ client: aws.s3, pageSize: PAGE }, { Prefix, BucketRegion: aws.region });
    for await (const { Buckets = [] } of pages) {
      const names = namesIn(Buckets).filter((name) => !seen.has(name));
      for (const name of names) seen.add(name);
      yield names.filter(isOurs);
    }
  }
  if (scope.by === 'cluster') claims.keepOnly(aws.s3, seen);
}

const namesIn = (buckets: readonly Description[]): readonly string[] => buckets.flatMap(({ Name }) => Name ?? []);

/** What a bucket is called from outside. */
export function attributesOf(aws: Aws, name: string): BucketAttributes {
  const suffix = aws.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return {
    name,
    arn: `arn:${aws.partition}:s3:::${name}`,
    domainName: `${name}.s3.${aws.region}.${suffix}`,
  };
}

/** Whose bucket a call is about: our own account's, or it is refused. */
export function placeOf(aws: Aws, Bucket: string): Place {
  return { Bucket, ExpectedBucketOwner: aws.accountID };
}

/** A bucket without tags is told from one that is gone by the list alone: AWS has an error for both. */
export async function tagsOf(aws: Aws, name: string): Promise<Readonly<Record<string, string>>> {
  const answer = await ifExists(aws.s3.send(new GetBucketTaggingCommand(placeOf(aws, name))));
  return tagRecord(answer?.TagSet);
}

function bare(aws: Aws, name: string): Omit<Observed, 'owner' | 'node' | 'incarnation'> {
  return {
    id: name,
    spec: { name, region: aws.region },
    attributes: attributesOf(aws, name),
    health: { state: 'active', phase: 'ready' },
  };
}

async function swept(aws: Aws, name: string): Promise<Observed> {
  return { ...bare(aws, name), ...(await claims.ask(aws.s3, name, () => tagsOf(aws, name))) };
}

async function partsOf(aws: Aws, name: string): Promise<Observed['spec']> {
  const read = await Promise.all(
    Object.entries(PARTS).map(async ([key, part]) => [key, await part.read(aws, placeOf(aws, name))] as const),
  );
  return Object.fromEntries(read) as Observed['spec'];
}

/** Versions and delete markers count as well as objects. */
export async function isEmpty(aws: Aws, name: string): Promise<boolean> {
  const list = new ListObjectVersionsCommand({ ...placeOf(aws, name), MaxKeys: 1 });
  const { Versions = [], DeleteMarkers = [] } = (await ifExists(aws.s3.send(list))) ?? {};
  return Versions.length === 0 && DeleteMarkers.length === 0;
}

const HOLDS = 'objects or versions of objects; empty it, or set spec.deletionPolicy.storage to Retain';

async function fresh(aws: Aws, scope: Scope, name: string): Promise<readonly Observed[]> {
  const tags = await tagsOf(aws, name);
  const claim = claims.learn(aws.s3, name, tags);
  if (!inScope(scope, claim.owner)) return [];
  const { spec, ...rest } = bare(aws, name);
  const holds = (await isEmpty(aws, name)) ? {} : { holds: HOLDS };
  return [{ ...rest, ...claim, spec: { ...spec, ...(await partsOf(aws, name)) }, tags, ...holds }];
}

/** All buckets in a scope. */
export async function* readBuckets(aws: Aws, scope: Scope): AsyncIterable<readonly Observed[]> {
  for await (const names of listed(aws, scope)) {
    if (scope.by !== 'cluster') yield (await Promise.all(names.map((name) => fresh(aws, scope, name)))).flat();
    else {
      const found: Observed[] = [];
      // One after the other: nobody waits for a sweep.
      for (const name of names) found.push(await swept(aws, name));
      yield found.filter(({ owner }) => inScope(scope, owner));
    }
  }
}
