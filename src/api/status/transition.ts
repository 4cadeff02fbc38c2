/** The move between two stages as the status shows it: step by step, with what is left of the way back. */
import { z } from 'zod';
import { ATOMIC_LIST, role, text, time, whole } from '../fields.ts';

const stepID = () => text(16, /^[A-Z][A-Z0-9]*$/);

const step = z.object({
  id: stepID().describe('Step, as the runbook calls it.'),
  role: role().describe('The step as named in the plan.'),
  does: text(128).describe('What it does.'),
  state: z
    .enum(['Pending', 'Running', 'Done', 'Failed', 'TakenBack'])
    .describe('How far it is. TakenBack: it is being undone.'),
  startedTime: time().optional().describe('When it was begun.'),
  finishedTime: time().optional().describe('When it was done.'),
  attempts: whole(0, 1_000_000).optional().describe('How often it was begun.'),
  result: z
    .string()
    .max(1024)
    .optional()
    .describe('What came of it, in counts and times, never data; or why it failed, or what it waits for.'),
});

const failure = z.object({
  step: stepID().describe('The step that failed.'),
  role: role().describe('The step as named in the plan.'),
  message: z.string().max(1024).describe('Why, and what to do.'),
  generation: whole(0, Number.MAX_SAFE_INTEGER).describe(
    'Generation of the spec in which it failed: a later one tries again.',
  ),
});

/** `status.transition`. */
export const transition = z.object({
  from: text(32).describe('The stage in force when it began.'),
  to: text(32).describe('The stage that will be in force when it is over.'),
  course: z
    .enum(['Forward', 'Halted', 'RolledBack', 'Back'])
    .describe(
      'Forward: under way. Halted: a step failed, and the old stage serves. RolledBack: the same, and what was built goes, or has gone. Back: it was called off.',
    ),
  startedTime: time().describe('When it began.'),
  step: stepID().optional().describe('The first step that is not done.'),
  rollback: z
    .enum(['Lossless', 'LossyAfterFirstWrite', 'Impossible'])
    .describe(
      'What is left of the way back. Lossless: set spec.stage back. LossyAfterFirstWrite: the app writes to the new place, what it writes there would be lost. Impossible: there is none.',
    ),
  expectedInterruptionSeconds: whole(0, 100_000_000)
    .optional()
    .describe('For how long the application will not be able to write, as the rehearsal has measured it.'),
  interruptionSeconds: whole(0, 100_000_000).optional().describe('For how long the application could not write.'),
  steps: z.array(step).max(40).meta(ATOMIC_LIST).optional().describe('The runbook, in order.'),
  failure: failure.optional().describe('Which step ended the attempt. A new generation of the spec tries again.'),
});
