/** The steps by which a MySQL database moves to RDS and back. */
import { downSteps } from '../down-steps.ts';
import { BESIDE } from '../times.ts';
import { upSteps } from '../up-steps.ts';
import { count } from '../words.ts';
import * as scripts from './scripts.ts';

const name = 'mysql';

export const up = upSteps({
  // Everything is copied once in it.
  ...{ name, scripts, replicateSeconds: BESIDE },
  replicated: ({ tables, log }) => `${count(tables, 'table')} copied at ${String(log)}`,
  closed: ({ log }) => `closed at ${String(log)}, all of it applied`,
});

export const down = downSteps({ name, scripts, unrehearse: scripts.PUT_BACK });
