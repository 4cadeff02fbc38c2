/** Tiers of the third stage for its tests: one with few wishes, one with nearly all there are, and what they can be changed to. */
import { withDefaults } from '../../src/api/defaults.ts';
import type { TierSpec, TierSpecInput } from '../../src/api/types.ts';
import type { Facts } from '../../src/core/facts.ts';
import { factsOf, type StagedTier } from './tiers.ts';

/** A certificate by its last digit. */
export const certificate = (digit: number): string =>
  `arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-55555555555${digit}`;

const HTTP = { port: 80, protocol: 'HTTP' } as const;
const HTTPS = { port: 443, protocol: 'HTTPS', certificateARNs: [certificate(5)] } as const;

/** Listeners of a tier that is reached by TLS, and by plain HTTP as far as that answers. */
export const LISTENERS = [{ ...HTTP, redirectToHTTPS: true }, HTTPS] as const;

/** A listener without TLS. */
export const PLAIN = [HTTP] as const;

const MINIMAL: TierSpecInput = {
  stage: 'LoadBalanced',
  aws: { region: 'us-east-1' },
  compute: { instanceType: 'm7g.large', statelessAcknowledged: true },
  database: { engine: 'postgres', name: 'shop', rds: { readReplicas: { count: 1 } } },
  loadBalancer: { listeners: LISTENERS },
};

const FULL: TierSpecInput = {
  ...MINIMAL,
  tags: { Team: 'storefront' },
  network: {
    allowedCIDRs: ['203.0.113.0/24', '198.51.100.0/24'],
    create: { zoneCount: 3, natGateways: 'PerZone' },
  },
  compute: {
    instanceType: 'm7g.large',
    statelessAcknowledged: true,
    appPort: 3000,
    desiredInstances: 4,
    autoScaling: {
      minSize: 3,
      maxSize: 12,
      instanceRefresh: { bakeTimeSeconds: 300 },
      policies: [
        { metric: 'CPUUtilization', targetValue: 60 },
        { metric: 'RequestCountPerTarget', targetValue: 1000, targetGroup: 'web' },
        {
          metric: 'Custom',
          targetValue: 20,
          disableScaleIn: true,
          custom: {
            namespace: 'Shop',
            metricName: 'JobsPerServer',
            dimensions: [{ name: 'Queue', value: 'orders' }],
          },
        },
      ],
    },
  },
  loadBalancer: {
    listeners: LISTENERS,
    accessLogs: { bucketName: 'shop-logs', prefix: 'shop' },
    targetGroups: [
      { name: 'web', isDefault: true, stickiness: true },
      { name: 'api', port: 4000, protocol: 'HTTPS', healthCheck: { path: '/ready' }, slowStartSeconds: 60 },
    ],
    rules: [
      { priority: 10, hosts: ['api.example.com'], targetGroup: 'api' },
      { priority: 20, paths: ['/api/*'], hosts: ['www.example.com'], targetGroup: 'api' },
      { priority: 30, hosts: ['example.com'], redirect: { host: 'www.example.com' } },
      { priority: 40, paths: ['/internal/*'], fixedResponse: { statusCode: 404, messageBody: 'not here' } },
    ],
  },
  cache: {
    nodeType: 'cache.r7g.large',
    replicas: 2,
    maintenanceWindow: 'sun:04:30-sun:05:30',
    snapshotWindow: '03:00-04:00',
  },
  storage: { uploadsPrefix: 'files/', corsAllowedOrigins: ['https://www.example.com'] },
  deletionPolicy: { cache: 'Snapshot', storage: 'DeleteIfEmpty' },
  observability: { snsTopicARN: 'arn:aws:sns:us-east-1:123456789012:alarms' },
};

/** A tier of this spec. */
export function tierOf(input: TierSpecInput, change: Partial<Facts> = {}): StagedTier {
  const spec = withDefaults(input);
  return { spec, facts: factsOf(spec, change) };
}

/** With few wishes. */
export const minimal = tierOf(MINIMAL);

/** With user data, two services, three zones, and every section set. */
export const full = tierOf(FULL, { userData: '#!/bin/sh\ndnf install -y nginx\n' });

/** The tier with few wishes, with some of its sections changed. */
export const changed = (change: Partial<TierSpecInput>, facts: Partial<Facts> = {}): StagedTier =>
  tierOf({ ...MINIMAL, ...change }, facts);

/** The same with its compute section changed. */
export const withCompute = (compute: Partial<TierSpec['compute']>, facts: Partial<Facts> = {}): StagedTier =>
  changed({ compute: { ...MINIMAL.compute, ...compute } }, facts);

/** The same with its load balancer changed. */
export const withBalancer = (loadBalancer: Partial<NonNullable<TierSpecInput['loadBalancer']>>): StagedTier =>
  changed({ loadBalancer: { listeners: LISTENERS, ...loadBalancer } });

/** The same with a cache without servers of its own. */
export const serverless = changed({ cache: { mode: 'Serverless', maxDataGB: 10, maxECPUPerSecond: 5000 } });
