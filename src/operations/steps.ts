/** Every step there is, and the kind that they all are nodes of. */
import * as app from './app/steps.ts';
import * as databaseReturn from './database/return-steps.ts';
import * as database from './database/steps.ts';
import type { StepDefinition } from './step/definition.ts';
import { stepKind } from './step/step.ts';

/** Whatever these files export is a step. */
const DEFINITIONS: readonly StepDefinition[] = [
  ...Object.values(database),
  ...Object.values(databaseReturn),
  ...Object.values(app),
];

export const Step = stepKind(DEFINITIONS, Date.now);
