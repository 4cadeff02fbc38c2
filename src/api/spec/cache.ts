/** `spec.cache`: where sessions and other short-lived data are. What cannot change is judged with the stage, since the section may be absent. */
import { z } from 'zod';
import { kmsKeyARN, text, whole } from '../fields.ts';
import { type Rule, withRules } from '../rules.ts';
import { DAILY, WEEKLY, windowRules } from './windows.ts';

/** What stands for an absent `engineVersion`. */
export const CACHE_VERSIONS = { valkey: '8', redis: '7' } as const;

/** What stands for absent fields of mode Node. */
export const NODE_DEFAULTS = { nodeType: 'cache.t4g.small', replicas: 1 } as const;

const VERSIONS = { valkey: '^([7-9]|[1-9][0-9])$', redis: '^7$' };

const store = z.object({
  mode: z
    .enum(['Node', 'Serverless'])
    .default('Node')
    .describe(
      'Node: nodes of a size that you choose. Serverless: AWS sizes it, and bills what is used. Cannot change.',
    ),
  engine: z
    .enum(['valkey', 'redis'])
    .default('valkey')
    .describe('Engine of the cache. redis may become valkey, never the other way.'),
  engineVersion: text(8, /^[0-9]{1,2}$/)
    .optional()
    .describe('Major version of the engine, which AWS keeps up to date. May rise. Absent: 8 for valkey, 7 for redis.'),
  nodeType: text(32, /^cache\.[a-z][a-z0-9-]*\.[a-z0-9-]+$/)
    .optional()
    .describe('ElastiCache node type, for example cache.r7g.large; with mode Node only. Absent: cache.t4g.small.'),
  replicas: whole(0, 5)
    .optional()
    .describe('Replicas beside the primary, which take reads and stand in for it; with mode Node only. Absent: 1.'),
  multiAZ: z
    .boolean()
    .optional()
    .describe('Whether the replicas stand in other zones; with mode Node only. Absent: they do, when there are any.'),
  snapshotRetentionDays: whole(0, 35).default(1).describe('Days that daily snapshots are kept; 0: there are none.'),
  snapshotWindow: text(11, DAILY)
    .optional()
    .describe(
      'When snapshots are made, daily, UTC, at least 60 minutes, for example 03:00-04:00. Absent: AWS chooses.',
    ),
  maintenanceWindow: text(19, WEEKLY)
    .optional()
    .describe(
      'When AWS maintains the cache, weekly, UTC, at least 60 minutes, for example sun:04:30-sun:05:30; with mode Node only. Absent: AWS chooses.',
    ),
  passwordRotation: whole(0, 1_000_000)
    .default(0)
    .describe('Raise it to get a new password, in the secret and in the cache. Never lowered.'),
  maxDataGB: whole(1, 5000)
    .optional()
    .describe("Gigabytes that the cache holds at most; with mode Serverless only. Absent: AWS's own limit."),
  maxECPUPerSecond: whole(1000, 15_000_000)
    .optional()
    .describe(
      "ElastiCache processing units that the cache uses in a second at most; with mode Serverless only. Absent: AWS's own limit.",
    ),
  kmsKeyARN: kmsKeyARN()
    .optional()
    .describe("KMS key of data and snapshots. Absent: ElastiCache's own key. Decided at creation."),
});

type Store = z.output<typeof store>;

/** Fields that one mode alone has. */
function onlyWith(mode: Store['mode'], field: keyof Store): Rule<Store> {
  const other = mode === 'Node' ? 'Serverless' : 'Node';
  return {
    rule: `self.mode == '${mode}' || !has(self.${field})`,
    message: `spec.cache.${field} has no effect with mode ${other}; take it out or choose mode ${mode}`,
    fieldPath: `.${field}`,
    reason: 'FieldValueForbidden',
    holds: (self) => self.mode === mode || self[field] === undefined,
  };
}

const rules: readonly Rule<Store>[] = [
  onlyWith('Node', 'nodeType'),
  onlyWith('Node', 'replicas'),
  onlyWith('Node', 'multiAZ'),
  onlyWith('Node', 'maintenanceWindow'),
  onlyWith('Serverless', 'maxDataGB'),
  onlyWith('Serverless', 'maxECPUPerSecond'),
  {
    rule: '!has(self.multiAZ) || !self.multiAZ || !has(self.replicas) || self.replicas >= 1',
    message: 'spec.cache.multiAZ needs spec.cache.replicas of at least 1',
    fieldPath: '.multiAZ',
    holds: ({ multiAZ = false, replicas = NODE_DEFAULTS.replicas }) => !multiAZ || replicas >= 1,
  },
  {
    rule: `!has(self.engineVersion) || (self.engine == 'valkey' ? self.engineVersion.matches('${VERSIONS.valkey}') : self.engineVersion.matches('${VERSIONS.redis}'))`,
    message:
      'spec.cache.engineVersion must be a major version of spec.cache.engine: 7 or later for valkey, 7 for redis',
    fieldPath: '.engineVersion',
    holds: ({ engine, engineVersion }) =>
      engineVersion === undefined || new RegExp(VERSIONS[engine]).test(engineVersion),
  },
  ...windowRules({ section: 'spec.cache', daily: 'snapshotWindow', shortest: 60 }),
];

/** `spec.cache`. */
export const cache = withRules(store, rules);
