/**
 * A database changes (RDS User Guide, "Modifying an Amazon RDS DB instance"). Some settings hold at once; the others wait in
 * PendingModifiedValues for the maintenance window, or are made at once with ApplyImmediately, together with everything
 * that waits. They become effective when their time has passed, not before.
 */
import { type Params, structure, text, texts } from '../../call.ts';
import { now } from '../../clock.ts';
import { begin, progress, remaining } from '../../lifecycle.ts';
import { descend, type Element, textAt } from '../../xml.ts';
import { engineNamed, majorOf, resolveVersion } from '../catalogue.ts';
import { INSTANCES, nameOf } from '../collections.ts';
import { later } from '../due.ts';
import { databaseEvent } from '../events.ts';
import { allFacts, courseOf, type Facts, factsOf, parametersOf } from '../facts.ts';
import { withFields } from '../form.ts';
import { accepted, type Handler } from '../handler.ts';
import { ask, type Scene } from '../scene.ts';
import { serverOf } from '../servers.ts';
import { APPLYING, CHANGING, changeStages, endingIn, LOG_EXPORTS } from '../stages.ts';
import { lookUp } from '../view.ts';
import { isWithin } from '../window.ts';
import { endConversion, keepForgotten } from './creation.ts';

/** The child of the record that each change is compared with. */
const DEFERRED: Readonly<Record<string, readonly string[]>> = {
  AllocatedStorage: ['AllocatedStorage'],
  DBInstanceClass: ['DBInstanceClass'],
  EngineVersion: ['EngineVersion'],
  MultiAZ: ['MultiAZ'],
  StorageType: ['StorageType'],
  Iops: ['Iops'],
  StorageThroughput: ['StorageThroughput'],
  BackupRetentionPeriod: ['BackupRetentionPeriod'],
  DBSubnetGroupName: ['DBSubnetGroup', 'DBSubnetGroupName'],
  CACertificateIdentifier: ['CACertificateIdentifier'],
  LicenseModel: ['LicenseModel'],
  EnableIAMDatabaseAuthentication: ['IAMDatabaseAuthenticationEnabled'],
};

/** A new password is made effective as soon as possible, whatever ApplyImmediately says (API reference). */
const PASSWORD = 'MasterUserPassword';

/** What the call asks of a change: a major version stands for its newest minor one, unless it runs one already. */
function askedFor(param: string, value: string, record: Element): string {
  const engine = param === 'EngineVersion' ? engineNamed(textAt(record, 'Engine')) : undefined;
  const version = textAt(record, 'EngineVersion') ?? '';
  if (!engine) return value;
  return version.startsWith(`${value}.`) ? version : (resolveVersion(engine, value) ?? value);
}

/** Another number of days becomes effective soon; from or to none it is a change that waits. */
function isSoon(param: string, value: string, record: Element): boolean {
  return param === 'BackupRetentionPeriod' && value !== '0' && textAt(record, param) !== '0';
}

/** Changes that the call asks for, by parameter; one that asks for the value of now takes back what waits. */
function enqueue(facts: Facts, params: Params, record: Element): void {
  for (const [param, path] of Object.entries(DEFERRED)) {
    const given = text(params, param);
    if (given === undefined) continue;
    const value = askedFor(param, given, record);
    facts.waiting.delete(param);
    const current = textAt(record, ...path) ?? '';
    if (current.toLowerCase() !== value.toLowerCase() && facts.applying.get(param) !== value) {
      facts.waiting.set(param, value);
    }
  }
}

/** What the stand-in may do at once: everything that neither waits nor is kept by the proxy. */
function immediate(scene: Scene, record: Element): Readonly<Record<string, string | undefined>> {
  const { params } = scene.call;
  const held = Object.keys(DEFERRED).filter((param) => {
    const value = text(params, param);
    return value !== undefined && !isSoon(param, value, record);
  });
  return Object.fromEntries(
    [...held, PASSWORD, 'CloudwatchLogsExportConfiguration', 'ApplyImmediately', 'DBPortNumber'].map((param) => [
      param,
      undefined,
    ]),
  );
}

