/** Changes to a tier of stage SeparateDatabase. */
import type { Change } from './changes.ts';
import type { Piece } from './manifests.ts';
import { standing } from './statuses.ts';

const key = (digit: string) => `arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f${digit}`;
const separate = (database: Piece = {}): Piece => ({ stage: 'SeparateDatabase', database });
const rds = (section: Piece | null): Piece => ({ database: { rds: section } });
const from = (section: Piece): Piece => ({ stage: 'SeparateDatabase', ...rds(section) });
const mysql = (engineVersion: string): Piece => separate({ engine: 'mysql', rds: { engineVersion } });

const SHRINK = 'spec.database.rds.storageGiB may grow, by at least a tenth, but not shrink';
const BACK = 'spec.database.rds.engineVersion may rise but not go back';
const KEY = 'spec.database.rds.kmsKeyARN is decided at creation';

/** Every change that must be refused. */
export const REFUSED_DATABASE_CHANGES: readonly Change[] = [
  { name: 'less storage', before: from({ storageGiB: 100 }), after: rds({ storageGiB: 90 }), says: SHRINK },
  { name: 'less storage than the default', before: separate(), after: rds({ storageGiB: 40 }), says: SHRINK },
  { name: 'a section taken out with its storage', before: from({ storageGiB: 100 }), after: rds(null), says: SHRINK },
  { name: 'a little more storage', before: from({ storageGiB: 100 }), after: rds({ storageGiB: 109 }), says: SHRINK },
  {
    name: 'an earlier major version',
    before: from({ engineVersion: '17.5' }),
    after: rds({ engineVersion: '16.9' }),
    says: BACK,
  },
  { name: 'a major version before the default', before: separate(), after: rds({ engineVersion: '16' }), says: BACK },
  {
    name: 'an earlier major version of mysql',
    before: mysql('8.4.5'),
    after: rds({ engineVersion: '8.0' }),
    says: BACK,
  },
  {
    name: 'another major version of mysql beside replicas',
    before: separate({ engine: 'mysql', rds: { engineVersion: '8.0', readReplicas: { count: 1 } } }),
    after: rds({ engineVersion: '8.4' }),
    says: 'engineVersion of mysql cannot rise to another major version while there are read replicas',
  },
  { name: 'a key for a database that stands', before: separate(), after: rds({ kmsKeyARN: key('0') }), says: KEY },
  {
    name: 'another key of a database',
    before: from({ kmsKeyARN: key('0') }),
    after: rds({ kmsKeyARN: key('1') }),
    says: KEY,
  },
  {
    name: 'no key of a database any more',
    before: from({ kmsKeyARN: key('0') }),
    after: rds({ kmsKeyARN: null }),
    says: KEY,
  },
  {
    name: 'a password that RDS manages, beside replicas',
    before: from({ readReplicas: { count: 1 } }),
    after: rds({ credentials: { mode: 'RDSManaged' } }),
    says: 'spec.database.rds.readReplicas needs',
  },
];

/** Every kind of change that must go through. */
export const ACCEPTED_DATABASE_CHANGES: readonly Change[] = [
  { name: 'a tenth more storage', before: from({ storageGiB: 100 }), after: rds({ storageGiB: 110 }) },
  { name: 'a section with what is the default', before: separate(), after: rds({ storageGiB: 50 }) },
  { name: 'a section taken out that says the default', before: from({ multiAZ: false }), after: rds(null) },
  { name: 'a later major version', before: from({ engineVersion: '16' }), after: rds({ engineVersion: '17' }) },
  {
    name: 'an earlier minor version, which is only the least that is wanted',
    before: from({ engineVersion: '17.6' }),
    after: rds({ engineVersion: '17.4' }),
  },
  { name: 'a later major version of mysql', before: mysql('8.0.42'), after: rds({ engineVersion: '8.4' }) },
  { name: 'a version of mysql that is later still', before: mysql('8.4'), after: rds({ engineVersion: '9.7' }) },
  {
    name: 'anything else of a tier that stands',
    before: separate(),
    after: rds({ readReplicas: { count: 15 } }),
    status: standing,
  },
  {
    name: 'a password that RDS manages, and back',
    before: from({ credentials: { mode: 'RDSManaged' } }),
    after: rds({ credentials: { mode: 'Operator', passwordRotation: 1 } }),
  },
  {
    name: 'windows side by side, on both sides of midnight',
    before: separate(),
    after: rds({ backupWindow: '23:00-00:30', maintenanceWindow: 'sun:00:30-sun:23:00' }),
  },
  {
    name: 'half an hour of maintenance over the end of the week',
    before: separate(),
    after: rds({ maintenanceWindow: 'sun:23:45-mon:00:15' }),
  },
  { name: 'an approval', before: {}, after: { approval: { required: 'Disruptive', approvedPlan: 'sha256:1' } } },
];
