/** What the status keeps of an approval, so that a plan of which half is done goes on after any restart. */
import { z } from 'zod';
import { ATOMIC_LIST, text } from '../fields.ts';

/** `status.approval`. */
export const approval = z.object({
  plan: text(80).describe('Hash of the plan that was approved last. An approval counts once.'),
  changes: z
    .array(text(16, /^[0-9a-f]+$/))
    .max(1000)
    .meta(ATOMIC_LIST)
    .describe('What it covers and what may not be done yet: a hash of each change.'),
});
