/** AWS as a list of answers to RDS and Secrets Manager calls, with what was asked; no network, no sandbox. */
import { type DBInstance as Description, RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Aws } from '../../../src/aws/driver.ts';
import { identify } from '../../../src/aws/ownership.ts';
import type { NodeId } from '../../../src/core/ref.ts';
import type { DBInstanceSpec } from '../../../src/resources/rds/instance.ts';
import { clientsOf } from '../clients.ts';

/** One call: the operation and what it said. */
export interface Asked {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

type Answer = object | Error | ((input: Readonly<Record<string, unknown>>) => object);

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Readonly<Record<string, unknown>>;
}

/** Answers by operation; an operation without one answers with nothing. */
export function fakeAws(answers: Readonly<Record<string, Answer>> = {}) {
  const asked: Asked[] = [];
  const send = (command: Command): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    asked.push({ operation, input: command.input });
    const answer = answers[operation] ?? {};
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(typeof answer === 'function' ? answer(command.input) : answer);
  };
  const options = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const aws = {
    region: 'us-east-1',
    accountID: '123456789012',
    partition: 'aws',
    ...clientsOf(options),
    rds: Object.assign(new RDSClient(options), { send }),
    secretsManager: Object.assign(new SecretsManagerClient(options), { send }),
  } as unknown as Aws;
  const writes = (): readonly Asked[] => asked.filter(({ operation }) => !/^(Describe|List|Get)/.test(operation));
  return {
    aws,
    asked,
    writes,
    /** The one call of an operation, as it was made. */
    callOf: (operation: string): Readonly<Record<string, unknown>> | undefined =>
      asked.find((call) => call.operation === operation)?.input,
  };
}

/** An error as the SDK throws it. */
export const awsError = (name: string, message = name): Error => Object.assign(new Error(message), { name });

export const OWNER = { cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f' };

/** Who a node of the test's tier is. */
export const self = (node: NodeId) => identify(OWNER, node, 1);

/** Tags as RDS lists them. */
export const tagsOf = (node: NodeId, more: Readonly<Record<string, string>> = {}) =>
  Object.entries({ ...self(node).tags, ...more }).map(([Key, Value]) => ({ Key, Value }));

/** The tags that keep what RDS does not. */
export const MEMORY = {
  'scalingtier.dev/password-version': 'version-1',
  'scalingtier.dev/engine-version': '17',
} as const;

/** A primary at rest, as RDS describes it; `other` is how it differs. */
export function described(other: Partial<Description> = {}, memory: Readonly<Record<string, string>> = MEMORY) {
  return {
    DBInstanceIdentifier: 'st-web-db',
    DBInstanceArn: 'arn:aws:rds:us-east-1:123456789012:db:st-web-db',
    DbiResourceId: 'db-ONE',
    DBInstanceStatus: 'available',
    Engine: 'postgres',
    EngineVersion: '17.4',
    DBInstanceClass: 'db.m7g.large',
    AllocatedStorage: 100,
    MaxAllocatedStorage: 400,
    StorageType: 'gp3',
    Iops: 3000,
    StorageThroughput: 125,
    StorageEncrypted: true,
    KmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/1',
    DBName: 'shop',
    MasterUsername: 'appadmin',
    DBSubnetGroup: { DBSubnetGroupName: 'st-web-subnets' },
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1', Status: 'active' }],
    DBParameterGroups: [{ DBParameterGroupName: 'st-web-postgres17', ParameterApplyStatus: 'in-sync' }],
    MultiAZ: true,
    AvailabilityZone: 'us-east-1a',
    SecondaryAvailabilityZone: 'us-east-1b',
    PubliclyAccessible: false,
    BackupRetentionPeriod: 7,
    PreferredBackupWindow: '03:00-04:00',
    PreferredMaintenanceWindow: 'sun:04:30-sun:05:30',
    DeletionProtection: true,
    AutoMinorVersionUpgrade: true,
    PerformanceInsightsEnabled: false,
    EnabledCloudwatchLogsExports: ['postgresql'],
    CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    CopyTagsToSnapshot: true,
    Endpoint: { Address: 'st-web-db.abc.us-east-1.rds.amazonaws.com', Port: 5432 },
    PendingModifiedValues: {},
    TagList: tagsOf('rds.instance/primary', memory),
    ...other,
  } satisfies Description;
}

/** What that database was asked to be. */
export const SPEC: DBInstanceSpec = {
  identifier: 'st-web-db',
  engine: 'postgres',
  engineVersion: '17',
  instanceClass: 'db.m7g.large',
  allocatedStorage: 100,
  maxAllocatedStorage: 400,
  storageType: 'gp3',
  storageEncrypted: true,
  databaseName: 'shop',
  port: 5432,
  masterUsername: 'appadmin',
  masterSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:master-AbCdEf',
  masterSecretVersion: 'version-1',
  manageMasterUserPassword: false,
  subnetGroupName: 'st-web-subnets',
  securityGroupIds: ['sg-1'],
  parameterGroupName: 'st-web-postgres17',
  parameterApplyStatus: 'in-sync',
  multiAz: true,
  publiclyAccessible: false,
  backupRetentionPeriod: 7,
  preferredBackupWindow: '03:00-04:00',
  preferredMaintenanceWindow: 'sun:04:30-sun:05:30',
  deletionProtection: true,
  autoMinorVersionUpgrade: true,
  performanceInsights: false,
  enabledLogExports: ['postgresql'],
  caCertificateIdentifier: 'rds-ca-rsa2048-g1',
  copyTagsToSnapshot: true,
};
