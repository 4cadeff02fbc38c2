/**
 * `spec.stage`, and what has no effect in a stage and is therefore refused there, with the way out: a field that seems to do
 * something and does nothing is worse than none. What the stage's sections hold is judged with them.
 */
import { z } from 'zod';
import type { Rule } from '../rules.ts';

/** `spec.stage`. */
export const stage = z
  .enum(['SingleServer', 'SeparateDatabase'])
  .describe(
    'Stage of the AWS scaling ladder. SingleServer: one server with application and database. SeparateDatabase: one server, and the database on RDS. It cannot change while resources stand.',
  );

/** What the rules look at. */
interface Staged {
  readonly stage: z.output<typeof stage>;
  readonly database: {
    readonly rds?: object | undefined;
    readonly connectionSecret?: string | undefined;
  };
}

/** Sections that a stage before `SeparateDatabase` does not have. */
function needsDatabaseOfItsOwn(section: 'rds' | 'connectionSecret'): Rule<Staged> {
  return {
    rule: `self.stage != 'SingleServer' || !has(self.database.${section})`,
    message: `spec.database.${section} has no effect in stage SingleServer, whose database runs on the server; take it out or choose spec.stage SeparateDatabase`,
    fieldPath: `.database.${section}`,
    reason: 'FieldValueForbidden',
    holds: ({ stage: name, database }) => name !== 'SingleServer' || database[section] === undefined,
  };
}

/** CEL: a field of `spec.database.rds`, or what stands for it when it or the section is absent. */
const given = (self: string, field: string, absent: string): string =>
  `(has(${self}.database.rds) && has(${self}.database.rds.${field}) ? ${self}.database.rds.${field} : ${absent})`;

/** CEL: a version as a number, by which major ones are ordered; mysql has two numbers in a major one. */
function majorOf(self: string): string {
  const version = given(self, 'engineVersion', `(${self}.database.engine == 'mysql' ? '8.4' : '17')`);
  return `(int(${version}.split('.')[0]) * 1000 + (${self}.database.engine == 'mysql' ? int(${version}.split('.')[1]) : 0))`;
}

/** A rule about changes of an RDS instance that stands: a section that was absent was one with defaults. */
const standing = (rule: string): string => `self.stage == 'SingleServer' || self.stage != oldSelf.stage || (${rule})`;

const STORAGE = [given('self', 'storageGiB', '50'), given('oldSelf', 'storageGiB', '50')];

/** Rules between the stage and its sections. */
export const stageRules: readonly Rule<Staged>[] = [
  needsDatabaseOfItsOwn('rds'),
  needsDatabaseOfItsOwn('connectionSecret'),
  {
    rule: standing(`${STORAGE[0]} == ${STORAGE[1]} || ${STORAGE[0]} * 10 >= ${STORAGE[1]} * 11`),
    message:
      'spec.database.rds.storageGiB may grow, by at least a tenth, but not shrink: AWS cannot shrink the storage of a database',
    fieldPath: '.database.rds.storageGiB',
    reason: 'FieldValueForbidden',
  },
  {
    rule: standing(`${majorOf('self')} >= ${majorOf('oldSelf')}`),
    message:
      'spec.database.rds.engineVersion may rise but not go back to an earlier major version: AWS has no way back but a restored copy',
    fieldPath: '.database.rds.engineVersion',
    reason: 'FieldValueForbidden',
  },
  {
    rule: standing(
      `self.database.engine != 'mysql' || ${majorOf('self')} == ${majorOf('oldSelf')} || ${given('self', 'readReplicas.count', '0')} == 0`,
    ),
    message:
      'spec.database.rds.engineVersion of mysql cannot rise to another major version while there are read replicas, which AWS would want upgraded first; set readReplicas.count to 0, upgrade, and raise it again',
    fieldPath: '.database.rds.engineVersion',
    reason: 'FieldValueForbidden',
  },
  {
    rule: standing(`${given('self', 'kmsKeyARN', "''")} == ${given('oldSelf', 'kmsKeyARN', "''")}`),
    message:
      'spec.database.rds.kmsKeyARN is decided at creation: AWS cannot encrypt an existing database with another key',
    fieldPath: '.database.rds.kmsKeyARN',
    reason: 'FieldValueForbidden',
  },
];
