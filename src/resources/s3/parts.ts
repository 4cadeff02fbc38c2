/**
 * The parts of a bucket's configuration: each is read and written by calls of its own, and "absent" is an error there, not an
 * empty answer. Bucket tags, rules and statements of others are kept. It must not decide which parts differ.
 */
import {
  DeleteBucketCorsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import type { Aws } from '../../aws/driver.ts';
import { ifExists } from '../existing.ts';
import type { BucketSpec, CorsRule } from './bucket-spec.ts';
import { hasRules, lifecycleOf, withRules } from './lifecycle.ts';
import { deniesInsecure, withDenial } from './transport-policy.ts';

/** Whose bucket, as every call says it: a name that changed hands is refused. */
export interface Place {
  readonly Bucket: string;
  readonly ExpectedBucketOwner: string;
}

/** One part. */
export interface Part<K extends keyof BucketSpec> {
  read(aws: Aws, place: Place): Promise<BucketSpec[K] | null>;
  write(aws: Aws, place: Place, spec: BucketSpec): Promise<void>;
}

type Parts = { readonly [K in Exclude<keyof BucketSpec, 'name' | 'region'>]: Part<K> };

const BLOCKED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
} as const;

const blockPublicAccess: Part<'blockPublicAccess'> = {
  async read(aws, place) {
    const answer = await ifExists(aws.s3.send(new GetPublicAccessBlockCommand(place)));
    const blocks = Object.keys(BLOCKED) as (keyof typeof BLOCKED)[];
    return blocks.every((block) => answer?.PublicAccessBlockConfiguration?.[block] === true);
  },
  async write(aws, place, spec) {
    if (!spec.blockPublicAccess) await aws.s3.send(new DeletePublicAccessBlockCommand(place));
    else await aws.s3.send(new PutPublicAccessBlockCommand({ ...place, PublicAccessBlockConfiguration: BLOCKED }));
  },
};

const objectOwnership: Part<'objectOwnership'> = {
  async read(aws, place) {
    const answer = await ifExists(aws.s3.send(new GetBucketOwnershipControlsCommand(place)));
    return (answer?.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? null) as BucketSpec['objectOwnership'] | null;
  },
  async write(aws, place, { objectOwnership: ObjectOwnership }) {
    const OwnershipControls = { Rules: [{ ObjectOwnership }] };
    await aws.s3.send(new PutBucketOwnershipControlsCommand({ ...place, OwnershipControls }));
  },
};

const encryption: Part<'encryption'> = {
  async read(aws, place) {
    const answer = await ifExists(aws.s3.send(new GetBucketEncryptionCommand(place)));
    const rule = answer?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
    if (!rule?.SSEAlgorithm) return null;
    const sseAlgorithm = rule.SSEAlgorithm as BucketSpec['encryption']['sseAlgorithm'];
    return { sseAlgorithm, kmsKeyArn: rule.KMSMasterKeyID ?? null };
  },
  async write(aws, place, { encryption: { sseAlgorithm, kmsKeyArn } }) {
    const isOwnKey = kmsKeyArn !== null;
    const ApplyServerSideEncryptionByDefault = {
      SSEAlgorithm: sseAlgorithm,
      ...(isOwnKey ? { KMSMasterKeyID: kmsKeyArn } : {}),
    };
    // With a key of one's own, one data key for the bucket saves most calls to KMS.
    const Rules = [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: sseAlgorithm === 'aws:kms' }];
    await aws.s3.send(new PutBucketEncryptionCommand({ ...place, ServerSideEncryptionConfiguration: { Rules } }));
  },
};

const versioning: Part<'versioning'> = {
  async read(aws, place) {
    return (await ifExists(aws.s3.send(new GetBucketVersioningCommand(place))))?.Status === 'Enabled';
  },
  async write(aws, place, spec) {
    const Status = spec.versioning ? 'Enabled' : 'Suspended';
    await aws.s3.send(new PutBucketVersioningCommand({ ...place, VersioningConfiguration: { Status } }));
  },
};

const lifecycle: Part<'lifecycle'> = {
  async read(aws, place) {
    const answer = await ifExists(aws.s3.send(new GetBucketLifecycleConfigurationCommand(place)));
    return hasRules(answer?.Rules) ? lifecycleOf(answer?.Rules ?? []) : null;
  },
  async write(aws, place, spec) {
    const before = await ifExists(aws.s3.send(new GetBucketLifecycleConfigurationCommand(place)));
    await aws.s3.send(
      new PutBucketLifecycleConfigurationCommand({
        ...place,
        LifecycleConfiguration: { Rules: withRules(before?.Rules ?? [], spec.lifecycle) },
        // Left out, it would become what AWS takes by default today.
        TransitionDefaultMinimumObjectSize: before?.TransitionDefaultMinimumObjectSize,
      }),
    );
  },
};

const cors: Part<'cors'> = {
  async read(aws, place) {
    const { CORSRules = [] } = (await ifExists(aws.s3.send(new GetBucketCorsCommand(place)))) ?? {};
    return CORSRules.map((rule) => ({
      allowedOrigins: rule.AllowedOrigins ?? [],
      allowedMethods: (rule.AllowedMethods ?? []) as CorsRule['allowedMethods'],
      allowedHeaders: rule.AllowedHeaders ?? [],
      exposeHeaders: rule.ExposeHeaders ?? [],
      maxAgeSeconds: rule.MaxAgeSeconds ?? 0,
    }));
  },
  async write(aws, place, spec) {
    if (spec.cors.length === 0) {
      await aws.s3.send(new DeleteBucketCorsCommand(place));
      return;
    }
    const CORSRules = spec.cors.map((rule) => ({
      AllowedOrigins: [...rule.allowedOrigins],
      AllowedMethods: [...rule.allowedMethods],
      AllowedHeaders: [...rule.allowedHeaders],
      ExposeHeaders: [...rule.exposeHeaders],
      MaxAgeSeconds: rule.maxAgeSeconds,
    }));
    await aws.s3.send(new PutBucketCorsCommand({ ...place, CORSConfiguration: { CORSRules } }));
  },
};

const policyOf = async (aws: Aws, place: Place): Promise<string | undefined> =>
  (await ifExists(aws.s3.send(new GetBucketPolicyCommand(place))))?.Policy;

const denyInsecureTransport: Part<'denyInsecureTransport'> = {
  async read(aws, place) {
    return deniesInsecure(await policyOf(aws, place), aws.partition, place.Bucket);
  },
  async write(aws, place, spec) {
    const before = await policyOf(aws, place);
    const policy = withDenial(before, aws.partition, place.Bucket, spec.denyInsecureTransport);
    if (policy !== undefined) await aws.s3.send(new PutBucketPolicyCommand({ ...place, Policy: policy }));
    else if (before !== undefined) await aws.s3.send(new DeleteBucketPolicyCommand(place));
  },
};

/** All parts, in the order in which they are written: what protects comes first. */
export const PARTS: Parts = {
  blockPublicAccess,
  objectOwnership,
  encryption,
  versioning,
  lifecycle,
  cors,
  denyInsecureTransport,
};
