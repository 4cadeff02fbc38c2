/** The bucket for what users upload: private, encrypted, versioned. What lies in it is theirs, so it is kept unless somebody says otherwise. */
import { STORAGE_DEFAULTS } from '../../api/defaults.ts';
import type { StorageSpec, TierSpec } from '../../api/types.ts';
import type { Facts } from '../../core/facts.ts';
import type { GraphBuilder, Handle } from '../../core/graph.ts';
import { uniqueName } from '../../core/names.ts';
import type { PolicyStatement } from '../../resources/iam/policy.ts';
import { Bucket, type BucketAttributes } from '../../resources/s3/bucket.ts';

const BUCKET_NAME = 63;
const ABORT_DAYS = 7;
const CORS_SECONDS = 3000;

/** The bucket, and what others must know of it. */
export interface Storage {
  readonly bucket: Handle<BucketAttributes>;
  readonly prefix: string;
  /** What lets a server use it. */
  readonly statements: readonly PolicyStatement[];
}

/** Objects below the prefix, and the list of them; nothing else of the bucket. */
function statementsOf(
  { partition }: Facts,
  name: string,
  { uploadsPrefix, kmsKeyARN }: StorageSpec,
): readonly PolicyStatement[] {
  const arn = `arn:${partition}:s3:::${name}`;
  return [
    {
      Effect: 'Allow',
      Action: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'],
      Resource: `${arn}/${uploadsPrefix}*`,
    },
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: arn,
      Condition: { StringLike: { 's3:prefix': `${uploadsPrefix}*` } },
    },
    ...(kmsKeyARN === undefined
      ? []
      : [{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: kmsKeyARN } as const]),
  ];
}

/** What a browser needs to upload to and read from the bucket by signed addresses. */
const corsOf = ({ corsAllowedOrigins = [] }: StorageSpec) =>
  corsAllowedOrigins.length === 0
    ? []
    : [
        {
          allowedOrigins: corsAllowedOrigins,
          allowedMethods: ['GET', 'HEAD', 'POST', 'PUT'] as const,
          allowedHeaders: ['*'],
          exposeHeaders: ['ETag'],
          maxAgeSeconds: CORS_SECONDS,
        },
      ];

/** Adds the bucket. */
export function storage(g: GraphBuilder, spec: TierSpec, facts: Facts): Storage {
  const wanted = spec.storage ?? STORAGE_DEFAULTS;
  const { kmsKeyARN, uploadsPrefix: prefix, versioning, noncurrentExpirationDays } = wanted;
  const name = wanted.bucketName ?? uniqueName(facts.owner, 'uploads', BUCKET_NAME);
  const bucket = g.add(
    Bucket,
    'uploads',
    {
      name,
      region: facts.region,
      objectOwnership: 'BucketOwnerEnforced',
      blockPublicAccess: true,
      encryption:
        kmsKeyARN === undefined
          ? { sseAlgorithm: 'AES256', kmsKeyArn: null }
          : { sseAlgorithm: 'aws:kms', kmsKeyArn: kmsKeyARN },
      versioning,
      lifecycle: { abortMultipartDays: ABORT_DAYS, noncurrentDays: versioning ? noncurrentExpirationDays : null },
      cors: corsOf(wanted),
      denyInsecureTransport: true,
    },
    { end: spec.deletionPolicy.storage ?? 'Retain' },
  );
  return { bucket, prefix, statements: statementsOf(facts, name, wanted) };
}
