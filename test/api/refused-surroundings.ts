/** Manifests that must be refused for their cache, their bucket, or a network that others built. */
import { changed, type Piece, tier } from './manifests.ts';
import { balancedSpec, brought } from './manifests-load-balanced.ts';
import type { Refused } from './refused.ts';

const balanced = (name: string, spec: Piece, says: string): Refused => ({
  name,
  manifest: tier(changed(balancedSpec, spec)),
  says,
});
const cache = (name: string, section: Piece, says = `spec.cache.${Object.keys(section)[0]}`): Refused =>
  balanced(name, { cache: section }, says);
const key = 'arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
const overlap = (snapshotWindow: string, maintenanceWindow: string): Refused =>
  cache(
    `the windows ${snapshotWindow} and ${maintenanceWindow} of a cache`,
    { snapshotWindow, maintenanceWindow },
    'spec.cache.snapshotWindow and maintenanceWindow must not overlap',
  );
const nodesOnly = (field: string, value: unknown): Refused =>
  cache(
    `${field} of a cache without nodes`,
    { mode: 'Serverless', [field]: value },
    `spec.cache.${field} has no effect with mode Serverless; take it out or choose mode Node`,
  );
const serverlessOnly = (field: string, value: unknown): Refused =>
  cache(
    `${field} of a cache with nodes`,
    { [field]: value },
    `spec.cache.${field} has no effect with mode Node; take it out or choose mode Serverless`,
  );
const version = (engine: string, engineVersion: string): Refused =>
  cache(
    `version ${engineVersion} of ${engine}`,
    { engine, engineVersion },
    'spec.cache.engineVersion must be a major version of spec.cache.engine',
  );

const caches: readonly Refused[] = [
  cache('an unknown mode of a cache', { mode: 'Cluster' }),
  cache('an unknown engine of a cache', { engine: 'memcached' }),
  cache('a minor version of a cache', { engineVersion: '7.1' }),
  version('valkey', '6'),
  version('redis', '8'),
  version('redis', '5'),
  cache('a type of EC2 for a cache', { nodeType: 't4g.small' }),
  cache('six replicas of a cache', { replicas: 6 }),
  cache(
    'several zones without a replica',
    { replicas: 0, multiAZ: true },
    'spec.cache.multiAZ needs spec.cache.replicas of at least 1',
  ),
  cache('36 days of snapshots of a cache', { snapshotRetentionDays: 36 }),
  cache('a snapshot window on a day', { snapshotWindow: 'sun:03:00-sun:04:00' }),
  cache('a maintenance window of a cache without a day', { maintenanceWindow: '03:00-04:00' }),
  cache(
    'a snapshot window of 59 minutes',
    { snapshotWindow: '23:30-00:29' },
    'spec.cache.snapshotWindow must last at least 60',
  ),
  cache(
    'a maintenance window of 59 minutes',
    { maintenanceWindow: 'sun:23:30-mon:00:29' },
    'spec.cache.maintenanceWindow must last at least 60',
  ),
  overlap('03:00-04:00', 'sun:03:59-sun:04:59'),
  overlap('23:30-00:30', 'tue:00:29-tue:01:29'),
  nodesOnly('nodeType', 'cache.t4g.small'),
  nodesOnly('replicas', 1),
  nodesOnly('multiAZ', false),
  nodesOnly('maintenanceWindow', 'sun:01:00-sun:02:00'),
  serverlessOnly('maxDataGB', 10),
  serverlessOnly('maxECPUPerSecond', 1000),
  cache('no data at all', { maxDataGB: 0, mode: 'Serverless' }),
  cache('999 processing units', { maxECPUPerSecond: 999, mode: 'Serverless' }),
  cache('a password of a cache taken back', { passwordRotation: -1 }),
  cache(
    'a key of another region for a cache',
    { kmsKeyARN: key },
    'spec.cache.kmsKeyARN must name a key of the region',
  ),
];

const storage = (name: string, section: Piece, says = `spec.storage.${Object.keys(section)[0]}`): Refused =>
  balanced(name, { storage: section }, says);

