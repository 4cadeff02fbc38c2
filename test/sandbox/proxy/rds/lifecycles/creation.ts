/**
 * A database comes into being (RDS User Guide, "Creating an Amazon RDS DB instance"): AWS's defaults where nothing was
 * asked, then creating → modifying, for the standby → backing-up → available.
 */
import { type Params, text, texts } from '../../call.ts';
import { now } from '../../clock.ts';
import { look as lookAtEc2 } from '../../ec2/view.ts';
import { begin } from '../../lifecycle.ts';
import { textAt } from '../../xml.ts';
import { engineNamed, resolveVersion } from '../catalogue.ts';
import { INSTANCES, nameOf, SNAPSHOTS, SUBNET_GROUPS } from '../collections.ts';
import { later } from '../due.ts';
import { databaseEvent } from '../events.ts';
import { courseOf, type Facts, factsOf, forgetFacts } from '../facts.ts';
import { withFields } from '../form.ts';
import type { Handler } from '../handler.ts';
import { ask, type Scene } from '../scene.ts';
import { beginServer } from '../servers.ts';
import { creationStages, endingIn, replicaStages, SINGLE_ZONE } from '../stages.ts';
import { lookUp } from '../view.ts';
import { backupWindow, maintenanceWindow } from '../window.ts';

/** What the stand-in forgets of a creation or a change, by the field of the record that shows it. */
const FORGOTTEN: Readonly<Record<string, string>> = {
  EnablePerformanceInsights: 'PerformanceInsightsEnabled',
  PerformanceInsightsRetentionPeriod: 'PerformanceInsightsRetentionPeriod',
  PerformanceInsightsKMSKeyId: 'PerformanceInsightsKMSKeyId',
  DatabaseInsightsMode: 'DatabaseInsightsMode',
  EngineLifecycleSupport: 'EngineLifecycleSupport',
  NetworkType: 'NetworkType',
  AvailabilityZone: 'AvailabilityZone',
};

/** Keeps what the stand-in forgets. */
export function keepForgotten(facts: Facts, params: Params): void {
  for (const [param, field] of Object.entries(FORGOTTEN)) {
    const value = text(params, param);
    if (value !== undefined) facts.fields.set(field, value);
  }
  if (text(params, 'EnablePerformanceInsights') === 'true' && !facts.fields.has('PerformanceInsightsRetentionPeriod')) {
    facts.fields.set('PerformanceInsightsRetentionPeriod', '7');
  }
}

/** AWS's own values of what the stand-in forgets (API reference, CreateDBInstance: defaults). */
function blankFacts(scene: Scene, id: string): Facts {
  forgetFacts(scene, id);
  const facts = factsOf(scene, id);
  facts.fields.set('PerformanceInsightsEnabled', 'false');
  facts.fields.set('DatabaseInsightsMode', 'standard');
  facts.fields.set('EngineLifecycleSupport', 'open-source-rds-extended-support');
  facts.fields.set('NetworkType', 'IPV4');
  keepForgotten(facts, scene.call.params);
  facts.logs = texts(scene.call.params, 'EnableCloudwatchLogsExports');
  return facts;
}

/** API reference, `PubliclyAccessible`: when not asked, public unless the network of the group has no internet gateway. */
async function isPublic(scene: Scene, vpc: string | undefined): Promise<boolean> {
  if (vpc === undefined) return true;
  const gateways = await lookAtEc2(scene, 'DescribeInternetGateways', {
    Filter: [{ Name: 'attachment.vpc-id', Value: [vpc] }],
  });
  return gateways.length > 0;
}

/** API reference, `VpcSecurityGroupIds`: when not asked, the default group of the subnet group's network. */
async function defaultGroup(scene: Scene, vpc: string | undefined): Promise<string | undefined> {
  if (vpc === undefined) return undefined;
  const [group] = await lookAtEc2(scene, 'DescribeSecurityGroups', {
    Filter: [
      { Name: 'vpc-id', Value: [vpc] },
      { Name: 'group-name', Value: ['default'] },
    ],
  });
  return textAt(group, 'groupId');
}

async function networkFields(scene: Scene): Promise<Readonly<Record<string, string>>> {
  const { params } = scene.call;
  const vpc = textAt(await lookUp(scene, SUBNET_GROUPS, text(params, 'DBSubnetGroupName')), 'VpcId');
  const group = texts(params, 'VpcSecurityGroupIds').length > 0 ? undefined : await defaultGroup(scene, vpc);
  return {
    PubliclyAccessible: text(params, 'PubliclyAccessible') ?? String(await isPublic(scene, vpc)),
    ...(group === undefined ? {} : { 'VpcSecurityGroupIds.VpcSecurityGroupId.1': group }),
  };
}

function engineFields(params: Params): Readonly<Record<string, string>> {
  const engine = engineNamed(text(params, 'Engine'));
  if (!engine) return {};
  const version = resolveVersion(engine, text(params, 'EngineVersion'));
  return {
    ...(version === undefined ? {} : { EngineVersion: version }),
    Port: text(params, 'Port') ?? String(engine.port),
    LicenseModel: text(params, 'LicenseModel') ?? engine.license,
    StorageType: text(params, 'StorageType') ?? (text(params, 'Iops') === undefined ? 'gp3' : 'io1'),
  };
}

function windowFields(params: Params): Readonly<Record<string, string>> {
  const [backup, maintenance] = [text(params, 'PreferredBackupWindow'), text(params, 'PreferredMaintenanceWindow')];
  const chosen = backup ?? backupWindow(maintenance);
  return {
    PreferredBackupWindow: chosen,
    PreferredMaintenanceWindow: maintenance ?? maintenanceWindow(chosen, now()),
  };
}