/** Changes that restart the database, and so bring static parameters into force. */
const RESTARTING: readonly string[] = ['DBInstanceClass', 'EngineVersion'];

/** What RDS says when a change is done. */
const SAID: Readonly<Record<string, readonly [category: string, message: string]>> = {
  AllocatedStorage: ['configuration change', 'Finished applying modification to allocated storage'],
  DBInstanceClass: ['configuration change', 'Finished applying modification to DB instance class'],
  EngineVersion: ['maintenance', 'Database instance patched'],
  [PASSWORD]: ['configuration change', 'Reset master credentials'],
};

/** The replicas of a database that a major version of PostgreSQL takes with it. */
async function replicasToUpgrade(scene: Scene, id: string, version: string): Promise<readonly string[]> {
  const record = await lookUp(scene, INSTANCES, id);
  const engine = record && engineNamed(textAt(record, 'Engine'));
  const isMajor = engine && majorOf(engine, version) !== majorOf(engine, textAt(record, 'EngineVersion') ?? '');
  if (!record || engine?.name !== 'postgres' || !isMajor) return [];
  const replicas = descend(record, 'ReadReplicaDBInstanceIdentifiers')?.children ?? [];
  return replicas.map((one) => textAt(one) ?? '').filter((replica) => !factsOf(scene, replica).promoted);
}

/**
 * RDS User Guide, "Upgrading the PostgreSQL DB engine": the replicas of the region are upgraded with their source, and get
 * the default parameter group of the new version.
 */
async function upgradeReplicas(scene: Scene, replicas: readonly string[], version: string): Promise<void> {
  if (replicas.length === 0) return;
  const family = `postgres${version.split('.')[0]}`;
  const DBParameterGroupName = `default.${family}`;
  // Of the stand-in's default groups only those exist that somebody was given.
  await ask(scene, 'CreateDBParameterGroup', {
    ...{ DBParameterGroupName, DBParameterGroupFamily: family, Description: `Default parameter group for ${family}` },
  });
  for (const DBInstanceIdentifier of replicas) {
    await ask(scene, 'ModifyDBInstance', {
      ...{ DBInstanceIdentifier, DBParameterGroupName, EngineVersion: version, AllowMajorVersionUpgrade: 'true' },
    });
    databaseEvent(scene, DBInstanceIdentifier, 'maintenance', 'Database instance patched');
  }
}

/** Makes changes effective. */
async function apply(scene: Scene, id: string, ending: string | undefined): Promise<void> {
  const facts = factsOf(scene, id);
  const changes = Object.fromEntries(facts.applying);
  const version = changes.EngineVersion ?? '';
  const replicas = version === '' ? [] : await replicasToUpgrade(scene, id, version);
  facts.applying.clear();
  // The standby that was there or not says nothing about the one that was asked for.
  if (changes.MultiAZ !== undefined) facts.single = changes.MultiAZ === 'true';
  await ask(scene, 'ModifyDBInstance', { ...changes, DBInstanceIdentifier: id, AllowMajorVersionUpgrade: 'true' });
  if (changes[PASSWORD] !== undefined) serverOf(scene, id)?.setPassword(changes[PASSWORD]);
  if (changes.MultiAZ === 'true') endConversion(scene, id, ending);
  if (changes.BackupRetentionPeriod !== undefined) facts.unbacked = changes.BackupRetentionPeriod === '0';
  if (RESTARTING.some((param) => param in changes)) facts.pendingReboot = false;
  await upgradeReplicas(scene, replicas, version);
  for (const [param, [category, message]] of Object.entries(SAID)) {
    if (param in changes) databaseEvent(scene, id, category, message);
  }
}

