/** What a database is asked to be; apart from the kind, so that its reading and its changes can name it too. */

/** One primary database. Names are lower case: RDS keeps them so. */
export interface DBInstanceSpec {
  readonly identifier: string;
  readonly engine: string;
  /** A major version or a version: the lowest that is wanted. RDS raises the minor one by itself and never goes back. */
  readonly engineVersion: string;
  /** Changing it interrupts the database, for a minute or so when it is Multi-AZ. */
  readonly instanceClass: string;
  /** GiB. */
  readonly allocatedStorage: number;
  /** GiB up to which RDS may grow the storage by itself; 0: it may not. */
  readonly maxAllocatedStorage?: number;
  readonly storageType: string;
  /** Of gp3 with less than 400 GiB neither this nor the throughput can be chosen. */
  readonly iops?: number;
  /** MiB per second. */
  readonly storageThroughput?: number;
  readonly storageEncrypted: boolean;
  /** ARN, as AWS returns it; without it: the account's default key. */
  readonly kmsKeyId?: string;
  readonly databaseName: string;
  /** Of its creation: another one would restart the database at once, whatever the maintenance window. */
  readonly port: number;
  readonly masterUsername: string;
  /** The secret with the password; none when RDS manages it. */
  readonly masterSecretArn?: string;
  /** The version of the secret whose password is in force. */
  readonly masterSecretVersion?: string;
  /** Whether RDS makes, keeps and rotates the password: then it refuses read replicas. */
  readonly manageMasterUserPassword: boolean;
  readonly subnetGroupName: string;
  readonly securityGroupIds: readonly string[];
  readonly parameterGroupName: string;
  /** A static parameter is in force only after a reboot; without this field, rebooting is somebody else's business. */
  readonly parameterApplyStatus?: 'in-sync' | 'pending-reboot';
  readonly multiAz: boolean;
  readonly publiclyAccessible: boolean;
  /** Days; never 0, because turning backups on and off interrupts the database. */
  readonly backupRetentionPeriod: number;
  /** `03:00-04:00`, UTC. */
  readonly preferredBackupWindow?: string;
  /** `sun:04:30-sun:05:30`, UTC. */
  readonly preferredMaintenanceWindow?: string;
  readonly deletionProtection: boolean;
  readonly autoMinorVersionUpgrade: boolean;
  readonly performanceInsights?: boolean;
  readonly enabledLogExports: readonly string[];
  readonly caCertificateIdentifier?: string;
  readonly copyTagsToSnapshot: boolean;
  /** `false`: changes that can wait for the maintenance window do. Default: at once. */
  readonly applyImmediately?: boolean;
}

/** What RDS gives a database. */
export interface DBInstanceAttributes {
  readonly identifier: string;
  readonly arn: string;
  /** Of this very database: another one of the same name has another. */
  readonly resourceId: string;
  /** Engine and major version in force, as `familyName` writes them: what replicas follow when the primary is upgraded. */
  readonly engineFamily: string;
  /** Host name; known once the database has been built. */
  readonly endpoint?: string;
  readonly port?: number;
  /** The secret that RDS manages. */
  readonly masterSecretArn?: string;
  /** The version of our secret whose password was set last. */
  readonly masterSecretVersion?: string;
  /** Until when at least it can be restored to any moment, to the hour: RDS moves it every five minutes. */
  readonly latestRestorableTime?: string;
}

/** A copy of a primary that follows it and takes reads. Storage, subnets, engine and password are its source's. */
export interface ReadReplicaSpec {
  readonly identifier: string;
  readonly sourceIdentifier: string;
  readonly instanceClass: string;
  readonly multiAz: boolean;
  readonly parameterGroupName: string;
  readonly parameterApplyStatus?: 'in-sync' | 'pending-reboot';
  readonly securityGroupIds: readonly string[];
  readonly publiclyAccessible: boolean;
  readonly autoMinorVersionUpgrade: boolean;
  readonly deletionProtection: boolean;
  readonly copyTagsToSnapshot: boolean;
  readonly preferredMaintenanceWindow?: string;
  readonly performanceInsights?: boolean;
  readonly enabledLogExports?: readonly string[];
  readonly caCertificateIdentifier?: string;
  readonly applyImmediately?: boolean;
}

/** What RDS gives a replica. */
export interface ReadReplicaAttributes {
  readonly identifier: string;
  readonly arn: string;
  readonly endpoint?: string;
  readonly port?: number;
}

/** Tag with the version of the secret whose password was set: RDS does not say which password it has. */
export const PASSWORD_TAG = 'scalingtier.dev/password-version';

/** Tag with the engine version that was asked for: the one in force may be a later one. */
export const ENGINE_TAG = 'scalingtier.dev/engine-version';

/** Tag with the names of the values that were last to be changed at once: what else is pending, nobody here asked for. */
export const APPLYING_TAG = 'scalingtier.dev/applying';
