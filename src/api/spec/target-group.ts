/** `spec.loadBalancer.targetGroups`: where on the servers requests go. Who is sent there is said by listeners and rules. */
import { z } from 'zod';
import { httpPath, text, whole } from '../fields.ts';
import { type Rule, uniqueBy, withRules } from '../rules.ts';

/** Port of the application when nobody says another. */
export const APP_PORT = 8080;

/** Path of the health check when nobody says another. */
export const HEALTH_PATH = '/healthz';

/** Name of the one target group that stands for an absent list. */
export const IMPLIED_TARGET_GROUP = 'web';

const healthCheck = withRules(
  z.object({
    path: httpPath().optional().describe('Path that is asked for. Absent: compute.healthPath.'),
    intervalSeconds: whole(5, 300).default(15).describe('Seconds between two checks of a server.'),
    timeoutSeconds: whole(2, 120)
      .default(5)
      .describe('Seconds after which no answer is a failure; below the interval.'),
    healthyThreshold: whole(2, 10).default(2).describe('Good answers in a row that make a server healthy.'),
    unhealthyThreshold: whole(2, 10).default(2).describe('Failures in a row that make a server unhealthy.'),
    matcher: text(32, /^[2-4][0-9]{2}([,-][2-4][0-9]{2})*$/)
      .default('200-299')
      .describe('HTTP status codes of a good answer, for example 200-299 or 200,204.'),
  }),
  [
    {
      rule: 'self.timeoutSeconds < self.intervalSeconds',
      message: 'spec.loadBalancer.targetGroups healthCheck.timeoutSeconds must be below healthCheck.intervalSeconds',
      fieldPath: '.timeoutSeconds',
      holds: (self) => self.timeoutSeconds < self.intervalSeconds,
    },
  ],
);

const group = z.object({
  name: text(20, /^[a-z][a-z0-9-]*$/).describe('Name of the target group within the ScalingTier.'),
  port: whole(1, 65535).optional().describe('Port of the application on the servers. Absent: compute.appPort.'),
  protocol: z
    .enum(['HTTP', 'HTTPS'])
    .default('HTTP')
    .describe('What the application speaks. The certificate of a server is not checked. A change replaces the group.'),
  isDefault: z
    .boolean()
    .default(false)
    .describe('Whether requests go here that no rule takes. Exactly one group has it.'),
  healthCheck: healthCheck.prefault({}).describe('How the load balancer finds out whether a server serves.'),
  deregistrationDelaySeconds: whole(0, 3600)
    .default(60)
    .describe('Seconds that a server that leaves has for the requests that it is at.'),
  stickiness: z.boolean().default(false).describe('Whether a client is kept at one server, by a cookie, for a day.'),
  slowStartSeconds: whole(0, 900)
    .default(0)
    .describe('Seconds over which a new server gets more and more requests, 30 or more; 0: all at once.'),
});

const groupRules: readonly Rule<z.output<typeof group>>[] = [
  {
    rule: 'self.slowStartSeconds == 0 || self.slowStartSeconds >= 30',
    message: 'spec.loadBalancer.targetGroups slowStartSeconds must be 0 or 30 to 900',
    fieldPath: '.slowStartSeconds',
    holds: (self) => self.slowStartSeconds === 0 || self.slowStartSeconds >= 30,
  },
];

const LIST = 'spec.loadBalancer.targetGroups';

/** Rules over the list. */
export const targetGroupRules: readonly Rule<readonly z.output<typeof group>[]>[] = [
  uniqueBy(LIST, 'name'),
  {
    rule: 'self.exists_one(group, group.isDefault)',
    message: `${LIST} needs exactly one group with isDefault: true, to which requests go that no rule takes`,
    holds: (self) => self.filter(({ isDefault }) => isDefault).length === 1,
  },
];

/** One entry of `spec.loadBalancer.targetGroups`. */
export const targetGroup = withRules(group, groupRules);
