/** Manifests of stage LoadBalanced, and of a network that others built. They must not be judged here. */
import { changed, full, minimal, type Piece } from './manifests.ts';

const ID = '11111111-2222-3333-4444-555555555555';

/** A certificate of a region. */
export const certificate = (region = 'us-east-1', id = ID): string =>
  `arn:aws:acm:${region}:123456789012:certificate/${id}`;

/** The least that the stage asks for. */
export const balancedSpec: Piece = {
  stage: 'LoadBalanced',
  compute: { statelessAcknowledged: true },
  loadBalancer: {
    listeners: [{ port: 443, protocol: 'HTTPS', certificateARNs: [certificate()] }],
  },
};

/** The smallest valid tier of the stage. */
export const balanced: Piece = changed(minimal, { spec: balancedSpec });

/** A VPC that exists. */
export const brought: Piece = {
  vpcID: 'vpc-0123456789abcdef0',
  publicSubnetIDs: ['subnet-0000000000000000a', 'subnet-0000000000000000b'],
  appSubnetIDs: ['subnet-1111111a', 'subnet-1111111b', 'subnet-1111111c'],
  dataSubnetIDs: ['subnet-2222222222222222a', 'subnet-2222222222222222b'],
};

/** Target groups as a manifest may name them. */
export const targetGroups: readonly Piece[] = [
  {
    name: 'web',
    port: 8080,
    protocol: 'HTTP',
    isDefault: true,
    healthCheck: {
      path: '/ready',
      intervalSeconds: 30,
      timeoutSeconds: 10,
      healthyThreshold: 3,
      unhealthyThreshold: 4,
      matcher: '200,204',
    },
    deregistrationDelaySeconds: 30,
    stickiness: true,
    slowStartSeconds: 30,
  },
  {
    name: 'api',
    port: 9443,
    protocol: 'HTTPS',
    isDefault: false,
    healthCheck: {
      intervalSeconds: 5,
      timeoutSeconds: 4,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      matcher: '200-299',
    },
    deregistrationDelaySeconds: 0,
    stickiness: false,
    slowStartSeconds: 0,
  },
];

const loadBalancer: Piece = {
  scheme: 'Internal',
  allowPlaintext: true,
  deletionProtection: false,
  idleTimeoutSeconds: 120,
  accessLogs: { bucketName: 'shop-logs', prefix: 'lb/shop' },
  listeners: [
    {
      port: 80,
      protocol: 'HTTP',
      redirectToHTTPS: true,
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    },
    {
      port: 443,
      protocol: 'HTTPS',
      redirectToHTTPS: false,
      certificateARNs: [certificate(), certificate('us-east-1', ID.replace('5', '6'))],
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06',
    },
  ],
  targetGroups,
  rules: [
    { priority: 100, hosts: ['api.example.com', '*.api.example.com'], paths: ['/v1/*', '/v2/*'], targetGroup: 'api' },
    { priority: 200, hosts: ['example.com'], redirect: { host: 'www.example.com', statusCode: 'Temporary' } },
    {
      priority: 50_000,
      paths: ['/old/*'],
      fixedResponse: { statusCode: 410, contentType: 'text/html', messageBody: '<p>gone</p>' },
    },
  ],
};

const autoScaling: Piece = {
  minSize: 3,
  maxSize: 12,
  healthCheckGraceSeconds: 60,
  warmupSeconds: 0,
  instanceRefresh: { minHealthyPercentage: 90, maxHealthyPercentage: 150, bakeTimeSeconds: 600 },
  policies: [
    { metric: 'CPUUtilization', targetValue: 100, disableScaleIn: true },
    { metric: 'RequestCountPerTarget', targetValue: 1000, disableScaleIn: false, targetGroup: 'api' },
    {
      metric: 'Custom',
      targetValue: 20,
      disableScaleIn: false,
      custom: {
        namespace: 'Shop',
        metricName: 'JobsPerServer',
        statistic: 'Maximum',
        unit: 'Count/Second',
        dimensions: [
          { name: 'Tier', value: 'shop' },
          { name: 'Queue', value: 'mail' },
        ],
      },
    },
  ],
};

const cache: Piece = {
  mode: 'Node',
  engine: 'redis',
  engineVersion: '7',
  nodeType: 'cache.r7g.large',
  replicas: 2,
  multiAZ: true,
  snapshotRetentionDays: 35,
  snapshotWindow: '23:30-00:30',
  maintenanceWindow: 'sun:01:00-sun:02:00',
  passwordRotation: 2,
  kmsKeyARN: 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f2',
};

/** A tier of the stage that sets every field that can be set beside the others. */
export const fullBalanced: Piece = changed(full, {
  spec: {
    ...balancedSpec,
    deletionPolicy: { cache: 'Snapshot', storage: 'Delete' },
    network: { create: { natGateways: 'PerZone' } },
    compute: {
      rootVolume: { encrypted: true },
      appPort: 3000,
      healthPath: '/health?deep=1',
      statelessAcknowledged: true,
      statelessProbe: { command: '/usr/local/bin/probe', timeoutSeconds: 60 },
      desiredInstances: 4,
      autoScaling,
    },
    loadBalancer,
    cache,
    storage: {
      bucketName: 'shop-uploads',
      uploadsPrefix: 'shop/uploads/',
      versioning: false,
      noncurrentExpirationDays: 7,
      kmsKeyARN: 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f3',
      corsAllowedOrigins: ['https://www.example.com', 'http://localhost:3000', '*'],
    },
  },
});

/** The same in a VPC that exists, and with a cache without nodes. */
export const fullBrought: Piece = changed(fullBalanced, {
  spec: {
    transition: { dataMigration: { method: 'DumpRestore' } },
    network: {
      mode: 'BringYourOwn',
      byo: {
        ...brought,
        securityGroupIDs: {
          app: 'sg-0123456789abcdef0',
          database: 'sg-0123456789abcdef1',
          cache: 'sg-0123456789abcdef2',
          loadBalancer: 'sg-01234567',
        },
      },
    },
    cache: {
      mode: 'Serverless',
      nodeType: null,
      replicas: null,
      multiAZ: null,
      maintenanceWindow: null,
      maxDataGB: 100,
      maxECPUPerSecond: 50_000,
    },
  },
});
