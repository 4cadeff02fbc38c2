/** The runs: what moves, how large it is, what happens meanwhile, how it is to end. A new kind of move adds rows here and nothing else. */
import { signalApp } from './app.ts';
import { BESIDE_TABLES, LYING_COLUMN, rows, STRANGE, WITHOUT_KEY } from './data.ts';
import type { MoveRun } from './move.ts';

const MEGABYTE = 1000;
const GIGABYTE = 1000 * MEGABYTE;

const RELOADED = { endpointFromParameter: true, reloadCommand: signalApp('HUP') };
const AT_ONCE = { rollbackWindowHours: 0 };

/** What most runs have in common. */
const PLAIN: Omit<MoveRun, 'name'> = {
  from: 'SingleServer',
  to: 'SeparateDatabase',
  data: '',
  spec: { transition: { ...RELOADED, dataMigration: AT_ONCE } },
  pollSeconds: 60,
  disturbance: { sort: 'none' },
  ending: { as: 'moved', interrupted: true },
  patienceSeconds: 300,
  sample: false,
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
  { ...PLAIN, name: 'notes alone' },
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
    name: 'second thoughts before the freeze',
    spec: { ...PLAIN.spec, approval: { required: 'Disruptive' } },
    disturbance: { sort: 'second thoughts' },
    ending: { as: 'called off', interrupted: false },
    sample: true,
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
    ending: { as: 'called off', interrupted: true },
  },
  {
    ...PLAIN,
    name: 'by logical replication',
    data: rows(100 * MEGABYTE) + BESIDE_TABLES + WITHOUT_KEY,
    spec: { transition: { ...RELOADED, dataMigration: { ...AT_ONCE, method: 'LogicalReplication' } } },
  },
  { ...PLAIN, name: '1 GB', data: rows(GIGABYTE), patienceSeconds: 900 },
];
