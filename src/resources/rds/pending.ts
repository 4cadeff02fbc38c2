/**
 * What RDS has accepted and not done yet: `PendingModifiedValues`, in the words of our specs. Asked to do one thing at once, RDS
 * does everything that is pending at once, so whose wish a pending value is must be known. Pure.
 */
import type { DBInstance as Description, PendingModifiedValues } from '@aws-sdk/client-rds';
import type { DBInstanceSpec } from './instance-spec.ts';
import { isAsAsked } from './version.ts';

/** Values that can be pending, by AWS's name. */
const FIELDS: Readonly<Partial<Record<keyof PendingModifiedValues, keyof DBInstanceSpec>>> = {
  DBInstanceClass: 'instanceClass',
  AllocatedStorage: 'allocatedStorage',
  MasterUserPassword: 'masterSecretVersion',
  BackupRetentionPeriod: 'backupRetentionPeriod',
  MultiAZ: 'multiAz',
  EngineVersion: 'engineVersion',
  Iops: 'iops',
  StorageThroughput: 'storageThroughput',
  StorageType: 'storageType',
  CACertificateIdentifier: 'caCertificateIdentifier',
  DBSubnetGroupName: 'subnetGroupName',
  PendingCloudwatchLogsExports: 'enabledLogExports',
};

/** One value that RDS will take on: its name in our specs, or AWS's own when they have none. */
export interface Pending {
  readonly name: string;
  readonly value: unknown;
}

/** RDS fills in empty lists where nothing is pending. */
const isSomething = (value: unknown): boolean => {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.values(value).some(isSomething);
};

/** Everything that is pending. */
export function pendingOf({ PendingModifiedValues: values = {} }: Description): readonly Pending[] {
  return Object.entries(values)
    .filter(([, value]) => isSomething(value))
    .map(([name, value]) => ({ name: FIELDS[name as keyof PendingModifiedValues] ?? name, value }));
}

const PENDABLE: ReadonlySet<string> = new Set(Object.values(FIELDS));

/** RDS takes 256 characters, and none that would need more care than these. */
const TAG_LENGTH = 256;

/** What a tag remembers when nothing is asked for at once. */
export const NOTHING_ASKED = '-';

/** The wishes that may be pending for a moment, as a tag keeps them: `instanceClass=db.m7g.large multiAz=true`. */
export function rememberAsked(spec: Partial<DBInstanceSpec>, fields: Iterable<string>): string {
  const values = spec as Readonly<Record<string, unknown>>;
  const wishes = [...fields]
    .filter((name) => PENDABLE.has(name))
    .map((name) => `${name}=${wishOf(name, values[name])}`);
  return wishes.join(' ').slice(0, TAG_LENGTH) || NOTHING_ASKED;
}

/** Passwords are not shown, and of lists it does not matter. */
const wishOf = (name: string, value: unknown): string =>
  name === 'masterSecretVersion' || typeof value === 'object' ? '' : String(value);

/** Whether a pending value is what was asked for at once, as the tag remembers it. */
export function isAsked({ name, value }: Pending, remembered: string | undefined): boolean {
  const wish = remembered?.split(' ').find((entry) => entry.startsWith(`${name}=`));
  if (wish === undefined) return false;
  const asked = wish.slice(name.length + 1);
  if (asked === '') return true;
  return name === 'engineVersion' ? isAsAsked(String(value), asked) : asked === String(value);
}