/** Begins to make everything that is being applied; what is under way already begins anew. */
async function beginChanges(scene: Scene, id: string): Promise<void> {
  const facts = factsOf(scene, id);
  const version = facts.applying.get('EngineVersion');
  const replicas = version === undefined ? [] : await replicasToUpgrade(scene, id, version);
  for (const replica of replicas)
    begin(scene.world, scene.call, courseOf(replica), changeStages(['EngineVersion'], false));
  const backups = facts.unbacked && facts.applying.get('BackupRetentionPeriod') !== undefined;
  const { ending } = scene.call.trace;
  const stages = changeStages([...facts.applying.keys()], backups);
  begin(scene.world, scene.call, courseOf(id), endingIn(stages, ending));
  later(scene, `changes of ${id}`, {
    course: courseOf(id),
    until: CHANGING,
    work: (then) => apply(then, id, ending),
  });
}

/** Everything that waits is made, with what was asked for now. */
async function applyWaiting(scene: Scene, id: string): Promise<void> {
  const facts = factsOf(scene, id);
  for (const [param, value] of facts.waiting) facts.applying.set(param, value);
  facts.waiting.clear();
  if (facts.applying.size > 0) await beginChanges(scene, id);
}

/** Log types: enabled and disabled ones, kept here because the stand-in shares the list with replicas. */
function changeLogs(scene: Scene, id: string, record: Element): void {
  const asked = structure(scene.call.params, 'CloudwatchLogsExportConfiguration');
  const [enable, disable] = [texts(asked, 'EnableLogTypes'), texts(asked, 'DisableLogTypes')];
  if (enable.length + disable.length === 0) return;
  const shown = descend(record, 'EnabledCloudwatchLogsExports')?.children.map((one) => textAt(one) ?? '') ?? [];
  factsOf(scene, id).logs = [...new Set([...shown, ...enable])].filter((one) => !disable.includes(one)).sort();
  if (!progress(scene.world, scene.call, courseOf(id))) begin(scene.world, scene.call, courseOf(id), LOG_EXPORTS);
}

/** A group that is associated now applies with the next reboot (RDS User Guide, "Associating a DB parameter group"). */
function changeGroup(scene: Scene, id: string, record: Element): void {
  const group = text(scene.call.params, 'DBParameterGroupName');
  const shown = textAt(record, 'DBParameterGroups', 'DBParameterGroup', 'DBParameterGroupName');
  if (group === undefined || nameOf(group) === shown) return;
  factsOf(scene, id).pendingReboot = true;
  begin(scene.world, scene.call, parametersOf(id), APPLYING);
}

/** ModifyDBInstance. */
export const modifyInstance: Handler = async (scene, next) => {
  const { params } = scene.call;
  const id = nameOf(text(params, 'DBInstanceIdentifier') ?? '');
  const record = await lookUp(scene, INSTANCES, id);
  if (!record) return next(scene.call);
  const answer = await next(withFields(scene.call, immediate(scene, record)));
  if (answer.status >= 300) return answer;
  const facts = factsOf(scene, id);
  keepForgotten(facts, params);
  changeLogs(scene, id, record);
  changeGroup(scene, id, record);
  const soon = text(params, 'BackupRetentionPeriod');
  enqueue(facts, params, record);
  if (soon !== undefined && isSoon('BackupRetentionPeriod', soon, record))
    facts.waiting.delete('BackupRetentionPeriod');
  const password = text(params, PASSWORD);
  if (password !== undefined) facts.applying.set(PASSWORD, password);
  if (text(params, 'ApplyImmediately') === 'true') await applyWaiting(scene, id);
  else if (password !== undefined) await beginChanges(scene, id);
  return accepted(scene, INSTANCES, id);
};

/** In the maintenance window everything that waits is made; so is it when the window is moved to now. */
export async function openWindows(scene: Scene): Promise<void> {
  for (const [id, facts] of [...allFacts(scene)]) {
    if (facts.waiting.size === 0 || remaining(scene.world, scene.call, courseOf(id)) > 0) continue;
    const record = await lookUp(scene, INSTANCES, id);
    if (record && isWithin(textAt(record, 'PreferredMaintenanceWindow') ?? '', now())) await applyWaiting(scene, id);
  }
}
