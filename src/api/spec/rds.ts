/**
 * `spec.database.rds`: the database as an RDS instance. What a class or a version is able to do is asked of AWS elsewhere;
 * what holds between this section and the rest of the spec stands with the database and with the stage.
 */
import { z } from 'zod';
import { ATOMIC_LIST, kmsKeyARN, text, whole } from '../fields.ts';
import { type Rule, unique, withRules } from '../rules.ts';
import { DAILY, WEEKLY, windowRules } from './windows.ts';

/** Logs that the engines can export; which engine has which is a rule of the database. */
export const LOGS = { postgres: ['postgresql', 'upgrade'], mysql: ['audit', 'error', 'general', 'slowquery'] } as const;

const PARAMETER = '^[a-z][a-z0-9_.]*$';

const instanceClass = () => text(32, /^db\.[a-z][a-z0-9-]*\.[a-z0-9-]+$/);

const parameters = withRules(
  z.record(z.string(), z.string().max(512)).refine((self) => Object.keys(self).length <= 60, {
    message: 'spec.database.rds.parameters may hold at most 60 parameters',
  }),
  [
    {
      rule: `self.all(key, size(key) <= 128 && key.matches('${PARAMETER}'))`,
      message:
        'spec.database.rds.parameters keys must be names of engine parameters: 1 to 128 lower-case letters, digits, _ and .',
      holds: (self) => Object.keys(self).every((key) => key.length <= 128 && new RegExp(PARAMETER).test(key)),
    },
  ],
  { maxProperties: 60 },
);

const readReplicas = z.object({
  count: whole(0, 15).default(0).describe('How many read replicas stand beside the database.'),
  instanceClass: instanceClass().optional().describe("Class of the replicas. Absent: the database's own."),
  multiAZ: z.boolean().default(false).describe('Whether each replica has a standby in a second zone.'),
});

const credentials = withRules(
  z.object({
    mode: z
      .enum(['Operator', 'RDSManaged'])
      .default('Operator')
      .describe(
        'Operator: the operator makes the password and keeps it in a secret of AWS Secrets Manager. RDSManaged: RDS does, changes it every week, and allows no read replicas.',
      ),
    passwordRotation: whole(0, 1_000_000)
      .default(0)
      .describe('Raise it to get a new password, in the secret and in the database. Never lowered.'),
  }),
  [
    {
      rule: "self.mode == 'Operator' || self.passwordRotation == 0",
      message:
        'spec.database.rds.credentials.passwordRotation has no effect with mode RDSManaged: RDS changes the password by itself; take it out or choose mode Operator',
      fieldPath: '.passwordRotation',
      reason: 'FieldValueForbidden',
      holds: (self) => self.mode === 'Operator' || self.passwordRotation === 0,
    },
  ],
);

