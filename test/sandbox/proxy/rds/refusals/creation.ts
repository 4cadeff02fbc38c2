/** What AWS refuses of a new database (API reference, CreateDBInstance; RDS User Guide, "DB instances") and the stand-in lets pass. */
import { type Params, Refusal, text, texts } from '../../call.ts';
import { look as lookAtEc2 } from '../../ec2/view.ts';
import { textAt } from '../../xml.ts';
import { zonesOfRegion } from '../answers/offers.ts';
import { CLASSES, type Engine, engineNamed, resolveVersion, zonesWith } from '../catalogue.ts';
import { INSTANCES, PARAMETER_GROUPS, SNAPSHOTS, SUBNET_GROUPS } from '../collections.ts';
import { badCombination, badValue, notFound, type Rule } from '../refusal.ts';
import type { Scene } from '../scene.ts';
import { lookUp, zonesIn } from '../view.ts';
import { checkStorage } from './storage.ts';

function checkEngine(_scene: Scene, params: Params): void {
  const name = text(params, 'Engine');
  const engine = engineNamed(name);
  if (!engine) throw badValue(`Invalid DB engine: ${name}`);
  const version = text(params, 'EngineVersion');
  if (resolveVersion(engine, version) === undefined) {
    throw badCombination(`Cannot find version ${version} for ${engine.name}`);
  }
}

/** The zones that a class must be in: those of the group, and two of them for a standby. */
async function checkZones(scene: Scene, params: Params, className: string): Promise<void> {
  const zones = zonesWith(className, await zonesOfRegion(scene));
  const group = zonesIn(await lookUp(scene, SUBNET_GROUPS, text(params, 'DBSubnetGroupName')));
  const usable = group.length === 0 ? zones : group.filter((zone) => zones.includes(zone));
  const needed = text(params, 'MultiAZ') === 'true' ? 2 : 1;
  if (usable.length >= needed) return;
  throw badCombination(
    `RDS does not support creating a DB instance with the following combination: DBInstanceClass=${className}, Engine=${text(params, 'Engine')}, EngineVersion=${text(params, 'EngineVersion')}, LicenseModel=${text(params, 'LicenseModel')}. For supported combinations of instance class and database engine version, see the documentation.`,
  );
}

/** Whether there is such a class. */
export function checkClass(className: string | undefined): void {
  if (className !== undefined && !CLASSES.includes(className))
    throw badValue(`Invalid DB Instance class: ${className}`);
}

async function checkPlace(scene: Scene, params: Params): Promise<void> {
  const className = text(params, 'DBInstanceClass');
  if (className === undefined) throw badValue('The parameter DBInstanceClass must be provided and must not be blank.');
  checkClass(className);
  if (text(params, 'MultiAZ') === 'true' && text(params, 'AvailabilityZone') !== undefined) {
    throw badCombination('Requesting a specific availability zone is not valid for Multi-AZ instances.');
  }
  await checkGroups(scene, params);
  await checkZones(scene, params, className);
}

/** Groups that a call names must be there. */
export async function checkGroups(scene: Scene, params: Params): Promise<void> {
  const [subnets, parameters] = [text(params, 'DBSubnetGroupName'), text(params, 'DBParameterGroupName')];
  if (subnets !== undefined && !(await lookUp(scene, SUBNET_GROUPS, subnets))) {
    throw new Refusal('DBSubnetGroupNotFoundFault', `DB subnet group '${subnets}' does not exist.`, 404);
  }
  if (parameters === undefined || parameters.startsWith('default.')) return;
  if (!(await lookUp(scene, PARAMETER_GROUPS, parameters))) throw notFound(PARAMETER_GROUPS, parameters);
}

/** A parameter group of another engine or major version fits no database. */
async function checkFamily(scene: Scene, params: Params): Promise<void> {
  const group = await lookUp(scene, PARAMETER_GROUPS, text(params, 'DBParameterGroupName'));
  const engine = engineNamed(text(params, 'Engine'));
  if (group && engine) requireFamily(engine, text(params, 'EngineVersion'), textAt(group, 'DBParameterGroupFamily'));
}

/** Refuses a family that is not the one of a version. */
export function requireFamily(engine: Engine, version: string | undefined, family: string | undefined): void {
  const major = (resolveVersion(engine, version) ?? '').split('.').slice(0, engine.majorParts).join('.');
  if (family === `${engine.name}${major}`) return;
  throw badCombination(
    `The Parameter Group with DBParameterGroupFamily ${family} can't be used for this instance. Please use a Parameter Group with DBParameterGroupFamily ${engine.name}${major}`,
  );
}

