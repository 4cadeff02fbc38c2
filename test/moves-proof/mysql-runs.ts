/** The runs with MySQL. A new kind of move adds rows here and nothing else. */
import { deathsAtWrites } from './deaths-at-writes.ts';
import type { MoveRun } from './move.ts';
import { EVERYTHING, MYSQL_LYING_COLUMN, mysqlRows } from './mysql-data.ts';

const MEGABYTE = 1000;
const GIGABYTE = 1000 * MEGABYTE;

/** RDS must not be older than the server, which is of the sandbox's release. */
const RDS = { engineVersion: '9.7' };

/** Whoever makes functions and triggers is no administrator on RDS. */
const TRUSTING = { rds: { ...RDS, parameters: { log_bin_trust_function_creators: '1' } } };

/** All of them. `plain` is what most runs have in common, `back` what those back to the server have. */
export function mysqlRuns(plain: Omit<MoveRun, 'name'>, back: Omit<MoveRun, 'name'>): readonly MoveRun[] {
  const base = { ...plain, engine: 'mysql', spec: { ...plain.spec, database: { rds: RDS } } } as const;
  const returning = { ...back, engine: 'mysql', spec: { ...back.spec, database: TRUSTING } } as const;
  const dataMigration = { ...plain.spec.transition?.dataMigration, method: 'LogicalReplication' } as const;
  const replicated = {
    ...base,
    spec: { ...base.spec, transition: { ...base.spec.transition, dataMigration } },
  };
  return [
    { ...base, name: 'notes alone, MySQL', foretold: true, alone: true, sample: true },
    {
      ...base,
      name: 'everything a database holds, MySQL; the operator dies in every step',
      preparation: EVERYTHING,
      spec: { ...base.spec, database: TRUSTING },
      disturbance: { sort: 'operator dies', during: 'every step' },
    },
    {
      ...returning,
      name: 'back to the server, MySQL; the operator dies in every step',
      preparation: EVERYTHING,
      disturbance: { sort: 'operator dies', during: 'every step' },
    },
    {
      ...returning,
      name: 'second thoughts on the way back, MySQL',
      preparation: EVERYTHING,
      spec: { ...returning.spec, approval: { required: 'Disruptive' } },
      disturbance: { sort: 'second thoughts' },
      ending: { as: 'called off', interrupted: false },
    },
    {
      ...returning,
      name: 'second thoughts in the copy on the way back, MySQL',
      data: mysqlRows(50 * MEGABYTE),
      disturbance: { sort: 'second thoughts', during: 'R7' },
      ending: { as: 'called off', interrupted: true },
    },
    {
      ...returning,
      name: '200 MB back to the server, MySQL',
      data: mysqlRows(200 * MEGABYTE),
      foretold: true,
      alone: true,
      patienceSeconds: 600,
    },
    { ...replicated, name: 'by logical replication, MySQL', data: mysqlRows(50 * MEGABYTE) },
    {
      ...replicated,
      name: 'by logical replication, MySQL; the operator dies in every step',
      disturbance: { sort: 'operator dies', during: 'every step' },
    },
    {
      ...base,
      name: 'copied by a person, MySQL',
      spec: {
        ...base.spec,
        transition: { ...base.spec.transition, dataMigration: { ...dataMigration, method: 'External' } },
      },
      disturbance: { sort: 'copied by a person' },
    },
    {
      ...base,
      name: 'second thoughts before the freeze, MySQL',
      spec: { ...base.spec, approval: { required: 'Disruptive' } },
      // In the old stage there is no RDS to ask anything of.
      disturbance: { sort: 'second thoughts', without: { database: { rds: null } } },
      ending: { as: 'called off', interrupted: false },
    },
    {
      ...base,
      name: 'second thoughts in the copy, MySQL',
      data: mysqlRows(50 * MEGABYTE),
      disturbance: { sort: 'second thoughts', during: 'D7', without: { database: { rds: null } } },
      ending: { as: 'called off', interrupted: true },
    },
    {
      ...base,
      name: 'a column that comes out different there, MySQL',
      data: MYSQL_LYING_COLUMN,
      ending: { as: 'refused', interrupted: true, words: 'VerificationMismatch' },
    },
    {
      ...base,
      name: 'the app is an administrator, MySQL',
      preparation: "GRANT ALL ON *.* TO 'notes'@'%'",
      ending: { as: 'refused', interrupted: false, words: 'there is no account that the app could have on RDS' },
    },
    {
      ...base,
      name: 'a second account with rights that RDS does not give, MySQL',
      preparation: "CREATE USER 'loader'@'%' IDENTIFIED BY 'x'; GRANT FILE ON *.* TO 'loader'@'%'",
      ending: { as: 'refused', interrupted: false, words: 'rights on the whole server that RDS does not give' },
    },
    {
      ...base,
      name: 'functions and triggers that RDS is not set for, MySQL',
      preparation: EVERYTHING,
      ending: { as: 'refused', interrupted: false, words: 'log_bin_trust_function_creators (has to be 1' },
    },
    ...deathsAtWrites(base, 'notes alone, MySQL'),
    {
      ...base,
      name: '200 MB, MySQL',
      data: mysqlRows(200 * MEGABYTE),
      foretold: true,
      alone: true,
      patienceSeconds: 600,
    },
    { ...base, name: '1 GB, MySQL', data: mysqlRows(GIGABYTE), foretold: true, alone: true, patienceSeconds: 900 },
  ];
}
