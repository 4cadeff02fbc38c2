/** The whole object: one schema from which types, defaults, messages and the CustomResourceDefinition derive. */
import { z } from 'zod';
import { type Rule, withRules } from './rules.ts';
import { spec } from './spec.ts';
import { status } from './status.ts';
import { API_VERSION, KIND } from './well-known.ts';

const NAME = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$';

const object = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(KIND),
  metadata: z.looseObject({ name: z.string() }),
  spec: spec.describe('What is wanted.'),
  status: status.prefault({ observedGeneration: -1 }).describe('What the operator reports; written by nobody else.'),
});

type Tier = z.output<typeof object>;

/** Data is not lost by a slip of the pen. */
function confirmed(what: 'database' | 'storage'): Rule<Tier> {
  const policy = 'self.spec.deletionPolicy';
  return {
    rule: `!has(${policy}.${what}) || ${policy}.${what} != 'Delete' || (has(${policy}.confirmDataLoss) && ${policy}.confirmDataLoss == self.metadata.name)`,
    message: `spec.deletionPolicy.${what} Delete needs spec.deletionPolicy.confirmDataLoss equal to metadata.name`,
    fieldPath: '.spec.deletionPolicy.confirmDataLoss',
    reason: 'FieldValueRequired',
    holds: ({ spec: { deletionPolicy }, metadata: { name } }) =>
      deletionPolicy[what] !== 'Delete' || deletionPolicy.confirmDataLoss === name,
  };
}

const rules: readonly Rule<Tier>[] = [
  {
    rule: `size(self.metadata.name) <= 40 && self.metadata.name.matches('${NAME}') && !self.metadata.name.startsWith('internal')`,
    message:
      "metadata.name must be at most 40 lower-case letters, digits and single hyphens, start with a letter and not with 'internal': AWS names derive from it",
    holds: ({ metadata: { name } }) => name.length <= 40 && new RegExp(NAME).test(name) && !name.startsWith('internal'),
  },
  {
    rule: 'self.spec.stage == oldSelf.spec.stage || !has(oldSelf.status) || ((!has(oldSelf.status.resources) || size(oldSelf.status.resources) == 0) && (!has(oldSelf.status.intents) || size(oldSelf.status.intents) == 0))',
    message:
      'spec.stage cannot change while the ScalingTier has resources: moving an application with its data is not possible yet; create another ScalingTier in the new stage, move the data, and delete this one',
    fieldPath: '.spec.stage',
    reason: 'FieldValueForbidden',
  },
  confirmed('database'),
  confirmed('storage'),
];

/** A ScalingTier. */
export const scalingTier = withRules(object, rules);
