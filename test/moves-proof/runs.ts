/** The runs: what moves, how large it is, what happens meanwhile, how it is to end. A new kind of move adds rows here and nothing else. */
import { APP_ROLE, signalApp } from './app.ts';
import { BESIDE_TABLES, LYING_COLUMN, rows, SHELVES, STRANGE, WITHOUT_KEY } from './data.ts';
import { deathsAtWrites } from './deaths-at-writes.ts';
import { fleetRuns } from './fleet-runs.ts';
import type { MoveRun } from './move.ts';
import { mysqlRuns } from './mysql-runs.ts';

const MEGABYTE = 1000;
const GIGABYTE = 1000 * MEGABYTE;

const RELOADED = { endpointFromParameter: true, reloadCommand: signalApp('HUP') };
const AT_ONCE = { rollbackWindowHours: 0 };
/** What an administrator makes for the app is the app's, which counts its rows in the end. */
const AS_APP = `SET ROLE ${APP_ROLE.user};`;

/** What most runs have in common. */
const PLAIN: Omit<MoveRun, 'name'> = {
  engine: 'postgres',
  from: 'SingleServer',
  to: 'SeparateDatabase',
  data: '',
  spec: { transition: { ...RELOADED, dataMigration: AT_ONCE } },
  pollSeconds: 60,
  disturbance: { sort: 'none' },
  ending: { as: 'moved', interrupted: true },
  foretold: false,
  alone: false,
  patienceSeconds: 300,
  sample: false,
};

/** What runs by logical replication have in common. */
const REPLICATED: Omit<MoveRun, 'name'> = {
  ...PLAIN,
  spec: { transition: { ...RELOADED, dataMigration: { ...AT_ONCE, method: 'LogicalReplication' } } },
};

/** What runs back to the server have in common. */
const BACK: Omit<MoveRun, 'name'> = {
  ...PLAIN,
  by: 'SeparateDatabase',
  to: 'SingleServer',
  spec: { transition: { ...RELOADED, allowDowngrade: true, dataMigration: AT_ONCE } },
};

