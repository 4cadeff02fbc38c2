/** The steps by which a PostgreSQL database moves to RDS and back. */
import { downSteps } from '../down-steps.ts';
import { BEGUN } from '../times.ts';
import { upSteps } from '../up-steps.ts';
import { count } from '../words.ts';
import * as scripts from './scripts.ts';

/** What records and plans have called them from the first engine on. */
const name = 'database';

export const up = upSteps({
  ...{ name, scripts, replicateSeconds: BEGUN },
  replicated: ({ tables }) => `${count(tables, 'table')} published`,
  closed: ({ position, changes }) => `closed at ${String(position)}; ${count(changes, 'last change')} equal`,
});

export const down = downSteps({ name, scripts, unrehearse: scripts.THAW_RETURN });
