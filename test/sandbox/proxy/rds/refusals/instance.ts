/**
 * What AWS refuses of databases that are restarted, stopped, replicated, backed up and deleted (API reference of each action;
 * RDS User Guide, "Deleting a DB instance", "Working with read replicas", "Stopping a DB instance temporarily").
 */
import { type Params, Refusal, text } from '../../call.ts';
import { child, descend, type Element, textAt } from '../../xml.ts';
import { SNAPSHOTS } from '../collections.ts';
import { badCombination, badState, notFound, type Rule, requireSteady, STEADY, statusOf } from '../refusal.ts';
import type { Scene } from '../scene.ts';
import { lookUp } from '../view.ts';
import { checkClass, checkGroups } from './creation.ts';
import { target } from './modification.ts';

const replicasOf = (record: Element): number =>
  descend(record, 'ReadReplicaDBInstanceIdentifiers')?.children.length ?? 0;
const isReplica = (record: Element): boolean => child(record, 'ReadReplicaSourceDBInstanceIdentifier') !== undefined;
const nameIn = (record: Element): string => textAt(record, 'DBInstanceIdentifier') ?? '';

async function reboot(scene: Scene, params: Params): Promise<void> {
  const record = await target(scene, params);
  // The way out of parameters that do not fit is to set others and to restart.
  if (statusOf(record) !== 'incompatible-parameters') requireSteady(record);
  if (text(params, 'ForceFailover') === 'true' && textAt(record, 'MultiAZ') !== 'true') {
    throw badCombination('Cannot force failover on an instance that is not Multi-AZ.');
  }
}

async function stop(scene: Scene, params: Params): Promise<void> {
  const record = await target(scene, params);
  if (replicasOf(record) > 0 || isReplica(record)) {
    throw badState(`Cannot stop or start a database instance that is a read replica or has one: ${nameIn(record)}.`);
  }
  requireSteady(record);
}

async function start(scene: Scene, params: Params): Promise<void> {
  const record = await target(scene, params);
  if (statusOf(record) !== 'stopped')
    throw badState(`Instance ${nameIn(record)} is not stopped, it cannot be started.`);
}

/** Most replicas of one source (RDS User Guide, "Working with read replicas": 15 for these engines). */
const MOST_REPLICAS = 15;

async function replicate(scene: Scene, params: Params): Promise<void> {
  const source = await target(scene, params, 'SourceDBInstanceIdentifier');
  if (!STEADY.has(statusOf(source))) {
    throw badState(`The source DB instance ${nameIn(source)} is in state ${statusOf(source)}.`);
  }
  if (textAt(source, 'BackupRetentionPeriod') === '0') {
    throw badState(
      `Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance to set the backup retention period to a non-zero value.`,
    );
  }
  if (child(source, 'MasterUserSecret')) {
    throw badCombination(
      `Creating read replicas for source instance with engine ${textAt(source, 'Engine')} where ManageMasterUserPassword is enabled is not supported.`,
    );
  }
  if (replicasOf(source) >= MOST_REPLICAS) {
    throw badState(`The source DB instance ${nameIn(source)} already has ${MOST_REPLICAS} read replicas.`);
  }
  checkClass(text(params, 'DBInstanceClass'));
  await checkGroups(scene, params);
}

async function promote(scene: Scene, params: Params): Promise<void> {
  const record = await target(scene, params);
  if (!isReplica(record)) throw badState(`DB Instance is not a read replica: ${nameIn(record)}.`);
  requireSteady(record);
}

async function backUp(scene: Scene, params: Params): Promise<void> {
  const record = await target(scene, params);
  if (STEADY.has(statusOf(record))) return;
  throw badState(
    `Cannot create a snapshot because the database instance ${nameIn(record)} is not currently in the available state.`,
  );
}

/** A final snapshot is wanted or waived, never both, and a replica has none. */
function checkFinal(record: Element, params: Params): void {
  const [skip, final] = [text(params, 'SkipFinalSnapshot') === 'true', text(params, 'FinalDBSnapshotIdentifier')];
  if (final !== undefined && isReplica(record)) {
    throw badCombination('FinalDBSnapshotIdentifier can not be specified when deleting a read replica.');
  }
  if (skip && final !== undefined) {
    throw badCombination('FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true.');
  }
  if (!skip && final === undefined) {
    throw badCombination('FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
  }
}

/** Without a final snapshot what failed can be deleted too; what is being made cannot. */
function checkDeletable(record: Element, params: Params): void {
  const status = statusOf(record);
  if (status === 'deleting') throw badState(`Instance ${nameIn(record)} is already being deleted.`);
  if (['creating', 'rebooting', 'upgrading'].includes(status)) {
    throw badState(`Instance ${nameIn(record)} is currently ${status} and cannot be deleted.`);
  }
  if (text(params, 'FinalDBSnapshotIdentifier') === undefined) return;
  if (!STEADY.has(status) && !['stopped', 'backing-up', 'modifying'].includes(status)) {
    throw badState(`Cannot create a final snapshot: instance ${nameIn(record)} is in state ${status}.`);
  }
}

async function deletion(scene: Scene, params: Params): Promise<void> {
  const record = await target(scene, params);
  checkDeletable(record, params);
  if (textAt(record, 'DeletionProtection') === 'true') {
    throw badCombination('Cannot delete protected DB Instance, please disable deletion protection and try again.');
  }
  checkFinal(record, params);
  const final = text(params, 'FinalDBSnapshotIdentifier');
  if (await lookUp(scene, SNAPSHOTS, final)) {
    throw new Refusal(
      'DBSnapshotAlreadyExists',
      `Cannot create the snapshot because a snapshot with the identifier ${final} already exists.`,
    );
  }
}

async function snapshotDeletion(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'DBSnapshotIdentifier') ?? '';
  const record = await lookUp(scene, SNAPSHOTS, id);
  if (!record) throw notFound(SNAPSHOTS, id);
  if (textAt(record, 'SnapshotType') === 'automated') {
    throw new Refusal('InvalidDBSnapshotState', `Only manual snapshots can be deleted: ${id}.`);
  }
  const status = textAt(record, 'Status');
  if (status !== 'available' && status !== 'failed') {
    throw new Refusal('InvalidDBSnapshotState', `The snapshot ${id} is in state ${status}.`);
  }
}

/** Rules of databases and snapshots. */
export const INSTANCE_RULES: readonly Rule[] = [
  { operation: 'RebootDBInstance', check: reboot },
  { operation: 'StopDBInstance', check: stop },
  { operation: 'StartDBInstance', check: start },
  { operation: 'CreateDBInstanceReadReplica', check: replicate },
  { operation: 'PromoteReadReplica', check: promote },
  { operation: 'CreateDBSnapshot', check: backUp },
  { operation: 'DeleteDBInstance', check: deletion },
  { operation: 'DeleteDBSnapshot', check: snapshotDeletion },
];
