/** The schema offline: defaults, and the same judgement that the API server gives. */
import {
  AUTO_SCALING_DEFAULTS,
  autoScalingOf,
  CACHE_DEFAULTS,
  cacheOf,
  faultsOf,
  RDS_DEFAULTS,
  STORAGE_DEFAULTS,
  targetGroupsOf,
  withDefaults,
} from '../../src/api/defaults.ts';
import type { TierSpecInput } from '../../src/api/types.ts';
import { ACCEPTED_CHANGES, REFUSED_CHANGES } from './changes.ts';
import { at, changed, full, fullSeparate, leavesOf, minimal, type Piece, separate, tier } from './manifests.ts';
import { balanced, fullBalanced, fullBrought } from './manifests-load-balanced.ts';
import { REFUSED } from './refused.ts';

test('the smallest tier is complete after defaults', () => {
  expect(withDefaults({ stage: 'SingleServer', aws: { region: 'us-east-1' } })).toEqual({
    stage: 'SingleServer',
    aws: { region: 'us-east-1' },
    managementPolicy: 'Full',
    approval: { required: 'Never' },
    driftPolicy: { mode: 'Correct', intervalSeconds: 300 },
    deletionPolicy: { default: 'Delete', database: 'Snapshot' },
    transition: {
      allowDowngrade: false,
      endpointFromParameter: false,
      onFailure: 'Pause',
      dataMigration: { method: 'DumpRestore', maxWriteDowntimeSeconds: 1800, rollbackWindowHours: 72 },
    },
    network: {
      mode: 'Create',
      create: { cidr: '10.42.0.0/16', zoneCount: 2 },
      allowedCIDRs: ['0.0.0.0/0'],
    },
    compute: {
      architecture: 'arm64',
      instanceType: 't4g.small',
      rootVolume: { sizeGiB: 20, type: 'gp3', encrypted: true },
      dataVolume: { sizeGiB: 50, type: 'gp3', mountPath: '/srv/data' },
      imdsHopLimit: 1,
    },
    database: { engine: 'postgres', name: 'app', onInstance: { snapshots: { keep: 7 } } },
    observability: { alarms: true },
  });
});

test.each([
  ['SingleServer', full],
  ['SeparateDatabase', fullSeparate],
  ['LoadBalanced', fullBalanced],
  ['LoadBalanced, in a network of others', fullBrought],
])('what the fullest tier of stage %s says is kept as it is', (_, manifest) => {
  expect(faultsOf(manifest)).toEqual([]);
  expect(withDefaults(manifest.spec as TierSpecInput)).toEqual(manifest.spec);
});

test('an absent section of a database of its own stands for the defaults of an empty one', () => {
  const { database } = withDefaults({ ...(separate.spec as TierSpecInput), database: { rds: {} } });
  expect(database.rds).toEqual(RDS_DEFAULTS);
  expect(RDS_DEFAULTS).toEqual({
    instanceClass: 'db.t4g.medium',
    storageGiB: 50,
    storageType: 'gp3',
    multiAZ: true,
    backupRetentionDays: 7,
    applyChanges: 'Immediately',
    autoMinorVersionUpgrade: true,
    deletionProtection: true,
    readReplicas: { count: 0, multiAZ: false },
    credentials: { mode: 'Operator', passwordRotation: 0 },
    performanceInsights: false,
  });
  expect(withDefaults(separate.spec as TierSpecInput).database.rds).toBeUndefined();
});

const balancedWith = (piece: Piece) => withDefaults(changed(balanced, { spec: piece }).spec as TierSpecInput);

test('absent sections of a load-balanced tier are not stored, and stand for the defaults of empty ones', () => {
  const absent = balancedWith({});
  expect([absent.cache, absent.storage, absent.compute.autoScaling]).toEqual([undefined, undefined, undefined]);
  const empty = balancedWith({ cache: {}, storage: {}, compute: { autoScaling: {} } });
  expect(empty.storage).toEqual(STORAGE_DEFAULTS);
  expect([cacheOf(absent), cacheOf(empty)]).toEqual([CACHE_DEFAULTS, CACHE_DEFAULTS]);
  expect([autoScalingOf(absent), autoScalingOf(empty)]).toEqual([AUTO_SCALING_DEFAULTS, AUTO_SCALING_DEFAULTS]);
});

test('a load-balanced tier of which nothing is said has two to four servers, two nodes of valkey and a versioned bucket', () => {
  expect(AUTO_SCALING_DEFAULTS).toEqual({
    minSize: 2,
    maxSize: 4,
    healthCheckGraceSeconds: 300,
    warmupSeconds: 120,
    instanceRefresh: { minHealthyPercentage: 100, maxHealthyPercentage: 120, bakeTimeSeconds: 0 },
    policies: [{ metric: 'CPUUtilization', targetValue: 55, disableScaleIn: false }],
  });
  expect(CACHE_DEFAULTS).toEqual({
    mode: 'Node',
    engine: 'valkey',
    engineVersion: '8',
    nodeType: 'cache.t4g.small',
    replicas: 1,
    multiAZ: true,
    snapshotRetentionDays: 1,
    passwordRotation: 0,
  });
  expect(STORAGE_DEFAULTS).toEqual({ uploadsPrefix: 'uploads/', versioning: true, noncurrentExpirationDays: 30 });
});

