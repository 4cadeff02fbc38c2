/** A database as AWS shows it while it is made, changes, moves to its standby and goes. */
import { createHash } from 'node:crypto';
import { now } from '../../clock.ts';
import { progress } from '../../lifecycle.ts';
import { branch, child, descend, type Element, leaf, setText, textAt } from '../../xml.ts';
import { leaves, replaceChild } from '../answer.ts';
import { STRIPED, STRIPED_FROM } from '../catalogue.ts';
import { isDueLater } from '../due.ts';
import { courseOf, type Facts, factsOf, parametersOf } from '../facts.ts';
import type { Scene } from '../scene.ts';
import { showAddress } from '../servers.ts';

/** How PendingModifiedValues calls what a parameter of ModifyDBInstance changes, where the names differ. */
const PENDING_NAMES: Readonly<Record<string, string>> = {
  NewDBInstanceIdentifier: 'DBInstanceIdentifier',
  EnableIAMDatabaseAuthentication: 'IAMDatabaseAuthenticationEnabled',
  DBPortNumber: 'Port',
};

/** A password is never shown (API reference, PendingModifiedValues). */
const HIDDEN: ReadonlySet<string> = new Set(['MasterUserPassword']);

/** The stand-in gives every database the same resource id; AWS's is one of a kind and outlives the name. */
export function resourceIdOf({ call }: Scene, record: Element): string {
  const born = textAt(record, 'InstanceCreateTime') ?? '';
  const key = `${call.account}/${call.region}/${textAt(record, 'DBInstanceIdentifier')}/${born}`;
  const hash = createHash('sha256').update(key).digest();
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `db-${Array.from(hash.subarray(0, 26), (byte) => letters[byte % 32]).join('')}`;
}

/** The key that encrypts what names no key of its own: `alias/aws/rds` of the account. */
export function keyArnOf({ call }: Scene): string {
  const hash = createHash('sha256').update(`${call.account}/${call.region}/aws/rds`).digest('hex');
  const parts = [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)];
  return `arn:aws:kms:${call.region}:${call.account}:key/${parts.join('-')}`;
}

/** Replaces the stand-in's word for "the account's own key". */
export function showKey(scene: Scene, record: Element): void {
  if (textAt(record, 'KmsKeyId') === 'default_kms_key_id') setText(record, 'KmsKeyId', keyArnOf(scene));
}

function zonesOfGroup(record: Element): readonly string[] {
  const subnets = descend(record, 'DBSubnetGroup', 'Subnets')?.children ?? [];
  return [...new Set(subnets.map((one) => textAt(one, 'SubnetAvailabilityZone', 'Name') ?? ''))].sort();
}

/** RDS User Guide, "Multi-AZ DB instance deployments": a standby in another zone; a failover swaps the two. */
function showZones(record: Element, facts: Facts): void {
  const multi = textAt(record, 'MultiAZ') === 'true' && !facts.single;
  setText(record, 'MultiAZ', String(multi));
  replaceChild(record, 'SecondaryAvailabilityZone');
  const asked = facts.fields.get('AvailabilityZone');
  const zones = zonesOfGroup(record);
  const pair = asked === undefined ? zones.slice(0, 2) : [asked, ...zones.filter((zone) => zone !== asked)].slice(0, 2);
  const [first, second] = facts.failovers % 2 === 0 ? pair : pair.toReversed();
  if (first !== undefined) setText(record, 'AvailabilityZone', first);
  if (multi && second !== undefined) record.children.push(leaf('SecondaryAvailabilityZone', second));
}

/** What a creation has not done yet: the password, until it is made, and the standby. */
function beingMade(scene: Scene, record: Element, id: string, made: boolean): ReadonlyMap<string, string> {
  const own = !child(record, 'MasterUserSecret') && !child(record, 'ReadReplicaSourceDBInstanceIdentifier');
  return new Map([
    ...(made || !own ? [] : [['MasterUserPassword', ''] as const]),
    ...(isDueLater(scene, `standby of ${id}`) ? [['MultiAZ', 'true'] as const] : []),
  ]);
}

function showPending(record: Element, facts: Facts, making: ReadonlyMap<string, string>): void {
  const values = new Map([...making, ...facts.waiting, ...facts.applying]);
  const shown = [...values].map(([param, value]) =>
    leaf(PENDING_NAMES[param] ?? param, HIDDEN.has(param) ? '****' : value),
  );
  replaceChild(record, 'PendingModifiedValues', branch('PendingModifiedValues', shown));
}

