/**
 * How long RDS takes for what it does, in AWS's seconds, and the states that it shows meanwhile (RDS User Guide, "Viewing
 * Amazon RDS DB instance status"). Data and its composition only.
 */
import type { Stage } from '../lifecycle.ts';

const stage = (state: string, least: number, most: number): Stage => ({ state, seconds: [least, most] });

/** A modify call is answered before anything changes: for a moment the database is shown as it was. */
const UNMOVED = stage('available', 3, 12);
const CONVERTING = stage('modifying', 360, 840);
const BACKING_UP = stage('backing-up', 120, 180);
const OPTIMIZING = stage('storage-optimization', 600, 1800);

/** Creation: the database, its standby, its first backup. */
export function creationStages(asked: { readonly multiAz: boolean; readonly backups: boolean }): readonly Stage[] {
  return [stage('creating', 240, 360), ...(asked.multiAz ? [CONVERTING] : []), ...(asked.backups ? [BACKING_UP] : [])];
}

/** A replica: a snapshot of its source, restored, and then its standby. */
export function replicaStages(multiAz: boolean): readonly Stage[] {
  return [stage('creating', 540, 720), ...(multiAz ? [CONVERTING] : [])];
}

/** How long each change takes while the database is shown as `modifying`. */
const CHANGES: Readonly<Record<string, Stage>> = {
  DBInstanceClass: stage('modifying', 300, 600),
  MultiAZ: CONVERTING,
  AllocatedStorage: stage('modifying', 60, 180),
  StorageType: stage('modifying', 60, 180),
  Iops: stage('modifying', 60, 180),
  StorageThroughput: stage('modifying', 60, 180),
  EngineVersion: stage('upgrading', 300, 720),
  MasterUserPassword: stage('resetting-master-credentials', 10, 40),
};
const OTHERWISE = stage('modifying', 30, 90);

/** Changes of storage, after which the volumes are optimized while the database works. */
export const STORAGE_CHANGES: ReadonlySet<string> = new Set([
  ...['AllocatedStorage', 'StorageType', 'Iops', 'StorageThroughput'],
]);

const longest = (stages: readonly Stage[]): readonly Stage[] =>
  stages.toSorted((a, b) => b.seconds[1] - a.seconds[1]).slice(0, 1);

/** Changes made together: one state after the other, each for as long as its longest change. */
export function changeStages(params: readonly string[], beginsBackups: boolean): readonly Stage[] {
  const stages = params.map((param) => CHANGES[param] ?? OTHERWISE);
  const of = (state: string): readonly Stage[] => longest(stages.filter((one) => one.state === state));
  return [
    UNMOVED,
    ...of('resetting-master-credentials'),
    ...of('upgrading'),
    ...of('modifying'),
    ...(beginsBackups ? [BACKING_UP] : []),
    ...(params.some((param) => STORAGE_CHANGES.has(param)) ? [OPTIMIZING] : []),
  ];
}

/** The states in which changes are not effective yet. */
export const CHANGING: readonly string[] = ['available', 'resetting-master-credentials', 'upgrading', 'modifying'];

/** A reboot; with a failover, 60 to 120 s until the standby has taken over. */
export const REBOOT: readonly Stage[] = [stage('rebooting', 60, 120)];

/** Promotion: replication is broken, the database restarts, and has a first backup of its own. */
export function promotionStages(backups: boolean): readonly Stage[] {
  return [UNMOVED, stage('modifying', 120, 300), stage('rebooting', 30, 60), ...(backups ? [BACKING_UP] : [])];
}

/** The states in which a replica that is promoted still replicates. */
export const PROMOTING: readonly string[] = ['available', 'modifying', 'rebooting'];

/** Stop and start. */
export const STOPPING: readonly Stage[] = [stage('stopping', 120, 300)];
export const STARTING: readonly Stage[] = [stage('starting', 240, 420)];

/** The end, with a final snapshot before it when one is wanted. */
export function deletionStages(least: number): readonly Stage[] {
  return [{ state: 'deleting', seconds: [120, 300], least }];
}

/** A snapshot by hand: the database is shown as backing up for as long. */
export const SNAPSHOT: Stage = stage('creating', 60, 180);
export const SNAPSHOT_BACKUP: readonly Stage[] = [stage('backing-up', 60, 180)];

/** New parameters on their way to a database. */
export const APPLYING: readonly Stage[] = [stage('applying', 10, 40)];

/** Log types on their way to CloudWatch. */
export const LOG_EXPORTS: readonly Stage[] = [stage('configuring-log-exports', 10, 40)];

/** The same stages, and then for ever the state in which a fault rule lets it end. */
export function endingIn(stages: readonly Stage[], ending: string | undefined): readonly Stage[] {
  if (ending === undefined || ending === SINGLE_ZONE) return stages;
  return [...stages.slice(0, 1), { state: ending, seconds: [0, 0], least: Number.POSITIVE_INFINITY }];
}

/** A fault rule's word for a Multi-AZ database that gets no standby, because the other zones have no room. */
export const SINGLE_ZONE = 'single-zone';
