/** The schema offline: defaults, and the same judgement that the API server gives. */
import { faultsOf, RDS_DEFAULTS, withDefaults } from '../../src/api/defaults.ts';
import type { TierSpecInput } from '../../src/api/types.ts';
import { ACCEPTED_CHANGES, REFUSED_CHANGES } from './changes.ts';
import { at, changed, full, fullSeparate, leavesOf, minimal, separate, tier } from './manifests.ts';
import { REFUSED } from './refused.ts';

test('the smallest tier is complete after defaults', () => {
  expect(withDefaults({ stage: 'SingleServer', aws: { region: 'us-east-1' } })).toEqual({
    stage: 'SingleServer',
    aws: { region: 'us-east-1' },
    managementPolicy: 'Full',
    approval: { required: 'Never' },
    driftPolicy: { mode: 'Correct', intervalSeconds: 300 },
    deletionPolicy: { default: 'Delete', database: 'Snapshot' },
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
