/**
 * What RDS offers: engines with their versions, families and logs, classes with the zones that have them (RDS User Guide,
 * "Supported DB engines for DB instance classes" and the release notes of each engine; what was on offer in 2026, shortened).
 * Data and its readers only.
 */

/** One engine. */
export interface Engine {
  readonly name: string;
  readonly description: string;
  readonly license: string;
  readonly port: number;
  /** How many leading numbers of a version are its major version. */
  readonly majorParts: number;
  readonly logs: readonly string[];
  /** Names that the engine keeps for itself. */
  readonly reservedUsers: readonly string[];
  readonly versions: readonly string[];
  /** Versions that AWS will replace by itself. */
  readonly deprecated: readonly string[];
}

const POSTGRES: Engine = {
  name: 'postgres',
  description: 'PostgreSQL',
  license: 'postgresql-license',
  port: 5432,
  majorParts: 1,
  logs: ['postgresql', 'upgrade', 'iam-db-auth-error'],
  reservedUsers: ['admin', 'rdsadmin', 'public', 'pg_monitor'],
  versions: [
    ...['13.20', '13.22', '14.17', '14.18', '14.19', '15.12', '15.13', '15.14', '16.8', '16.9', '16.10'],
    ...['17.2', '17.3', '17.4', '17.5', '17.6', '18.1'],
  ],
  deprecated: ['13.20', '13.22'],
};

const MYSQL: Engine = {
  name: 'mysql',
  description: 'MySQL Community Edition',
  license: 'general-public-license',
  port: 3306,
  majorParts: 2,
  logs: ['audit', 'error', 'general', 'iam-db-auth-error', 'slowquery'],
  reservedUsers: ['rdsadmin', 'rdsrepladmin', 'mysql.sys'],
  // 9.7, the next release with long support, is what the sandbox's servers are; a database must not be older than what moves into it.
  versions: ['8.0.40', '8.0.41', '8.0.42', '8.0.43', '8.4.3', '8.4.4', '8.4.5', '8.4.6', '9.7.1'],
  deprecated: [],
};

const MARIADB: Engine = {
  name: 'mariadb',
  description: 'MariaDB Community Edition',
  license: 'general-public-license',
  port: 3306,
  majorParts: 2,
  logs: ['audit', 'error', 'general', 'iam-db-auth-error', 'slowquery'],
  reservedUsers: ['rdsadmin', 'rdsrepladmin'],
  versions: ['10.6.22', '10.11.11', '10.11.13', '11.4.5', '11.4.7', '11.8.3'],
  deprecated: [],
};

/** Every engine that the proxy knows. */
export const ENGINES: readonly Engine[] = [POSTGRES, MYSQL, MARIADB];

/** The engine of this name. */
export function engineNamed(name: string | undefined): Engine | undefined {
  return ENGINES.find((engine) => engine.name === name);
}

/** The major version of a version. */
export function majorOf({ majorParts }: Engine, version: string): string {
  return version.split('.').slice(0, majorParts).join('.');
}

/** The parameter group family of a version. */
export function familyOf(engine: Engine, version: string): string {
  return `${engine.name}${majorOf(engine, version)}`;
}

/** Every family. */
export const FAMILIES: ReadonlyMap<string, Engine> = new Map(
  ENGINES.flatMap((engine) => engine.versions.map((version) => [familyOf(engine, version), engine] as const)),
);

const numbersOf = (version: string): readonly number[] => version.split('.').map(Number);

/** Which of two versions is older: negative when the first one is. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? 0);
}

/** The versions that a version or the beginning of one stands for, oldest first. */
export function versionsLike({ versions }: Engine, version: string): readonly string[] {
  return versions.filter((one) => one === version || one.startsWith(`${version}.`));
}

/** What a version given at creation means: the newest minor version of a major one, the newest of all when none is given. */
export function resolveVersion(engine: Engine, version: string | undefined): string | undefined {
  return version === undefined ? engine.versions.at(-1) : versionsLike(engine, version).at(-1);
}

/** What a version can be upgraded to: newer ones, across no more than a few major versions. */
export function targetsOf(engine: Engine, version: string): readonly string[] {
  return engine.versions.filter((one) => compareVersions(one, version) > 0);
}

const SIZES = ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'];
const SMALL = ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge'];

const FAMILIES_OF_CLASSES: readonly (readonly [family: string, sizes: readonly string[]])[] = [
  ['db.t3', SMALL],
  ['db.t4g', SMALL],
  ...['db.m5', 'db.m6g', 'db.m6i', 'db.m7g', 'db.m7i', 'db.r5', 'db.r6g', 'db.r6i', 'db.r7g', 'db.r7i'].map(
    (family) => [family, SIZES] as const,
  ),
  ['db.x2g', SIZES],
];

/** Every class on offer. */
export const CLASSES: readonly string[] = FAMILIES_OF_CLASSES.flatMap(([family, sizes]) =>
  sizes.map((size) => `${family}.${size}`),
);

/** Classes that not every zone has: memory-optimized ones of the X family are in one zone, the seventh generation not in all. */
export function zonesWith(className: string, zones: readonly string[]): readonly string[] {
  if (className.startsWith('db.x2g.')) return zones.slice(0, 1);
  if (/^db\.[mr]7i\./.test(className)) return zones.length > 3 ? zones.slice(0, -1) : zones;
  return zones;
}

/** Least and most GiB of each kind of storage (RDS User Guide, "DB instance storage"). */
export const STORAGE: Readonly<Record<string, readonly [least: number, most: number]>> = {
  gp2: [20, 65_536],
  gp3: [20, 65_536],
  io1: [100, 65_536],
  io2: [100, 65_536],
  standard: [5, 3072],
};

/** From so many GiB on, gp3 storage of these engines is striped and takes its own figures. */
export const STRIPED_FROM = 400;

/** IOPS and throughput of gp3 storage that is striped, when nothing is asked for; less is refused. */
export const STRIPED = { iops: 12_000, throughput: 500 } as const;
