/** What the status keeps about resources: what stands, what was about to be created, what drifted, what was left. */
import { z } from 'zod';
import { role, text, time, whole } from '../fields.ts';

const incarnation = () =>
  whole(0, 1_000_000).describe('Rises each time that the role gets a new resource in place of an old one.');

/** A create or replacement that was announced before the call to AWS. */
export const intent = z.object({
  role: role().describe('Resource that is being created.'),
  incarnation: incarnation(),
  startedAt: time().describe('When it was announced.'),
  since: time()
    .optional()
    .describe('When it was announced first: of what had gone and is wanted again, a new one is made.'),
});

/** One AWS resource of the tier. */
export const resourceStatus = z.object({
  role: role().describe('Resource, the same name in every stage.'),
  type: text(64).describe('Kind of resource, for example ec2.vpc.'),
  id: text(256).optional().describe('What AWS calls it.'),
  incarnation: incarnation(),
  state: text(64).describe("AWS's own word for how far it is."),
  ready: z.boolean().describe('Whether it serves.'),
  place: text(64)
    .optional()
    .describe('Where it serves, where AWS moves it by itself: the zone of the primary, for example.'),
  unreadySince: time().optional().describe('Since when what AWS moves by itself has not been ready.'),
  specHash: text(80).optional().describe('Hash over the fields that were last applied.'),
});

/** One difference that someone else made. */
export const drift = z.object({
  role: role().describe('Resource that differs.'),
  field: z.string().max(200).describe('Dotted path of the field; empty when the whole resource is missing.'),
  desired: z.string().max(256).describe('What the spec asks for.'),
  observed: z.string().max(256).describe('What AWS has.'),
  class: z
    .enum(['Correctable', 'NeedsRestart', 'NeedsReplacement', 'ReportOnly'])
    .describe('What putting it back costs.'),
  firstSeenTime: time().describe('When it was first seen.'),
  action: z.enum(['Pending', 'Corrected', 'Reported', 'Ignored']).describe('What was done about it.'),
});

/** A resource that was left in AWS on purpose. */
export const retained = z.object({
  role: role().describe('Resource that it was.'),
  id: text(256).describe('What AWS calls it.'),
});