const buckets: readonly Refused[] = [
  storage('a bucket with a dot', { bucketName: 'shop.uploads' }),
  storage('a bucket of two letters', { bucketName: 'ab' }),
  storage('a bucket of 64 letters', { bucketName: 'a'.repeat(64) }),
  storage('a bucket in capitals', { bucketName: 'Shop-uploads' }),
  storage('a prefix without a slash at its end', { uploadsPrefix: 'uploads' }),
  storage('a prefix with a slash before it', { uploadsPrefix: '/uploads/' }),
  storage('a prefix with a star', { uploadsPrefix: '*/' }),
  storage('versions kept for no day', { noncurrentExpirationDays: 0 }),
  storage('an origin with a path', { corsAllowedOrigins: ['https://www.example.com/'] }),
  storage(
    'an origin twice',
    { corsAllowedOrigins: ['*', '*'] },
    'spec.storage.corsAllowedOrigins must not name the same entry twice',
  ),
  storage('21 origins', {
    corsAllowedOrigins: Array.from({ length: 21 }, (_, index) => `https://w${index}.example.com`),
  }),
  storage(
    'a key of another region for a bucket',
    { kmsKeyARN: key },
    'spec.storage.kmsKeyARN must name a key of the region',
  ),
];

const BYO = 'spec.network.byo';
const network = (name: string, piece: Piece, says: string): Refused => ({
  name,
  manifest: tier({ network: piece }),
  says,
});
const byo = (name: string, piece: Piece, says = `${BYO}.${Object.keys(piece)[0]}`): Refused =>
  network(name, { mode: 'BringYourOwn', byo: changed(brought, piece) }, says);
const subnet = (index: number) => `subnet-0000000${index}`;
const early = (group: string, stages: readonly string[], says: string): readonly Refused[] =>
  stages.map((stage) => ({
    name: `a security group for ${group} in stage ${stage}`,
    manifest: tier({
      stage,
      network: { mode: 'BringYourOwn', byo: { ...brought, securityGroupIDs: { [group]: 'sg-01234567' } } },
    }),
    says: `${BYO}.securityGroupIDs.${group} has no effect in stage ${says}`,
  }));

const networks: readonly Refused[] = [
  network(
    'a network of others that is not said',
    { mode: 'BringYourOwn' },
    `${BYO} has no effect with mode Create; take it out or choose mode BringYourOwn`,
  ),
  network(
    'a network of others beside one of its own',
    { byo: brought },
    `${BYO} has no effect with mode Create; take it out or choose mode BringYourOwn`,
  ),
  byo('no VPC', { vpcID: null }),
  byo('a VPC that is a subnet', { vpcID: 'subnet-01234567' }),
  byo('no public subnets', { publicSubnetIDs: null }),
  byo('no subnets for servers', { appSubnetIDs: null }),
  byo('no subnets for data', { dataSubnetIDs: null }),
  byo('one public subnet', { publicSubnetIDs: [subnet(1)] }),
  byo('seven public subnets', { publicSubnetIDs: [1, 2, 3, 4, 5, 6, 7].map(subnet) }),
  byo('a subnet that is a zone', { dataSubnetIDs: ['us-east-1a', 'us-east-1b'] }),
  ...['publicSubnetIDs', 'appSubnetIDs', 'dataSubnetIDs'].map((list) =>
    byo(`a subnet twice in ${list}`, { [list]: [subnet(1), subnet(1)] }, `${BYO}.${list} must not name the same entry`),
  ),
  byo('a security group by its name', { securityGroupIDs: { app: 'default' } }),
  ...early('database', ['SingleServer'], 'SingleServer; take it out'),
  ...early('cache', ['SingleServer', 'SeparateDatabase'], 'SingleServer or SeparateDatabase; take it out'),
  ...early('loadBalancer', ['SingleServer', 'SeparateDatabase'], 'SingleServer or SeparateDatabase; take it out'),
];

/** Every bad manifest about caches, buckets and networks of others. */
export const REFUSED_SURROUNDINGS: readonly Refused[] = [...caches, ...buckets, ...networks];
