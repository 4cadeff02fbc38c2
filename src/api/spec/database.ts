/** `spec.database`: which database the application uses. Where it runs follows from the stage. */
import { z } from 'zod';
import { text, whole } from '../fields.ts';
import { fixed, withRules } from '../rules.ts';

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

const snapshots = z.object({
  keep: whole(1, 30).default(7).describe('How many daily snapshots of the data volume are kept.'),
});

const onInstance = z.object({
  port: whole(1, 65535)
    .optional()
    .describe("Port that the database listens on. Absent: the engine's own, 5432 or 3306."),
  snapshots: snapshots.prefault({}).describe('Daily snapshots of the data volume.'),
});

/** `spec.database`. */
export const database = withRules(
  z.object({
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
    onInstance: onInstance.prefault({}).describe('The database while it runs on the server itself.'),
  }),
  [
    fixed('engine', 'spec.database.engine cannot change; create another ScalingTier and move the data'),
    fixed('name', 'spec.database.name cannot change'),
  ],
);
