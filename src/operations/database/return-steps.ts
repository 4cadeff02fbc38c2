/**
 * The steps by which a PostgreSQL database comes back from RDS to the server. Decisions and the window are those of the move
 * up. What changes something before the switch can be taken back; on RDS nothing is deleted by them.
 */
import type { StepDefinition } from '../step/definition.ts';
import { script } from './script.ts';
import {
  COMPARE_RETURN,
  COPY_RETURN,
  DISCARD_RETURN,
  FREEZE_RETURN,
  INSPECT_RETURN,
  OPEN_RETURN,
  PUT_BACK,
  REHEARSE_RETURN,
  SLEEP_RETURN,
  THAW_RETURN,
} from './scripts.ts';
import { compareDatabases, copyDatabase, freezeDatabase, inspectDatabase, rehearseCopy } from './steps.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Looks whether the database can come back; starts a server that the move up has stopped, which its undo stops again. */
export const inspectReturn: StepDefinition<{ bytes: number; tables: number }> = {
  ...inspectDatabase,
  name: 'database.inspect-return',
  script: script(INSPECT_RETURN, 10 * MINUTE),
  undo: script(SLEEP_RETURN, 10 * MINUTE),
};

/** Does all of it once, beside the running database, and measures. */
export const rehearseReturn: StepDefinition<{ seconds: number }> = {
  ...rehearseCopy,
  name: 'database.rehearse-return',
  script: script(REHEARSE_RETURN, 24 * HOUR),
  undo: script(THAW_RETURN, 10 * MINUTE),
};

/** Closes the database on RDS to the app; its undo opens it, unless the app is sent to the server already. */
export const freezeReturn: StepDefinition<{ position: string }> = {
  ...freezeDatabase,
  name: 'database.freeze-return',
  script: script(FREEZE_RETURN, 10 * MINUTE),
  undo: script(THAW_RETURN, 10 * MINUTE),
};

/** Copies what the closed database holds; its undo gives the old database of the server its place again. */
export const copyReturn: StepDefinition<{ completed: string }> = {
  ...copyDatabase,
  name: 'database.copy-return',
  script: script(COPY_RETURN, 24 * HOUR),
  undo: script(PUT_BACK, 10 * MINUTE),
};

/** Compares both sides, object by object and row by row. */
export const compareReturn: StepDefinition<{ fingerprint: string }> = {
  ...compareDatabases,
  name: 'database.compare-return',
  script: script(COMPARE_RETURN, 24 * HOUR),
};

/** Opens the copy on the server, once the app is sent there. */
export const openReturn: StepDefinition<{ opened: boolean }> = {
  name: 'database.open-return',
  script: script(OPEN_RETURN, 10 * MINUTE),
  again: true,
};

/** Drops what the move up had left on the server, when the window is over. */
export const discardReturn: StepDefinition<{ discarded: boolean }> = {
  name: 'database.discard-return',
  script: script(DISCARD_RETURN, 10 * MINUTE),
  again: true,
};
