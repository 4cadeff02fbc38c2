/** A cache as AWS shows it, and whoever is to change it; for tests that need no AWS. */
import { type CacheCluster, ElastiCacheClient, type ReplicationGroup } from '@aws-sdk/client-elasticache';
import type { Aws, Live } from '../../../src/aws/driver.ts';
import { identify } from '../../../src/aws/ownership.ts';
import { ownedOf, type Reading } from '../../../src/resources/elasticache/replication-group-reading.ts';
import type {
  ReplicationGroupAttributes,
  ReplicationGroupSpec,
} from '../../../src/resources/elasticache/replication-group-spec.ts';

export const NOW = new Date('2026-11-29T12:00:00Z');

export const self = identify(
  { cluster: 'test', namespace: 'shop', name: 'web', uid: '5d1f-22' },
  'elasticache.replication-group/cache',
  1,
);

export const node = (id: string, more: Partial<CacheCluster> = {}): CacheCluster => ({
  CacheClusterId: id,
  CacheClusterStatus: 'available',
  CacheNodeType: 'cache.t4g.small',
  Engine: 'valkey',
  EngineVersion: '8.0.1',
  CacheSubnetGroupName: 'st-web-csg',
  CacheParameterGroup: { CacheParameterGroupName: 'st-web-p', ParameterApplyStatus: 'in-sync' },
  SecurityGroups: [{ SecurityGroupId: 'sg-1', Status: 'active' }],
  ...more,
});

export const group = (more: Partial<ReplicationGroup> = {}): ReplicationGroup => ({
  ReplicationGroupId: 'st-web-c',
  ARN: 'arn:aws:elasticache:us-east-1:123456789012:replicationgroup:st-web-c',
  Description: 'by hand',
  Status: 'available',
  MemberClusters: ['c-001', 'c-002'],
  NodeGroups: [
    {
      NodeGroupId: '0001',
      Status: 'available',
      PrimaryEndpoint: { Address: 'primary', Port: 6379 },
      ReaderEndpoint: { Address: 'reader', Port: 6379 },
      NodeGroupMembers: [{ CacheClusterId: 'c-001' }, { CacheClusterId: 'c-002' }],
    },
  ],
  AutomaticFailover: 'enabled',
  MultiAZ: 'enabled',
  CacheNodeType: 'cache.t4g.small',
  TransitEncryptionEnabled: true,
  TransitEncryptionMode: 'required',
  AtRestEncryptionEnabled: true,
  ...more,
});

export const reading = (more: Partial<Reading> = {}): Reading => ({
  group: group(),
  clusters: [node('c-001'), node('c-002')],
  tags: {},
  now: NOW,
  ...more,
});

export const live = (
  more: Partial<ReplicationGroupSpec> = {},
): Live<ReplicationGroupSpec, ReplicationGroupAttributes> => {
  const owned = ownedOf(reading());
  return { ...owned, spec: { ...owned.spec, ...more }, self };
};

/** What is asked of AWS: the names of the calls and their input. */
export interface Asked {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Readonly<Record<string, unknown>>;
}

/** AWS that takes everything, and answers each call as said here, or with nothing. */
export function silentAws(answers: Readonly<Record<string, object>> = {}): {
  readonly aws: Aws;
  readonly asked: readonly Asked[];
} {
  const asked: Asked[] = [];
  const send = async (command: Command): Promise<object> => {
    const name = command.constructor.name.replace(/Command$/, '');
    asked.push({ name, input: command.input });
    const answer = answers[name] ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  };
  // Paginators want a client of the SDK's own.
  const elastiCache = Object.assign(new ElastiCacheClient({ region: 'us-east-1' }), { send });
  const aws = {
    region: 'us-east-1',
    accountID: '123456789012',
    partition: 'aws',
    elastiCache,
    secretsManager: { send },
  };
  return { aws: aws as unknown as Aws, asked };
}
