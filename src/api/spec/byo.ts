/**
 * `spec.network.byo`: a VPC that others built and keep. The operator changes nothing of it; what it looks like inside is asked
 * of AWS elsewhere.
 */
import { z } from 'zod';
import { ATOMIC_LIST, text } from '../fields.ts';
import { fixed, type Rule, unique, withRules } from '../rules.ts';

const BYO = 'spec.network.byo';

const id = (prefix: 'vpc' | 'subnet' | 'sg') => text(24, new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`));

const SUBNETS = ['publicSubnetIDs', 'appSubnetIDs', 'dataSubnetIDs'] as const;

const subnets = (list: (typeof SUBNETS)[number]) =>
  withRules(z.array(id('subnet')).min(2).max(6), [unique(`${BYO}.${list}`)], ATOMIC_LIST);

const securityGroupIDs = z.object({
  app: id('sg').optional().describe('Of the servers.'),
  database: id('sg').optional().describe('Of the database on RDS.'),
  cache: id('sg').optional().describe('Of the cache.'),
  loadBalancer: id('sg').optional().describe('Of the load balancer.'),
});

const given = z.object({
  vpcID: id('vpc').describe('The VPC, for example vpc-0123456789abcdef0. Cannot change.'),
  publicSubnetIDs: subnets('publicSubnetIDs').describe(
    'Subnets with a route to an internet gateway, in two zones or more: for the load balancer, and for the one server of earlier stages. The list may grow at its end.',
  ),
  appSubnetIDs: subnets('appSubnetIDs').describe(
    'Subnets for servers behind a load balancer, in two zones or more, with a way to the internet. The list may grow at its end.',
  ),
  dataSubnetIDs: subnets('dataSubnetIDs').describe(
    'Subnets for database and cache, in two zones or more. The list may grow at its end.',
  ),
  securityGroupIDs: securityGroupIDs
    .optional()
    .describe('Security groups that exist. The operator takes one as it is, and makes those that are absent.'),
});

/** A subnet that is taken out, or changes its place, would move what stands in it. */
const growingList = (list: (typeof SUBNETS)[number]): Rule<unknown> => ({
  rule: `oldSelf.${list}.all(subnet, self.${list}.indexOf(subnet) == oldSelf.${list}.indexOf(subnet))`,
  message: `${BYO}.${list} may grow at its end; keep the subnets that are there, in their order`,
  fieldPath: `.${list}`,
  reason: 'FieldValueForbidden',
});

/** `spec.network.byo`. */
export const byo = withRules(given, [
  fixed('vpcID', `${BYO}.vpcID cannot change; create another ScalingTier for another VPC`),
  ...SUBNETS.map(growingList),
]);