/** Begins the course of a new database and what comes with it. */
function beginCreation(
  scene: Scene,
  id: string,
  asked: { readonly multiAz: boolean; readonly backups: boolean },
): void {
  const { ending } = scene.call.trace;
  const facts = factsOf(scene, id);
  facts.single = asked.multiAz;
  facts.unbacked = !asked.backups;
  begin(scene.world, scene.call, courseOf(id), endingIn(creationStages(asked), ending));
  later(scene, `creation of ${id}`, {
    course: courseOf(id),
    until: ['creating'],
    work: (then) => databaseEvent(then, id, 'creation', 'DB instance created'),
  });
  if (!asked.multiAz) return;
  later(scene, `standby of ${id}`, {
    course: courseOf(id),
    until: ['creating', 'modifying'],
    work: (then) => endConversion(then, id, ending),
  });
}

/** RDS-EVENT-0025; without room in another zone there is no standby, and the database is as it was. */
export function endConversion(scene: Scene, id: string, ending: string | undefined): void {
  if (ending === SINGLE_ZONE) {
    databaseEvent(scene, id, 'configuration change', 'Unable to convert the DB instance to a Multi-AZ DB instance');
    return;
  }
  factsOf(scene, id).single = false;
  databaseEvent(
    scene,
    id,
    'configuration change',
    'Finished applying modification to convert to a Multi-AZ DB instance',
  );
}

/** CreateDBInstance. */
export const createInstance: Handler = async (scene, next) => {
  const { params } = scene.call;
  const id = nameOf(text(params, 'DBInstanceIdentifier') ?? '');
  const fields = { ...engineFields(params), ...windowFields(params), ...(await networkFields(scene)) };
  const answer = await next(withFields(scene.call, { ...fields, DBInstanceIdentifier: id }));
  if (answer.status >= 300) return answer;
  blankFacts(scene, id);
  const multiAz = text(params, 'MultiAZ') === 'true';
  beginCreation(scene, id, { multiAz, backups: text(params, 'BackupRetentionPeriod') !== '0' });
  await beginServer(scene, id, fields, answer.body);
  return answer;
};

/** RestoreDBInstanceFromDBSnapshot: a creation whose data are there before. */
export const restoreInstance: Handler = async (scene, next) => {
  const { params } = scene.call;
  const id = nameOf(text(params, 'DBInstanceIdentifier') ?? '');
  const snapshot = await lookUp(scene, SNAPSHOTS, text(params, 'DBSnapshotIdentifier'));
  const source = await lookUp(scene, INSTANCES, textAt(snapshot, 'DBInstanceIdentifier'));
  const answer = await next(withFields(scene.call, { ...(await networkFields(scene)), DBInstanceIdentifier: id }));
  if (answer.status >= 300) return answer;
  blankFacts(scene, id);
  const multiAz = text(params, 'MultiAZ') === 'true';
  beginCreation(scene, id, { multiAz, backups: textAt(source, 'BackupRetentionPeriod') !== '0' });
  return answer;
};

/** What a replica does not take over from its source (API reference, CreateDBInstanceReadReplica: defaults). */
const OF_ITS_OWN: Readonly<Record<string, string>> = {
  MultiAZ: 'false',
  DeletionProtection: 'false',
  CopyTagsToSnapshot: 'false',
};

async function separate(scene: Scene, id: string): Promise<void> {
  // Automated backups are off on a new replica; the stand-in copies everything of the source, tags too.
  await ask(scene, 'ModifyDBInstance', { DBInstanceIdentifier: id, BackupRetentionPeriod: 0 });
  if (scene.call.params.Tags !== undefined) return;
  const replica = await lookUp(scene, INSTANCES, id);
  const tags = replica?.children.find(({ name }) => name === 'TagList')?.children ?? [];
  if (tags.length === 0) return;
  const member = tags.map((tag) => textAt(tag, 'Key'));
  const ResourceName = textAt(replica, 'DBInstanceArn');
  await ask(scene, 'RemoveTagsFromResource', { ResourceName, TagKeys: { member } });
}

/** CreateDBInstanceReadReplica (RDS User Guide, "Creating a read replica"). Several may be made at the same time. */
export const createReplica: Handler = async (scene, next) => {
  const { params } = scene.call;
  const id = nameOf(text(params, 'DBInstanceIdentifier') ?? '');
  const own = Object.entries(OF_ITS_OWN).map(([name, value]) => [name, text(params, name) ?? value]);
  const answer = await next(
    withFields(scene.call, {
      ...(Object.fromEntries(own) as Record<string, string>),
      DBInstanceIdentifier: id,
      SourceDBInstanceIdentifier: nameOf(text(params, 'SourceDBInstanceIdentifier') ?? ''),
    }),
  );
  if (answer.status >= 300) return answer;
  const facts = blankFacts(scene, id);
  facts.unbacked = true;
  facts.fields.set('InstanceCreateTime', new Date(now()).toISOString());
  await separate(scene, id);
  const multiAz = text(params, 'MultiAZ') === 'true';
  facts.single = multiAz;
  begin(scene.world, scene.call, courseOf(id), endingIn(replicaStages(multiAz), scene.call.trace.ending));
  later(scene, `creation of ${id}`, {
    course: courseOf(id),
    until: ['creating'],
    work: (then) => databaseEvent(then, id, 'read replica', 'Replication for the Read Replica resumed'),
  });
  if (!multiAz) return answer;
  const { ending } = scene.call.trace;
  later(scene, `standby of ${id}`, {
    course: courseOf(id),
    until: ['creating', 'modifying'],
    work: (then) => endConversion(then, id, ending),
  });
  return answer;
};