/** All runs, in the order in which they are run. */
export const RUNS: readonly MoveRun[] = [
  { ...PLAIN, name: 'notes alone', foretold: true, alone: true },
  {
    ...PLAIN,
    name: 'everything a database holds; the operator dies in every step',
    data: STRANGE + BESIDE_TABLES + WITHOUT_KEY,
    disturbance: { sort: 'operator dies', during: 'every step' },
    sample: true,
  },
  { ...PLAIN, name: 'a table without key', data: WITHOUT_KEY },
  { ...PLAIN, name: 'large objects and sequences', data: BESIDE_TABLES },
  {
    ...PLAIN,
    name: 'the app is restarted by the command',
    spec: { transition: { ...RELOADED, reloadCommand: signalApp('TERM'), dataMigration: AT_ONCE } },
  },
  {
    ...PLAIN,
    name: 'the app notices the epoch by itself',
    spec: { transition: { endpointFromParameter: true, dataMigration: AT_ONCE } },
    pollSeconds: 1,
  },
  { ...PLAIN, name: 'the app dies in the copy', disturbance: { sort: 'app dies', during: 'D7' } },
  {
    ...PLAIN,
    name: 'the server stops in the copy',
    data: rows(200 * MEGABYTE),
    disturbance: { sort: 'server stops', during: 'D7' },
  },
  {
    ...PLAIN,
    name: 'answers of AWS are lost',
    disturbance: {
      sort: 'calls fail',
      rules: [
        { match: { operation: 'SendCommand', nth: [1, 3, 5] }, effect: { kind: 'resetAfter' } },
        { match: { operation: 'PutParameter', nth: [2, 5, 9] }, effect: { kind: 'resetAfter' } },
        { match: { operation: 'GetCommandInvocation', nth: [1, 4] }, effect: { kind: 'error500After' } },
      ],
    },
  },
  {
    ...PLAIN,
    name: 'an event trigger that is dropped when it is named',
    preparation: `CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
      CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION nothing()`,
    disturbance: {
      sort: 'mended',
      words: 'event triggers need a superuser',
      sql: 'DROP EVENT TRIGGER watcher; DROP FUNCTION nothing',
    },
  },
  {
    ...PLAIN,
    name: 'an extension that RDS does not have, which is dropped when it is named',
    preparation: 'CREATE EXTENSION file_fdw',
    disturbance: {
      sort: 'mended',
      words: 'RDS does not offer these extensions',
      sql: 'DROP EXTENSION file_fdw',
    },
  },
  {
    ...PLAIN,
    name: 'less room than a dump may need',
    disturbance: { sort: 'no room', megabytes: 4, filled: false },
    ending: { as: 'refused', interrupted: false, words: 'grow the volume' },
  },
  {
    ...PLAIN,
    name: 'room that is gone when the dump is made',
    data: rows(20 * MEGABYTE),
    spec: { ...PLAIN.spec, approval: { required: 'Disruptive' } },
    disturbance: { sort: 'no room', megabytes: 100, filled: true },
    ending: { as: 'refused', interrupted: true, words: 'No space left on device' },
  },
  {
    ...PLAIN,
    name: 'second thoughts after the switch',
    spec: { transition: { ...RELOADED, dataMigration: { rollbackWindowHours: 1 } } },
    disturbance: { sort: 'too late', words: 'over its switch' },
  },
  {
    ...PLAIN,
    name: 'the API server is gone for a minute in the copy, in the comparison and after the switch',
    disturbance: { sort: 'API server is gone', during: ['D7', 'D8', 'D10'], seconds: 60 },
    patienceSeconds: 600,
  },
  {
    ...PLAIN,
    name: 'second thoughts before the freeze',
    spec: { ...PLAIN.spec, approval: { required: 'Disruptive' } },
    disturbance: { sort: 'second thoughts' },
    ending: { as: 'called off', interrupted: false },
    sample: true,
  },
  {
    ...PLAIN,
    name: 'second thoughts in the copy',
    data: rows(50 * MEGABYTE),
    disturbance: { sort: 'second thoughts', during: 'D7' },
    ending: { as: 'called off', interrupted: true },
  },
  {
    ...PLAIN,
    name: 'copied by a person',
    data: STRANGE + BESIDE_TABLES + WITHOUT_KEY,
    spec: { transition: { ...RELOADED, dataMigration: { ...AT_ONCE, method: 'External' } } },
    disturbance: { sort: 'copied by a person' },
  },
  {
    ...PLAIN,
    name: 'a column that comes out different there',
    data: LYING_COLUMN,
    ending: { as: 'refused', interrupted: true, words: 'VerificationMismatch' },
  },
  {
    ...PLAIN,
    name: 'the app is a superuser',
    preparation: 'ALTER ROLE notes SUPERUSER',
    ending: { as: 'refused', interrupted: false, words: 'superuser' },
  },
  {
    ...PLAIN,
    name: 'longer than the app may be kept waiting',
    data: rows(100 * MEGABYTE),
    spec: { transition: { ...RELOADED, dataMigration: { ...AT_ONCE, maxWriteDowntimeSeconds: 1 } } },
    ending: { as: 'refused', interrupted: false, words: 'raise spec.transition.dataMigration.maxWriteDowntimeSeconds' },
  },
  ...mysqlRuns(PLAIN, BACK),
  {
    ...BACK,
    name: 'back to the server; the operator dies in every step',
    data: STRANGE + BESIDE_TABLES + WITHOUT_KEY,
    disturbance: { sort: 'operator dies', during: 'every step' },
    sample: true,
  },
  {
    ...BACK,
    name: 'second thoughts on the way back',
    spec: { ...BACK.spec, approval: { required: 'Disruptive' } },
    disturbance: { sort: 'second thoughts' },
    ending: { as: 'called off', interrupted: false },
  },
  {
    ...BACK,
    name: 'second thoughts in the copy on the way back',
    data: rows(50 * MEGABYTE),
    disturbance: { sort: 'second thoughts', during: 'R7' },
    ending: { as: 'called off', interrupted: true },
  },
  ...fleetRuns(PLAIN),
  {
    ...REPLICATED,
    name: 'by logical replication',
    data: rows(100 * MEGABYTE) + BESIDE_TABLES + WITHOUT_KEY,
  },
  {
    ...REPLICATED,
    name: 'by logical replication; the operator dies in every step',
    data: SHELVES,
    disturbance: { sort: 'operator dies', during: 'every step' },
  },
  {
    ...REPLICATED,
    name: 'a column that comes out different on RDS, by logical replication',
    data: LYING_COLUMN,
    ending: { as: 'refused', interrupted: false, words: 'VerificationMismatch' },
  },
  ...[
    {
      name: 'a row that is changed on RDS after the comparison',
      disturbance: { sort: 'before approval', side: 'RDS', sql: 'UPDATE shelf SET book = 0 WHERE id = 7' },
      ending: { as: 'refused', interrupted: true, words: 'VerificationMismatch' },
    } as const,
    {
      name: 'an unlogged table that is made after the comparison',
      disturbance: { sort: 'before approval', side: 'server', sql: `${AS_APP} CREATE UNLOGGED TABLE fast (n int)` },
      ending: { as: 'refused', interrupted: false, words: 'the schema of the database' },
    } as const,
    {
      name: 'a partition that is made after the comparison',
      disturbance: {
        sort: 'before approval',
        side: 'server',
        sql: `${AS_APP} CREATE TABLE late_shelf PARTITION OF shelves FOR VALUES FROM (500) TO (600)`,
      },
      ending: { as: 'refused', interrupted: false, words: 'the schema of the database' },
    } as const,
  ].map((row) => ({
    ...REPLICATED,
    ...row,
    data: SHELVES,
    spec: { ...REPLICATED.spec, approval: { required: 'Disruptive' as const } },
  })),
  {
    ...REPLICATED,
    name: 'the API server is gone for a minute when RDS has caught up',
    disturbance: { sort: 'API server is gone', during: ['D6A', 'D10'], seconds: 60 },
    patienceSeconds: 600,
  },
  ...deathsAtWrites(PLAIN, 'notes alone'),
  ...deathsAtWrites(REPLICATED, 'by logical replication'),
  ...deathsAtWrites(BACK, 'back to the server'),
  { ...PLAIN, name: '1 GB', data: rows(GIGABYTE), foretold: true, alone: true, patienceSeconds: 900 },
  { ...REPLICATED, name: '1 GB by logical replication', data: rows(GIGABYTE), alone: true, patienceSeconds: 900 },
  {
    ...BACK,
    name: '200 MB back to the server',
    data: rows(200 * MEGABYTE),
    foretold: true,
    alone: true,
    patienceSeconds: 600,
  },
];
