/**
 * `spec.stage`, and what has no effect in a stage and is therefore refused there, with the way out: a field that seems to do
 * something and does nothing is worse than none. What the stage's sections hold is judged with them.
 */
import { z } from 'zod';
import { present, type Rule, valueAt } from '../rules.ts';

/** The stages, in the order in which an application climbs. */
const LADDER = ['SingleServer', 'SeparateDatabase', 'LoadBalanced'] as const;

/** `spec.stage`. */
export const stage = z
  .enum(LADDER)
  .describe(
    'Stage of the AWS scaling ladder. SingleServer: one server with application and database. SeparateDatabase: one server, and the database on RDS. LoadBalanced: servers that come and go behind a load balancer, with a cache and a bucket beside the database. An application moves up the ladder, with its data, when this changes, and down when transition.allowDowngrade says so.',
  );

type StageName = z.output<typeof stage>;

/** What the rules look at; what else they look at they find by its path. */
export interface Staged {
  readonly stage: StageName;
}

const earlier = (than: StageName): readonly StageName[] => LADDER.slice(0, LADDER.indexOf(than));

/** Whether a stage comes before another one. */
export const isBefore = (name: StageName, than: StageName): boolean => earlier(than).includes(name);

/** CEL: the same of a spec. */
export const before = (than: StageName, self = 'self'): string =>
  `${self}.stage in [${earlier(than)
    .map((name) => `'${name}'`)
    .join(', ')}]`;

/** CEL: a rule about changes of what stands in one stage, or in one after it. */
export const standing = (since: StageName, rule: string): string =>
  `${before(since)} || self.stage != oldSelf.stage || (${rule})`;

/** A section or field that no stage before `since` has, unless the tier may move down: what stands stays as it is until it goes. */
function begins(since: StageName, path: string): Rule<Staged> {
  return {
    rule: `!(${before(since)}) || !(${present('self', path)}) || self.transition.allowDowngrade`,
    message: `spec.${path} has no effect in stage ${earlier(since).join(' or ')}; take it out or choose spec.stage ${since}`,
    fieldPath: `.${path}`,
    reason: 'FieldValueForbidden',
    holds: (self) =>
      !isBefore(self.stage, since) ||
      valueAt(self, path) === undefined ||
      valueAt(self, 'transition.allowDowngrade') === true,
  };
}

/** What is new in a stage. */
const NEW: Readonly<Partial<Record<StageName, readonly string[]>>> = {
  SeparateDatabase: ['database.rds', 'database.connectionSecret', 'network.byo.securityGroupIDs.database'],
  LoadBalanced: [
    'loadBalancer',
    'cache',
    'storage',
    'compute.autoScaling',
    'compute.desiredInstances',
    'compute.appPort',
    'compute.healthPath',
    'compute.statelessAcknowledged',
    'compute.statelessProbe',
    'network.create.natGateways',
    'network.byo.securityGroupIDs.cache',
    'network.byo.securityGroupIDs.loadBalancer',
    'deletionPolicy.cache',
    'deletionPolicy.storage',
    'transition.uploads',
    'transition.traffic',
    'transition.observation',
  ],
};

/** What has no effect yet. */
export const stageRules: readonly Rule<Staged>[] = LADDER.flatMap((since) =>
  (NEW[since] ?? []).map((path) => begins(since, path)),
);
