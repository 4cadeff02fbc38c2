/** The buckets of one AWS account of the sandbox, as a person sees them. It must not use the operator's code. */
import { GetBucketTaggingCommand, paginateListBuckets, type S3Client } from '@aws-sdk/client-s3';
import { all, type Inventory, label, sorted } from './account-labels.ts';

/** All of the client's region. A bucket without tags answers with an error. */
export async function bucketInventory(client: S3Client): Promise<Inventory> {
  const BucketRegion = await client.config.region();
  const buckets = await all(paginateListBuckets({ client }, { BucketRegion }), ({ Buckets }) => Buckets);
  const labels = buckets.map(async ({ Name: Bucket = '' }) => {
    const { TagSet } = await client.send(new GetBucketTaggingCommand({ Bucket })).catch(() => ({ TagSet: [] }));
    return label(Bucket, TagSet);
  });
  return { bucket: sorted(await Promise.all(labels)) };
}
