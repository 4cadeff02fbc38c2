/** Changes to a tier that exists: which the API server must refuse, and which it must let through. */
import type { TierStatus } from '../../src/api/types.ts';
import { ACCEPTED_DATABASE_CHANGES, REFUSED_DATABASE_CHANGES } from './changes-database.ts';
import { ACCEPTED_LOAD_BALANCED_CHANGES, REFUSED_LOAD_BALANCED_CHANGES } from './changes-load-balanced.ts';
import { ACCEPTED_STAGE_CHANGES, REFUSED_STAGE_CHANGES, REFUSED_WHILE_MOVING } from './changes-stage.ts';
import type { Piece } from './manifests.ts';

/** One change; `before` and `after` are pieces of spec over the smallest tier. */
export interface Change {
  readonly name: string;
  readonly before: Piece;
  readonly after: Piece;
  /** What the status says when the change is tried; absent: the operator has not looked yet. */
  readonly status?: Partial<TierStatus>;
  /** What the refusal must contain; absent: the change is accepted. */
  readonly says?: string;
}

const arn = (account: string, name = 'tier') => `arn:aws:iam::${account}:role/${name}`;
const key = (digit: string) => `arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f${digit}`;
const created = (create: Piece): Piece => ({ network: { create } });
const two = ['use1-az1', 'use1-az2'];
const zones = 'spec.network.create.zoneIDs is decided at creation';

/** Every change that must be refused. */
export const REFUSED_CHANGES: readonly Change[] = [
  {
    name: 'another region',
    before: {},
    after: { aws: { region: 'eu-west-1' } },
    says: 'spec.aws.region cannot change',
  },
  {
    name: 'another account',
    before: { aws: { accountID: '123456789012' } },
    after: { aws: { accountID: '210987654321' } },
    says: 'spec.aws.accountID cannot change once set',
  },
  {
    name: 'no account any more',
    before: { aws: { accountID: '123456789012' } },
    after: { aws: { accountID: null } },
    says: 'spec.aws.accountID cannot change once set',
  },
  {
    name: 'a role of another account',
    before: { aws: { assumeRoleARN: arn('123456789012') } },
    after: { aws: { assumeRoleARN: arn('210987654321') } },
    says: 'spec.aws.assumeRoleARN cannot move to a role of another account',
  },
  {
    name: 'another address block',
    before: {},
    after: created({ cidr: '10.43.0.0/16' }),
    says: 'spec.network.create.cidr cannot change',
  },
  {
    name: 'fewer zones',
    before: created({ zoneCount: 3 }),
    after: created({ zoneCount: 2 }),
    says: 'spec.network.create.zoneCount may grow but not shrink',
  },
  { name: 'zone ids set later', before: {}, after: created({ zoneIDs: two }), says: zones },
  { name: 'zone ids taken out', before: created({ zoneIDs: two }), after: created({ zoneIDs: null }), says: zones },
  {
    name: 'zone ids in another order',
    before: created({ zoneIDs: two }),
    after: created({ zoneIDs: two.toReversed() }),
    says: zones,
  },
  {
    name: 'a zone put before the others',
    before: created({ zoneIDs: two }),
    after: created({ zoneCount: 3, zoneIDs: ['use1-az4', ...two] }),
    says: zones,
  },
  {
    name: 'a smaller data volume',
    before: {},
    after: { compute: { dataVolume: { sizeGiB: 49 } } },
    says: 'spec.compute.dataVolume.sizeGiB may grow but not shrink',
  },
  {
    name: 'another mount path',
    before: {},
    after: { compute: { dataVolume: { mountPath: '/data' } } },
    says: 'spec.compute.dataVolume.mountPath cannot change',
  },
  {
    name: 'a key set later',
    before: {},
    after: { compute: { kmsKeyARN: key('0') } },
    says: 'spec.compute.kmsKeyARN is decided at creation',
  },
  {
    name: 'another key',
    before: { compute: { kmsKeyARN: key('0') } },
    after: { compute: { kmsKeyARN: key('1') } },
    says: 'spec.compute.kmsKeyARN is decided at creation',
  },
  {
    name: 'no key any more',
    before: { compute: { kmsKeyARN: key('0') } },
    after: { compute: { kmsKeyARN: null } },
    says: 'spec.compute.kmsKeyARN is decided at creation',
  },
  {
    name: 'another engine',
    before: {},
    after: { database: { engine: 'mysql' } },
    says: 'spec.database.engine cannot change',
  },
  {
    name: 'another database name',
    before: {},
    after: { database: { name: 'shop' } },
    says: 'spec.database.name cannot change',
  },
  {
    name: 'data loss chosen later and not confirmed',
    before: {},
    after: { deletionPolicy: { database: 'Delete' } },
    says: 'needs spec.deletionPolicy.confirmDataLoss',
  },
  ...REFUSED_DATABASE_CHANGES,
  ...REFUSED_LOAD_BALANCED_CHANGES,
  ...REFUSED_STAGE_CHANGES,
  ...REFUSED_WHILE_MOVING,
];

/** Every kind of change that must go through. */
export const ACCEPTED_CHANGES: readonly Change[] = [
  { name: 'an account set later', before: {}, after: { aws: { accountID: '123456789012' } } },
  {
    name: 'another role of the same account',
    before: { aws: { assumeRoleARN: arn('123456789012') } },
    after: { aws: { assumeRoleARN: arn('123456789012', 'other') } },
  },
  { name: 'a role set later', before: {}, after: { aws: { assumeRoleARN: arn('123456789012') } } },
  { name: 'a third zone', before: {}, after: created({ zoneCount: 3 }) },
  {
    name: 'a third zone by id',
    before: created({ zoneIDs: two }),
    after: created({ zoneCount: 3, zoneIDs: [...two, 'use1-az4'] }),
  },
  { name: 'nobody looks for drift any more', before: {}, after: { driftPolicy: { mode: 'Off' } } },
  { name: 'nobody may reach it', before: {}, after: { network: { allowedCIDRs: [] } } },
  { name: 'a larger data volume', before: {}, after: { compute: { dataVolume: { sizeGiB: 51 } } } },
  {
    name: 'another architecture with its type',
    before: {},
    after: { compute: { architecture: 'x86_64', instanceType: 't3.small' } },
  },
  {
    name: 'data loss chosen later and confirmed',
    before: {},
    after: { deletionPolicy: { database: 'Delete', confirmDataLoss: 'shop' } },
  },
  { name: 'fewer snapshots', before: {}, after: { database: { onInstance: { snapshots: { keep: 1 } } } } },
  ...ACCEPTED_DATABASE_CHANGES,
  ...ACCEPTED_LOAD_BALANCED_CHANGES,
  ...ACCEPTED_STAGE_CHANGES,
];
