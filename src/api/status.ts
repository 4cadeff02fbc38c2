/**
 * `status`: what the operator reports. It never holds secrets, and every part is bounded so that a status is never refused.
 * Its parts have one owner each, as the operator writes them: the API server would otherwise keep an account of who owns
 * every field of every resource, as long as the status itself, in every object, list and watch event.
 */
import { z } from 'zod';
import { ATOMIC_LIST, ATOMIC_OBJECT, text, time, whole } from './fields.ts';
import { approval } from './status/approval.ts';
import { condition } from './status/condition.ts';
import { cost } from './status/cost.ts';
import { plan } from './status/plan.ts';
import { drift, intent, resourceStatus, retained } from './status/resource.ts';
import { transition } from './status/transition.ts';

/** As for all conditions: others may state theirs beside ours. */
const CONDITIONS = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] };

const names = () => z.array(text(64)).max(6).meta(ATOMIC_LIST);

const facts = z.object({
  zoneIDs: names().describe('Zones in which subnets stand, in order.'),
  zoneNames: names().describe("The account's own names of these zones, in the same order."),
  imageID: text(21).describe('Machine image in use.'),
  imageSource: text(512).describe('Where the image id was looked up.'),
  architecture: text(16).describe('Architecture that the image was looked up for.'),
  databaseOffer: text(128)
    .optional()
    .describe('Engine, version and class of the database that AWS was asked for and offers in these zones.'),
  confirmed: z
    .array(text(16))
    .max(400)
    .meta(ATOMIC_LIST)
    .optional()
    .describe('Hashes of what else AWS was asked for before it was built: it is not asked for again.'),
});

const endpoints = z.object({
  application: text(512).optional().describe('Where the application is reached.'),
  elasticIP: text(45).optional().describe('Public address of the server.'),
  instanceID: text(32).optional().describe('The server.'),
  vpcID: text(32).optional().describe('The VPC.'),
  databaseWriter: text(512).optional().describe('Where the database takes writes.'),
  databaseReaders: z
    .array(text(512))
    .max(15)
    .meta(ATOMIC_LIST)
    .optional()
    .describe('Where the read replicas take reads.'),
  databaseSecretARN: text(2048)
    .optional()
    .describe('Secret of AWS Secrets Manager with user name and password of the database.'),
  loadBalancerDNS: text(512).optional().describe('DNS name of the load balancer.'),
  cachePrimary: text(512).optional().describe('Where the cache takes writes.'),
  cacheReader: text(512).optional().describe('Where the replicas of the cache take reads.'),
  bucket: text(63).optional().describe('Name of the bucket.'),
  parameterPrefix: text(512).optional().describe('Prefix of the SSM parameters that the application reads.'),
});

const compute = z.object({
  instances: whole(0, 100_000).describe('How many servers serve.'),
  selector: text(512)
    .optional()
    .describe('What the scale subresource asks for; it selects no pods, since servers are not pods.'),
});

const dataProtection = z.object({
  latestCopyID: text(256).describe('Newest restorable copy of the data.'),
  latestCopyTime: time().describe('When it was made.'),
});

/** `status`. */
export const status = z.object({
  observedGeneration: whole(-1, Number.MAX_SAFE_INTEGER)
    .default(-1)
    .describe('Generation of the spec that this status speaks of; -1: not looked at yet.'),
  stage: text(32).optional().describe('Stage in force.'),
  message: z.string().max(1024).optional().describe('What is going on, in one sentence.'),
  accountID: text(12)
    .optional()
    .describe('AWS account that the tier stands in; once known, writes to another are refused.'),
  lastHandledReconcileAt: z
    .string()
    .max(256)
    .optional()
    .describe('Token of the last request to look that was answered.'),
  conditions: z.array(condition).max(20).meta(CONDITIONS).optional().describe('Statements about the tier.'),
  facts: facts.meta(ATOMIC_OBJECT).optional().describe('Look-ups that must not move by themselves.'),
  intents: z.array(intent).max(100).meta(ATOMIC_LIST).optional().describe('Creates that were announced.'),
  resources: z.array(resourceStatus).max(500).meta(ATOMIC_LIST).optional().describe('AWS resources of the tier.'),
  drift: z.array(drift).max(50).meta(ATOMIC_LIST).optional().describe('Changes made by others.'),
  driftCount: whole(0, 100_000).optional().describe('How many fields differ, listed or not.'),
  endpoints: endpoints.meta(ATOMIC_OBJECT).optional().describe('Where things are reached.'),
  compute: compute.meta(ATOMIC_OBJECT).optional().describe('How many servers there are.'),
  plan: plan.meta(ATOMIC_OBJECT).optional().describe('What is about to be done, or would be.'),
  transition: transition
    .meta(ATOMIC_OBJECT)
    .optional()
    .describe('The move to another stage; absent when none is under way.'),
  approval: approval.meta(ATOMIC_OBJECT).optional().describe('What was approved.'),
  cost: cost.meta(ATOMIC_OBJECT).optional().describe('What the tier costs.'),
  dataProtection: dataProtection.meta(ATOMIC_OBJECT).optional().describe('Copies of the data.'),
  tagKeys: z
    .array(text(128))
    .max(80)
    .meta(ATOMIC_LIST)
    .optional()
    .describe("Keys of the user's own tags that resources may carry, so that tags no longer asked for are taken off."),
  retained: z.array(retained).max(500).meta(ATOMIC_LIST).optional().describe('What was left in AWS.'),
});
