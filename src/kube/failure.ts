/** What is said of a pass that failed: how loud, by whose fault it was. It decides nothing about what comes next. */
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { isRefusedByServer } from './errors.ts';
import { FenceError } from './fence.ts';

/** Counts a failure under the controller's labels, and logs it. `ending`: the term or the process ended meanwhile. */
export function reportFailure(
  { reconcile: { total, errors, panics } }: Pick<Metrics, 'reconcile'>,
  log: Log,
  { error, ending, controller }: { readonly error: unknown; readonly ending: boolean; readonly controller: string },
): void {
  total.inc({ controller, result: 'error' });
  errors.inc({ controller });
  if (error instanceof FenceError || ending) {
    log.info({ err: error }, 'pass ended with the term');
    return;
  }
  // The API server out of reach is an ordinary misfortune; everything else is a defect and shown with its stack.
  if (isRefusedByServer(error)) {
    log.warn({ err: error }, 'pass failed');
    return;
  }
  panics.inc({ controller });
  log.error({ err: error }, 'pass threw something unexpected');
}
