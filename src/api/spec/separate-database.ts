/** What holds from stage `SeparateDatabase` on between the specs of a database before and after a change: RDS has its own ways. */
import { given, type Rule } from '../rules.ts';
import { type Staged, standing } from './stage.ts';

/** CEL: a field of `spec.database.rds`, or what stands for it when it or the section is absent. */
const rds = (self: string, field: string, absent: string): string => given(self, `database.rds.${field}`, absent);

/** CEL: a version as a number, by which major ones are ordered; mysql has two numbers in a major one. */
function majorOf(self: string): string {
  const version = rds(self, 'engineVersion', `(${self}.database.engine == 'mysql' ? '8.4' : '17')`);
  return `(int(${version}.split('.')[0]) * 1000 + (${self}.database.engine == 'mysql' ? int(${version}.split('.')[1]) : 0))`;
}

const changing = (field: string, message: string, rule: string): Rule<Staged> => ({
  rule: standing('SeparateDatabase', rule),
  message,
  fieldPath: `.database.rds.${field}`,
  reason: 'FieldValueForbidden',
});

const STORAGE = [rds('self', 'storageGiB', '50'), rds('oldSelf', 'storageGiB', '50')];

/** Rules about changes of a database on RDS. */
export const separateDatabaseRules: readonly Rule<Staged>[] = [
  changing(
    'storageGiB',
    'spec.database.rds.storageGiB may grow, by at least a tenth, but not shrink: AWS cannot shrink the storage of a database',
    `${STORAGE[0]} == ${STORAGE[1]} || ${STORAGE[0]} * 10 >= ${STORAGE[1]} * 11`,
  ),
  changing(
    'engineVersion',
    'spec.database.rds.engineVersion may rise but not go back to an earlier major version: AWS has no way back but a restored copy',
    `${majorOf('self')} >= ${majorOf('oldSelf')}`,
  ),
  changing(
    'engineVersion',
    'spec.database.rds.engineVersion of mysql cannot rise to another major version while there are read replicas, which AWS would want upgraded first; set readReplicas.count to 0, upgrade, and raise it again',
    `self.database.engine != 'mysql' || ${majorOf('self')} == ${majorOf('oldSelf')} || ${rds('self', 'readReplicas.count', '0')} == 0`,
  ),
  changing(
    'kmsKeyARN',
    'spec.database.rds.kmsKeyARN is decided at creation: AWS cannot encrypt an existing database with another key',
    `${rds('self', 'kmsKeyARN', "''")} == ${rds('oldSelf', 'kmsKeyARN', "''")}`,
  ),
];
