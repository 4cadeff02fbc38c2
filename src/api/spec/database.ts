/** `spec.database`: which database the application uses. Where it runs follows from the stage. */
import { z } from 'zod';
import { objectName, text, whole } from '../fields.ts';
import { fixed, type Rule, withRules } from '../rules.ts';
import { LOGS, rds } from './rds.ts';

const SYSTEM_DATABASES = [
  'postgres',
  'template0',
  'template1',
  'rdsadmin',
  'mysql',
  'sys',
  'information_schema',
  'performance_schema',
];

const VERSIONS = { postgres: '^1[4-9]([.][0-9]+)?$', mysql: '^[89][.][0-9]+([.][0-9]+)?$' };

const snapshots = z.object({
  keep: whole(1, 30).default(7).describe('How many daily snapshots of the data volume are kept.'),
});

const onInstance = z.object({
  port: whole(1, 65535)
    .optional()
    .describe("Port that the database listens on. Absent: the engine's own, 5432 or 3306."),
  snapshots: snapshots.prefault({}).describe('Daily snapshots of the data volume.'),
});

const used = z.object({
  engine: z.enum(['postgres', 'mysql']).default('postgres').describe('Database engine. Cannot change.'),
  name: withRules(text(63, /^[A-Za-z][A-Za-z0-9_]*$/), [
    {
      rule: `!(self.lowerAscii() in [${SYSTEM_DATABASES.map((name) => `'${name}'`).join(', ')}])`,
      message: 'spec.database.name must not be a database of the engine itself; take a name of your own',
      holds: (self) => !SYSTEM_DATABASES.includes(self.toLowerCase()),
    },
  ])
    .default('app')
    .describe("Name of the application's database. Cannot change."),
  onInstance: onInstance
    .prefault({})
    .describe(
      'The database while it runs on the server itself. In stage SeparateDatabase the data volume and its snapshots stay; in stage LoadBalanced nothing of this has an effect.',
    ),
  rds: rds
    .optional()
    .describe('The database as an RDS instance, from stage SeparateDatabase on. Absent: its defaults.'),
  connectionSecret: objectName()
    .optional()
    .describe(
      'Name of a Secret in the namespace of the ScalingTier that the operator keeps for pods that use the database: host, port, dbname, username, password, uri and more. From stage SeparateDatabase on.',
    ),
});

type Used = z.output<typeof used>;

const logsOf = (engine: Used['engine']): string => `[${LOGS[engine].map((log) => `'${log}'`).join(', ')}]`;

const rules: readonly Rule<Used>[] = [
  fixed('engine', 'spec.database.engine cannot change; create another ScalingTier and move the data'),
  fixed('name', 'spec.database.name cannot change'),
  {
    rule: `!has(self.rds) || !has(self.rds.engineVersion) || (self.engine == 'postgres' ? self.rds.engineVersion.matches('${VERSIONS.postgres}') : self.rds.engineVersion.matches('${VERSIONS.mysql}'))`,
    message:
      'spec.database.rds.engineVersion must be a version of spec.database.engine: 14 to 19 for postgres, 8.0 or later for mysql, with or without the minor version',
    fieldPath: '.rds.engineVersion',
    holds: ({ engine, rds: { engineVersion } = {} }) =>
      engineVersion === undefined || new RegExp(VERSIONS[engine]).test(engineVersion),
  },
  {
    rule: `!has(self.rds) || !has(self.rds.logExports) || (self.engine == 'postgres' ? self.rds.logExports.all(log, log in ${logsOf('postgres')}) : self.rds.logExports.all(log, log in ${logsOf('mysql')}))`,
    message:
      'spec.database.rds.logExports must be logs of spec.database.engine: postgresql, upgrade; or audit, error, general, slowquery',
    fieldPath: '.rds.logExports',
    holds: ({ engine, rds: { logExports = [] } = {} }) =>
      logExports.every((log) => (LOGS[engine] as readonly string[]).includes(log)),
  },
];

/** `spec.database`. */
export const database = withRules(used, rules);
