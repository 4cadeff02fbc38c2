/** The whole object: one schema from which types, defaults, messages and the CustomResourceDefinition derive. */
import { z } from 'zod';
import { present, type Rule, withRules } from './rules.ts';
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

/** CEL: the tier as it was holds nothing, and nothing of it was asked for. */
const EMPTY =
  '!has(oldSelf.status) || ((!has(oldSelf.status.resources) || size(oldSelf.status.resources) == 0) && (!has(oldSelf.status.intents) || size(oldSelf.status.intents) == 0))';

/** CEL: everything of this stage was ready once, and no move out of it is over. */
const inForce = (stage: string): string => `has(oldSelf.status.stage) && oldSelf.status.stage == '${stage}'`;

const changing = (rule: string, message: string): Rule<Tier> => ({
  rule: `self.spec.stage == oldSelf.spec.stage || ${EMPTY} || (${rule})`,
  message,
  fieldPath: '.spec.stage',
  reason: 'FieldValueForbidden',
});

/** CEL: the database moves between the server and RDS. */
const DATABASE_MOVES = `(${inForce('SingleServer')}) != (self.spec.stage == 'SingleServer')`;

/** What a move of the database asks for. */
const movingDatabase = (rule: string, message: string): Rule<Tier> =>
  changing(`!(${DATABASE_MOVES}) || ${rule}`, message);

/** CEL: the tier leaves a stage, where that is in force, for one before it. */
const LEAVES = {
  SeparateDatabase: `${inForce('SeparateDatabase')} && self.spec.stage == 'SingleServer'`,
  LoadBalanced: `${inForce('LoadBalanced')} && self.spec.stage != 'LoadBalanced'`,
} as const;

/** What a move to a stage before another one asks for. */
const movingDown = (from: keyof typeof LEAVES, rule: string, message: string): Rule<Tier> =>
  changing(`!(${LEAVES[from]}) || ${rule}`, message);

/** CEL: over the switch of a move, which has brought the tier to where it goes, or what lies beyond that. */
const NOT_BACK =
  "self.spec.stage == oldSelf.status.transition.to || (oldSelf.status.transition.to == 'SeparateDatabase' && self.spec.stage != oldSelf.status.transition.from)";

/** Which stage may follow which, once something stands. */
const stageChangeRules: readonly Rule<Tier>[] = [
  changing(
    'has(oldSelf.status.stage)',
    'spec.stage may change once a stage is in force; wait until status.stage is there, or create another ScalingTier in the new stage and delete this one',
  ),
  movingDown(
    'LoadBalanced',
    'self.spec.transition.allowDowngrade',
    'spec.stage takes the application from the fleet back to one server, and load balancer and cache go: set spec.transition.allowDowngrade to true, and leave spec.loadBalancer and what else there is of the fleet as it is until then',
  ),
  movingDown(
    'SeparateDatabase',
    'self.spec.transition.allowDowngrade',
    'spec.stage SingleServer brings the database back from RDS to the server, and RDS goes with a last snapshot: set spec.transition.allowDowngrade to true',
  ),
  movingDatabase(
    'self.spec.transition.endpointFromParameter',
    'spec.stage moves the database between the server and RDS: set spec.transition.endpointFromParameter to true when the application reads where its database is from the SSM parameters db/writer and db/port of the tier',
  ),
  changing(
    `!has(oldSelf.status.transition) || oldSelf.status.transition.rollback == 'Lossless' || ${NOT_BACK}`,
    'spec.stage cannot go back: the move is over its switch, and what the stage before had has missed what happened since; keep spec.stage, and let the move come to its end',
  ),
];

/** CEL: whether it is said what the database on RDS is to be like. */
const hasRds = (self: string): string => `has(${self}.spec.database.rds)`;

/** Nothing may touch the database on RDS until its data have come back. */
const untouched: Rule<Tier> = {
  rule: `${EMPTY} || !has(oldSelf.status.stage) || oldSelf.status.stage == 'SingleServer' || self.spec.stage != 'SingleServer' || (${hasRds('self')} ? ${hasRds('oldSelf')} && self.spec.database.rds == oldSelf.spec.database.rds : !${hasRds('oldSelf')})`,
  message:
    'spec.database.rds must stay as it is until spec.stage SingleServer is in force: it says what the database on RDS is like until it goes',
  fieldPath: '.spec.database.rds',
  reason: 'FieldValueForbidden',
};

/** The parts of a spec that say what stands behind a load balancer. */
const OF_THE_FLEET = [
  'loadBalancer',
  'cache',
  'storage',
  'compute.autoScaling',
  'compute.appPort',
  'compute.healthPath',
  'network.create.natGateways',
] as const;

/** Nothing may touch what the fleet stands on until it has gone. */
const untouchedFleet: readonly Rule<Tier>[] = OF_THE_FLEET.map((path) => {
  const [now, before] = [present('self.spec', path), present('oldSelf.spec', path)];
  return {
    rule: `${EMPTY} || !(${LEAVES.LoadBalanced} && self.spec.transition.allowDowngrade) || (${now} ? ${before} && self.spec.${path} == oldSelf.spec.${path} : !(${before}))`,
    message: `spec.${path} must stay as it is until spec.stage SeparateDatabase is in force: it says what the fleet is like until it goes`,
    fieldPath: `.spec.${path}`,
    reason: 'FieldValueForbidden',
  };
});

/**
 * A move has the steps of one method, also while it is taken back; some of them cannot be any more, or would begin behind the
 * switch.
 */
const methodStays: Rule<Tier> = {
  rule: '!has(oldSelf.status) || !has(oldSelf.status.transition) || self.spec.transition.dataMigration.method == oldSelf.spec.transition.dataMigration.method',
  message:
    'spec.transition.dataMigration.method cannot change while a move is under way; keep it, or set spec.stage back and wait until status.transition is gone',
  fieldPath: '.spec.transition.dataMigration.method',
  reason: 'FieldValueForbidden',
};

/** CEL: what is to be observed. */
const OBSERVED = present('self.spec', 'transition.observation');
const OBSERVED_BEFORE = present('oldSelf.spec', 'transition.observation');

/** Over its switch a move has observed what it was to observe. */
const observationStays: Rule<Tier> = {
  rule: `!has(oldSelf.status) || !has(oldSelf.status.transition) || oldSelf.status.transition.to != 'LoadBalanced' || oldSelf.status.transition.rollback == 'Lossless' || (${OBSERVED} ? ${OBSERVED_BEFORE} && self.spec.transition.observation == oldSelf.spec.transition.observation : !(${OBSERVED_BEFORE}))`,
  message:
    'spec.transition.observation cannot change once the move to LoadBalanced goes forward only: what it says has been observed; keep it until status.transition is gone',
  fieldPath: '.spec.transition.observation',
  reason: 'FieldValueForbidden',
};

const rules: readonly Rule<Tier>[] = [
  {
    rule: `size(self.metadata.name) <= 40 && self.metadata.name.matches('${NAME}') && !self.metadata.name.startsWith('internal')`,
    message:
      "metadata.name must be at most 40 lower-case letters, digits and single hyphens, start with a letter and not with 'internal': AWS names derive from it",
    holds: ({ metadata: { name } }) => name.length <= 40 && new RegExp(NAME).test(name) && !name.startsWith('internal'),
  },
  ...stageChangeRules,
  untouched,
  ...untouchedFleet,
  methodStays,
  observationStays,
  confirmed('database'),
  confirmed('storage'),
];

/** A ScalingTier. */
export const scalingTier = withRules(object, rules);