const instance = z.object({
  engineVersion: text(12, /^[0-9]+([.][0-9]+){0,2}$/)
    .optional()
    .describe(
      'Version of the engine: a major one such as 17 or 8.4, of which AWS takes its default, or a full one as the least that is wanted. May rise. Absent: 17 for postgres, 8.4 for mysql.',
    ),
  instanceClass: instanceClass()
    .default('db.t4g.medium')
    .describe('RDS instance class, for example db.r7g.large. A change interrupts the database.'),
  storageGiB: whole(20, 65536)
    .default(50)
    .describe('Size in GiB. May grow, while in use and by at least a tenth, but not shrink.'),
  maxStorageGiB: whole(0, 65536)
    .optional()
    .describe('Size up to which RDS lets the storage grow by itself; 0: it does not. Absent: four times storageGiB.'),
  storageType: z.enum(['gp3']).default('gp3').describe('RDS storage type.'),
  iops: whole(12000, 64000)
    .optional()
    .describe('Provisioned operations per second, from 400 GiB on. Absent: what gp3 includes.'),
  throughput: whole(500, 4000)
    .optional()
    .describe('Provisioned MiB/s, from 400 GiB on, at most a quarter of the iops. Absent: what gp3 includes.'),
  multiAZ: z.boolean().default(true).describe('A standby in a second zone, to which RDS fails over.'),
  backupRetentionDays: whole(1, 35).default(7).describe('Days over which the database can be restored to any second.'),
  backupWindow: text(11, DAILY)
    .optional()
    .describe('When backups are made, daily, UTC, at least 30 minutes, for example 03:00-04:00. Absent: AWS chooses.'),
  maintenanceWindow: text(19, WEEKLY)
    .optional()
    .describe(
      'When AWS maintains the database, weekly, UTC, at least 30 minutes, for example sun:04:30-sun:05:30. Absent: AWS chooses.',
    ),
  applyChanges: z
    .enum(['Immediately', 'MaintenanceWindow'])
    .default('Immediately')
    .describe(
      'When changes that interrupt the database are made. With MaintenanceWindow, parameters that need a restart wait for the next one.',
    ),
  autoMinorVersionUpgrade: z
    .boolean()
    .default(true)
    .describe('Whether AWS moves to newer minor versions in the maintenance window.'),
  deletionProtection: z
    .boolean()
    .default(true)
    .describe('Whether AWS refuses to delete the database. The operator lifts it when the ScalingTier is deleted.'),
  readReplicas: readReplicas.prefault({}).describe('Copies of the database that take reads.'),
  credentials: credentials.prefault({}).describe('Who makes the password of the database.'),
  parameters: parameters
    .optional()
    .describe('Engine parameters, as in a parameter group. Those that need a restart wait for one.'),
  performanceInsights: z.boolean().default(false).describe('Whether RDS keeps a week of performance data.'),
  logExports: withRules(
    z.array(z.enum([...LOGS.postgres, ...LOGS.mysql])).max(4),
    [unique('spec.database.rds.logExports')],
    ATOMIC_LIST,
  )
    .optional()
    .describe('Logs that go to CloudWatch Logs. Absent: postgresql and upgrade for postgres, error for mysql.'),
  kmsKeyARN: kmsKeyARN()
    .optional()
    .describe("KMS key of storage and backups. Absent: the account's default key for RDS. Decided at creation."),
});

type RDSInstance = z.output<typeof instance>;

const rules: readonly Rule<RDSInstance>[] = [
  {
    rule: '!has(self.maxStorageGiB) || self.maxStorageGiB == 0 || self.maxStorageGiB * 10 >= self.storageGiB * 11',
    message:
      'spec.database.rds.maxStorageGiB must be 0 or at least a tenth above storageGiB; leave it out for four times storageGiB',
    fieldPath: '.maxStorageGiB',
    holds: ({ maxStorageGiB: max = 0, storageGiB }) => max === 0 || max * 10 >= storageGiB * 11,
  },
  {
    rule: '!has(self.iops) || self.storageGiB >= 400',
    message: 'spec.database.rds.iops needs a storageGiB of at least 400: below that gp3 has a fixed performance',
    fieldPath: '.iops',
    holds: ({ iops, storageGiB }) => iops === undefined || storageGiB >= 400,
  },
  {
    rule: '!has(self.throughput) || self.storageGiB >= 400',
    message: 'spec.database.rds.throughput needs a storageGiB of at least 400: below that gp3 has a fixed performance',
    fieldPath: '.throughput',
    holds: ({ throughput, storageGiB }) => throughput === undefined || storageGiB >= 400,
  },
  {
    rule: '!has(self.throughput) || self.throughput * 4 <= (has(self.iops) ? self.iops : 12000)',
    message: 'spec.database.rds.throughput must be at most a quarter of iops (12000 when iops is absent)',
    fieldPath: '.throughput',
    holds: ({ throughput = 0, iops = 12000 }) => throughput * 4 <= iops,
  },
  {
    rule: "self.readReplicas.count == 0 || self.credentials.mode == 'Operator'",
    message:
      'spec.database.rds.readReplicas needs spec.database.rds.credentials.mode Operator: RDS makes no replicas of a database whose password it manages',
    fieldPath: '.readReplicas.count',
    holds: ({ readReplicas: { count }, credentials: { mode } }) => count === 0 || mode === 'Operator',
  },
  ...windowRules({ section: 'spec.database.rds', daily: 'backupWindow', shortest: 30 }),
];

/** `spec.database.rds`. */
export const rds = withRules(instance, rules);
