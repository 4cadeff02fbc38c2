/** `metav1.Condition`, exactly as Kubernetes defines it. */
import { z } from 'zod';
import { text, time, whole } from '../fields.ts';

/** One condition. */
export const condition = z
  .object({
    type: text(316, /^[A-Za-z][A-Za-z0-9]*$/).describe('What is stated, in CamelCase.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
    reason: text(1024, /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/).describe('Why, as one CamelCase word for programs.'),
    message: z.string().max(4096).describe('Why, for people. May be empty.'),
    lastTransitionTime: time().describe('When the status last changed.'),
    observedGeneration: whole(0, Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('The generation of the spec that this was decided on.'),
  })
  .describe('One statement about the tier.');
