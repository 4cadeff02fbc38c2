/** Every step there is, and the kind that they all are nodes of. */
import { reloadApp } from './app/steps.ts';
import {
  compareDatabases,
  copyDatabase,
  freezeDatabase,
  inspectDatabase,
  rehearseCopy,
  retireDatabase,
  rollbackWindow,
  switchDatabase,
} from './database/steps.ts';
import type { StepDefinition } from './step/definition.ts';
import { stepKind } from './step/step.ts';

/** The definitions. */
export const DEFINITIONS: readonly StepDefinition[] = [
  inspectDatabase,
  rehearseCopy,
  freezeDatabase,
  copyDatabase,
  compareDatabases,
  switchDatabase,
  reloadApp,
  rollbackWindow,
  retireDatabase,
];

export const Step = stepKind(DEFINITIONS, Date.now);