/** Security groups of another network cannot protect it. */
export async function checkSecurityGroups(scene: Scene, params: Params, vpc: string | undefined): Promise<void> {
  for (const id of texts(params, 'VpcSecurityGroupIds')) {
    const [group] = await lookAtEc2(scene, 'DescribeSecurityGroups', { Filter: [{ Name: 'group-id', Value: [id] }] });
    if (!group) throw badValue(`Invalid security group , groupId= ${id}, groupName=.`);
    if (vpc !== undefined && textAt(group, 'vpcId') !== vpc) {
      throw badCombination('The DB instance and EC2 security group are in different VPCs.');
    }
  }
}

async function checkNetwork(scene: Scene, params: Params): Promise<void> {
  const group = await lookUp(scene, SUBNET_GROUPS, text(params, 'DBSubnetGroupName'));
  await checkSecurityGroups(scene, params, textAt(group, 'VpcId'));
}

/** 8 to 128 printable characters without `/`, `@`, `"` and spaces (41 at most for MySQL). */
export function checkPassword(password: string, engine: string | undefined): void {
  const most = engine === 'postgres' ? 128 : 41;
  if (password.length < 8 || password.length > most) {
    throw badValue(
      `The parameter MasterUserPassword is not a valid password because it is ${password.length < 8 ? 'shorter than 8' : `longer than ${most}`} characters.`,
    );
  }
  if (!/^[!-~]+$/.test(password) || /[/@"]/.test(password)) {
    throw badValue(
      "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
    );
  }
}

function checkCredentials(_scene: Scene, params: Params): void {
  const [user, password] = [text(params, 'MasterUsername'), text(params, 'MasterUserPassword')];
  const managed = text(params, 'ManageMasterUserPassword') === 'true';
  if (user === undefined) throw badValue('The parameter MasterUsername must be provided and must not be blank.');
  if (engineNamed(text(params, 'Engine'))?.reservedUsers.includes(user.toLowerCase())) {
    throw badValue(`MasterUsername ${user} cannot be used as it is a reserved word used by the engine`);
  }
  if (managed && password !== undefined) {
    throw badCombination('You can only specify one of ManageMasterUserPassword and MasterUserPassword.');
  }
  if (managed) return;
  if (password === undefined)
    throw badValue('The parameter MasterUserPassword must be provided and must not be blank.');
  checkPassword(password, text(params, 'Engine'));
}

function checkLogs(_scene: Scene, params: Params): void {
  const engine = engineNamed(text(params, 'Engine'));
  const unknown = texts(params, 'EnableCloudwatchLogsExports').filter((one) => !engine?.logs.includes(one));
  if (engine && unknown.length > 0) {
    throw badCombination(
      `You cannot use the log types '${unknown.join(',')}' with engine version ${engine.name} ${text(params, 'EngineVersion')}.`,
    );
  }
}

function checkNewStorage(_scene: Scene, params: Params): void {
  const { AllocatedStorage, ...rest } = params;
  if (AllocatedStorage === undefined) {
    throw badValue('The parameter AllocatedStorage must be provided and must not be blank.');
  }
  checkStorage({ engine: text(rest, 'Engine') ?? '', current: {}, params });
}

/** Names end in a letter or digit and have no two hyphens together; those of databases are the account's own. */
async function checkName(scene: Scene, params: Params): Promise<void> {
  const name = text(params, 'DBInstanceIdentifier');
  if (name === undefined) throw badValue('The parameter DBInstanceIdentifier must be provided and must not be blank.');
  if (!/^[A-Za-z](?!.*--)[A-Za-z0-9-]{0,61}[A-Za-z0-9]$|^[A-Za-z]$/.test(name)) {
    throw badValue(
      'The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.',
    );
  }
  if (await lookUp(scene, INSTANCES, name)) throw new Refusal('DBInstanceAlreadyExists', 'DB instance already exists');
}

async function checkSnapshot(scene: Scene, params: Params): Promise<void> {
  const id = text(params, 'DBSnapshotIdentifier') ?? '';
  const snapshot = await lookUp(scene, SNAPSHOTS, id);
  if (!snapshot) throw notFound(SNAPSHOTS, id);
  if (textAt(snapshot, 'Status') === 'available') return;
  throw new Refusal('InvalidDBSnapshotState', `The snapshot ${id} is in state ${textAt(snapshot, 'Status')}.`);
}

const CREATE = 'CreateDBInstance';
const RESTORE = 'RestoreDBInstanceFromDBSnapshot';

/** Rules of new databases. */
export const CREATION_RULES: readonly Rule[] = [
  { operation: [CREATE, RESTORE, 'CreateDBInstanceReadReplica'], check: checkName },
  { operation: CREATE, check: checkEngine },
  { operation: CREATE, check: checkPlace },
  { operation: CREATE, check: checkFamily },
  { operation: [CREATE, RESTORE], check: checkNetwork },
  { operation: CREATE, check: checkCredentials },
  { operation: CREATE, check: checkNewStorage },
  { operation: CREATE, check: checkLogs },
  { operation: RESTORE, check: checkSnapshot },
];
