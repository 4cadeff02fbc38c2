/**
 * What RDS offers, as its describe calls say it: DescribeDBEngineVersions and DescribeOrderableDBInstanceOptions, which the
 * stand-in lacks or leaves empty. Zones are those of the account's region.
 */
import { type Answer, Refusal, succeeded, text } from '../../call.ts';
import { branch, type Element, itemsOf, leaf, parseXml, textAt } from '../../xml.ts';
import { leaves, resultOf } from '../answer.ts';
import {
  CLASSES,
  compareVersions,
  ENGINES,
  type Engine,
  engineNamed,
  familyOf,
  majorOf,
  STORAGE,
  targetsOf,
  versionsLike,
  zonesWith,
} from '../catalogue.ts';
import { pageOf, readPage } from '../paging.ts';
import { badValue } from '../refusal.ts';
import type { Scene } from '../scene.ts';

interface Offer {
  readonly engine: Engine;
  readonly version: string;
}

function offersOf({ call: { params } }: Scene): readonly Offer[] {
  const name = text(params, 'Engine');
  const version = text(params, 'EngineVersion');
  const engines = name === undefined ? ENGINES : ENGINES.filter((engine) => engine.name === name);
  return engines.flatMap((engine) =>
    (version === undefined ? engine.versions : versionsLike(engine, version)).map((one) => ({ engine, version: one })),
  );
}

function targetOf(engine: Engine, from: string, version: string): Element {
  const major = majorOf(engine, version) !== majorOf(engine, from);
  const fields = { Engine: engine.name, EngineVersion: version, Description: `${engine.description} ${version}` };
  return branch('UpgradeTarget', leaves({ ...fields, AutoUpgrade: 'false', IsMajorVersionUpgrade: String(major) }));
}

function versionOf({ engine, version }: Offer): Element {
  const targets = targetsOf(engine, version).map((one) => targetOf(engine, version, one));
  return branch('DBEngineVersion', [
    ...leaves({
      Engine: engine.name,
      MajorEngineVersion: majorOf(engine, version),
      EngineVersion: version,
      DBParameterGroupFamily: familyOf(engine, version),
      DBEngineDescription: engine.description,
      DBEngineVersionDescription: `${engine.description} ${version}`,
      Status: engine.deprecated.includes(version) ? 'deprecated' : 'available',
      SupportsReadReplica: 'true',
      SupportsLogExportsToCloudwatchLogs: 'true',
    }),
    branch('ValidUpgradeTarget', targets),
    branch(
      'ExportableLogTypes',
      engine.logs.map((one) => leaf('member', one)),
    ),
  ]);
}

/** With `DefaultOnly`, the newest minor version of what was asked for. */
function defaults(offers: readonly Offer[]): readonly Offer[] {
  return ENGINES.flatMap((engine) => {
    const own = offers.filter((offer) => offer.engine === engine);
    return own.toSorted((a, b) => compareVersions(b.version, a.version)).slice(0, 1);
  });
}

/** Answers DescribeDBEngineVersions. An engine or version that there is not is an empty list, not an error. */
export function answerEngineVersions(scene: Scene): Answer {
  const { params } = scene.call;
  const family = text(params, 'DBParameterGroupFamily');
  const all = text(params, 'IncludeAll') === 'true';
  const found = offersOf(scene)
    .filter(({ engine, version }) => family === undefined || familyOf(engine, version) === family)
    .filter(({ engine, version }) => all || !engine.deprecated.includes(version));
  const offers = text(params, 'DefaultOnly') === 'true' ? defaults(found) : found;
  const page = pageOf(readPage(scene), offers, ({ engine, version }) => `${engine.name} ${version}`);
  return resultOf('DescribeDBEngineVersions', [
    branch('DBEngineVersions', page.records.map(versionOf)),
    ...leaves({ Marker: page.next }),
  ]);
}

/** The zones of the region, in order. */
export async function zonesOfRegion({ world, call }: Scene): Promise<readonly string[]> {
  const answer = await world.ask(call, 'DescribeAvailabilityZones', {}, 'ec2');
  const root = succeeded(answer) ? parseXml(answer.body.toString()) : undefined;
  return itemsOf(root, 'availabilityZoneInfo')
    .map((one) => textAt(one, 'zoneName') ?? '')
    .sort();
}

interface Option extends Offer {
  readonly className: string;
  readonly storage: string;
}

function optionOf(zones: readonly string[], { engine, version, className, storage }: Option): Element {
  const offered = zonesWith(className, zones);
  const [least, most] = STORAGE[storage] ?? [0, 0];
  const iops = storage === 'gp3' || storage.startsWith('io');
  return branch('OrderableDBInstanceOption', [
    ...leaves({
      Engine: engine.name,
      EngineVersion: version,
      DBInstanceClass: className,
      LicenseModel: engine.license,
    }),
    branch(
      'AvailabilityZones',
      offered.map((zone) => branch('AvailabilityZone', [leaf('Name', zone)])),
    ),
    ...leaves({
      MultiAZCapable: String(offered.length > 1),
      ReadReplicaCapable: 'true',
      Vpc: 'true',
      SupportsStorageEncryption: 'true',
      StorageType: storage,
      SupportsIops: String(iops),
      SupportsStorageThroughput: String(storage === 'gp3'),
      SupportsEnhancedMonitoring: 'true',
      SupportsIAMDatabaseAuthentication: 'true',
      SupportsPerformanceInsights: String(!/\.(micro|small)$/.test(className)),
      MinStorageSize: String(least),
      MaxStorageSize: String(most),
      SupportsStorageAutoscaling: 'true',
      SupportsKerberosAuthentication: 'true',
      OutpostCapable: 'false',
      SupportsGlobalDatabases: 'false',
      SupportsClusters: 'false',
    }),
  ]);
}

/** Answers DescribeOrderableDBInstanceOptions: one for every engine version, class and kind of storage. */
export async function answerOrderable(scene: Scene): Promise<Answer> {
  const { params } = scene.call;
  const engine = text(params, 'Engine');
  if (engine === undefined) throw new Refusal('MissingParameter', 'The request must contain the parameter Engine.');
  if (!engineNamed(engine)) throw badValue(`Invalid DB engine: ${engine}`);
  const wanted = text(params, 'DBInstanceClass');
  const license = text(params, 'LicenseModel');
  const classes = wanted === undefined ? CLASSES : CLASSES.filter((one) => one === wanted);
  const options = offersOf(scene)
    .filter((offer) => license === undefined || offer.engine.license === license)
    .flatMap((offer) =>
      classes.flatMap((className) => Object.keys(STORAGE).map((storage) => ({ ...offer, className, storage }))),
    );
  const zones = await zonesOfRegion(scene);
  const page = pageOf(
    readPage(scene),
    options,
    ({ version, className, storage }) => `${version} ${className} ${storage}`,
  );
  return resultOf('DescribeOrderableDBInstanceOptions', [
    branch(
      'OrderableDBInstanceOptions',
      page.records.map((one) => optionOf(zones, one)),
    ),
    ...leaves({ Marker: page.next }),
  ]);
}
