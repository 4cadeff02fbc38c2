/** What AWS refuses of a change (API reference, ModifyDBInstance; RDS User Guide, "Modifying an Amazon RDS DB instance"). */
import { type Params, Refusal, structure, text, texts } from '../../call.ts';
import { UNIMPLEMENTED } from '../../unimplemented.ts';
import { descend, type Element, textAt } from '../../xml.ts';
import { compareVersions, engineNamed, majorOf, resolveVersion } from '../catalogue.ts';
import { INSTANCES, nameOf, PARAMETER_GROUPS } from '../collections.ts';
import { badCombination, badState, badValue, notFound, type Rule, requireSteady, statusOf } from '../refusal.ts';
import type { Scene } from '../scene.ts';
import { STORAGE_CHANGES } from '../stages.ts';
import { lookUp } from '../view.ts';
import { checkClass, checkGroups, checkPassword, checkSecurityGroups, requireFamily } from './creation.ts';
import { checkStorage } from './storage.ts';

/** The database that a call is about. */
export async function target(scene: Scene, params: Params, name = 'DBInstanceIdentifier'): Promise<Element> {
  const id = text(params, name) ?? '';
  const record = await lookUp(scene, INSTANCES, id);
  if (!record) throw notFound(INSTANCES, id);
  return record;
}

type Check = (record: Element, params: Params, scene: Scene) => Promise<void> | void;

/**
 * A change that has begun and is not shown as such yet may be followed by another; everything else needs rest, but for the
 * way out of full storage (RDS User Guide, "Amazon RDS DB instance running out of storage").
 */
const checkState: Check = (record, params) => {
  const grows = Number(text(params, 'AllocatedStorage') ?? 0) > Number(textAt(record, 'AllocatedStorage'));
  if (!(grows && statusOf(record) === 'storage-full')) requireSteady(record);
};

/** API reference, `AllocatedStorage`: only up, by a tenth at least, and not while the storage is optimized. */
const checkGrowth: Check = (record, params) => {
  const current = Object.fromEntries(
    ['AllocatedStorage', 'StorageType', 'Iops', 'StorageThroughput'].map((name) => [name, textAt(record, name)]),
  );
  const changed = [...STORAGE_CHANGES].filter((name) => {
    const value = text(params, name);
    return value !== undefined && value !== current[name];
  });
  const [size, asked] = [Number(current.AllocatedStorage), text(params, 'AllocatedStorage')];
  if (asked !== undefined && Number(asked) < size) {
    throw badCombination(
      `Invalid storage size for engine name ${textAt(record, 'Engine')}: storage size can only be increased`,
    );
  }
  if (![...STORAGE_CHANGES, 'MaxAllocatedStorage'].some((name) => text(params, name) !== undefined)) return;
  if (asked !== undefined && Number(asked) > size && Number(asked) < size * 1.1) {
    throw badCombination('Allocated storage must be increased by at least 10%.');
  }
  if (changed.length > 0 && statusOf(record) === 'storage-optimization') {
    throw badCombination(
      "You can't currently modify the storage of this DB instance because the previous storage change is being optimized.",
    );
  }
  checkStorage({ engine: textAt(record, 'Engine') ?? '', current, params });
};

/** Only upwards, and across a major version only with AllowMajorVersionUpgrade. */
const checkVersion: Check = (record, params) => {
  const asked = text(params, 'EngineVersion');
  const engine = engineNamed(textAt(record, 'Engine'));
  const current = textAt(record, 'EngineVersion') ?? '';
  if (asked === undefined || !engine || current === asked || current.startsWith(`${asked}.`)) return;
  const version = resolveVersion(engine, asked);
  if (version === undefined) throw badCombination(`Cannot find version ${asked} for ${engine.name}`);
  if (compareVersions(version, current) < 0) {
    throw badCombination(`Cannot upgrade ${engine.name} from ${current} to ${version}`);
  }
  if (majorOf(engine, version) !== majorOf(engine, current) && text(params, 'AllowMajorVersionUpgrade') !== 'true') {
    throw badCombination('The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.');
  }
};

