/** The plan as the status shows it: what would be done, in which order, and what that costs. Bounded: the whole object must fit into etcd. */
import { z } from 'zod';
import { ATOMIC_LIST, role, text, whole } from '../fields.ts';

const count = (what: string) => whole(0, 1000).describe(`How many resources would be ${what}.`);

const impact = () =>
  z
    .enum(['Online', 'Restart', 'Replace'])
    .optional()
    .describe('Online: nobody notices. Restart: an interruption. Replace: a new resource in its place.');

const change = z.object({
  path: text(200).describe('Dotted path of the field.'),
  from: z.string().max(256).describe('What AWS has.'),
  to: z.string().max(256).describe('What the spec asks for.'),
});

const step = z.object({
  role: role().describe('Resource.'),
  action: z
    .enum(['Create', 'Update', 'Replace', 'Delete', 'Forget', 'Hold', 'Wait'])
    .describe(
      'Forget: left in AWS, no longer managed. Hold: refused for the sake of data. Wait: AWS still works on it.',
    ),
  impact: impact(),
  reason: text(256).optional().describe('Why, when the changes do not say it.'),
  changes: z.array(change).max(16).meta(ATOMIC_LIST).optional().describe('The first 16 fields that would change.'),
});

/** `status.plan`. */
export const plan = z.object({
  hash: text(80).describe('Stands for exactly this plan; what an approval names.'),
  generation: whole(0, Number.MAX_SAFE_INTEGER).describe('Generation of the spec that it was made for.'),
  summary: text(64).describe('In one line: +create ~update ±replace -delete.'),
  create: count('created'),
  update: count('updated in place'),
  replace: count('replaced'),
  delete: count('deleted'),
  impact: impact(),
  steps: z.array(step).max(100).meta(ATOMIC_LIST).optional().describe('The first 100 steps, in order.'),
  text: z.string().max(16384).optional().describe('The plan as text, the same as the command line prints.'),
});
