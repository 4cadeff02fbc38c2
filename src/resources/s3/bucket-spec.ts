/** What a bucket is asked to be, and what AWS gives it. Types only. */
import type { CORSRule } from '@aws-sdk/client-s3';

/** Which web pages may use the bucket from a browser. */
export interface CorsRule {
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly NonNullable<CORSRule['AllowedMethods']>[number][];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number;
}

export interface BucketSpec {
  /** A `uniqueName` of at most 63 characters, or the user's own: unique among all accounts. */
  readonly name: string;
  readonly region: string;
  /** Who writes an object owns it unless the bucket does; without access control lists it does. */
  readonly objectOwnership: 'BucketOwnerEnforced';
  /** All four blocks, or not all. */
  readonly blockPublicAccess: boolean;
  readonly encryption: {
    readonly sseAlgorithm: 'AES256' | 'aws:kms';
    /** ARN; `null` with `AES256`. */
    readonly kmsKeyArn: string | null;
  };
  /** Off means suspended once it was on: AWS knows no way back. */
  readonly versioning: boolean;
  readonly lifecycle: {
    /** Days after which parts of an upload that never ended are removed. */
    readonly abortMultipartDays: number;
    /** Days that replaced versions are kept; `null`: for ever. */
    readonly noncurrentDays: number | null;
  };
  readonly cors: readonly CorsRule[];
  /** Whether requests without TLS are refused. */
  readonly denyInsecureTransport: boolean;
}

export interface BucketAttributes {
  readonly name: string;
  readonly arn: string;
  /** Host of the bucket in its region. */
  readonly domainName: string;
}
