/**
 * `spec.compute.autoScaling`: between how many servers there are, and what decides how many. A policy's target group is looked
 * for where the groups are, not here.
 */
import { z } from 'zod';
import { ATOMIC_LIST, text, whole } from '../fields.ts';
import { type Rule, uniqueBy, withRules } from '../rules.ts';

/** Bounds of the group when the section is absent. */
export const SIZES = { min: 2, max: 4 } as const;

const METRICS = ['CPUUtilization', 'RequestCountPerTarget', 'Custom'] as const;

const dimension = z.object({
  name: text(255).describe('Name of the dimension.'),
  value: text(1024).describe('Its value.'),
});

const custom = z.object({
  namespace: text(255).describe('CloudWatch namespace of the metric.'),
  metricName: text(255).describe('Name of the metric. It must fall when servers are added.'),
  statistic: z
    .enum(['Average', 'Sum', 'Minimum', 'Maximum'])
    .default('Average')
    .describe('Statistic of the metric that is kept at the target.'),
  unit: text(20, /^[A-Z][A-Za-z/]+$/)
    .optional()
    .describe('Unit in which the metric is published, for example Count or Bytes/Second. Absent: whatever it is.'),
  dimensions: withRules(
    z.array(dimension).max(10),
    [uniqueBy('spec.compute.autoScaling.policies custom.dimensions', 'name')],
    ATOMIC_LIST,
  )
    .optional()
    .describe('Dimensions of the metric, all of them.'),
});

const scalingPolicy = z.object({
  metric: z
    .enum(METRICS)
    .describe(
      'What is kept at the target. CPUUtilization: the average of the servers in percent. RequestCountPerTarget: requests to one server of a target group in a minute. Custom: a metric of your own.',
    ),
  targetValue: whole(1, 1_000_000).describe("Value that the metric is kept at, in the metric's unit."),
  disableScaleIn: z.boolean().default(false).describe('Whether this policy only adds servers and never removes any.'),
  targetGroup: text(20)
    .optional()
    .describe('Target group whose requests are counted; with metric RequestCountPerTarget only.'),
  custom: custom.optional().describe('The metric; with metric Custom only.'),
});

type ScalingPolicy = z.output<typeof scalingPolicy>;

const policyRules: readonly Rule<ScalingPolicy>[] = [
  {
    rule: "(self.metric == 'Custom') == has(self.custom)",
    message: 'spec.compute.autoScaling.policies custom must be there with metric Custom, and with no other',
    fieldPath: '.custom',
    holds: (self) => (self.metric === 'Custom') === (self.custom !== undefined),
  },
  {
    rule: "(self.metric == 'RequestCountPerTarget') == has(self.targetGroup)",
    message:
      'spec.compute.autoScaling.policies targetGroup must be there with metric RequestCountPerTarget, and with no other',
    fieldPath: '.targetGroup',
    holds: (self) => (self.metric === 'RequestCountPerTarget') === (self.targetGroup !== undefined),
  },
  {
    rule: "self.metric != 'CPUUtilization' || self.targetValue <= 100",
    message: 'spec.compute.autoScaling.policies targetValue of metric CPUUtilization must be a percentage: 1 to 100',
    fieldPath: '.targetValue',
    holds: (self) => self.metric !== 'CPUUtilization' || self.targetValue <= 100,
  },
];

const POLICIES = 'spec.compute.autoScaling.policies';

const listRules: readonly Rule<readonly ScalingPolicy[]>[] = [
  {
    rule: "self.exists(policy, policy.metric != 'Custom')",
    message: `${POLICIES} needs at least one policy with metric CPUUtilization or RequestCountPerTarget: a metric of your own may fall silent`,
    holds: (self) => self.some(({ metric }) => metric !== 'Custom'),
  },
  uniqueBy(POLICIES, 'metric'),
];

const instanceRefresh = z.object({
  minHealthyPercentage: whole(50, 100)
    .default(100)
    .describe('Servers that must serve meanwhile, in percent; 100: new ones come before old ones go.'),
  maxHealthyPercentage: whole(100, 200)
    .default(120)
    .describe('Servers that there may be meanwhile, in percent, at most 100 above minHealthyPercentage.'),
  bakeTimeSeconds: whole(0, 86_400)
    .default(0)
    .describe('Seconds for which AWS watches the new servers before the old version is given up.'),
});

const refreshRules: readonly Rule<z.output<typeof instanceRefresh>>[] = [
  {
    rule: 'self.maxHealthyPercentage - self.minHealthyPercentage <= 100',
    message:
      'spec.compute.autoScaling.instanceRefresh.maxHealthyPercentage must be at most 100 above minHealthyPercentage',
    fieldPath: '.maxHealthyPercentage',
    holds: (self) => self.maxHealthyPercentage - self.minHealthyPercentage <= 100,
  },
];

const group = z.object({
  minSize: whole(2, 1000).default(SIZES.min).describe('Servers that there are at least, so that one zone may fail.'),
  maxSize: whole(2, 1000).default(SIZES.max).describe('Servers that there are at most.'),
  healthCheckGraceSeconds: whole(0, 7200)
    .default(300)
    .describe('Seconds that a new server has before health checks may replace it.'),
  warmupSeconds: whole(0, 3600)
    .default(120)
    .describe('Seconds before what a new server measures counts for the policies.'),
  instanceRefresh: withRules(instanceRefresh, refreshRules)
    .prefault({})
    .describe('How servers are replaced when their launch template changes: a new image, type or user data.'),
  policies: withRules(z.array(withRules(scalingPolicy, policyRules)).min(1).max(METRICS.length), listRules, ATOMIC_LIST)
    .optional()
    .describe(
      'What decides how many servers there are, one for each metric. Absent: one that keeps CPUUtilization at 55.',
    ),
});

const rules: readonly Rule<z.output<typeof group>>[] = [
  {
    rule: 'self.minSize <= self.maxSize',
    message: 'spec.compute.autoScaling.minSize must not be above spec.compute.autoScaling.maxSize',
    fieldPath: '.minSize',
    holds: (self) => self.minSize <= self.maxSize,
  },
];

/** `spec.compute.autoScaling`. */
export const autoScaling = withRules(group, rules);

/** What absent policies stand for. */
export const POLICIES_DEFAULT: readonly ScalingPolicy[] = [
  { metric: 'CPUUtilization', targetValue: 55, disableScaleIn: false },
];
