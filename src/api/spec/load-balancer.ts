/** `spec.loadBalancer`: how requests reach the servers. What its entries hold is judged with them; here is what holds between them. */
import { z } from 'zod';
import { ATOMIC_LIST, bucketName, text, whole } from '../fields.ts';
import { type Rule, uniqueBy, withRules } from '../rules.ts';
import { listener, listenerRule } from './listener.ts';
import { IMPLIED_TARGET_GROUP, targetGroup, targetGroupRules } from './target-group.ts';

/** Elastic Load Balancing quotas: rules of an Application Load Balancer, default ones not counted. */
export const MOST_RULES = 100;
/** And certificates beside the default one of each listener. */
const MOST_CERTIFICATES = 25;

const accessLogs = z.object({
  bucketName: bucketName().describe(
    'Bucket that exists, in the region of the tier, into which the load balancer may write.',
  ),
  prefix: text(256, /^[A-Za-z0-9_.=-]+(\/[A-Za-z0-9_.=-]+)*$/)
    .optional()
    .describe('Prefix of the names of the log files. Absent: none.'),
});

const balancer = z.object({
  scheme: z
    .enum(['InternetFacing', 'Internal'])
    .default('InternetFacing')
    .describe('InternetFacing: public addresses. Internal: reachable within the VPC only. Cannot change.'),
  allowPlaintext: z
    .boolean()
    .default(false)
    .describe('Whether there may be no HTTPS listener at all, so that everything is sent unencrypted.'),
  deletionProtection: z
    .boolean()
    .default(true)
    .describe(
      'Whether AWS refuses to delete the load balancer. The operator lifts it when the ScalingTier is deleted.',
    ),
  idleTimeoutSeconds: whole(1, 4000)
    .default(60)
    .describe("Seconds after which a silent connection is closed. The application's own must be longer."),
  accessLogs: accessLogs.optional().describe('Where a line for each request is written. Absent: nowhere.'),
  listeners: withRules(
    z.array(listener).min(1).max(10),
    [uniqueBy('spec.loadBalancer.listeners', 'port')],
    ATOMIC_LIST,
  ).describe('Ports on which requests come in.'),
  targetGroups: withRules(z.array(targetGroup).min(1).max(20), targetGroupRules, ATOMIC_LIST)
    .optional()
    .describe('Where on the servers requests go. Absent: one named web, with compute.appPort and compute.healthPath.'),
  rules: withRules(
    z.array(listenerRule).max(MOST_RULES),
    [uniqueBy('spec.loadBalancer.rules', 'priority')],
    ATOMIC_LIST,
  )
    .optional()
    .describe(
      'What becomes of requests to certain hosts and paths, at every listener that does not redirect. All others go to the default target group.',
    ),
});

type Balancer = z.output<typeof balancer>;

const secure = ({ listeners }: Balancer): boolean => listeners.some(({ protocol }) => protocol === 'HTTPS');

const rules: readonly Rule<Balancer>[] = [
  {
    rule: "self.allowPlaintext || self.listeners.exists(listener, listener.protocol == 'HTTPS')",
    message:
      'spec.loadBalancer.listeners needs a listener with protocol HTTPS; set spec.loadBalancer.allowPlaintext: true to do without encryption',
    fieldPath: '.listeners',
    holds: (self) => self.allowPlaintext || secure(self),
  },
  {
    rule: "!self.listeners.exists(listener, listener.redirectToHTTPS) || self.listeners.exists(listener, listener.protocol == 'HTTPS')",
    message: 'spec.loadBalancer.listeners redirectToHTTPS needs a listener with protocol HTTPS beside it',
    fieldPath: '.listeners',
    holds: (self) => !self.listeners.some(({ redirectToHTTPS }) => redirectToHTTPS) || secure(self),
  },
  {
    rule: `self.listeners.map(listener, has(listener.certificateARNs) ? size(listener.certificateARNs) - 1 : 0).sum() <= ${MOST_CERTIFICATES}`,
    message: `spec.loadBalancer.listeners must not have more than ${MOST_CERTIFICATES} certificateARNs in all beside the first of each: AWS has no room for more on one load balancer`,
    fieldPath: '.listeners',
    holds: ({ listeners }) =>
      listeners.reduce((sum, { certificateARNs: [, ...further] = [] }) => sum + further.length, 0) <= MOST_CERTIFICATES,
  },
  {
    rule: `!has(self.rules) || size(self.rules) * self.listeners.filter(listener, !listener.redirectToHTTPS).size() <= ${MOST_RULES}`,
    message: `spec.loadBalancer.rules must not be more than ${MOST_RULES} in all, since they stand at every listener that does not redirect: AWS has no room for more on one load balancer`,
    fieldPath: '.rules',
    holds: ({ rules: all = [], listeners }) =>
      all.length * listeners.filter(({ redirectToHTTPS }) => !redirectToHTTPS).length <= MOST_RULES,
  },
  {
    rule: `!has(self.rules) || self.rules.all(rule, !has(rule.targetGroup) || (has(self.targetGroups) ? self.targetGroups.exists(group, group.name == rule.targetGroup) : rule.targetGroup == '${IMPLIED_TARGET_GROUP}'))`,
    message: `spec.loadBalancer.rules targetGroup must be a name in spec.loadBalancer.targetGroups; without that list there is only ${IMPLIED_TARGET_GROUP}`,
    fieldPath: '.rules',
    holds: ({ rules: all = [], targetGroups = [{ name: IMPLIED_TARGET_GROUP }] }) =>
      all.every((rule) => rule.targetGroup === undefined || targetGroups.some(({ name }) => name === rule.targetGroup)),
  },
];

/** `spec.loadBalancer`. */
export const loadBalancer = withRules(balancer, rules);
