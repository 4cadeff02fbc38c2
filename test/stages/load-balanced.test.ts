/** Stage 3: what its plans say, from nothing to everything, from one wish to another, and to the end. */
import { costOf } from '../../src/core/cost.ts';
import { isEmpty, renderPlan } from '../../src/core/render.ts';
import {
  certificate,
  changed,
  full,
  LISTENERS,
  minimal,
  PLAIN,
  serverless,
  withBalancer,
  withCompute,
} from './balanced.ts';
import { expectGolden } from './golden.ts';
import { converged, ENDS, graphOf, NOTHING, planOf, type StagedTier } from './tiers.ts';

const plain = withBalancer({ listeners: PLAIN, allowPlaintext: true });
const throughOne = changed({ network: { create: { natGateways: 'Single' } } });
const redis = changed({ cache: { engine: 'redis' } });

const RULES = [
  { priority: 10, hosts: ['api.example.com'], targetGroup: 'web' },
  { priority: 20, paths: ['/old/*'], fixedResponse: { statusCode: 410 } },
] as const;
const ruled = withBalancer({ rules: RULES });
const reordered = withBalancer({ rules: RULES.map((rule) => ({ ...rule, priority: 30 - rule.priority })) });

describe('a new tier', () => {
  it.each([
    ['minimal', minimal],
    ['full', full],
    ['serverless', serverless],
  ])('%s', (name, tier) => {
    expectGolden(`load-balanced-new-${name}`, renderPlan(planOf(tier, NOTHING)));
  });

  it.each([
    ['minimal', minimal],
    ['full', full],
    ['with a serverless cache', serverless],
    ['with redis', redis],
    ['with one NAT gateway', throughOne],
    ['without alarms', changed({ observability: { alarms: false } })],
    ['within the VPC alone', withBalancer({ listeners: PLAIN, allowPlaintext: true, scheme: 'Internal' })],
  ])('that stands as asked needs nothing: %s', (_name, tier) => {
    const plan = planOf(tier, converged(tier));
    expect(isEmpty(plan)).toBe(true);
    expect(plan.actions.map(({ type }) => type)).toEqual(plan.actions.map(() => 'none'));
    expect(plan.findings).toEqual([]);
  });
});