/** The group must be of the family that the database runs, or will run. */
const checkGroup: Check = async (record, params, scene) => {
  const group = await lookUp(scene, PARAMETER_GROUPS, text(params, 'DBParameterGroupName'));
  const engine = engineNamed(textAt(record, 'Engine'));
  const version = text(params, 'EngineVersion') ?? textAt(record, 'EngineVersion');
  if (group && engine) requireFamily(engine, version, textAt(group, 'DBParameterGroupFamily'));
};

/** RDS User Guide, "Password management": not for a database with replicas, and one password at a time. */
const checkMaster: Check = (record, params) => {
  const managed = text(params, 'ManageMasterUserPassword') === 'true';
  const password = text(params, 'MasterUserPassword');
  const replicas = descend(record, 'ReadReplicaDBInstanceIdentifiers')?.children ?? [];
  if (managed && replicas.length > 0) {
    throw badCombination('ManageMasterUserPassword is not supported for a source of read replicas.');
  }
  if (managed && password !== undefined) {
    throw badCombination('You can only specify one of ManageMasterUserPassword and MasterUserPassword.');
  }
  if (password === undefined) return;
  if (textAt(record, 'ReadReplicaSourceDBInstanceIdentifier') !== undefined) {
    throw badCombination('The master user password of a read replica cannot be changed.');
  }
  if (descend(record, 'MasterUserSecret') && text(params, 'ManageMasterUserPassword') === undefined) {
    throw badCombination("You can't specify MasterUserPassword for an instance with a managed master user password.");
  }
  checkPassword(password, textAt(record, 'Engine'));
};

/** A source of replicas cannot be without backups (RDS User Guide, "Working with read replicas"). */
const checkBackups: Check = (record, params) => {
  const days = text(params, 'BackupRetentionPeriod');
  if (days === undefined) return;
  if (!(Number(days) >= 0 && Number(days) <= 35)) throw badValue(`Invalid backup retention period: ${days}`);
  const replicas = descend(record, 'ReadReplicaDBInstanceIdentifiers')?.children ?? [];
  if (days === '0' && replicas.length > 0) {
    throw badState('Automated backups must be enabled on the source of read replicas.');
  }
};

const checkNetwork: Check = (record, params, scene) =>
  checkSecurityGroups(scene, params, textAt(record, 'DBSubnetGroup', 'VpcId'));

const checkLogTypes: Check = (record, params) => {
  const engine = engineNamed(textAt(record, 'Engine'));
  const asked = texts(structure(params, 'CloudwatchLogsExportConfiguration'), 'EnableLogTypes');
  const unknown = asked.filter((one) => !engine?.logs.includes(one));
  if (unknown.length > 0) {
    throw badCombination(`You cannot use the log types '${unknown.join(',')}' with engine version ${engine?.name}.`);
  }
};

/** What neither the stand-in nor the proxy can do. */
const checkPossible: Check = (record, params) => {
  const port = text(params, 'DBPortNumber');
  const name = text(params, 'NewDBInstanceIdentifier');
  const moves = port !== undefined && port !== (textAt(record, 'Endpoint', 'Port') ?? port);
  if (!moves && (name === undefined || nameOf(name) === textAt(record, 'DBInstanceIdentifier'))) return;
  throw new Refusal(UNIMPLEMENTED, 'the stand-in cannot change the port or the name of a database', 501);
};

const CHECKS: readonly Check[] = [
  checkState,
  checkPossible,
  (_record, params) => checkClass(text(params, 'DBInstanceClass')),
  (_record, params, scene) => checkGroups(scene, params),
  checkGrowth,
  checkVersion,
  checkGroup,
  checkMaster,
  checkBackups,
  checkNetwork,
  checkLogTypes,
];

/** Rules of changes. */
export const MODIFICATION_RULES: readonly Rule[] = [
  {
    operation: 'ModifyDBInstance',
    async check(scene, params) {
      const record = await target(scene, params);
      for (const check of CHECKS) await check(record, params, scene);
    },
  },
];
