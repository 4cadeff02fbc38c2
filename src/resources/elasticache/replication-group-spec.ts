/** What a cache of nodes is asked to be, and what AWS gives it. Types only. */

export interface ReplicationGroupSpec {
  /** In lower case, at most 40 characters, unique in the account and region. */
  readonly identifier: string;
  readonly description: string;
  /** `redis` may become `valkey`, never the other way. */
  readonly engine: 'valkey' | 'redis';
  /** The major version, `8`: which minor one, and when the next, is AWS's business. */
  readonly engineVersion: string;
  readonly cacheNodeType: string;
  /** Besides the primary, 0 to 5. */
  readonly replicas: number;
  /** Needs a replica and automatic failover. */
  readonly multiAz: boolean;
  /** Needs a replica. */
  readonly automaticFailover: boolean;
  readonly subnetGroupName: string;
  readonly parameterGroupName: string;
  readonly securityGroupIds: readonly string[];
  /** Whether clients may, or must, use TLS. */
  readonly transitEncryption: 'disabled' | 'preferred' | 'required';
  readonly atRestEncryption: boolean;
  /** ARN, as AWS returns it; without it: the service's own key. */
  readonly kmsKeyId?: string;
  /** At most one; they need TLS. */
  readonly userGroupIds: readonly string[];
  /** Days that daily snapshots are kept; 0: there are none. */
  readonly snapshotRetentionLimit: number;
  /** `05:00-06:00`, UTC. */
  readonly snapshotWindow?: string;
  /** `sun:06:00-sun:07:00`, UTC. */
  readonly preferredMaintenanceWindow?: string;
  readonly port: number;
  readonly autoMinorVersionUpgrade: boolean;
  /** How the name of the snapshot starts that is made when it is deleted; none is made without it. */
  readonly finalSnapshotName: string | null;
}

export interface ReplicationGroupAttributes {
  readonly identifier: string;
  readonly arn: string;
  /** Host that takes writes; there is none before AWS has made it. */
  readonly endpoint?: string;
  /** Host that spreads reads over the replicas. */
  readonly readerEndpoint?: string;
  readonly port?: number;
}