describe('a change of a tier that stands', () => {
  it.each<[name: string, from: StagedTier, to: StagedTier]>([
    ['instance-type', minimal, withCompute({ instanceType: 'm7g.xlarge' })],
    ['user-data', minimal, changed({}, { userData: '#!/bin/sh\necho second\n' })],
    ['image', minimal, changed({}, { image: { id: 'ami-0fedcba9876543210', rootDeviceName: '/dev/xvda' } })],
    ['app-port', minimal, withCompute({ appPort: 3000 })],
    ['health-path', minimal, withCompute({ healthPath: '/ready' })],
    [
      'sizes',
      minimal,
      withCompute({
        autoScaling: {
          ...{ minSize: 3, maxSize: 9, healthCheckGraceSeconds: 300, warmupSeconds: 120 },
          instanceRefresh: { minHealthyPercentage: 100, maxHealthyPercentage: 120, bakeTimeSeconds: 0 },
        },
      }),
    ],
    ['desired-instances', withCompute({ desiredInstances: 2 }), withCompute({ desiredInstances: 3 })],
    [
      'policies',
      minimal,
      withCompute({
        autoScaling: {
          ...{ minSize: 2, maxSize: 4, healthCheckGraceSeconds: 300, warmupSeconds: 120 },
          instanceRefresh: { minHealthyPercentage: 100, maxHealthyPercentage: 120, bakeTimeSeconds: 0 },
          policies: [
            {
              metric: 'RequestCountPerTarget',
              targetValue: 800,
              targetGroup: 'web',
              disableScaleIn: false,
            },
          ],
        },
      }),
    ],
    ['tags', minimal, changed({ tags: { Team: 'storefront' } })],
    ['https', plain, minimal],
    [
      'second-certificate',
      minimal,
      withBalancer({
        listeners: LISTENERS.map((one) =>
          'certificateARNs' in one ? { ...one, certificateARNs: [certificate(5), certificate(6)] } : one,
        ),
      }),
    ],
    ['rules', minimal, ruled],
    ['rules-reordered', ruled, reordered],
    [
      'second-service',
      minimal,
      withBalancer({
        targetGroups: [
          { name: 'web', isDefault: true },
          { name: 'api', port: 4000 },
        ],
        rules: [{ priority: 1, paths: ['/api/*'], targetGroup: 'api' }],
      }),
    ],
    ['idle-timeout', minimal, withBalancer({ idleTimeoutSeconds: 120 })],
    ['access-logs', minimal, withBalancer({ accessLogs: { bucketName: 'shop-logs' } })],
    ['cache-node-type', minimal, changed({ cache: { nodeType: 'cache.r7g.large' } })],
    ['cache-replicas', minimal, changed({ cache: { replicas: 2 } })],
    ['cache-alone', minimal, changed({ cache: { replicas: 0 } })],
    ['cache-password', minimal, changed({ cache: { passwordRotation: 1 } })],
    ['redis-to-valkey', redis, minimal],
    ['storage', minimal, changed({ storage: { versioning: false, corsAllowedOrigins: ['https://www.example.com'] } })],
    ['nat-single', minimal, throughOne],
    ['nat-per-zone', throughOne, changed({ network: { create: { natGateways: 'PerZone' } } })],
    ['zone-count', minimal, changed({ network: { create: { zoneCount: 3 } } })],
    ['allowed-cidrs', minimal, changed({ network: { allowedCIDRs: ['203.0.113.0/24'] } })],
    ['alarms-off', minimal, changed({ observability: { alarms: false } })],
  ])('%s', (name, from, to) => {
    expectGolden(`load-balanced-change-${name}`, renderPlan(planOf(to, converged(from))));
  });

  it('never ends or replaces what holds data', () => {
    const wishes = [
      withCompute({ instanceType: 'm7g.xlarge', appPort: 3000 }),
      changed({ cache: { nodeType: 'cache.r7g.large', engineVersion: '8' }, storage: { versioning: false } }),
      changed({ network: { create: { natGateways: 'PerZone', zoneCount: 3 } }, observability: { alarms: false } }),
    ];
    for (const tier of wishes) {
      const ends = planOf(tier, converged(minimal)).actions.filter(
        ({ type, kind }) => kind.stateful && ['delete', 'replace', 'forget'].includes(type),
      );
      expect(ends).toEqual([]);
    }
  });
});

describe('the end of a tier', () => {
  it.each(Object.entries(ENDS))('%s', (name, deletionPolicy) => {
    const tier = changed({ deletionPolicy });
    expectGolden(`load-balanced-end-${name}`, renderPlan(planOf(tier, converged(tier), { deleting: true })));
  });

  it.each<[string, StagedTier['spec']['deletionPolicy']]>([
    ['retain-the-cache', { default: 'Delete', database: 'Snapshot', cache: 'Retain' }],
    ['snapshot-the-cache', { default: 'Delete', database: 'Snapshot', cache: 'Snapshot' }],
    ['delete-the-bucket-if-empty', { default: 'Delete', database: 'Snapshot', storage: 'DeleteIfEmpty' }],
    ['delete-the-bucket', { default: 'Delete', database: 'Snapshot', storage: 'Delete', confirmDataLoss: 'shop' }],
  ])('%s', (name, deletionPolicy) => {
    const tier = changed({ deletionPolicy });
    expectGolden(`load-balanced-end-${name}`, renderPlan(planOf(tier, converged(tier), { deleting: true })));
  });
});

describe('the monthly bill', () => {
  it('knows every rate of the minimal tier, and of one with NAT gateways', () => {
    for (const tier of [minimal, throughOne]) expect(costOf(graphOf(tier)).missingRates).toEqual([]);
    expect(Number(costOf(graphOf(throughOne)).monthlyEstimate)).toBeGreaterThan(
      Number(costOf(graphOf(minimal)).monthlyEstimate) + 30,
    );
  });
});