test('what is said of a cache stays, and the rest follows from it', () => {
  const engineOf = (piece: Piece) => cacheOf(balancedWith({ cache: piece }));
  expect(engineOf({ engine: 'redis' }).engineVersion).toBe('7');
  expect(engineOf({ engineVersion: '9' }).engineVersion).toBe('9');
  expect(engineOf({ replicas: 0 })).toMatchObject({ replicas: 0, multiAZ: false });
  expect(engineOf({ multiAZ: false })).toMatchObject({ replicas: 1, multiAZ: false });
});

test('what is said of servers stays, and absent policies are the default ones', () => {
  const policies = [{ metric: 'CPUUtilization', targetValue: 70, disableScaleIn: false }];
  const said = balancedWith({ compute: { autoScaling: { maxSize: 9, policies } } });
  expect(autoScalingOf(said)).toEqual({ ...AUTO_SCALING_DEFAULTS, maxSize: 9, policies });
  const partly = balancedWith({ compute: { autoScaling: { maxSize: 9 } } });
  expect(autoScalingOf(partly)).toEqual({ ...AUTO_SCALING_DEFAULTS, maxSize: 9 });
});

test('absent target groups are one with the port and the health path of the application', () => {
  expect(targetGroupsOf(balancedWith({}))).toEqual([
    {
      name: 'web',
      port: 8080,
      protocol: 'HTTP',
      isDefault: true,
      healthCheck: {
        path: '/healthz',
        intervalSeconds: 15,
        timeoutSeconds: 5,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        matcher: '200-299',
      },
      deregistrationDelaySeconds: 60,
      stickiness: false,
      slowStartSeconds: 0,
    },
  ]);
  const [web] = targetGroupsOf(balancedWith({ compute: { appPort: 3000, healthPath: '/up' } }));
  expect(web).toMatchObject({ port: 3000, healthCheck: { path: '/up' } });
});

test('target groups that name no port and no path take those of the application, the others keep theirs', () => {
  const targetGroups = [
    { name: 'web', isDefault: true },
    { name: 'api', port: 9000, healthCheck: { path: '/ready' } },
  ];
  const groups = targetGroupsOf(
    balancedWith({ compute: { appPort: 3000, healthPath: '/up' }, loadBalancer: { targetGroups } }),
  );
  expect(groups.map(({ name, port, healthCheck: { path } }) => [name, port, path])).toEqual([
    ['web', 3000, '/up'],
    ['api', 9000, '/ready'],
  ]);
});

test.each(ACCEPTED_CHANGES)('after the change "$name" the tier is valid', ({ before, after }) => {
  expect(faultsOf(changed(tier(before), { spec: after }))).toEqual([]);
});

test('a spec with several faults is refused with a sentence for each', () => {
  const bad = { stage: 'SingleServer', aws: { region: 'US' }, compute: { imdsHopLimit: 9 } } as const;
  expect(() => withDefaults(bad)).toThrow(
    'spec is not valid: spec.aws.region: must match /^[a-z]{2,4}(-[a-z]+)+-[0-9]+$/; spec.compute.imdsHopLimit: too big: expected number to be <=2',
  );
});

test('a manifest that is no object is refused', () => {
  expect(faultsOf(null)).toEqual(['manifest: invalid input: expected object, received null']);
});

test('a missing field is said to be required', () => {
  expect(faultsOf(tier({ stage: null }))).toEqual(['spec.stage: is required']);
});

test('a misspelt field is unknown, at any depth and in lists', () => {
  const ignore = [{ role: 'ec2.vpc/main', fields: ['tags'], filds: [] }];
  expect(faultsOf(tier({ network: { creat: {} }, driftPolicy: { ignore }, toString: 1 }))).toEqual([
    'spec.network.creat: unknown field',
    'spec.driftPolicy.ignore[0].filds: unknown field',
    'spec.toString: unknown field',
  ]);
});

test.each(REFUSED)('$name is refused', ({ manifest, says }) => {
  expect(faultsOf(manifest)).toContainEqual(expect.stringContaining(says));
});

test.each([...REFUSED_CHANGES, ...ACCEPTED_CHANGES])('before the change "$name" the tier is valid', ({ before }) => {
  expect(faultsOf(tier(before))).toEqual([]);
});

test.each(leavesOf(minimal).map((path) => [path.join('.'), path] as const))(
  '%s is needed by the smallest tier',
  (_, path) => {
    const without = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), null);
    expect(at(minimal, path)).toBeDefined();
    expect(faultsOf(changed(minimal, without as Readonly<Record<string, unknown>>))).toEqual([
      `${path.join('.')}: is required`,
    ]);
  },
);
