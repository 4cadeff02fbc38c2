/** Changes to a tier of stage LoadBalanced, and to one in a network that others built. */
import type { Change } from './changes.ts';
import { changed, type Piece } from './manifests.ts';
import { balancedSpec, brought } from './manifests-load-balanced.ts';
import { standing } from './statuses.ts';

const key = (digit: string) => `arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f${digit}`;
const balanced = (piece: Piece = {}): Piece => changed(balancedSpec, piece);
const cache = (section: Piece | null): Piece => ({ cache: section });
const storage = (section: Piece | null): Piece => ({ storage: section });
const byo = (piece: Piece = {}): Piece => ({ network: { mode: 'BringYourOwn', byo: changed(brought, piece) } });
const subnets = (list: string): readonly string[] => brought[list] as readonly string[];

const SCHEME = 'spec.loadBalancer.scheme cannot change';
const MODE = 'spec.cache.mode cannot change: the two kinds of cache';
const ENGINE = 'spec.cache.engine cannot change but from redis to valkey';
const BACK = 'spec.cache.engineVersion may rise but not go back';
const BUCKET = 'spec.storage.bucketName cannot change: a bucket has one name';
const cacheKey = 'spec.cache.kmsKeyARN is decided at creation';
const storageKey = 'spec.storage.kmsKeyARN is decided at creation';
const NETWORK = 'spec.network.mode cannot change; create another ScalingTier';

const lists: readonly Change[] = ['publicSubnetIDs', 'appSubnetIDs', 'dataSubnetIDs'].flatMap((list) => {
  const says = `spec.network.byo.${list} may grow at its end; keep the subnets that are there`;
  const [first = '', ...others] = subnets(list);
  const another = 'subnet-33333333';
  return [
    { name: `another subnet in ${list}`, before: byo(), after: byo({ [list]: [another, ...others] }), says },
    {
      name: `a subnet before the others of ${list}`,
      before: byo(),
      after: byo({ [list]: [another, first, ...others] }),
      says,
    },
    { name: `${list} in another order`, before: byo(), after: byo({ [list]: [...others, first] }), says },
    {
      name: `a subnet less in ${list}`,
      before: byo({ [list]: [first, ...others, another] }),
      after: byo({ [list]: [first, ...others] }),
      says,
    },
  ];
});

const plain = { port: 80, protocol: 'HTTP' };
const ruled = (first: number, count: number): Piece => ({
  loadBalancer: {
    allowPlaintext: true,
    listeners: [plain],
    rules: Array.from({ length: count }, (_, at) => ({ priority: first + at, paths: ['/a'], targetGroup: 'web' })),
  },
});
const reached = (first: number, count: number): Piece => ({
  network: { allowedCIDRs: Array.from({ length: count }, (_, at) => `203.0.113.${first + at}/32`) },
  loadBalancer: {
    allowPlaintext: true,
    listeners: [80, 81, 82].map((port) => ({ ...plain, port })),
  },
});

/** Every change that must be refused. */
export const REFUSED_LOAD_BALANCED_CHANGES: readonly Change[] = [
  {
    name: 'no NAT gateway any more',
    before: balanced({ network: { create: { natGateways: 'PerZone' } } }),
    after: { network: { create: { natGateways: null } } },
    says: 'spec.network.create.natGateways cannot go back to None',
  },
  {
    name: 'sixty rules in the place of sixty others',
    before: balanced(ruled(1, 60)),
    after: ruled(101, 60),
    says: 'spec.loadBalancer.rules cannot be exchanged at once',
  },
  {
    name: 'twenty blocks in the place of twenty others, at three listeners',
    before: balanced(reached(1, 20)),
    after: reached(101, 20),
    says: 'spec.network.allowedCIDRs cannot be exchanged at once',
  },
  {
    name: 'an internal load balancer in the place of a public one',
    before: balanced(),
    after: { loadBalancer: { scheme: 'Internal' } },
    says: SCHEME,
  },
  {
    name: 'no scheme any more of an internal load balancer',
    before: balanced({ loadBalancer: { scheme: 'Internal' } }),
    after: { loadBalancer: { scheme: null } },
    says: SCHEME,
  },
  {
    name: 'a cache without nodes in the place of an absent section',
    before: balanced(),
    after: cache({ mode: 'Serverless' }),
    says: MODE,
  },
  {
    name: 'a section taken out with its cache without nodes',
    before: balanced(cache({ mode: 'Serverless' })),
    after: cache(null),
    says: MODE,
  },
  {
    name: 'redis in the place of an absent section',
    before: balanced(),
    after: cache({ engine: 'redis', engineVersion: '7' }),
    says: ENGINE,
  },
  {
    name: 'redis in the place of valkey',
    before: balanced(cache({ engineVersion: '7' })),
    after: cache({ engine: 'redis' }),
    says: ENGINE,
  },
  { name: 'an earlier valkey than the default', before: balanced(), after: cache({ engineVersion: '7' }), says: BACK },
  {
    name: 'a section taken out with a later valkey',
    before: balanced(cache({ engineVersion: '9' })),
    after: cache(null),
    says: BACK,
  },
  {
    name: 'an earlier redis than the default',
    before: balanced(cache({ engine: 'redis' })),
    after: cache({ engineVersion: '6' }),
    says: BACK,
  },
  { name: 'a key for a cache that stands', before: balanced(), after: cache({ kmsKeyARN: key('0') }), says: cacheKey },
  {
    name: 'another key of a cache',
    before: balanced(cache({ kmsKeyARN: key('0') })),
    after: cache({ kmsKeyARN: key('1') }),
    says: cacheKey,
  },
  {
    name: 'a section taken out with the key of a cache',
    before: balanced(cache({ kmsKeyARN: key('0') })),
    after: cache(null),
    says: cacheKey,
  },
  { name: 'a name for a bucket that stands', before: balanced(), after: storage({ bucketName: 'abc' }), says: BUCKET },
  {
    name: 'another bucket',
    before: balanced(storage({ bucketName: 'abc' })),
    after: storage({ bucketName: 'abd' }),
    says: BUCKET,
  },
  {
    name: 'no name of a bucket any more',
    before: balanced(storage({ bucketName: 'abc' })),
    after: storage({ bucketName: null }),
    says: BUCKET,
  },
  {
    name: 'a key for a bucket that stands',
    before: balanced(),
    after: storage({ kmsKeyARN: key('0') }),
    says: storageKey,
  },
  {
    name: 'a section taken out with the key of a bucket',
    before: balanced(storage({ kmsKeyARN: key('0') })),
    after: storage(null),
    says: storageKey,
  },
  {
    name: 'servers that are not said to be stateless any more',
    before: balanced(),
    after: { compute: { statelessAcknowledged: null } },
    says: 'spec.stage LoadBalanced needs spec.compute.statelessAcknowledged: true',
  },
  {
    name: 'fewer servers at most than are wanted',
    before: balanced({ compute: { desiredInstances: 4 } }),
    after: { compute: { autoScaling: { maxSize: 3 } } },
    says: 'spec.compute.desiredInstances must lie between minSize and maxSize',
  },
  {
    name: 'the loss of a bucket chosen later and not confirmed',
    before: balanced(),
    after: { deletionPolicy: { storage: 'Delete' } },
    says: 'spec.deletionPolicy.storage Delete needs spec.deletionPolicy.confirmDataLoss',
  },
  { name: 'a network of others for a tier that has its own', before: {}, after: byo(), says: NETWORK },
  {
    name: 'a network of its own for a tier in one of others',
    before: byo(),
    after: { network: { mode: 'Create', byo: null } },
    says: NETWORK,
  },
  {
    name: 'another VPC',
    before: byo(),
    after: byo({ vpcID: 'vpc-01234567' }),
    says: 'spec.network.byo.vpcID cannot change; create another ScalingTier for another VPC',
  },
  ...lists,
];

