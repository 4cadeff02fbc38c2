/**
 * A bucket and its configuration, part by part, one after the other: AWS refuses two at a time. It is never emptied, so that
 * one which holds anything is kept whatever is asked; in `us-east-1` making one's own bucket again would reset its access
 * control lists, so its name is looked up before.
 */
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3';
import { type Aws, type Live, resource } from '../../aws/driver.ts';
import { classify } from '../../aws/errors.ts';
import type { Change } from '../../core/kind.ts';
import { gone } from '../ec2/tagging.ts';
import { ifExists } from '../existing.ts';
import { fieldsChanged, tagChanges, tagList } from '../tag-changes.ts';
import { attributesOf, claims, isEmpty, placeOf, readBuckets } from './bucket-reading.ts';
import type { BucketAttributes, BucketSpec } from './bucket-spec.ts';
import { PARTS } from './parts.ts';

export type { BucketAttributes, BucketSpec, CorsRule } from './bucket-spec.ts';

/** The only region that must not be named when a bucket is made there. */
const UNNAMED_REGION = 'us-east-1';

/** Failures of a look that say nothing against asking for the bucket: then AWS's answer to that counts. */
const INCONCLUSIVE: ReadonlySet<string> = new Set(['throttled', 'transient', 'ambiguous', 'fenced']);

/** Whether the account has a bucket of that name already. A stranger's is refused when it is asked for. */
async function isOurs(aws: Aws, name: string): Promise<boolean> {
  try {
    await aws.s3.send(new HeadBucketCommand(placeOf(aws, name)));
    return true;
  } catch (error) {
    if (INCONCLUSIVE.has(classify(error).class)) throw error;
    return false;
  }
}

const refusal = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** All tags are written at once: those of others, and AWS's own, are written again as they are. */
async function retag(aws: Aws, name: string, changes: readonly Change[]): Promise<void> {
  const { set, unset } = tagChanges(changes);
  if (set.length + unset.length === 0) return;
  const { TagSet = [] } = (await ifExists(aws.s3.send(new GetBucketTaggingCommand(placeOf(aws, name))))) ?? {};
  const changed = new Set([...unset, ...set.map(({ Key }) => Key)]);
  const kept = TagSet.filter(({ Key }) => Key !== undefined && !changed.has(Key));
  claims.forget(aws.s3, name);
  await aws.s3.send(new PutBucketTaggingCommand({ ...placeOf(aws, name), Tagging: { TagSet: [...kept, ...set] } }));
}

/** What came in since it was looked at. */
async function refuseIfFull(aws: Aws, { id }: Live<BucketSpec, BucketAttributes>): Promise<void> {
  if (await isEmpty(aws, id)) return;
  throw refusal(
    'BucketNotEmpty',
    `delete bucket ${id}: it holds objects or versions of objects and stays; empty it, or set spec.deletionPolicy.storage to Retain`,
  );
}

export const Bucket = resource<BucketSpec, BucketAttributes>({
  type: 's3.bucket',
  rules: { name: 'replace', region: 'replace' },
  stateful: true,
  settle: 0,

  observe: readBuckets,

  // New buckets are private and encrypted from the start; what else is asked is left to the next pass, so that no error can lose it.
  async create(aws, self, spec) {
    const { name } = spec;
    if (await isOurs(aws, name))
      throw refusal('BucketAlreadyOwnedByYou', `create bucket ${name}: the account has a bucket of that name`);
    await aws.s3.send(
      new CreateBucketCommand({
        Bucket: name,
        ObjectOwnership: spec.objectOwnership,
        CreateBucketConfiguration: {
          ...(spec.region === UNNAMED_REGION ? {} : { LocationConstraint: spec.region as BucketLocationConstraint }),
          Tags: tagList(self.tags),
        },
      }),
    );
    claims.learn(aws.s3, name, self.tags);
    return { id: name, attributes: attributesOf(aws, name) };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    const fields = fieldsChanged(changes);
    for (const [key, part] of Object.entries(PARTS)) {
      if (fields.has(key)) await part.write(aws, placeOf(aws, live.id), spec);
    }
  },

  async delete(aws, live) {
    await refuseIfFull(aws, live);
    claims.forget(aws.s3, live.id);
    await gone(aws.s3.send(new DeleteBucketCommand(placeOf(aws, live.id))));
  },
});
