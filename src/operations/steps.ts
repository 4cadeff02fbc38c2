/** Every step there is, and the kind that they all are nodes of. */
import * as app from './app/steps.ts';
import * as decisions from './database/decisions.ts';
import * as mysql from './database/mysql/steps.ts';
import * as postgresql from './database/postgresql/steps.ts';
import type { StepDefinition } from './step/definition.ts';
import { stepKind } from './step/step.ts';
import * as traffic from './traffic/steps.ts';
import * as uploads from './uploads/steps.ts';

/** Whatever stands in these is a step. */
const DEFINITIONS: readonly StepDefinition[] = [
  decisions,
  mysql.up,
  mysql.down,
  postgresql.up,
  postgresql.down,
  app,
  uploads,
  traffic,
].flatMap((file) => Object.values(file));

export const Step = stepKind(DEFINITIONS, Date.now);