/** Every kind of change that must go through. */
export const ACCEPTED_LOAD_BALANCED_CHANGES: readonly Change[] = [
  {
    name: 'sections with what is the default',
    before: balanced(),
    after: {
      loadBalancer: { scheme: 'InternetFacing' },
      cache: { engineVersion: '8', mode: 'Node', engine: 'valkey' },
      storage: {},
      compute: { autoScaling: {} },
    },
  },
  {
    name: 'sections taken out that say the default',
    before: balanced({ cache: { engineVersion: '8', replicas: 0 }, storage: {}, compute: { autoScaling: {} } }),
    after: { cache: null, storage: null, compute: { autoScaling: null } },
  },
  { name: 'a later valkey', before: balanced(), after: cache({ engineVersion: '10' }) },
  {
    name: 'valkey in the place of redis, of the same major version',
    before: balanced(cache({ engine: 'redis' })),
    after: cache({ engine: 'valkey', engineVersion: '7' }),
  },
  {
    name: 'an absent section in the place of redis',
    before: balanced(cache({ engine: 'redis' })),
    after: cache(null),
  },
  {
    name: 'larger nodes, more of them, and a new password',
    before: balanced(),
    after: cache({ nodeType: 'cache.r7g.large', replicas: 5, passwordRotation: 1 }),
  },
  {
    name: 'another prefix, and no versions',
    before: balanced(storage({ bucketName: 'abc', kmsKeyARN: key('0') })),
    after: storage({ uploadsPrefix: 'files/', versioning: false }),
  },
  { name: 'as many servers as someone asks for', before: balanced(), after: { compute: { desiredInstances: 3 } } },
  {
    name: 'no number of servers any more',
    before: balanced({ compute: { desiredInstances: 3 } }),
    after: { compute: { desiredInstances: null } },
  },
  {
    name: 'another port, other listeners and NAT gateways of a tier that stands',
    before: balanced(),
    after: {
      compute: { appPort: 3000 },
      network: { create: { natGateways: 'Single' } },
      loadBalancer: { allowPlaintext: true, listeners: [{ port: 8080, protocol: 'HTTP' }] },
    },
    status: standing,
  },
  {
    name: 'the loss of a bucket chosen later and confirmed',
    before: balanced(),
    after: { deletionPolicy: { storage: 'Delete', confirmDataLoss: 'shop' } },
  },
  {
    name: 'forty rules in the place of forty others, and ten blocks in the place of ten others',
    before: balanced(changed(reached(1, 10), ruled(1, 40))),
    after: changed(reached(101, 10), ruled(101, 40)),
  },
  {
    name: 'a NAT gateway in each zone in the place of one',
    before: balanced({ network: { create: { natGateways: 'Single' } } }),
    after: { network: { create: { natGateways: 'PerZone' } } },
  },
  {
    name: 'further subnets',
    before: byo(),
    after: byo({
      publicSubnetIDs: [...subnets('publicSubnetIDs'), 'subnet-33333333'],
      appSubnetIDs: [...subnets('appSubnetIDs'), 'subnet-44444444', 'subnet-55555555', 'subnet-66666666'],
    }),
  },
  {
    name: 'a security group of their own for servers in a network of others',
    before: byo(),
    after: byo({ securityGroupIDs: { app: 'sg-01234567' } }),
    status: standing,
  },
];
