/** Manifests for tests: the smallest valid tier, the fullest one, and changes to them. It must not judge any of them. */

/** A piece of a manifest; `null` takes a field out. */
export type Piece = { readonly [key: string]: unknown };

/** The smallest valid tier. */
export const minimal: Piece = {
  apiVersion: 'scalingtier.dev/v1alpha1',
  kind: 'ScalingTier',
  metadata: { name: 'shop' },
  spec: { stage: 'SingleServer', aws: { region: 'us-east-1' } },
};

/** The same with a database of its own. */
export const separate: Piece = { ...minimal, spec: { stage: 'SeparateDatabase', aws: { region: 'us-east-1' } } };

/** A tier of stage SingleServer that sets every field that can be set beside the others. */
export const full: Piece = {
  ...minimal,
  spec: {
    stage: 'SingleServer',
    aws: {
      region: 'us-east-1',
      accountID: '123456789012',
      assumeRoleARN: 'arn:aws:iam::123456789012:role/operators/tier',
      externalIDSecretRef: { name: 'external-id', key: 'id' },
    },
    tags: { CostCenter: '4711', 'team/name': 'Bücher + Co' },
    managementPolicy: 'ObserveOnly',
    approval: { required: 'Disruptive', approvedPlan: 'sha256:0f1e2d3c' },
    driftPolicy: {
      mode: 'Report',
      intervalSeconds: 60,
      ignore: [{ role: 'ec2.instance/server', fields: ['tags.PatchGroup'] }],
    },
    deletionPolicy: { default: 'Retain', database: 'Delete', confirmDataLoss: 'shop' },
    transition: {
      allowDowngrade: true,
      endpointFromParameter: true,
      reloadCommand: 'systemctl restart shop && logger "moved"',
      onFailure: 'Rollback',
      maintenanceWindow: 'sun:23:30-mon:00:00',
      dataMigration: { method: 'DumpRestore', maxWriteDowntimeSeconds: 86_400, rollbackWindowHours: 0 },
    },
    dns: { hostedZoneID: 'Z0123456789ABCDEFGHIJ', names: ['shop.example.com', 'example.com'], ttlSeconds: 300 },
    network: {
      mode: 'Create',
      create: { cidr: '172.20.16.0/20', zoneCount: 3, zoneIDs: ['use1-az1', 'use1-az2', 'use1-az4'] },
      allowedCIDRs: ['203.0.113.0/24', '198.51.100.7/32'],
    },
    compute: {
      architecture: 'x86_64',
      ami: { id: 'ami-0123456789abcdef0' },
      instanceType: 'm7i.large',
      userData: { configMapKeyRef: { name: 'shop-boot', key: 'user-data.sh' } },
      rootVolume: { sizeGiB: 30, type: 'gp3', encrypted: false },
      dataVolume: { sizeGiB: 100, type: 'gp3', iops: 6000, throughput: 500, mountPath: '/var/lib/pgsql' },
      kmsKeyARN: 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
      imdsHopLimit: 2,
      permissionsBoundaryARN: 'arn:aws:iam::123456789012:policy/boundary',
      managedPolicyARNs: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
    },
    database: { engine: 'mysql', name: 'shop', onInstance: { port: 3307, snapshots: { keep: 14 } } },
    observability: { alarms: false, snsTopicARN: 'arn:aws:sns:us-east-1:123456789012:alarms' },
  },
};

/** What stage SeparateDatabase has besides. */
const separateDatabase: Piece = {
  engine: 'mysql',
  name: 'shop',
  onInstance: { port: 3307, snapshots: { keep: 14 } },
  connectionSecret: 'shop-database',
  rds: {
    engineVersion: '8.4.5',
    instanceClass: 'db.r7g.large',
    storageGiB: 400,
    maxStorageGiB: 1000,
    storageType: 'gp3',
    iops: 16000,
    throughput: 1000,
    multiAZ: false,
    backupRetentionDays: 35,
    backupWindow: '23:30-00:30',
    maintenanceWindow: 'sun:01:00-sun:02:00',
    applyChanges: 'MaintenanceWindow',
    autoMinorVersionUpgrade: false,
    deletionProtection: false,
    readReplicas: { count: 2, instanceClass: 'db.r7g.xlarge', multiAZ: true },
    credentials: { mode: 'Operator', passwordRotation: 3 },
    parameters: { long_query_time: '2', slow_query_log: '1' },
    performanceInsights: true,
    logExports: ['error', 'slowquery'],
    kmsKeyARN: 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f1',
  },
};

/** A manifest with a piece laid over it: maps are merged, lists and values replaced, `null` takes away. */
export function changed(manifest: Piece, piece: Piece): Piece {
  return Object.fromEntries(
    Object.entries({ ...manifest, ...piece }).flatMap(([key, value]) => {
      const [old, fresh] = [manifest[key], piece[key]];
      if (fresh === null) return [];
      return [[key, isMap(old) && isMap(fresh) ? changed(old, fresh) : value]];
    }),
  );
}

/** The smallest valid tier with a piece of spec laid over it. */
export function tier(spec: Piece, metadata: Piece = {}): Piece {
  return changed(minimal, { spec, metadata });
}

/** Every leaf of a map as its path; a list is a leaf, and so is a reference to a key, since its halves cannot stand alone. */
export function leavesOf(map: Piece, path: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(map).flatMap(([key, value]) =>
    isMap(value) && !('key' in value) ? leavesOf(value, [...path, key]) : [[...path, key]],
  );
}

/** What stands at a path. */
export function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isMap(inner) ? inner[key] : undefined), value);
}

/** A piece that holds one value at a path. */
export function only(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function isMap(value: unknown): value is Piece {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A tier of stage SeparateDatabase that sets every field that can be set beside the others. */
export const fullSeparate: Piece = changed(full, {
  spec: { stage: 'SeparateDatabase', database: separateDatabase },
});
