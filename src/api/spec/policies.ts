/** How far the operator may go: changes, drift, deletion, alarms. Policy is fields; requests are annotations. */
import { z } from 'zod';
import { ATOMIC_LIST, role, text, whole } from '../fields.ts';

/** `spec.managementPolicy`. */
export const managementPolicy = z
  .enum(['Full', 'ObserveOnly'])
  .default('Full')
  .describe(
    'Full: AWS is made equal to the spec. ObserveOnly: the same plan is computed and reported, nothing is written.',
  );

const ignored = z.object({
  role: role().describe('Resource as named in the plan, for example ec2.instance/server.'),
  fields: z
    .array(text(128))
    .min(1)
    .max(32)
    .meta(ATOMIC_LIST)
    .describe('Fields as named in the plan; a name covers everything below it, for example tags.'),
});

/** `spec.driftPolicy`. */
export const driftPolicy = z
  .object({
    mode: z
      .enum(['Correct', 'Report', 'Off'])
      .default('Correct')
      .describe(
        'What happens when AWS was changed by someone else. Correct: put back. Report: say so in status.drift. Off, in YAML in quotes: do not look.',
      ),
    intervalSeconds: whole(60, 86400).default(300).describe('Seconds between two looks at a tier that is up to date.'),
    ignore: z
      .array(ignored)
      .max(50)
      .refine((entries) => new Set(entries.map((entry) => entry.role)).size === entries.length, {
        message: 'spec.driftPolicy.ignore must not name the same role twice',
      })
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['role'] })
      .optional()
      .describe('Fields that others may change; never corrected, never reported.'),
  })
  .prefault({})
  .describe('How changes made outside of the operator are treated.');

/** `spec.approval`. */
export const approval = z
  .object({
    required: z
      .enum(['Disruptive', 'Never'])
      .default('Never')
      .describe(
        'Which changes wait until somebody approves the plan. Disruptive: those that interrupt or replace something. Never: only those that cannot be taken back, such as a new major version of the database.',
      ),
    approvedPlan: text(80)
      .optional()
      .describe(
        'The hash of a plan, from status.plan.hash: approves exactly that plan, as the annotation scalingtier.dev/approve-plan does.',
      ),
  })
  .prefault({})
  .describe('Which changes wait for a person.');

/** `spec.deletionPolicy`. */
export const deletionPolicy = z
  .object({
    default: z
      .enum(['Delete', 'Retain'])
      .default('Delete')
      .describe('What happens to network, servers, load balancer and alarms when the ScalingTier is deleted.'),
    database: z
      .enum(['Snapshot', 'Retain', 'Delete'])
      .default('Snapshot')
      .describe(
        'What happens to data when what holds it goes. Snapshot: a final copy is made first and kept. Retain: it stays as it is. Delete: it is lost; needs confirmDataLoss.',
      ),
    cache: z
      .enum(['Delete', 'Snapshot', 'Retain'])
      .optional()
      .describe(
        'What happens to the cache, from stage LoadBalanced on. Delete: what is in it is lost. Snapshot: a final snapshot is made first and kept. Retain: it stays as it is. Absent: Delete.',
      ),
    storage: z
      .enum(['Retain', 'DeleteIfEmpty', 'Delete'])
      .optional()
      .describe(
        'What happens to the bucket, from stage LoadBalanced on. Retain: it stays as it is. DeleteIfEmpty: it is deleted when nothing is in it, old versions included, and stays otherwise. Delete: the deletion waits until somebody has emptied it; needs confirmDataLoss. Absent: Retain.',
      ),
    confirmDataLoss: text(63)
      .optional()
      .describe('The name of the ScalingTier, written out: confirms database Delete and storage Delete.'),
  })
  .prefault({})
  .describe('What is left in AWS when the ScalingTier is deleted.');

/** `spec.observability`. */
export const observability = z
  .object({
    alarms: z
      .boolean()
      .default(true)
      .describe(
        'CloudWatch alarms on processor, CPU credits, status checks and data volume of the server, on the database, and from stage LoadBalanced on on servers, load balancer and cache.',
      ),
    snsTopicARN: text(400, /^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$/)
      .optional()
      .describe('SNS topic that alarms are sent to; it must be in the region of the tier.'),
  })
  .prefault({})
  .describe('What is watched, and who is told.');