/** RDS User Guide, "Working with parameter groups": in-sync, applying, pending-reboot. */
function showParameterGroups(scene: Scene, record: Element, id: string, facts: Facts): void {
  const applying = progress(scene.world, scene.call, parametersOf(id));
  const state = applying?.state ?? (facts.pendingReboot ? 'pending-reboot' : 'in-sync');
  for (const group of child(record, 'DBParameterGroups')?.children ?? []) setText(group, 'ParameterApplyStatus', state);
}

/** RDS User Guide, "Monitoring read replication": a replica says how its replication is. */
function showReplication(scene: Scene, record: Element, facts: Facts, made: boolean): void {
  if (facts.promoted) replaceChild(record, 'ReadReplicaSourceDBInstanceIdentifier');
  const replicas = child(record, 'ReadReplicaDBInstanceIdentifiers');
  if (replicas) {
    replicas.children = replicas.children.filter((one) => !factsOf(scene, textAt(one) ?? '').promoted);
  }
  const isReplica = child(record, 'ReadReplicaSourceDBInstanceIdentifier') !== undefined;
  if (!isReplica || !made) return;
  const info = leaves({ StatusType: 'read replication', Normal: 'true', Status: 'replicating' });
  replaceChild(record, 'StatusInfos', branch('StatusInfos', [branch('DBInstanceStatusInfo', info)]));
}

const FIVE_MINUTES = 300_000;

/** RDS User Guide, "Restoring to a specified time": the latest time is within the last five minutes; without backups none. */
function showBackups(record: Element, made: boolean): void {
  replaceChild(record, 'LatestRestorableTime');
  if (!made || textAt(record, 'BackupRetentionPeriod') === '0') return;
  const born = Date.parse(textAt(record, 'InstanceCreateTime') ?? '');
  const time = Math.max(Math.floor(now() / FIVE_MINUTES) * FIVE_MINUTES, born);
  record.children.push(leaf('LatestRestorableTime', new Date(time).toISOString()));
}

function showForgotten(record: Element, facts: Facts): void {
  for (const [name, value] of facts.fields) setText(record, name, value);
  if (!facts.logs) return;
  const logs = facts.logs.map((one) => leaf('member', one));
  replaceChild(record, 'EnabledCloudwatchLogsExports', branch('EnabledCloudwatchLogsExports', logs));
}

/** RDS User Guide, "gp3 storage": figures that nobody asked for are the baseline, larger from 400 GiB on. */
function showFigures(record: Element): void {
  if (textAt(record, 'StorageType') !== 'gp3') return;
  const striped = Number(textAt(record, 'AllocatedStorage')) >= STRIPED_FROM;
  const [iops, throughput] = striped ? [STRIPED.iops, STRIPED.throughput] : [3000, 125];
  if (!child(record, 'Iops')) setText(record, 'Iops', String(iops));
  if (!child(record, 'StorageThroughput')) setText(record, 'StorageThroughput', String(throughput));
}

const DEFAULT_AUTHORITY = 'rds-ca-rsa2048-g1';

function showCertificate(record: Element): void {
  const shown = textAt(record, 'CACertificateIdentifier') ?? '';
  const authority = shown === 'rds-ca-default' || shown === '' ? DEFAULT_AUTHORITY : shown;
  setText(record, 'CACertificateIdentifier', authority);
  replaceChild(record, 'CertificateDetails', branch('CertificateDetails', leaves({ CAIdentifier: authority })));
}

/** Shows a database. Without an endpoint until it has been made (API reference, DBInstance: `Endpoint`). */
export function showInstance(scene: Scene, record: Element): boolean {
  const id = textAt(record, 'DBInstanceIdentifier') ?? '';
  const facts = factsOf(scene, id);
  const at = progress(scene.world, scene.call, courseOf(id));
  const made = at?.state !== 'creating';
  if (at) setText(record, 'DBInstanceStatus', at.state);
  if (!made) replaceChild(record, 'Endpoint');
  showAddress(scene, record, id);
  setText(record, 'DbInstancePort', '0');
  showForgotten(record, facts);
  setText(record, 'DbiResourceId', resourceIdOf(scene, record));
  showFigures(record);
  showKey(scene, record);
  showZones(record, facts);
  showPending(record, facts, beingMade(scene, record, id, made));
  showParameterGroups(scene, record, id, facts);
  showReplication(scene, record, facts, made);
  showBackups(record, made);
  showCertificate(record);
  const secret = child(record, 'MasterUserSecret');
  if (secret) setText(secret, 'SecretStatus', made ? 'active' : 'creating');
  return true;
}
