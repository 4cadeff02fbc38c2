/**
 * The four verbs by which one kind of AWS resource is reached. None waits for AWS to finish, all are idempotent: doing
 * one twice equals doing it once. This file holds types only.
 */
import type { ACMClient } from '@aws-sdk/client-acm';
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { Route53Client } from '@aws-sdk/client-route-53';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Change, Kind, Owned, Owner } from '../core/kind.ts';
import type { NodeId } from '../core/ref.ts';

/** Clients of one account and region. Writes are tried once, reads thrice; every call is metered and fenced. */
export interface Aws {
  readonly region: string;
  readonly accountID: string;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  readonly cloudwatch: CloudWatchClient;
  readonly rds: RDSClient;
  readonly secretsManager: SecretsManagerClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly autoScaling: AutoScalingClient;
  readonly elastiCache: ElastiCacheClient;
  readonly s3: S3Client;
  readonly acm: ACMClient;
  readonly route53: Route53Client;
  readonly serviceQuotas: ServiceQuotasClient;
}

/**
 * How much to read.
 * - `cluster`: everything that this operator installation owns in the region (the sweep)
 * - `tiers`: everything of these tiers (fresh, before a create, replace or delete)
 * - `ids`: these ids, whether or not they still carry our tags. An id that does not exist is left out, never an error.
 */
export type Scope =
  | { readonly by: 'cluster'; readonly cluster: string }
  | { readonly by: 'tiers'; readonly owners: readonly Owner[] }
  | { readonly by: 'ids'; readonly ids: readonly string[] };

/** Who a resource is to be: decided before it exists, the same after every restart. */
export interface Identity {
  readonly node: NodeId;
  readonly owner: Required<Owner>;
  /** Rises each time that the node gets a new resource in place of an old one. */
  readonly incarnation: number;
  /**
   * Idempotency token, 64 hexadecimal characters: SHA-256 over cluster, uid, node and incarnation, and when its create was announced
   * first. AWS remembers a token longer than what was made with it.
   */
  readonly token: string;
  /** The tags that it must carry: ours, the user's and `Name`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What a verb on an existing resource gets: what was observed, and who it is to be. */
export interface Live<S extends object, A extends object> extends Owned<S, A> {
  readonly self: Identity;
}

/** What `create` gives back: the id, and the attributes known so far. */
export interface Created<A extends object> {
  readonly id: string;
  readonly attributes: A;
  /** Of a kind that is `prompt`: nothing is to be waited for. */
  readonly final?: boolean;
}

/** The four verbs. Errors of the SDK pass through unwrapped: `classify` reads them. */
export interface Driver<S extends object, A extends object> {
  /**
   * All of this kind within the scope, page by page: it ends after the last one, or throws, and then nothing counts.
   * Strangers' resources are left out.
   */
  observe(aws: Aws, scope: Scope): AsyncIterable<readonly Owned<S, A>[]>;
  create(aws: Aws, self: Identity, spec: S): Promise<Created<A>>;
  /**
   * Brings the changed paths to `spec`. Paths `tags.*` are among them when tags differ. A kind that is `prompt` may answer with
   * the attributes that hold from now on, when nothing is to be waited for.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most kinds have no answer, and say so by returning nothing
  update(aws: Aws, live: Live<S, A>, spec: S, changes: readonly Change[]): Promise<A | void>;
  /** An absent resource is success. Ends protection first where AWS has one. */
  delete(aws: Aws, live: Live<S, A>): Promise<void>;
}

/** A kind together with its verbs. */
export type Resource<S extends object = object, A extends object = object> = Kind<S, A> & Driver<S, A>;

/** Any resource, for lists and maps that do not care which. */
// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous list of kinds has no common spec; only the kind itself reads it
export type AnyResource = Resource<any, any>;

/** Declares a resource; exists so that spec and attributes are written once, as type arguments. */
export function resource<S extends object, A extends object>(definition: Resource<S, A>): Resource<S, A> {
  return definition;
}
